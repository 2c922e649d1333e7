//! Honest work that proves itself in other ways than by being red: tests of what is there already, tables whose rows are
//! named anew on each run, words that are put better. And its dishonest likeness, which is refused.

use super::*;
use crate::model::Task;

#[test]
fn what_a_test_tells_when_it_fails_is_no_expectation() {
    let told = TESTS.replace("== 3", "== 3, \"teh sum\"");
    let story = |title: &str, new: &str| {
        let mut story = Story::new(&[("calc.py", OLD, OLD), ("tests/test_calc.py", &told, new)])
            .says("head", &[(ADD, Passed)])
            .says("base", &[(ADD, Passed)]);
        story.diff.task = Some(Task { title: title.into(), ..crate::run::simulation::task(1, &[]) });
        story.verdict().0
    };
    let better = told.replace("teh", "the");
    assert_eq!(story("Fix the spelling in the tests", &better), Verdict::NotApplicable);
    assert_eq!(story("Implement sums", &better), Verdict::Unchecked, "it proves nothing, and weakens nothing");
    assert_eq!(story("Fix the spelling in the tests", &told.replace("== 3", "== 4")), Verdict::Fail);
}

#[test]
fn a_test_is_renamed_along_with_what_it_is_about() {
    let (code, tests) = (OLD.replace("add", "plus"), TESTS.replace("add", "plus"));
    let plus = "tests.test_calc::test_plus";
    let story = |title: &str, head: &[(&str, Outcome)]| {
        let mut story = Story::new(&[("calc.py", OLD, &code), ("tests/test_calc.py", TESTS, &tests)])
            .says("head", head)
            .says("base", &[(ADD, Passed)])
            .says("red-1", &[(plus, Failed)]);
        story.diff.task = Some(Task { title: title.into(), ..crate::run::simulation::task(1, &[]) });
        story.verdict().0
    };
    // Nothing but the name could be wrong: no version of the code is.
    assert_eq!(story("Rename add to plus", &[(plus, Passed)]), Verdict::Unchecked);
    assert_eq!(story("Rename add to plus", &[(plus, Skipped)]), Verdict::Fail, "it has to run");
    assert_eq!(story("Rename add to plus", &[]), Verdict::Fail);
    assert_eq!(story("Speed it up", &[(plus, Passed)]), Verdict::Fail, "nobody asked for it");
}

#[test]
fn rows_that_are_named_anew_on_each_run_are_one_test() {
    let table = "tests.test_calc::test_any";
    let row = |id: &str| format!("{table}[{id}]");
    let random = format!(
        "{MORE}\n@pytest.mark.parametrize('n', [random.random()])\ndef test_any(n):\n    assert add(n, 0) == n\n"
    );
    let old = random.replace("def test_sub():\n    assert sub(3, 2) == 1\n\n", "");
    let story = |base: &[&str], head: &[&str], again: &[&str], red: &[&str]| {
        let said = |rows: &[&str], others: &[(&str, Outcome)]| -> Vec<(String, Outcome)> {
            let rows = rows.iter().map(|id| (row(id), Passed));
            others.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).chain(rows).collect()
        };
        let mut story = Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", &old, &random)]);
        for (label, said) in [
            ("base", said(base, &[(ADD, Passed)])),
            ("base-again", said(again, &[(ADD, Passed)])),
            ("head", said(head, &[(ADD, Passed), (SUB, Passed)])),
            ("red-1", said(red, &[(ADD, Passed), (SUB, Failed)])),
        ] {
            let said: Vec<(&str, Outcome)> = said.iter().map(|(name, outcome)| (name.as_str(), *outcome)).collect();
            story = story.says(label, &said);
        }
        let judged = story.judged();
        (judged.verdict, judged.findings.first().map(|f| f.rule.clone()).unwrap_or_default(), story.asked.len())
    };
    let pass = |asked| (Verdict::Pass, String::new(), asked);
    assert_eq!(story(&["0.1", "0.2"], &["0.3", "0.4"], &["0.5", "0.6"], &["0.7", "0.8"]), pass(4), "a number");
    assert_eq!(story(&["a", "b0"], &["b", "a0"], &["a", "b1"], &["a", "b2"]), pass(4), "the order of a set");
    // Where they are always the same, one of them is gone, whatever stands there instead.
    let gone = story(&["a", "b"], &["a", "c"], &["a", "b"], &["a", "c"]);
    assert_eq!((gone.0, gone.1.as_str()), (Verdict::Fail, "deleted-test"));
    // Nothing is run twice where nothing is odd.
    assert_eq!(story(&["a"], &["a"], &["a"], &["a"]), pass(3));
}

