//! The part of the proof that runs nothing: what was deleted, skipped or weakened, and new tests that insist on nothing.

use super::super::{Diff, Judged, TreeFiles};
use super::change::Change;
use super::telling::{asserts_nothing, is_empty};
use crate::gate::results;
use crate::model::Finding;
use crate::project::{self, ProjectUnit};
use crate::source::{Language, TestCode};

/// What is said where nothing was found.
const READ_ONLY: &str = "no test was deleted, skipped or weakened, but this gate did not run the tests: for proof that they test the change write [gates.tdd] kind = \"tdd\" and run";

/// The same before the first test.
const NO_TESTS: &str = "there are no tests yet";

/// Whether a tree has tests: files of their own, or Rust's beside the code.
fn has_tests(tree: &TreeFiles) -> bool {
    let is_inside =
        |unit: &ProjectUnit| unit.language == Language::Rust && unit.test.as_ref().is_ok_and(|test| test.found);
    project::read(&*tree.0).is_ok_and(|project| project.has_tests || project.units.iter().any(is_inside))
}

/// Judges a change that weakens no test.
pub(super) fn judge(diff: &Diff, change: &Change) -> Judged {
    let new: Vec<&TestCode> = change.touched().filter(|case| change.earlier(case).is_none()).collect();
    if new.is_empty() {
        let is_first = change.after.is_empty() && !has_tests(&diff.new);
        return Judged::unchecked(if is_first { NO_TESTS } else { READ_ONLY });
    }
    // A project's first tests stand for all that is checked later: one that only calls what it is about is none of them.
    let is_first = change.before.is_empty() && !has_tests(&diff.old);
    let is_idle = |case: &TestCode| if is_first { asserts_nothing(diff, case) } else { is_empty(diff, case) };
    if !new.iter().all(|case| is_idle(case)) {
        return Judged::unchecked(READ_ONLY);
    }
    let finding = |case: &&TestCode| Finding {
        file: case.path.clone(),
        line: case.line,
        rule: "vacuous-test".to_owned(),
        message: format!("`{}` asserts nothing", case.name()),
        advice: "add an assertion that fails without the new behaviour".to_owned(),
    };
    let findings: Vec<Finding> = new.iter().map(finding).collect();
    Judged::fail(results::in_short(&findings), findings)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::judge;
    use crate::gate::Step;
    use crate::model::{GateDef, GateKind};

    fn judged(files: &[(&str, &str, &str)]) -> String {
        let def = GateDef { only_reads: true, ..testing::gate(GateKind::Tdd, "") };
        let Step::Done(judged) = judge(&def, &testing::diff(files), &[]) else { panic!("it runs nothing") };
        format!("{} {}", judged.verdict.word(), judged.reason)
    }

    #[test]
    fn first_tests_have_to_insist_on_something() {
        let code = ("calc.py", "", "def mul(a, b):\n    return a * b\n");
        assert_eq!(judged(&[code]), "unchecked there are no tests yet");
        let first = |text: &str| judged(&[code, ("tests/test_calc.py", "", text)]);
        let calls = "from calc import mul\n\ndef test_mul():\n    mul(2, 3)\n";
        for text in [calls, "def test_mul():\n    assert True\n", "def test_mul():\n    pass\n"] {
            assert!(first(text).starts_with("fail tests/test_calc.py:"), "{text}: {}", first(text));
        }
        let good = "from calc import mul\n\ndef test_mul():\n    assert mul(2, 3) == 6\n";
        assert!(first(good).starts_with("unchecked no test was deleted"), "{}", first(good));
        assert!(
            first(&format!("{good}\ndef test_calls():\n    mul(1, 1)\n")).starts_with("unchecked"),
            "one of them does"
        );
        let helper =
            "from calc import mul\n\ndef check(a):\n    assert a\n\ndef test_mul():\n    check(mul(2, 3) == 6)\n";
        assert!(first(helper).starts_with("unchecked"), "{}", first(helper));
    }

    #[test]
    fn where_tests_are_one_that_only_calls_may_be_one() {
        let known = ("tests/test_a.py", "def test_a():\n    assert a() == 1\n", "def test_a():\n    assert a() == 1\n");
        let with = |text: &str| judged(&[known, ("tests/test_calc.py", "", text)]);
        assert!(with("from calc import mul\n\ndef test_mul():\n    mul(2, 3)\n").starts_with("unchecked"));
        assert!(with("def test_mul():\n    assert True\n").starts_with("fail"));
    }

    #[test]
    fn the_first_test_of_each_language() {
        let table = [
            (
                "calc_test.go",
                "package calc\n\nimport \"testing\"\n\nfunc TestMul(t *testing.T) {\n\tMul(2, 3)\n}\n",
                true,
            ),
            (
                "calc_test.go",
                "package calc\n\nimport \"testing\"\n\nfunc TestMul(t *testing.T) {\n\tif Mul(2, 3) != 6 {\n\t\tt.Error(\"no\")\n\t}\n}\n",
                false,
            ),
            ("test/a.test.js", "const { mul } = require('../calc');\ntest('mul', () => {\n  mul(2, 3);\n});\n", true),
            (
                "test/a.test.js",
                "const { mul } = require('../calc');\ntest('mul', () => {\n  assert.strictEqual(mul(2, 3), 6);\n});\n",
                false,
            ),
            ("tests/mul.rs", "use calc::mul;\n\n#[test]\nfn works() {\n    mul(2, 3);\n}\n", true),
            ("tests/mul.rs", "use calc::mul;\n\n#[test]\nfn works() {\n    assert_eq!(mul(2, 3), 6);\n}\n", false),
        ];
        for (path, text, is_idle) in table {
            let said = judged(&[(path, "", text)]);
            assert_eq!(said.starts_with("fail"), is_idle, "{text}: {said}");
        }
    }
}
