//! Production and test regions of a file: files are one or the other, but Rust's have tests inside.

use super::language::Language;
use super::mask::Masked;
use super::rust_tests;

/// The parts of a source file that are tests, as positions.
pub fn test_parts(path: &str, text: &str) -> Vec<(usize, usize)> {
    match Language::of_path(path) {
        Some(Language::Rust) => rust_tests::test_parts(&Masked::new(text, Language::Rust)),
        _ => Vec::new(),
    }
}

/// A source file without its tests.
pub fn production(path: &str, text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for (from, to) in test_parts(path, text) {
        kept.push_str(&text[at..from]);
        at = to;
    }
    kept.push_str(&text[at..]);
    kept
}

/// The production part of one version of a file with the tests of another. Rust does not mind where a module stands.
pub fn compose(path: &str, production_of: &str, tests_of: &str) -> String {
    let mut text = production(path, production_of).trim_end().to_owned();
    text.push('\n');
    for (from, to) in test_parts(path, tests_of) {
        text.push('\n');
        text.push_str(&tests_of[from..to]);
        text.push('\n');
    }
    text
}

/// Whether two versions of a source file have the same tests inside.
pub fn same_tests(path: &str, a: Option<&str>, b: Option<&str>) -> bool {
    let tests = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        test_parts(path, text).into_iter().map(|(from, to)| text[from..to].trim().to_owned()).collect::<Vec<_>>()
    };
    tests(a) == tests(b)
}
