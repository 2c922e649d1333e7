//! Tests whose file has another name now. Reports name them after their file, also those that no reader of the text finds:
//! made by macros, collected by plug-ins.

use super::super::reports::{Outcome, TestReport};
use super::ask::Ask;
use super::change::File;

/// Whether a test of the base passes on the head under the new name of its file, which nothing had before.
pub(super) fn passes_there(ask: &Ask<'_>, head: &TestReport, base: Option<&TestReport>, name: &str) -> bool {
    let moved = ask.change.files.iter().filter(|file| file.path != file.old_path && file.new.is_some());
    moved.flat_map(spellings).any(|(old, new)| {
        let now = renamed(name, &old, &new);
        let is_new = |now: &String| base.is_none_or(|base| base.outcome(now).is_none());
        now.filter(is_new).is_some_and(|now| head.outcome(&now) == Some(Outcome::Passed))
    })
}

/// How reports write a file's old name, and its new one: as a path, as a module of Python, as a module of Rust.
fn spellings(file: &File) -> Vec<(String, String)> {
    let dotted = |path: &str| path.strip_suffix(".py").map(|path| path.replace('/', "."));
    let module = |path: &str| {
        let (_, below) = path.strip_suffix(".rs")?.rsplit_once("src/")?;
        Some(below.strip_suffix("/mod").unwrap_or(below).replace('/', "::"))
    };
    let both = |of: &dyn Fn(&str) -> Option<String>| of(&file.old_path).zip(of(&file.path));
    [both(&|path| Some(path.to_owned())), both(&dotted), both(&module)].into_iter().flatten().collect()
}

/// A name with `old` replaced, where that stands in it as a whole.
fn renamed(name: &str, old: &str, new: &str) -> Option<String> {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (at, _) = name
        .match_indices(old)
        .find(|(at, _)| !part(name[..*at].chars().next_back()) && !part(name[at + old.len()..].chars().next()))?;
    (!old.is_empty()).then(|| format!("{}{new}{}", &name[..at], &name[at + old.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_files() {
        for (name, old, new, now) in [
            (
                "heck:src/lib.rs::camel::tests::a",
                "camel",
                "upper_camel",
                Some("heck:src/lib.rs::upper_camel::tests::a"),
            ),
            ("heck:src/lib.rs::lower_camel::tests::a", "camel", "upper_camel", None),
            ("tests.test_a::test_x", "tests.test_a", "tests.test_b", Some("tests.test_b::test_x")),
            ("tests.test_ab::test_x", "tests.test_a", "tests.test_b", None),
            ("shop:tests/a.rs::x", "tests/a.rs", "tests/b.rs", Some("shop:tests/b.rs::x")),
        ] {
            assert_eq!(renamed(name, old, new).as_deref(), now, "{name}");
        }
    }
}