#[test]
fn rows_that_are_made_of_the_code_are_one_test() {
    let row = |id: &str| format!("tests.test_docs::test_examples[{id}]");
    let (old, now, other) = (row("calc.py:1-2"), row("calc.py:3-4"), row("calc.py:9-9"));
    let story = |head: &[&str], base: &[&str], red: &[&str]| {
        let said = |rows: &[&str], own: &[(&str, Outcome)]| -> Vec<(String, Outcome)> {
            let rows = rows.iter().map(|row| ((*row).to_owned(), Passed));
            own.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).chain(rows).collect()
        };
        let mut story = Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", TESTS, MORE)]);
        for (label, said) in [
            ("base", said(base, &[(ADD, Passed)])),
            ("base-again", said(base, &[(ADD, Passed)])),
            ("head", said(head, &[(ADD, Passed), (SUB, Passed)])),
            ("red-1", said(red, &[(ADD, Passed), (SUB, Failed)])),
        ] {
            let said: Vec<(&str, Outcome)> = said.iter().map(|(name, outcome)| (name.as_str(), *outcome)).collect();
            story = story.says(label, &said);
        }
        let judged = story.judged();
        (judged.verdict, judged.findings.first().map(|f| f.rule.clone()).unwrap_or_default())
    };
    assert_eq!(story(&[&now], &[&old], &[&old]), (Verdict::Pass, String::new()), "the example stands two lines below");
    let fewer = story(&[&now], &[&old, &other], &[&old, &other]);
    assert_eq!((fewer.0, fewer.1.as_str()), (Verdict::Fail, "deleted-test"));
    let by_setting = story(&[&now], &[&old], &[&now]);
    assert_eq!((by_setting.0, by_setting.1.as_str()), (Verdict::Fail, "deleted-test"), "the code has no part in it");
}

#[test]
fn new_rows_that_are_named_anew_are_red_together() {
    let tests = MORE.replace(
        "def test_sub():\n    assert sub(3, 2)",
        "@pytest.mark.parametrize('n', [uuid4()])\ndef test_sub(n):\n    assert sub(3, 2)",
    );
    let row = |id: &str| format!("{SUB}[{id}]");
    let (one, other) = (row("6ba7b810"), row("00c04fd4"));
    let story = |outcome| {
        Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", TESTS, &tests)])
            .says("head", &[(ADD, Passed), (&one, Passed)])
            .says("base", &[(ADD, Passed)])
            .says("red-1", &[(ADD, Passed), (&other, outcome)])
            .verdict()
    };
    assert_eq!(story(Failed).0, Verdict::Pass);
    assert_eq!(story(Passed).2, ["tests/test_calc.py:6 not-red"]);
}

