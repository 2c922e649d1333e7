//! Finds tests by syntax.

use super::case::{Assertion, TestCode};
use super::language::Language;
use super::mask::{ByteKind, Masked};
use super::parsed::Parsed;
use super::rust_tests;

/// The tests of a file, in the order in which they stand.
pub fn find_tests(path: &str, text: &str) -> Vec<TestCode> {
    let Some(language) = Language::of_path(path) else { return Vec::new() };
    let masked = Masked::of_path(path, text);
    let mut found = match language {
        Language::Rust => rust_tests::cases(path, &masked),
        Language::Python => python(path, &masked),
        Language::Go => go(path, &masked),
        Language::JavaScript | Language::TypeScript => script(path, language, &masked),
        Language::Other => Vec::new(),
    };
    // What never runs insists on nothing.
    let unreached = Parsed::read(path, text).map(|parsed| parsed.unreached()).unwrap_or_default();
    for case in found.iter_mut().filter(|_| !unreached.is_empty()) {
        case.checks.retain(|check| !unreached.iter().any(|(from, to)| (*from..=*to).contains(&check.line)));
    }
    found
}

/// Makes a case of a part of a file.
pub(super) fn case(
    path: &str,
    masked: &Masked<'_>,
    language: Language,
    names: Vec<String>,
    (from, to): (usize, usize),
) -> TestCode {
    TestCode {
        path: path.to_owned(),
        names,
        language,
        line: masked.line(from),
        end: masked.line(to.saturating_sub(1)),
        body: masked.essence(from, to),
        skipped: is_skipped(masked, language, from, to),
        checks: checks(masked, language, from, to),
        rows: rows(masked, language, from, to),
    }
}

/// Rows of a table that a test is run with: parameters of pytest, `each` of JavaScript, cases of rstest, the elements of a
/// slice of structs in Go.
fn rows(masked: &Masked<'_>, language: Language, from: usize, to: usize) -> Option<usize> {
    let code = &masked.code[from..to];
    let sum = |counts: Vec<usize>| (!counts.is_empty()).then(|| counts.into_iter().sum());
    let lists = |mark: &str| {
        let inside = code.match_indices(mark).map(|(at, _)| from + at + mark.len());
        let open = inside.filter_map(|at| {
            let end = masked.after_bracket(at - 1).min(to);
            Some(at + masked.code[at..end].find(['[', '{'])?)
        });
        sum(open.map(|open| elements(masked, open, to)).collect())
    };
    match language {
        Language::Python => lists("parametrize("),
        Language::JavaScript | Language::TypeScript => lists(".each("),
        Language::Rust => Some(code.matches("#[case").count() + code.matches("#[test_case").count()),
        Language::Go => {
            // The fields of the struct come first, then the rows.
            let tables = code.match_indices("]struct").filter_map(|(at, _)| {
                let fields = from + at + masked.code[from + at..to].find('{')?;
                let after = masked.after_bracket(fields);
                let rows = after + masked.code[after..to].find('{')?;
                masked.code[after..rows].trim().is_empty().then(|| elements(masked, rows, to))
            });
            sum(tables.collect())
        }
        Language::Other => None,
    }
}

