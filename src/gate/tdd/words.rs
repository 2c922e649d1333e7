//! Changes of comments and documentation only: no test can show a difference for those, so none is asked for.

use super::super::Diff;
use super::change::Change;
use super::paths::Class;
use crate::model::TaskKind;
use crate::source::Language;
use crate::source::{ByteKind, Masked};
use crate::source::{TestCode, find_tests};

/// Words of tasks that ask for words.
const ASKED: [&str; 18] = [
    "comment",
    "document",
    "docstring",
    "docs",
    "readme",
    "typo",
    "wording",
    "spelling",
    "misspel",
    "reword",
    "rephras",
    "failure message",
    "assertion message",
    "mention",
    "describe",
    "explain",
    "changelog",
    "licen",
];

/// Whether words are what was asked for: a task that wants more is not done with a comment. A tree without a task claims
/// nothing.
pub(super) fn are_asked_for(diff: &Diff) -> bool {
    let Some(task) = &diff.task else { return true };
    let text = format!("{}\n{}", task.title, task.details).to_lowercase();
    task.kind != TaskKind::Tests && ASKED.iter().any(|word| text.contains(word))
}

/// What tools and compilers read in comments: such a comment is no mere word.
const MARKS: [&str; 15] = [
    "go:",
    "+build",
    "pragma",
    "cover",
    "ignore",
    "noqa",
    "nosec",
    "lint",
    "istanbul",
    "@ts-",
    "sourcemapping",
    "coding:",
    "coding=",
    "#!",
    "output:",
];

/// Whether nothing but comments and documentation differs, in languages where that can be told.
pub(super) fn only_words(change: &Change) -> bool {
    let mut told = false;
    let same = change.files.iter().all(|file| match file.class {
        Class::Source | Class::Test => {
            told = true;
            let (Some(old), Some(new)) = (&file.old, &file.new) else { return false };
            // The tests themselves are compared below, without what they tell when they fail.
            let around = |text: &str| around_tests(&file.path, text);
            file.path == file.old_path && is_same(&file.path, &around(old), &around(new))
        }
        Class::Manifest => false,
        _ => true,
    });
    let bodies =
        |cases: &'_ [TestCode]| cases.iter().map(|case| (case.names.clone(), case.body.clone())).collect::<Vec<_>>();
    told && same && bodies(&change.before) == bodies(&change.after)
}

/// A file with its tests left empty.
fn around_tests(path: &str, text: &str) -> String {
    let cases = find_tests(path, text);
    let is_inside = |line: u32| cases.iter().any(|case| (case.line..=case.end).contains(&line));
    (1..).zip(text.split_inclusive('\n')).map(|(line, text)| if is_inside(line) { "\n" } else { text }).collect()
}

fn is_same(path: &str, old: &str, new: &str) -> bool {
    let Some(language) = Language::of_path(path).filter(|language| *language != Language::Other) else { return false };
    sense(old, language) == sense(new, language) && marks(old, language) == marks(new, language)
}

/// The lines that mean something: indented as they are, without comments, empty lines and Python's documentation.
fn sense(text: &str, language: Language) -> Vec<String> {
    let masked = Masked::new(text, language);
    let documented = if language == Language::Python { docstrings(&masked) } else { Vec::new() };
    let blank = |at: usize| {
        masked.kind(at) == ByteKind::Comment || documented.iter().any(|(from, to)| (*from..*to).contains(&at))
    };
    let bytes: Vec<u8> =
        text.bytes().enumerate().map(|(at, byte)| if byte != b'\n' && blank(at) { b' ' } else { byte }).collect();
    let text = String::from_utf8_lossy(&bytes);
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Lines of comments and documentation that programs read.
fn marks(text: &str, language: Language) -> Vec<String> {
    let masked = Masked::new(text, language);
    let lines = text.lines().zip(masked.code.lines());
    let read = lines.filter(|(line, code)| {
        let line = line.to_ascii_lowercase();
        line != code.to_ascii_lowercase() && MARKS.iter().any(|mark| line.contains(mark))
    });
    read.map(|(line, _)| line.trim().to_owned()).collect()
}

/// Python's documentation: a string in three quotes that is a statement, first in its block or file. With examples in it,
/// it is a test.
fn docstrings(masked: &Masked<'_>) -> Vec<(usize, usize)> {
    let bytes = masked.text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut depth) = (0, 0usize);
    let mut before = b':';
    while at < bytes.len() {
        match (masked.kind(at), bytes[at]) {
            (ByteKind::Text, _) => {
                let end = (at..bytes.len()).find(|end| masked.kind(*end) != ByteKind::Text).unwrap_or(bytes.len());
                let text = &masked.text.as_bytes()[at..end];
                let quoted = [&b"\"\"\""[..], b"'''"].iter().any(|quotes| text.starts_with(quotes));
                let alone = starts_line(bytes, at) && ends_line(masked, end);
                let examples = text.windows(3).any(|window| window == b">>>");
                if quoted && alone && depth == 0 && before == b':' && !examples {
                    found.push((at, end));
                }
                before = b'"';
                at = end;
                continue;
            }
            (ByteKind::Code, b'(' | b'[' | b'{') => depth += 1,
            (ByteKind::Code, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if masked.kind(at) == ByteKind::Code && !bytes[at].is_ascii_whitespace() {
            before = bytes[at];
        }
        at += 1;
    }
    found
}

fn starts_line(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|byte| **byte != b'\n').all(|byte| matches!(byte, b' ' | b'\t'))
}

fn ends_line(masked: &Masked<'_>, end: usize) -> bool {
    let rest = masked.code.as_bytes()[end.min(masked.code.len())..].iter();
    rest.take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_what_runs() {
        let table = [
            ("a.go", "package a\n", "// Package a is new.\npackage a\n", true),
            ("a.go", "package a\n", "//go:build ignore\n\npackage a\n", false),
            ("a.go", "var a = \"x\"\n", "var a = \"// x\"\n", false),
            ("a.rs", "fn f() {}\n", "/// What it does.\nfn f() {} // so\n", true),
            ("a.rs", "fn f() { a() }\n", "fn f() { /* a() */ }\n", false),
            ("a.js", "x();\n", "// x\nx();\n", true),
            ("a.js", "x();\n", "// eslint-disable-next-line\nx();\n", false),
            ("a.sh", "x\n", "# x\nx\n", false),
            ("a.py", "def f():\n    return 1\n", "def f():\n    \"\"\"One.\"\"\"\n    return 1  # one\n", true),
            ("a.py", "x = 1\n", "\"\"\"The module.\n\nMore.\n\"\"\"\n\nx = 1\n", true),
            (
                "a.py",
                "def f():\n    return 1\n",
                "def f():\n    \"\"\"One.\n\n    >>> f()\n    1\n    \"\"\"\n    return 1\n",
                false,
            ),
            ("a.py", "f(\n    '''a'''\n)\n", "f(\n    '''b'''\n)\n", false),
            ("a.py", "d = {'a':\n'''a'''\n}\n", "d = {'a':\n'''b'''\n}\n", false),
            ("a.py", "x = \\\n'''a'''\n", "x = \\\n'''b'''\n", false),
            ("a.py", "for a in b:\n    x()\n    y()\n", "for a in b:\n    x()\ny()\n", false),
            ("a.py", "x = 1\n", "x = 1  # pragma: no cover\n", false),
            ("a.py", "x = 1\n'''a'''\n", "x = 1\n'''b'''\n", false),
        ];
        for (path, old, new, same) in table {
            assert_eq!(is_same(path, old, new), same, "{path}: {new}");
        }
    }
}