#[test]
fn rows_of_a_table_that_is_rewritten_are_judged_by_their_text() {
    let table = |ids: &str, more: &str| {
        format!(
            "from calc import add\n\n@pytest.mark.parametrize('n', [{ids}])\ndef test_add(n):\n    assert add(n, 0) == n{more}\n"
        )
    };
    let row = |id: &str| format!("{ADD}[{id}]");
    fn with<'a>(rows: &[(&'a str, Outcome)]) -> Vec<(&'a str, Outcome)> {
        rows.iter().copied().chain([("tests.test_other::test_one", Passed)]).collect()
    }
    let story = |rows: &[&str], base_tests: Outcome| {
        let rows: Vec<String> = rows.iter().map(|id| row(id)).collect();
        let rows: Vec<(&str, Outcome)> = rows.iter().map(|name| (name.as_str(), Passed)).collect();
        let red: Vec<(&str, Outcome)> = rows.iter().map(|(name, _)| (*name, Failed)).collect();
        let (one, two) = (row("1"), row("2"));
        Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", &table("1, 2", ""), &table("(1, 1), (2, 2)", ""))])
            .says("head", &with(&rows))
            .says("base", &with(&[(&one, Passed), (&two, Passed)]))
            .says("red-1", &with(&red))
            .says("base-tests", &with(&[(&one, base_tests), (&two, Passed)]))
            .verdict()
    };
    assert_eq!(story(&["1-1", "2-2"], Passed).0, Verdict::Pass);
    assert_eq!(story(&["1-1", "2-2"], Failed).2, ["tests/test_calc.py:3 base-test"]);
    assert_eq!(story(&["1-1"], Passed).2[0], "tests/test_calc.py:3 deleted-test");
}

/// A change of tests only: `sub` is there already.
fn covering(title: &str, test: &str) -> Story<'static> {
    let calc = OLD.to_owned() + &NEW[OLD.len()..];
    let tests = format!("{TESTS}\n{test}");
    let mut story = Story::new(&[("calc.py", &calc, &calc), ("tests/test_calc.py", TESTS, &tests)])
        .says("head", &[(ADD, Passed), (SUB, Passed)])
        .says("base", &[(ADD, Passed)]);
    story.diff.task = Some(Task { title: title.into(), ..crate::run::simulation::task(1, &[]) });
    story
}

const ABOUT_SUB: &str = "def test_sub():\n    assert sub(3, 2) == 1\n";

#[test]
fn tests_of_what_is_there_prove_themselves_by_wrong_versions() {
    let kept = [(ADD, Passed), (SUB, Passed)];
    let noticed = [(ADD, Passed), (SUB, Failed)];
    for title in ["Add tests for `sub`", "Cover the guard of `sub`", "Test `sub` with large numbers"] {
        let mut story = covering(title, ABOUT_SUB).says("mutant", &noticed);
        assert_eq!(story.judged().verdict, Verdict::Pass, "{title}");
        assert_eq!(story.asked, ["head", "base", "mutant-there-empty"], "{title}");
    }
    let idle = covering("Add tests for `sub`", ABOUT_SUB).says("mutant", &kept).verdict();
    assert_eq!((idle.0, idle.2), (Verdict::Fail, vec!["tests/test_calc.py:6 vacuous-test".to_owned()]), "{}", idle.1);
    // A task that wants behaviour is not done with tests of what was there.
    let behaviour = covering("Implement `sub`, with tests", ABOUT_SUB).verdict();
    assert_eq!((behaviour.0, behaviour.2), (Verdict::Fail, vec!["tests/test_calc.py:6 not-red".to_owned()]));
    // Nobody asked for anything: a commit that is judged by itself.
    let mut alone = covering("", ABOUT_SUB).says("mutant", &noticed);
    alone.diff.task = None;
    assert_eq!(alone.verdict().0, Verdict::Pass);
    let mut first = covering("Add tests for `sub`", ABOUT_SUB).says("mutant", &noticed);
    first.diff.task.as_mut().unwrap().kind = TaskKind::Tests;
    assert_eq!(first.verdict().0, Verdict::Pass);
}

#[test]
fn what_cannot_be_judged_is_unchecked() {
    let title = "Add tests for `sub`";
    let broken = covering(title, ABOUT_SUB).breaks("mutant", "it does not build").verdict();
    assert_eq!((broken.0, broken.2.len()), (Verdict::Unchecked, 0), "{}", broken.1);
    let foreign = covering(title, "def test_sub():\n    assert run_program('x') == 1\n").verdict();
    assert_eq!(foreign.0, Verdict::Unchecked, "{}", foreign.1);
    // It names the code in passing only: what calls it is not known.
    let aside = covering(title, "def test_sub():\n    assert run_program('x').sub == 1\n");
    assert_eq!(aside.says("mutant", &[(ADD, Passed), (SUB, Passed)]).verdict().0, Verdict::Unchecked);
}