/// How many elements the bracket at `open` encloses.
fn elements(masked: &Masked<'_>, open: usize, to: usize) -> usize {
    let end = masked.after_bracket(open).min(to);
    let (mut depth, mut count, mut some) = (0usize, 0, false);
    for at in open..end {
        match masked.code.as_bytes()[at] {
            b'(' | b'[' | b'{' => {
                some |= depth > 0;
                depth += 1;
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => {
                count += usize::from(some);
                some = false;
                continue;
            }
            byte => some |= depth > 0 && (!byte.is_ascii_whitespace() || masked.kind(at) == ByteKind::Text),
        }
    }
    count + usize::from(some)
}

fn is_skipped(masked: &Masked<'_>, language: Language, from: usize, to: usize) -> bool {
    let code = &masked.code[from..to];
    let marks: &[&str] = match language {
        Language::Rust => &["#[ignore"],
        Language::Python => {
            &["mark.skip", "mark.xfail", "pytest.skip(", "pytest.xfail(", "skipTest(", "unittest.skip", "@skip"]
        }
        Language::Go => &["t.Skip", "b.Skip", "f.Skip"],
        Language::JavaScript | Language::TypeScript => &[".skip(", ".todo(", ".skip.", ".fails("],
        Language::Other => &[],
    };
    marks.iter().any(|mark| code.contains(mark)) || language.is_script() && code.starts_with('x')
}

/// What calls itself a check, by language.
fn checks(masked: &Masked<'_>, language: Language, from: usize, to: usize) -> Vec<Assertion> {
    let code = &masked.code;
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        let rest = &code[at..to];
        if !code.is_char_boundary(at) || at > 0 && is_word(code.as_bytes()[at - 1]) {
            at += 1;
            continue;
        }
        let end = match language {
            Language::Rust => rust_check(masked, at, rest),
            Language::Python => python_check(masked, at, rest, to),
            Language::Go => go_check(masked, at, rest),
            Language::JavaScript | Language::TypeScript => script_check(masked, at, rest, to),
            Language::Other => None,
        };
        match end {
            Some(end) => {
                let end = end.min(to);
                found.push(Assertion { line: masked.line(at), text: masked.essence(at, end) });
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The word that a text begins with.
fn word(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len());
    &text[..end]
}

fn rust_check(masked: &Masked<'_>, at: usize, rest: &str) -> Option<usize> {
    let name = word(rest);
    let after = rest[name.len()..].trim_start();
    let is_macro = after.starts_with("!(") && (name.contains("assert") || matches!(name, "panic" | "unreachable"));
    let panics = name == "should_panic";
    let calls = (name.starts_with("assert") || name.starts_with("expect_err")) && after.starts_with('(');
    if panics {
        return Some(at + rest.find(']')?);
    }
    (is_macro || calls).then(|| masked.after_bracket(at + rest.find('(').unwrap_or(0)))
}

fn python_check(masked: &Masked<'_>, at: usize, rest: &str, to: usize) -> Option<usize> {
    let name = word(rest);
    if name == "assert" {
        return Some(logical_line(masked, at, to));
    }
    let calls = name.starts_with("assert") || matches!(name, "raises" | "warns" | "fail");
    let open = rest[name.len()..].starts_with('(');
    (calls && open).then(|| masked.after_bracket(at + name.len()))
}

/// The end of a statement: a line end outside brackets.
fn logical_line(masked: &Masked<'_>, from: usize, to: usize) -> usize {
    let mut depth = 0i32;
    for (at, byte) in masked.code.bytes().enumerate().take(to).skip(from) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b'\n' if depth <= 0 && masked.kind(at) == ByteKind::Code && !masked.code[..at].ends_with('\\') => {
                return at;
            }
            b';' if depth <= 0 => return at,
            _ => {}
        }
    }
    to
}

/// `t.Errorf(…)` with the condition before it, `assert.Equal(…)`, `require.NoError(…)`, and what the ifs of a test ask.
fn go_check(masked: &Masked<'_>, at: usize, rest: &str) -> Option<usize> {
    let name = word(rest);
    if name == "if" {
        // A composite literal has braces, too, but in the head of an `if` only inside brackets.
        let mut depth = 0i32;
        let block = rest.char_indices().find(|(_, c)| {
            depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
            depth == 0 && *c == '{'
        });
        return block.map(|(open, _)| at + open);
    }
    let method = rest[name.len()..].strip_prefix('.').map(word).unwrap_or_default();
    let own =
        matches!(name, "t" | "b" | "f" | "tb") && ["Error", "Fatal", "Fail"].iter().any(|m| method.starts_with(m));
    let library = matches!(name, "assert" | "require" | "is" | "qt") && !method.is_empty();
    (own || library).then(|| masked.after_bracket(at + rest.find('(').unwrap_or(0)))
}

fn script_check(masked: &Masked<'_>, at: usize, rest: &str, to: usize) -> Option<usize> {
    let name = word(rest);
    let after = &rest[name.len()..];
    let expects = name == "expect" && after.starts_with(['(', '.']);
    let asserts = name == "assert" && after.starts_with(['(', '.']);
    (expects || asserts).then(|| chain_end(masked, at, to))
}

/// The end of `expect(a).not\n  .toBe(b)`: a chain goes on over line ends before a dot.
fn chain_end(masked: &Masked<'_>, from: usize, to: usize) -> usize {
    let mut at = from;
    loop {
        at = logical_line(masked, at, to);
        let rest = masked.code[at..to].trim_start();
        if at >= to || masked.code.as_bytes()[at] == b';' || !rest.starts_with('.') {
            return at;
        }
        at = to - rest.len();
    }
}

/// Functions whose name begins with `test`, in the classes that enclose them.
fn python(path: &str, masked: &Masked<'_>) -> Vec<TestCode> {
    let mut found = Vec::new();
    let mut classes: Vec<(usize, String)> = Vec::new();
    let mut decorated: Option<usize> = None;
    let mut at = 0;
    for line in masked.code.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim_start_matches([' ', '\t']);
        let indent = line.len() - trimmed.len();
        if trimmed.trim().is_empty() || masked.kind(start + indent) == ByteKind::Text {
            continue;
        }
        classes.retain(|(depth, _)| *depth < indent);
        if trimmed.starts_with('@') {
            decorated.get_or_insert(start + indent);
            continue;
        }
        let plain = trimmed.strip_prefix("async ").unwrap_or(trimmed);
        if let Some(name) = plain.strip_prefix("def ").map(word).filter(|name| name.starts_with("test")) {
            let from = decorated.take().unwrap_or(start + indent);
            let to = block_end(masked, at, indent);
            let names = classes.iter().map(|(_, class)| class.clone()).chain([name.to_owned()]).collect();
            found.push(case(path, masked, Language::Python, names, (from, to)));
        } else if let Some(name) = plain.strip_prefix("class ").map(word) {
            classes.push((indent, name.to_owned()));
        }
        // A decorator may have several lines: its brackets are open until then.
        if decorated.is_none_or(|from| balance(&masked.code[from..start]) <= 0) {
            decorated = None;
        }
    }
    found
}

