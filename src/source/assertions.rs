//! What a test insists on, whether it runs, and with how many rows.

use super::case::{Assertion, TestCode};
use super::failure_texts::{Span, failure_texts};
use super::language::Language;
use super::mask::{ByteKind, Masked, is_word, word};
use super::script_checks::{script_check, should_from};

/// Makes a case of a part of a file.
pub(super) fn case(
    path: &str,
    masked: &Masked<'_>,
    language: Language,
    names: Vec<String>,
    (from, to): (usize, usize),
) -> TestCode {
    let spans = check_spans(masked, language, from, to);
    let mut told: Vec<Span> = spans.iter().flat_map(|span| failure_texts(masked, language, *span)).collect();
    told.extend(expect_texts(masked, language, from, to));
    told.sort_unstable();
    let assertion = |&(at, end): &Span| Assertion {
        line: masked.line(at),
        at,
        under: Vec::new(),
        text: masked.essence(at, end),
        key: key(masked, (at, end), &told),
    };
    TestCode {
        path: path.to_owned(),
        names,
        language,
        span: from..to,
        line: masked.line(from),
        end: masked.line(to.saturating_sub(1)),
        body: without(masked, (from, to), &told),
        skipped: is_skipped(masked, language, from, to),
        conditions: Vec::new(),
        checks: spans.iter().map(assertion).collect(),
        exits: Vec::new(),
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
        Language::Rust => &["#[ignore", ", ignore)]", ",ignore)]"],
        Language::Python => {
            &["mark.skip", "mark.xfail", "pytest.skip(", "pytest.xfail(", "skipTest(", "unittest.skip", "@skip"]
        }
        Language::Go => &["t.Skip", "b.Skip", "f.Skip"],
        Language::JavaScript | Language::TypeScript => &[".skip(", ".todo(", ".skip.", ".fails("],
        Language::Other => &[],
    };
    marks.iter().any(|mark| code.contains(mark)) || language.is_script() && code.starts_with('x')
}

/// Where something calls itself a check, by language.
fn check_spans(masked: &Masked<'_>, language: Language, from: usize, to: usize) -> Vec<Span> {
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
                found.push((should_from(masked, at).filter(|_| language.is_script()).unwrap_or(at), end));
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

/// Texts of Rust's `expect`, which tell what went wrong as a check's own do.
fn expect_texts(masked: &Masked<'_>, language: Language, from: usize, to: usize) -> Vec<Span> {
    if language != Language::Rust {
        return Vec::new();
    }
    let found = masked.code[from..to].match_indices(".expect(").map(|(at, call)| from + at + call.len());
    found.map(|open| (open, masked.after_bracket(open - 1).min(to).max(open + 1) - 1)).collect()
}

/// A part whatever its layout, without the texts that are only told.
fn without(masked: &Masked<'_>, (from, to): Span, told: &[Span]) -> String {
    let (mut kept, mut at) = (String::new(), from);
    for (start, end) in told.iter().filter(|(start, end)| (from..=to).contains(start) && *end <= to) {
        if *start >= at {
            kept.push_str(&masked.without_layout(at, *start));
            at = *end;
        }
    }
    kept.push_str(&masked.without_layout(at, to));
    kept
}

/// An assertion whatever its layout: Python's brackets around all that is asserted are layout, too.
fn key(masked: &Masked<'_>, (from, to): Span, told: &[Span]) -> String {
    // What is told after Python's `assert` ends it.
    let python = word(&masked.code[from..to]) == "assert" && !masked.code[from..to].starts_with("assert!");
    let end = told.iter().find(|(start, end)| python && *end == to && *start > from).map(|(start, _)| *start);
    let to = end.unwrap_or(to);
    let open = from + "assert".len();
    let inner = masked.code.get(open..to).filter(|_| masked.code[from..to].starts_with("assert"));
    if let Some(at) = inner.map(|rest| open + rest.len() - rest.trim_start().len())
        && at > open
        && masked.code[at..to].starts_with('(')
        && masked.code[masked.after_bracket(at).min(to)..to].trim().is_empty()
        && elements(masked, at, to) == 1
    {
        return format!("assert {}", masked.without_layout(at + 1, masked.after_bracket(at).min(to) - 1));
    }
    canonical(without(masked, (from, to), told))
}

/// Go's ways to say that a test has failed, and checks that let a test go on after a failure, are one another's equals.
fn canonical(key: String) -> String {
    let failure = key.split_once(['(', ' ']).map_or(key.as_str(), |(called, _)| called);
    let method = ["t.", "b.", "f.", "tb."].iter().find_map(|name| failure.strip_prefix(name));
    if let Some(method) = method.filter(|method| FAILURES.contains(method)) {
        return key.replacen(method, "Error", 1).replace("Errorf", "Error");
    }
    match key.strip_prefix("expect.soft(") {
        Some(rest) => format!("expect({rest}"),
        None => key,
    }
}

const FAILURES: [&str; 6] = ["Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"];

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
        return Some(masked.logical_line(at, to));
    }
    let calls = name.starts_with("assert") || matches!(name, "raises" | "warns" | "fail");
    let open = rest[name.len()..].starts_with('(');
    (calls && open).then(|| masked.after_bracket(at + name.len()))
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