#[test]
fn tests_that_assert_nothing_are_told_by_reading() {
    let title = "Add tests for `sub`";
    for body in ["assert True", "assert 1 == 1", "pass"] {
        let told = covering(title, &format!("def test_sub():\n    {body}\n")).verdict();
        assert_eq!((told.0, told.2), (Verdict::Fail, vec!["tests/test_calc.py:6 vacuous-test".to_owned()]), "{body}");
    }
    // What calls the code and looks at nothing notices no more than that it fails.
    for body in ["x = sub(3, 2)", "sub(3, 2)\n    assert 1 == 1"] {
        let story = covering(title, &format!("def test_sub():\n    {body}\n"));
        let story = story.says("mutant", &[(ADD, Passed), (SUB, Passed)]);
        let told = story.says("mutant-there-fails", &[(ADD, Passed), (SUB, Failed)]).verdict();
        assert_eq!((told.0, told.2), (Verdict::Fail, vec!["tests/test_calc.py:6 vacuous-test".to_owned()]), "{body}");
    }
    let helped = "def check(a):\n    assert a == 1\n\ndef test_sub():\n    check(sub(3, 2))\n";
    let helped = covering(title, helped).says("mutant", &[(ADD, Passed), (SUB, Failed)]).verdict();
    assert_eq!(helped.0, Verdict::Pass, "{}", helped.1);
}

const LARGE: &str = "tests.test_calc::test_large";

#[test]
fn a_test_of_what_is_there_may_stand_beside_one_of_the_change() {
    let fixed = OLD.replace("a + b", "a + b + 0");
    let tests = format!("{MORE}\ndef test_large():\n    assert add(10, 1) == 11\n");
    let story = |wrong| {
        Story::new(&[("calc.py", OLD, &fixed), ("tests/test_calc.py", TESTS, &tests)])
            .says("head", &[(ADD, Passed), (SUB, Passed), (LARGE, Passed)])
            .says("base", &[(ADD, Passed)])
            .says("red-1", &[(ADD, Passed), (SUB, Failed), (LARGE, Passed)])
            .says("mutant", &[(ADD, wrong), (SUB, wrong), (LARGE, wrong)])
            .verdict()
    };
    assert_eq!(story(Failed).0, Verdict::Pass);
    let idle = story(Passed);
    assert_eq!((idle.0, idle.2), (Verdict::Fail, vec!["tests/test_calc.py:9 not-red".to_owned()]), "{}", idle.1);
}

#[test]
fn a_better_form_of_the_same_behaviour_is_proved_by_tests_of_what_is_there() {
    let other = OLD.replace("a + b", "b + a");
    let tests = format!("{TESTS}\ndef test_large():\n    assert add(10, 1) == 11\n");
    let story = |title: &str, wrong| {
        let all = [(ADD, Passed), (LARGE, Passed)];
        let mut story = Story::new(&[("calc.py", OLD, &other), ("tests/test_calc.py", TESTS, &tests)])
            .says("head", &all)
            .says("base", &[(ADD, Passed)])
            .says("red-1", &all)
            .says("mutant", &[(ADD, wrong), (LARGE, wrong)]);
        story.diff.task = Some(Task { title: title.into(), ..crate::run::simulation::task(1, &[]) });
        let judged = story.verdict();
        (judged.0, judged.2)
    };
    let not_red = || (Verdict::Fail, vec!["tests/test_calc.py:6 not-red".to_owned()]);
    assert_eq!(story("Simplify `add`", Failed).0, Verdict::Pass);
    assert_eq!(story("Cover large sums, drop a duplicate", Failed).0, Verdict::Pass);
    assert_eq!(story("Simplify `add`", Passed), not_red(), "it notices nothing");
    assert_eq!(story("Let `add` take fractions", Failed), not_red(), "another behaviour was asked for");
}
