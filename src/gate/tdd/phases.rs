//! What an agent of one phase may not touch (`--tdd staged`), told by the same regions as the proof.

use super::change::{Change, File};
use super::paths::{Class, Paths};
use crate::gate::Diff;
use crate::model::{Finding, GateDef, Role};
use crate::source::same_tests;

/// What a phase did that is another's to do, one finding a file. `diff` is from where the phase began to what it left.
pub(in super::super) fn overstepped(role: Role, def: &GateDef, diff: &Diff) -> Vec<Finding> {
    let change = Change::of(diff, &Paths::new(def));
    let production: Vec<&str> = change.production().map(|file| file.path.as_str()).collect();
    let is_production = |file: &File| production.contains(&file.path.as_str());
    let is_test = |file: &File| match file.class {
        Class::Test => true,
        Class::Source => !same_tests(&file.path, file.old.as_deref(), file.new.as_deref()),
        _ => false,
    };
    let (who, forbidden): (&str, &dyn Fn(&File) -> bool) = match role {
        Role::Design => ("the designer may not change code or tests", &|file| {
            matches!(file.class, Class::Test | Class::Source | Class::Manifest)
        }),
        Role::Test => ("the author of the tests may not change the code", &is_production),
        Role::Code => ("the coder may not change the tests", &is_test),
        Role::Refactor => ("a refactoring may not change the tests", &is_test),
        _ => return Vec::new(),
    };
    let finding = |file: &File| Finding {
        file: file.path.clone(),
        line: first_line(diff, &file.path),
        rule: "phase".to_owned(),
        message: who.to_owned(),
        advice: "leave the file as you found it".to_owned(),
    };
    change.files.iter().filter(|file| forbidden(file)).map(finding).collect()
}

/// The first line that differs, of the new version where it has one.
fn first_line(diff: &Diff, path: &str) -> u32 {
    diff.file(path).and_then(|file| file.added.first().or(file.removed.first())).map_or(0, |line| line.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;
    use crate::model::GateKind;

    fn touched(role: Role, files: &[(&str, &str, &str)]) -> Vec<String> {
        let found = overstepped(role, &testing::gate(GateKind::Tdd, ""), &testing::diff(files));
        found.into_iter().map(|finding| finding.file).collect()
    }

    const CODE: (&str, &str, &str) = ("shop/a.py", "def f():\n    return 1\n", "def f():\n    return 2\n");
    const TEST: (&str, &str, &str) = ("tests/test_a.py", "", "def test_f():\n    assert f() == 2\n");
    const NOTE: (&str, &str, &str) = ("docs/design/T1.md", "", "# Design\n");

    #[test]
    fn each_phase_keeps_to_its_own() {
        let all = [CODE, TEST, NOTE];
        assert_eq!(touched(Role::Design, &all), ["shop/a.py", "tests/test_a.py"]);
        assert_eq!(touched(Role::Test, &all), ["shop/a.py"]);
        assert_eq!(touched(Role::Code, &all), ["tests/test_a.py"]);
        assert_eq!(touched(Role::Refactor, &all), ["tests/test_a.py"]);
        assert!(touched(Role::Retry, &all).is_empty());
    }

    #[test]
    fn tests_inside_of_source_files_are_tests() {
        let before = "pub fn f() -> u8 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn f_is() {\n        assert_eq!(super::f(), 1);\n    }\n}\n";
        let code = before.replace("    1\n", "    2\n");
        let test = before.replace("(), 1)", "(), 2)");
        let one = |role, after: &str| touched(role, &[("src/lib.rs", before, after)]).len();
        assert_eq!((one(Role::Code, &code), one(Role::Code, &test)), (0, 1));
        assert_eq!((one(Role::Test, &code), one(Role::Test, &test)), (1, 0));
    }
}