/// The end of the block below a header that ends at `from`: the first line of code that is indented no deeper.
fn block_end(masked: &Masked<'_>, from: usize, indent: usize) -> usize {
    let (mut at, mut end, mut depth) = (from, from, 0i32);
    // A header over several lines: its brackets are still open.
    let header = masked.code[..from].rfind("def ").unwrap_or(from);
    depth += balance(&masked.code[header..from]);
    for line in masked.code[from..].split_inclusive('\n') {
        let trimmed = line.trim_start_matches([' ', '\t']);
        let deep = line.len() - trimmed.len();
        let is_text = masked.kind(at + deep) == ByteKind::Text;
        if depth <= 0 && !trimmed.trim().is_empty() && deep <= indent && !is_text {
            return end;
        }
        depth += balance(line);
        at += line.len();
        if !trimmed.trim().is_empty() || is_text {
            end = at;
        }
    }
    end
}

fn balance(code: &str) -> i32 {
    let open = code.matches(['(', '[', '{']).count() as i32;
    open - code.matches([')', ']', '}']).count() as i32
}

fn go(path: &str, masked: &Masked<'_>) -> Vec<TestCode> {
    let mut found = Vec::new();
    for (at, _) in masked.code.match_indices("func ") {
        let name = word(&masked.code[at + 5..]);
        let is_test = ["Test", "Fuzz", "Example"].iter().any(|start| {
            name.strip_prefix(start).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
        });
        if !is_test || at > 0 && masked.code.as_bytes()[at - 1] != b'\n' {
            continue;
        }
        if let Some(open) = masked.code[at..].find('{') {
            let to = masked.after_bracket(at + open);
            found.push(case(path, masked, Language::Go, vec![name.to_owned()], (at, to)));
        }
    }
    found
}

/// `describe`, `it` and `test` with their modifiers; names are their first argument.
fn script(path: &str, language: Language, masked: &Masked<'_>) -> Vec<TestCode> {
    let mut found = Vec::new();
    let mut enclosing: Vec<(usize, String, bool)> = Vec::new();
    let code = &masked.code;
    let mut at = 0;
    while at < code.len() {
        let before = at.checked_sub(1).map(|at| code.as_bytes()[at]);
        let name = if before.is_some_and(|byte| is_word(byte) || byte == b'.') { "" } else { word(&code[at..]) };
        if name.is_empty() {
            at += 1;
            continue;
        }
        enclosing.retain(|(end, ..)| *end > at);
        let is_suite = matches!(name, "describe" | "xdescribe" | "fdescribe" | "suite");
        let is_test = matches!(name, "it" | "xit" | "fit" | "test" | "xtest");
        if (is_suite || is_test)
            && let Some((open, title)) = called(masked, at + name.len())
        {
            let to = masked.after_bracket(open);
            let skipped = code[at..open].contains(".skip") || code[at..open].contains(".todo") || name.starts_with('x');
            if is_suite {
                enclosing.push((to, title, skipped));
            } else {
                let names = enclosing.iter().map(|(_, title, _)| title.clone()).chain([title]).collect();
                let mut made = case(path, masked, language, names, (at, to));
                made.skipped |= skipped || enclosing.iter().any(|(.., skipped)| *skipped);
                found.push(made);
            }
        }
        at += name.len();
    }
    found
}

/// Where the arguments of `it`, `it.skip`, `it.each(…)` begin, and the text of the first.
fn called(masked: &Masked<'_>, mut at: usize) -> Option<(usize, String)> {
    loop {
        let rest = &masked.code[at..];
        if let Some(after) = rest.strip_prefix('.') {
            at += 1 + word(after).len();
            if masked.code[at..].starts_with('(') && masked.code[..at].ends_with("each") {
                at = masked.after_bracket(at);
            }
        } else if rest.starts_with('(') {
            let inner = at + 1;
            let first = inner + (masked.text.get(inner..)?.len() - masked.text.get(inner..)?.trim_start().len());
            let quote = *masked.text.as_bytes().get(first)?;
            if !matches!(quote, b'"' | b'\'' | b'`') {
                return None;
            }
            let end = (first + 1..masked.text.len()).find(|at| masked.kind(*at) != ByteKind::Text)?;
            return Some((at, masked.text.get(first + 1..end - 1)?.replace('\\', "")));
        } else {
            return None;
        }
    }
}
