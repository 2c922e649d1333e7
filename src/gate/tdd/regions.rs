//! Production and test regions of a file: files are one or the other, but Rust's have tests inside.

use super::mask::Masked;
use super::paths::{Class, Language, Paths, language};
use super::rust;

/// The parts of a source file that are tests, as positions.
fn test_parts(path: &str, text: &str) -> Vec<(usize, usize)> {
    match language(path) {
        Some(Language::Rust) => rust::test_parts(&Masked::new(text, Language::Rust)),
        _ => Vec::new(),
    }
}

/// A source file without its tests.
pub(super) fn production(path: &str, text: &str) -> String {
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
pub(super) fn compose(path: &str, production_of: &str, tests_of: &str) -> String {
    let mut text = production(path, production_of).trim_end().to_owned();
    text.push('\n');
    for (from, to) in test_parts(path, tests_of) {
        text.push('\n');
        text.push_str(&tests_of[from..to]);
        text.push('\n');
    }
    text
}

/// Whether two versions of a file have the same production part.
pub(super) fn same_production(path: &str, class: Class, a: Option<&str>, b: Option<&str>) -> bool {
    match class {
        Class::Test => true,
        Class::Source => {
            let part = |text: Option<&str>| {
                let text = production(path, text.unwrap_or_default());
                language(path)
                    .map_or_else(|| text.clone(), |language| Masked::new(&text, language).essence(0, text.len()))
            };
            part(a) == part(b)
        }
        _ => a == b,
    }
}

/// Whether two versions of a source file have the same tests inside.
pub(super) fn same_tests(path: &str, a: Option<&str>, b: Option<&str>) -> bool {
    let tests = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        test_parts(path, text).into_iter().map(|(from, to)| text[from..to].trim().to_owned()).collect::<Vec<_>>()
    };
    tests(a) == tests(b)
}

/// Which lines of a file are production code: not tests, not empty, not only a comment.
pub(super) fn production_lines(paths: &Paths, path: &str, text: &str) -> Vec<bool> {
    let count = text.lines().count();
    let Some(language) = language(path).filter(|_| paths.class(path) == Class::Source) else {
        return vec![false; count];
    };
    let masked = Masked::new(text, language);
    let tests: Vec<(u32, u32)> = test_parts(path, text)
        .into_iter()
        .map(|(from, to)| (masked.line(from), masked.line(to.saturating_sub(1))))
        .collect();
    let code: Vec<&str> = masked.code.lines().collect();
    (1..=count as u32)
        .map(|line| {
            let some = code.get(line as usize - 1).is_some_and(|code| !code.trim().is_empty());
            some && !tests.iter().any(|(from, to)| (*from..=*to).contains(&line))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "//! Calc.\nuse std::fmt;\n\npub fn add(a: i32) -> i32 {\n    a // }\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n    #[test]\n    fn adds() {\n        assert_eq!(add(1), 1);\n    }\n}\n";

    #[test]
    fn tests_inside_source_files_are_told_apart() {
        let new = OLD.replace("    a // }", "    a + 1").replace("add(1), 1", "add(1), 2");
        let red = compose("src/lib.rs", OLD, &new);
        assert!(red.contains("    a // }") && red.contains("add(1), 2") && !red.contains("add(1), 1)"), "{red}");
        assert!(!production("src/lib.rs", OLD).contains("mod tests"));
        let comment = OLD.replace("a // }", "a // other").replace("add(1), 1", "add(1), 3");
        assert!(same_production("src/lib.rs", Class::Source, Some(OLD), Some(&comment)));
        assert!(!same_production("src/lib.rs", Class::Source, Some(OLD), Some(&new)));
        assert!(same_production("tests/a.rs", Class::Test, Some("a"), None));
    }

    #[test]
    fn lines_of_production_code() {
        let paths = Paths::new(&super::super::super::testing::gate(crate::model::GateKind::Tdd, ""));
        let lines = production_lines(&paths, "src/lib.rs", OLD);
        let code: Vec<usize> = lines.iter().enumerate().filter(|(_, is)| **is).map(|(n, _)| n + 1).collect();
        assert_eq!(code, [2, 4, 5, 6]);
        assert!(production_lines(&paths, "tests/it.rs", OLD).iter().all(|is| !is));
    }
}
