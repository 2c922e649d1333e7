//! Tasks that only write tests, which are red on purpose, and merged trees that tolerate exactly these.

use super::*;

fn tests_only(new: &str) -> Story<'static> {
    let mut story =
        Story::new(&[("tests/test_calc.py", TESTS, new), ("calc.py", OLD, OLD)]).says("base", &[(ADD, Passed)]);
    let mut task = crate::run::simulation::task(1, &[]);
    task.kind = TaskKind::Tests;
    story.diff.task = Some(task);
    story
}

#[test]
fn a_task_that_only_writes_tests_must_be_red() {
    let mut strong = tests_only(MORE).says("head", &[(ADD, Passed), (SUB, Failed)]);
    let judged = strong.judged();
    assert_eq!(judged.verdict, Verdict::Pass);
    assert_eq!(judged.measured.red, [RedTest { file: "tests/test_calc.py".into(), test: SUB.into() }]);
    let mut weak = tests_only(MORE).breaks("head", "tests.test_calc: ImportError: cannot import name 'sub'");
    let judged = weak.judged();
    assert_eq!(judged.verdict, Verdict::Pass);
    assert_eq!(judged.measured.red, [RedTest { file: "tests/test_calc.py".into(), test: String::new() }]);
    let unread = tests_only(MORE).ends("head", End::Exited(0)).verdict();
    assert_eq!(unread.0, Verdict::Unchecked, "{unread:?}");
    let syntax = tests_only(MORE).breaks("head", "tests.test_calc: SyntaxError: invalid syntax").verdict();
    assert_eq!(syntax.0, Verdict::Fail, "{syntax:?}");
    let mut green = tests_only(MORE).says("head", &[(ADD, Passed), (SUB, Passed)]);
    assert_eq!(green.judged().verdict, Verdict::Unchecked, "there is nothing of that name to judge it by");
    green.diff.task.as_mut().unwrap().title = "Write failing tests for `sub`".into();
    let green = green.verdict();
    assert_eq!((green.0, green.2), (Verdict::Fail, vec!["tests/test_calc.py:6 not-red".to_owned()]));
    let breaks_others = tests_only(MORE).says("head", &[(ADD, Failed), (SUB, Failed)]).verdict();
    assert_eq!((breaks_others.0, breaks_others.2), (Verdict::Fail, vec!["tests/test_calc.py:3 test".to_owned()]));
    let mut product = tests_only(MORE);
    product.diff = Diff { task: product.diff.task.clone(), ..testing::diff(&[("calc.py", OLD, NEW)]) };
    assert_eq!(product.verdict().2, ["calc.py:3 not-a-test"]);
}

fn merged(red: &[(&str, &str)]) -> Story<'static> {
    let mut story = Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", TESTS, MORE)]);
    story.diff.kind = TreeKind::Merged;
    story.diff.expected_red =
        red.iter().map(|(file, test)| RedTest { file: (*file).into(), test: (*test).into() }).collect();
    story
}

#[test]
fn merged_trees_tolerate_exactly_what_is_meant_to_be_red() {
    let red = [("tests/test_calc.py", SUB)];
    let mut waits = merged(&red).says("head", &[(ADD, Passed), (SUB, Failed)]);
    let judged = waits.judged();
    assert_eq!((judged.verdict, judged.measured.red.len()), (Verdict::Pass, 1));
    let fails = [(ADD, Failed), (SUB, Failed)];
    assert_eq!(merged(&red).says("head", &fails).says("head-again", &fails).verdict().0, Verdict::Fail);
    let strict = [(ADD, Passed), (SUB, Failed)];
    assert_eq!(merged(&[]).says("head", &strict).says("head-again", &strict).verdict().0, Verdict::Fail);
    let mut done = merged(&red).says("head", &[(ADD, Passed), (SUB, Passed)]);
    assert_eq!(done.judged().measured.red, []);
}

#[test]
fn what_cannot_be_built_with_red_tests_is_judged_without_them() {
    let red = [("tests/test_calc.py", "")];
    let mut story = merged(&red).breaks("head", "ImportError").says("without-red", &[(ADD, Passed)]);
    let judged = story.judged();
    assert_eq!((judged.verdict, judged.measured.red.len()), (Verdict::Pass, 1));
    let overlay = without_red(&story.diff);
    assert_eq!(overlay["tests/test_calc.py"].as_deref(), Some(TESTS.as_bytes()));
    let bad = merged(&red).breaks("head", "ImportError").says("without-red", &[(ADD, Failed)]).verdict();
    assert_eq!(bad.0, Verdict::Fail);
    // A file that the run has made goes as a whole, or without its red tests.
    let mut made = merged(&[("tests/test_new.py", "tests.test_new::test_b")]);
    made.diff = Diff {
        expected_red: made.diff.expected_red.clone(),
        ..testing::diff(&[("tests/test_new.py", "", "def test_a():\n    pass\n\ndef test_b():\n    pass\n")])
    };
    let kept = without_red(&made.diff)["tests/test_new.py"].clone().unwrap();
    assert_eq!(String::from_utf8(kept).unwrap(), "def test_a():\n    pass\n\n");
}
