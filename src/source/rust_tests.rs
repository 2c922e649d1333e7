//! Rust: tests inside source files, and documentation tests.

use super::assertions::case;
use super::case::{DOCTEST, TestCode};
use super::language::Language;
use super::mask::{ByteKind, Masked};

/// An item of a file or a block.
#[derive(Debug)]
struct Item {
    /// Where its attributes begin, or itself.
    from: usize,
    /// Where it begins after its attributes.
    head: usize,
    /// Past its end.
    to: usize,
    /// Between its braces, if it has some.
    inner: Option<(usize, usize)>,
    /// Its attributes as written.
    attributes: Vec<String>,
}

impl Item {
    /// Whether it is compiled for tests only.
    fn is_test(&self) -> bool {
        self.is_test_function()
            || self.attributes.iter().any(|attribute| attribute.starts_with("cfg(test"))
            || self.attributes.iter().any(|attribute| attribute.starts_with("cfg(all(test"))
    }

    /// What it hangs on whether it is compiled, but for being tested.
    fn conditions(&self) -> impl Iterator<Item = String> {
        let cfg = self.attributes.iter().filter(|attribute| attribute.starts_with("cfg("));
        cfg.filter(|attribute| attribute.split_whitespace().collect::<String>() != "cfg(test)").cloned()
    }

