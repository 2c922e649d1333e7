//! Whether a test says anything, by its text alone.

use super::super::Diff;
use super::ask::cases_of;
use crate::source::{Assertion, Language, Masked, Parsed, TestCode};

/// Words of checks that say nothing about any code.
const OWN_WORDS: [&str; 46] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "self",
    "assertTrue",
    "assertFalse",
    "assertEqual",
    "assertEquals",
    "assertIsNone",
    "assertIsNotNone",
    "assertNotEqual",
    "True",
    "False",
    "None",
    "true",
    "false",
    "null",
    "undefined",
    "expect",
    "toBe",
    "toEqual",
    "toBeTruthy",
    "toBeFalsy",
    "toBeDefined",
    "toStrictEqual",
    "not",
    "is",
    "and",
    "or",
    "ok",
    "equal",
    "strictEqual",
    "deepEqual",
    "deepStrictEqual",
    "strict",
    "t",
    "if",
    "Equal",
    "True",
    "require",
    "nil",
    "to",
    "be",
    "eq",
    "in",
];

/// Whether a check looks at something: `assert True` does not.
fn is_about_something(check: &Assertion, language: Language) -> bool {
    let masked = Masked::new(&check.text, language);
    let mut words = masked.code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    words.any(|word| !OWN_WORDS.contains(&word) && !word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether any check of a test looks at something.
fn insists(code: &TestCode) -> bool {
    code.checks.iter().any(|check| is_about_something(check, code.language))
}

/// Whether a test can insist on nothing: no check of its own looks at anything, and it calls nobody who could check for it,
/// neither another function of its file nor one whose name says so.
pub(super) fn asserts_nothing(diff: &Diff, code: &TestCode) -> bool {
    if code.language == Language::Other || insists(code) || code.rows.is_some_and(|rows| rows > 0) {
        return false;
    }
    let masked = Masked::new(&code.body, code.language);
    let words: Vec<&str> = masked.code.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let checks = ["assert", "check", "verify", "expect", "should", "must", "ensure", "require", "is", "panic"];
    let helps = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        !OWN_WORDS.contains(word) && checks.iter().any(|start| lower.starts_with(start))
    };
    if words.iter().any(helps) || is_documentation(code) {
        return false;
    }
    let text = diff.new.text(&code.path).unwrap_or_default();
    let helpers = Parsed::read(&code.path, &text).map(|parsed| parsed.callables()).unwrap_or_default();
    let tests = cases_of(diff, &code.path);
    let is_test = |name: &str| tests.iter().any(|test| test.name() == name);
    let is_helper = |word: &&str| helpers.iter().any(|one| one.name == **word && !is_test(word));
    // A library of assertions of another kind (`t.is(a, b)`, `insta`) is not known word by word.
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
    let mut objects = masked.code.match_indices("t.").map(|(at, _)| masked.code[..at].chars().next_back());
    let calls_test_object = code.language.is_script() && objects.any(|before| !before.is_some_and(is_part));
    !words.iter().any(is_helper) && !calls_test_object
}

/// What stands before a bracket without calling anybody's code.
const FORMS: [&str; 10] = ["test", "it", "function", "async", "if", "parametrize", "fn", "def", "func", "each"];

/// Whether a test holds nothing that could be about any code: no check that looks at something, and no call.
pub(super) fn is_empty(diff: &Diff, code: &TestCode) -> bool {
    let masked = Masked::new(&code.body, code.language);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let called = masked.code.match_indices('(').map(|(at, _)| {
        let before = masked.code[..at].trim_end_matches('!');
        before.rsplit(|c: char| !is_word(c)).next().unwrap_or_default()
    });
    let mut calls = called.filter(|name| !name.is_empty() && *name != code.name());
    let imports = masked.code.split(|c: char| !is_word(c)).any(|word| matches!(word, "import" | "with" | "use"));
    asserts_nothing(diff, code) && !imports && calls.all(|name| OWN_WORDS.contains(&name) || FORMS.contains(&name))
}

/// Examples in documentation are compared with what they print.
fn is_documentation(code: &TestCode) -> bool {
    code.names.first().is_some_and(|name| name.starts_with('(')) || code.name().starts_with("Example")
}
