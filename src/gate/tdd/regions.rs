//! Which parts of a change are production code.

use super::paths::{Class, Paths};
use crate::source::{Language, Masked, production, test_parts};

/// Whether two versions of a file have the same production part.
pub(super) fn same_production(path: &str, class: Class, a: Option<&str>, b: Option<&str>) -> bool {
    match class {
        Class::Test => true,
        Class::Source => {
            let part = |text: Option<&str>| {
                let text = production(path, text.unwrap_or_default());
                Language::of_path(path)
                    .map_or_else(|| text.clone(), |_| Masked::of_path(path, &text).essence(0, text.len()))
            };
            part(a) == part(b)
        }
        _ => a == b,
    }
}

/// Which lines of a file are production code: not tests, not empty, not only a comment.
pub(super) fn production_lines(paths: &Paths, path: &str, text: &str) -> Vec<bool> {
    let count = text.lines().count();
    if Language::of_path(path).is_none() || paths.class(path) != Class::Source {
        return vec![false; count];
    }
    let masked = Masked::of_path(path, text);
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
    use crate::source::compose;

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