    fn is_test_function(&self) -> bool {
        let path = |attribute: &String| {
            let path = attribute.split(['(', '=', ' ']).next().unwrap_or_default().to_owned();
            path.rsplit("::").next().unwrap_or_default().to_owned()
        };
        self.attributes
            .iter()
            .any(|attribute| matches!(path(attribute).as_str(), "test" | "rstest" | "test_case" | "quickcheck"))
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The items between two positions. What is no item is stepped over.
fn items(masked: &Masked<'_>, from: usize, to: usize) -> Vec<Item> {
    let code = masked.code.as_bytes();
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        if code[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        // `#![…]` belongs to what encloses it.
        if masked.code[at..to].starts_with("#!") {
            at = masked.after_bracket(at + masked.code[at..to].find('[').unwrap_or(0)).max(at + 1);
            continue;
        }
        let start = at;
        let mut attributes = Vec::new();
        while at < to && masked.code[at..to].starts_with("#[") {
            let end = masked.after_bracket(at + 1).min(to);
            attributes.push(masked.text.get(at + 2..end - 1).unwrap_or_default().trim().to_owned());
            at = end;
            while at < to && code[at].is_ascii_whitespace() {
                at += 1;
            }
        }
        if at >= to {
            break;
        }
        let (end, inner) = item_end(masked, at, to);
        found.push(Item { from: start, head: at, to: end, inner, attributes });
        at = end.max(at + 1);
    }
    found
}

/// Past the `;` or the closing brace of the item at `from`, and what its braces enclose.
fn item_end(masked: &Masked<'_>, from: usize, to: usize) -> (usize, Option<(usize, usize)>) {
    let first = masked.code[from..to].split_whitespace().find(|word| !word.starts_with("pub")).unwrap_or_default();
    let until_semicolon = matches!(first, "use" | "static" | "type" | "let")
        || first == "const" && {
            let rest = masked.code[from..to].split_whitespace().skip_while(|word| *word != "const").nth(1);
            !matches!(rest, Some("fn" | "unsafe" | "async" | "extern"))
        };
    let mut at = from;
    while at < to {
        match masked.code.as_bytes()[at] {
            b';' => return (at + 1, None),
            b'{' if until_semicolon => at = masked.after_bracket(at),
            b'{' => {
                let end = masked.after_bracket(at).min(to);
                return (end, Some((at + 1, end.saturating_sub(1).max(at + 1))));
            }
            b'(' | b'[' => at = masked.after_bracket(at),
            b'}' => return (at + 1, None),
            _ => at += 1,
        }
    }
    (to, None)
}

/// The parts of a file that are compiled for tests only, as positions. Only items at the top: what lies deeper is part
/// of what encloses it.
pub(super) fn test_parts(masked: &Masked<'_>) -> Vec<(usize, usize)> {
    let all = items(masked, 0, masked.code.len());
    all.into_iter().filter(Item::is_test).map(|item| (item.from, item.to)).collect()
}

/// Test functions by module, and documentation tests by item.
pub(super) fn cases(path: &str, masked: &Masked<'_>) -> Vec<TestCode> {
    let mut found = Vec::new();
    let of_file: Vec<String> = file_conditions(masked);
    within(path, masked, (0, masked.code.len()), (&[], &of_file), &mut found);
    found.extend(doctests(path, masked));
    found
}

/// What a whole file hangs on: `#![cfg(…)]`.
fn file_conditions(masked: &Masked<'_>) -> Vec<String> {
    let attributes = masked.code.match_indices("#![").filter_map(|(at, _)| {
        let end = masked.after_bracket(at + 2);
        masked.text.get(at + 3..end.saturating_sub(1)).map(str::trim)
    });
    attributes.filter(|text| text.starts_with("cfg(") && *text != "cfg(test)").map(str::to_owned).collect()
}

/// Modules deep, at most: hostile nesting must not exhaust the stack.
const MAX_DEPTH: usize = 50;

fn within(
    path: &str,
    masked: &Masked<'_>,
    (from, to): (usize, usize),
    (names, conditions): (&[String], &[String]),
    found: &mut Vec<TestCode>,
) {
    if names.len() > MAX_DEPTH {
        return;
    }
    for item in items(masked, from, to) {
        let head = &masked.code[item.head..item.to];
        let words: Vec<&str> =
            head.split(|c: char| c.is_whitespace() || "({<:".contains(c)).filter(|w| !w.is_empty()).take(6).collect();
        let after = |keyword: &str| {
            words.iter().position(|word| *word == keyword).and_then(|n| words.get(n + 1)).map(|w| word(w))
        };
        let conditions: Vec<String> = conditions.iter().cloned().chain(item.conditions()).collect();
        if let (true, Some(name)) = (item.is_test_function(), after("fn")) {
            let names = names.iter().cloned().chain([name.to_owned()]).collect();
            let made = case(path, masked, Language::Rust, names, (item.from, item.to));
            found.push(TestCode { conditions, ..made });
        } else if let (Some(name), Some(inner)) = (after("mod"), item.inner) {
            let names: Vec<String> = names.iter().cloned().chain([name.to_owned()]).collect();
            within(path, masked, inner, (&names, &conditions), found);
        } else if let (true, Some(inner)) = (head.starts_with("proptest"), item.inner) {
            within(path, masked, inner, (names, &conditions), found);
        }
    }
}

/// Fenced code in doc comments that the compiler runs.
fn doctests(path: &str, masked: &Masked<'_>) -> Vec<TestCode> {
    let mut found: Vec<TestCode> = Vec::new();
    let (mut block, mut fence, mut at): (Option<(u32, String)>, bool, usize) = (None, false, 0);
    let mut pending: Vec<(u32, u32, String)> = Vec::new();
    for (n, line) in (1..).zip(masked.text.split_inclusive('\n')) {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        let is_comment = masked.kind(start + indent) == ByteKind::Comment;
        let doc = if is_comment { trimmed.strip_prefix("///").or(trimmed.strip_prefix("//!")) } else { None };
        if let Some(doc) = doc {
            let doc = doc.trim();
            if let Some(info) = doc.strip_prefix("```") {
                if fence {
                    fence = false;
                    pending.extend(block.take().map(|(first, body)| (first, n, body)));
                } else {
                    fence = true;
                    block = is_run(info).then(|| (n, String::new()));
                }
            } else if let Some((_, body)) = &mut block {
                body.push_str(doc);
                body.push('\n');
            }
            continue;
        }
        (fence, block) = (false, None);
        if trimmed.is_empty() || trimmed.starts_with("#[") || is_comment {
            continue;
        }
        let name = item_name(&masked.code[start..at]).unwrap_or_default();
        for (line, end, body) in pending.drain(..) {
            let names = vec![DOCTEST.to_owned(), name.to_owned()];
            let (language, checks) = (Language::Rust, Vec::new());
            found.push(TestCode {
                path: path.to_owned(),
                names,
                language,
                span: at..at,
                line,
                end,
                body,
                skipped: false,
                conditions: Vec::new(),
                checks,
                exits: Vec::new(),
                rows: None,
            });
        }
    }
    found
}

/// Whether a fence's info string lets the compiler run its code.
fn is_run(info: &str) -> bool {
    info.split([',', ' ']).filter(|word| !word.is_empty()).all(|word| {
        matches!(word, "rust" | "should_panic" | "edition2015" | "edition2018" | "edition2021" | "edition2024")
    })
}

fn item_name(line: &str) -> Option<&str> {
    const KEYWORDS: [&str; 8] = ["fn", "struct", "enum", "trait", "mod", "macro_rules!", "const", "type"];
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| KEYWORDS.contains(word))?;
    let next = words.get(at + 1)?;
    // `const fn name`
    let next = if *next == "fn" { words.get(at + 2)? } else { next };
    Some(word(next))
}
