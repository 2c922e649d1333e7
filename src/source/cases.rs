//! Finds tests by syntax.

use super::assertions::case;
use super::case::TestCode;
use super::collected;
use super::guards::CodeGuard;
use super::language::Language;
use super::mask::{ByteKind, Masked, is_word, word};
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
    if let Some(parsed) = Parsed::read(path, text).filter(|_| !found.is_empty()) {
        weigh(&parsed, &mut found);
        collected::settle(path, &parsed, &mut found);
    }
    found
}

/// What never runs insists on nothing; of the rest it is noted what stands before it.
fn weigh(parsed: &Parsed<'_>, found: &mut [TestCode]) {
    let unreached = parsed.unreached();
    let (guards, exits) = (parsed.guards(), parsed.early_exits());
    for case in found {
        case.checks.retain(|check| !unreached.iter().any(|(from, to)| (*from..=*to).contains(&check.line)));
        let inside: Vec<&CodeGuard> =
            guards.iter().filter(|it| it.part.start >= case.span.start && it.part.end <= case.span.end).collect();
        let own = inside.iter().find(|it| it.is_function).filter(|it| is_test_itself(parsed, case, it));
        let own = own.map_or(0..0, |it| it.part.clone());
        let before = |at: usize| inside.iter().filter(move |it| it.part.contains(&at) && it.part.start != own.start);
        for check in &mut case.checks {
            check.under = before(check.at).map(|it| it.head.clone()).collect();
            // What Go's `if` asks is an assertion by itself.
            let tells = ["t.", "b.", "f.", "tb."].iter().any(|name| check.text.starts_with(name));
            if tells && case.language == Language::Go && check.under.last().is_some_and(|it| it.starts_with("if ")) {
                check.under.pop();
            }
        }
        let last = case.checks.iter().map(|check| check.at).max().unwrap_or(0);
        let ends = exits.iter().filter(|it| case.span.contains(&it.part.start) && it.part.end <= last);
        let ends = ends.filter(|it| !before(it.part.start).any(|guard| guard.is_function));
        case.exits = ends.map(|it| it.text.clone()).collect();
    }
}

/// Whether the outermost function of a test is the test: a callback that ends with the call, or what is declared. Go's
/// declared functions stand before nothing.
fn is_test_itself(parsed: &Parsed<'_>, case: &TestCode, outermost: &CodeGuard) -> bool {
    match case.language {
        Language::Go => false,
        language if language.is_script() => {
            let rest = parsed.text.get(outermost.part.end..case.span.end).unwrap_or_default();
            !rest.contains(char::is_alphabetic)
        }
        _ => true,
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
            // An example without its output is only compiled.
            if name.starts_with("Example") && !masked.text[at..to].to_ascii_lowercase().contains("output:") {
                continue;
            }
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
