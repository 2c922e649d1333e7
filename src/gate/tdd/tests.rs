//! The proof against stories: a difference, what each tree's tests would say, and the judgement.

use std::collections::BTreeMap;

use super::super::testing::{self, results};
use super::super::{Evidence, Said, TreeFiles};
use super::*;
use crate::gate::reports::{Outcome, Report, TestReport};
use crate::model::{GateKind, MapFiles, Verdict};
use crate::process::End;
use crate::source::find_tests;
use Outcome::{Failed, Passed, Skipped};

mod honest_work;
mod red_on_purpose;

const OLD: &str = "def add(a, b):\n    return a + b\n";
const NEW: &str =
    "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    if a > 3:\n        return 0\n    return a - b\n";
const TESTS: &str = "from calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n";
const MORE: &str = "from calc import add, sub\n\ndef test_add():\n    assert add(1, 2) == 3\n\ndef test_sub():\n    assert sub(3, 2) == 1\n";
const ADD: &str = "tests.test_calc::test_add";
const SUB: &str = "tests.test_calc::test_sub";

/// What the tests say on each tree, by label; a mutant that is not in it says `mutant`.
struct Story<'a> {
    diff: Diff,
    def: GateDef,
    said: BTreeMap<&'a str, Evidence>,
    asked: Vec<String>,
}

impl<'a> Story<'a> {
    fn new(files: &[(&str, &str, &str)]) -> Story<'a> {
        let def = GateDef { min_coverage: Some(0.0), ..testing::gate(GateKind::Tdd, "pytest") };
        Story { diff: testing::diff(files), def, said: BTreeMap::new(), asked: Vec::new() }
    }

    fn says(mut self, label: &'a str, cases: &[(&str, Outcome)]) -> Self {
        let code = i32::from(cases.iter().any(|(_, outcome)| *outcome == Failed));
        self.said.insert(label, testing::reported(code, Ok(results(cases))));
        self
    }

    /// The tests do not come to run.
    fn breaks(mut self, label: &'a str, words: &str) -> Self {
        let report = TestReport::new(Vec::new(), vec![words.to_owned()]);
        self.said.insert(label, testing::reported(2, Ok(Report::Tests(report))));
        self
    }

    fn ends(mut self, label: &'a str, end: End) -> Self {
        self.said.insert(label, testing::evidence(end, "x\n"));
        self
    }

    fn judged(&mut self) -> Judged {
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        loop {
            let probes = match judge(&self.def, &self.diff, &evidence) {
                Step::Done(judged) => return judged,
                Step::More(probes) => probes,
            };
            let beside = probes.len() > 1;
            for probe in probes {
                let label = probe.label.as_str();
                let any = self.said.get("mutant").filter(|_| label.starts_with("mutant"));
                // What runs beside others may have been in vain.
                let in_vain = || {
                    if beside { testing::evidence(End::Stopped, "") } else { panic!("`{label}` is not in the story") }
                };
                let left = self.said.get(label).or(any).cloned().unwrap_or_else(in_vain);
                // A wrong version, or one without the change, may never end: it gets no more than the right one took, and some.
                assert_eq!(
                    probe.timeout < self.def.timeout,
                    label.starts_with("mutant") || label.starts_with("red"),
                    "{label}: {} s",
                    probe.timeout
                );
                self.asked.push(probe.label.clone());
                evidence.push((probe, left));
            }
        }
    }

    fn verdict(mut self) -> (Verdict, String, Vec<String>) {
        let judged = self.judged();
        let places = judged.findings.iter().map(|f| format!("{}:{} {}", f.file, f.line, f.rule)).collect();
        (judged.verdict, judged.reason, places)
    }
}

fn change() -> Story<'static> {
    Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", TESTS, MORE)])
        .says("head", &[(ADD, Passed), (SUB, Passed)])
        .says("base", &[(ADD, Passed)])
}

#[test]
fn a_test_that_fails_without_the_change_proves_it() {
    let mut story = change().says("red-1", &[(ADD, Passed), (SUB, Failed)]);
    let judged = story.judged();
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Pass, ""));
    assert_eq!(story.asked, ["head", "base", "red-1"]);
    assert_eq!(judged.measured.tests.map(|tests| tests.passed), Some(2));
}

#[test]
fn a_test_that_passes_without_the_change_does_not() {
    let (verdict, reason, places) = change().says("red-1", &[(ADD, Passed), (SUB, Passed)]).verdict();
    assert_eq!((verdict, places), (Verdict::Fail, vec!["tests/test_calc.py:6 not-red".to_owned()]), "{reason}");
}

#[test]
fn tests_that_do_not_build_without_the_change_need_a_mutant() {
    let import = "ImportError: cannot import name 'sub'";
    let killed = change().breaks("red-1", import).says("mutant", &[(ADD, Passed), (SUB, Failed)]);
    assert_eq!(killed.verdict().0, Verdict::Pass);
    let mut vacuous = change().breaks("red-1", import).says("mutant", &[(ADD, Passed), (SUB, Passed)]);
    let judged = vacuous.judged();
    assert_eq!(judged.verdict, Verdict::Fail);
    assert!(judged.findings.iter().all(|f| f.file == "calc.py" && (4..=7).contains(&f.line)), "{:?}", judged.findings);
    assert!(vacuous.asked.iter().filter(|label| label.starts_with("mutant")).count() > 2);
    let none = change().breaks("red-1", import).breaks("mutant", "does not build");
    assert_eq!(none.verdict().0, Verdict::Unchecked);
}

#[test]
fn tests_that_never_end_without_the_change_need_a_mutant() {
    let story = |outcome| {
        let story = change().ends("red-1", End::WallLimit).says("mutant", &[(ADD, Passed), (SUB, outcome)]);
        let judged = story.verdict();
        (judged.0, judged.1)
    };
    assert_eq!(story(Failed).0, Verdict::Pass);
    let kept = story(Passed);
    assert_eq!(kept.0, Verdict::Fail, "{}", kept.1);
}

#[test]
fn failing_where_nothing_runs_is_weak() {
    // Everything fails without the change: that is no proof that the new test looks at it.
    let story = change().says("red-1", &[(ADD, Failed), (SUB, Failed)]).says("mutant", &[(ADD, Passed), (SUB, Passed)]);
    assert_eq!(story.verdict().0, Verdict::Fail);
}

const IDLE: &str = "tests.test_calc::test_idle";

/// The change with a test beside the good one that insists on nothing.
fn with_an_idle_test() -> Story<'static> {
    let tests = format!("{MORE}\ndef test_idle():\n    assert True\n");
    Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", TESTS, &tests)])
        .says("head", &[(ADD, Passed), (SUB, Passed), (IDLE, Passed)])
        .says("base", &[(ADD, Passed)])
}

#[test]
fn a_vacuous_test_does_not_hide_behind_a_good_one() {
    // Where both run without the change, it passes there.
    let strong = with_an_idle_test().says("red-1", &[(ADD, Passed), (SUB, Failed), (IDLE, Passed)]).verdict();
    assert_eq!((strong.0, strong.2), (Verdict::Fail, vec!["tests/test_calc.py:9 not-red".to_owned()]), "{}", strong.1);
    // Where neither is collected without the change, it passes on each wrong version of it.
    let import = "ImportError: cannot import name 'sub'";
    let weak = || with_an_idle_test().breaks("red-1", import);
    let all = [(ADD, Passed), (SUB, Failed), (IDLE, Passed)];
    let (verdict, reason, places) = weak().says("mutant", &all).verdict();
    assert_eq!((verdict, places), (Verdict::Fail, vec!["tests/test_calc.py:9 vacuous-test".to_owned()]), "{reason}");
    assert!(reason.contains("still passes with") && reason.contains("test_idle"), "{reason}");
    // The same when the wrong version of all lines does not build.
    let places = weak().says("mutant", &all).breaks("mutant-all", "no").verdict().2;
    assert_eq!(places, ["tests/test_calc.py:9 vacuous-test"]);
    // One that looks at another line than the first is proved by that line's wrong version.
    let idle = [(ADD, Passed), (SUB, Failed), (IDLE, Failed)];
    assert_eq!(
        weak().says("mutant", &all).says("mutant-3", &idle).breaks("mutant-all", "no").verdict().0,
        Verdict::Pass
    );
}

#[test]
fn each_test_is_red_by_itself() {
    // One is red by its assertion, the other only for want of a name: wrong versions are asked about that one.
    let mut red = vec![(ADD, Passed), (SUB, Failed)];
    let mut story =
        with_an_idle_test().says("red-1", &red).says("mutant", &[(ADD, Passed), (SUB, Passed), (IDLE, Failed)]);
    assert_eq!(story.judged().verdict, Verdict::Pass);
    assert_eq!(story.asked, ["head", "base", "red-1", "mutant-all"]);
    red.push((IDLE, Passed));
    assert_eq!(with_an_idle_test().says("red-1", &red).verdict().0, Verdict::Fail);
}

#[test]
fn where_everything_is_wrong_and_nothing_runs_nobody_noticed() {
    let import = "ImportError: cannot import name 'sub'";
    let broken = [(ADD, Failed), (SUB, Failed), (IDLE, Failed)];
    let alone = [(ADD, Passed), (SUB, Failed), (IDLE, Passed)];
    let story = with_an_idle_test().breaks("red-1", import).says("mutant-all", &broken).says("mutant", &alone);
    assert_eq!(story.verdict().2, ["tests/test_calc.py:9 vacuous-test"]);
}

#[test]
fn a_test_of_data_does_not_prove_code() {
    let files = [("calc.py", OLD, NEW), ("words.json", "{}", "{\"a\": 1}"), ("tests/test_calc.py", TESTS, MORE)];
    let story = |mutant| {
        Story::new(&files)
            .says("head", &[(ADD, Passed), (SUB, Passed)])
            .says("base", &[(ADD, Passed)])
            .says("red-1", &[(ADD, Passed), (SUB, Passed)])
            .says("red-2", &[(ADD, Passed), (SUB, Failed)])
            .says("mutant", &[(ADD, Passed), (SUB, mutant)])
            .verdict()
    };
    assert_eq!(story(Failed).0, Verdict::Pass);
    let (verdict, reason, places) = story(Passed);
    assert_eq!((verdict, places[0].as_str()), (Verdict::Fail, "calc.py:5 unnoticed-mutant"), "{reason}");
    let data = Story::new(&[files[1], files[2]])
        .says("head", &[(ADD, Passed), (SUB, Passed)])
        .says("base", &[(ADD, Passed)])
        .says("red-1", &[(ADD, Passed), (SUB, Failed)]);
    assert_eq!(data.verdict().0, Verdict::Pass);
}

/// Seconds allowed for 400,000 tests before and after: hundreds of times what it takes, hundreds of times less than
/// looking through all for each.
const MANY_LIMIT: u64 = 120;

#[test]
fn reports_with_hundreds_of_thousands_of_tests_are_compared() {
    let names: Vec<String> = (0..400_000).map(|n| format!("tests.test_many::test_{n}")).collect();
    let mut all: Vec<(&str, Outcome)> = names.iter().map(|name| (name.as_str(), Passed)).collect();
    let begun = std::time::Instant::now();
    let base = all.clone();
    all.push((SUB, Passed));
    let head = all.clone();
    all.pop();
    all.push((SUB, Failed));
    let story = change().says("head", &head).says("base", &base).says("red-1", &all);
    assert_eq!(story.verdict().0, Verdict::Pass);
    assert!(begun.elapsed().as_secs() < MANY_LIMIT, "{:?}", begun.elapsed());
}

#[test]
fn what_was_not_found_out_is_unchecked() {
    for end in [End::WallLimit, End::Signaled(9), End::Exited(127)] {
        // Without the change they may never end by right.
        let labels: &[&str] = if end == End::WallLimit { &["head"] } else { &["head", "red-1"] };
        for label in labels {
            let story = change().says("red-1", &[(ADD, Passed), (SUB, Failed)]).ends(label, end.clone());
            assert_eq!(story.verdict().0, Verdict::Unchecked, "{label} {end:?}");
        }
    }
    let no_report = change().says("red-1", &[]).ends("head", End::Exited(0));
    assert_eq!(no_report.verdict().0, Verdict::Unchecked);
}

#[test]
fn a_change_without_tests_is_not_proved() {
    let story = Story::new(&[("calc.py", OLD, NEW)]).says("head", &[(ADD, Passed)]).says("base", &[(ADD, Passed)]);
    let (verdict, reason, _) = story.verdict();
    assert_eq!(verdict, Verdict::Unchecked);
    assert!(reason.contains("nothing proves the change"));
    let words = Story::new(&[("README.md", "a", "b")]).verdict();
    assert_eq!(words.0, Verdict::NotApplicable);
    for (title, applies) in [("Comment on the sums", false), ("Implement sums", true)] {
        let new = format!("# Sums.\n{OLD}");
        let mut commented = Story::new(&[("calc.py", OLD, &new), ("README.md", "a", "b")]);
        commented.diff.task = Some(crate::model::Task { title: title.into(), ..crate::run::simulation::task(1, &[]) });
        let (verdict, reason, _) = commented.says("head", &[(ADD, Passed)]).says("base", &[(ADD, Passed)]).verdict();
        assert_eq!(verdict != Verdict::NotApplicable, applies, "{title}: {reason}");
    }
}

#[test]
fn failing_tests_are_tried_once_more() {
    let fails = [(ADD, Passed), (SUB, Failed)];
    let (verdict, _, places) = change().says("head", &fails).says("head-again", &fails).verdict();
    assert_eq!((verdict, places), (Verdict::Fail, vec!["tests/test_calc.py:6 test".to_owned()]));
    let flaky = change().says("head", &fails).says("head-again", &[(ADD, Passed), (SUB, Passed)]);
    let (verdict, reason, places) = flaky.verdict();
    assert_eq!((verdict, places), (Verdict::Unchecked, vec!["tests/test_calc.py:6 flaky".to_owned()]));
    assert!(reason.starts_with("flaky:"), "{reason}");
}

#[test]
fn weaker_tests_are_found_without_a_run() {
    let table = [
        ("def test_add():\n    assert add(1, 2) == 3\n", "", "1 deleted-test"),
        ("def test_add():\n    assert add(1, 2) == 3\n", "def test_add():\n    add(1, 2)\n", "1 removed-assertion"),
        (
            "def test_add():\n    assert add(1, 2) == 3\n",
            "@pytest.mark.skip\ndef test_add():\n    assert add(1, 2) == 3\n",
            "1 skipped-test",
        ),
        (
            "def test_add():\n    assert add(1, 2) == 3\n",
            "def test_add():\n    assert add(1, 2) == 4\n",
            "2 changed-expectation",
        ),
        (
            "def test_add():\n    assert add(1, 2) == approx(3, abs=1e-9)\n",
            "def test_add():\n    assert add(1, 2) == approx(3, abs=0.5)\n",
            "2 widened-tolerance",
        ),
    ];
    for (old, new, found) in table {
        let (verdict, reason, places) =
            Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", old, new)]).verdict();
        assert_eq!((verdict, places), (Verdict::Fail, vec![format!("tests/test_calc.py:{found}")]), "{reason}");
    }
}

#[test]
fn a_task_may_change_the_tests_that_it_names() {
    let changed = TESTS.replace("== 3", "== 4");
    let mut story = Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", TESTS, &changed)])
        .says("head", &[(ADD, Passed)])
        .says("base", &[(ADD, Passed)])
        .says("red-1", &[(ADD, Failed)]);
    let mut task = crate::run::simulation::task(1, &[]);
    task.details = "Sums are one more from now on: `test_add` says so.".into();
    story.diff.task = Some(task);
    assert_eq!(story.verdict().0, Verdict::Pass);
}

#[test]
fn tests_that_are_left_out_elsewhere_are_missed() {
    let other = "tests.test_other::test_long";
    let quiet = |head: Option<Outcome>| {
        let mut cases = vec![(ADD, Passed), (SUB, Passed)];
        cases.extend(head.map(|outcome| (other, outcome)));
        change().says("head", &cases).says("base", &[(ADD, Passed), (other, Passed)]).verdict()
    };
    assert_eq!(quiet(None).2, [":0 deleted-test"]);
    assert_eq!(quiet(Some(Skipped)).2, [":0 skipped-test"]);
}

#[test]
fn the_bases_tests_run_on_the_new_code() {
    let old = "def test_add():\n    x = 1\n    assert add(x, 2) == 3\n";
    let new = "def test_add():\n    x = 2\n    assert add(x, 2) == 3\n";
    let story = |base_tests| {
        Story::new(&[("calc.py", OLD, NEW), ("tests/test_calc.py", old, new)])
            .says("head", &[(ADD, Passed)])
            .says("base", &[(ADD, Passed)])
            .says("red-1", &[(ADD, Failed)])
            .says("base-tests", &[(ADD, base_tests)])
            .verdict()
    };
    assert_eq!(story(Passed).0, Verdict::Pass);
    let (verdict, _, places) = story(Failed);
    assert_eq!((verdict, places), (Verdict::Fail, vec!["tests/test_calc.py:1 base-test".to_owned()]));
}

#[test]
fn added_lines_must_be_reached() {
    let story = |missed: &[u32]| {
        let hit: Vec<u32> = (4..=7).filter(|line| !missed.contains(line)).collect();
        let mut story = change().says("red-1", &[(ADD, Passed), (SUB, Failed)]);
        story.def.min_coverage = None;
        let coverage = testing::coverage(&[("calc.py", &hit, missed)]);
        story.said.get_mut("head").unwrap().coverage = Some(Ok(coverage));
        story.verdict()
    };
    assert_eq!(story(&[]).0, Verdict::Pass);
    let (verdict, reason, places) = story(&[6]);
    assert_eq!((verdict, places), (Verdict::Fail, vec!["calc.py:6 coverage".to_owned()]));
    assert_eq!(reason, "tests reach 75.0 % of the added lines, but 95 % are required");
    let mut none = change().says("red-1", &[(ADD, Passed), (SUB, Failed)]);
    none.def.min_coverage = None;
    none.said.get_mut("head").unwrap().coverage = Some(Err("the command wrote no report".to_owned()));
    assert_eq!(none.verdict().0, Verdict::Unchecked);
}

#[test]
fn coverage_of_rust_is_measured_apart_and_says_what_it_lacks() {
    let tests = "#[test]\nfn one() {\n    assert_eq!(1, 1);\n}\n";
    let more = format!("{tests}\n#[test]\nfn two() {{\n    assert_eq!(shop::a(), 2);\n}}\n");
    let story = |left: Evidence| {
        let mut story = Story::new(&[
            ("src/lib.rs", "pub fn a() -> u32 {\n    1\n}\n", "pub fn a() -> u32 {\n    2\n}\n"),
            ("src/kinds.rs", "", "pub struct Kind;\n"),
            ("examples/x.rs", "", "fn main() {}\n"),
            ("tests/it.rs", tests, &more),
        ])
        .says("head", &[("one", Passed), ("two", Passed)])
        .says("base", &[("one", Passed)])
        .says("red-1", &[("one", Passed), ("two", Failed)]);
        (story.def.min_coverage, story.def.run) = (None, "cargo test".to_owned());
        story.said.insert("coverage", left);
        story.verdict()
    };
    let reached = Evidence {
        coverage: Some(Ok(testing::coverage(&[("src/lib.rs", &[1, 2], &[])]))),
        ..testing::evidence(End::Exited(0), "")
    };
    let (verdict, reason, places) = story(reached);
    assert_eq!((verdict, reason.as_str(), places.len()), (Verdict::Pass, "", 0), "nothing else can be reached");
    let lacks = Evidence {
        coverage: Some(Err("no report".to_owned())),
        ..testing::evidence(End::Exited(1), "info\nerror: failed to find llvm-tools-preview, please install it\n\nmore")
    };
    let (verdict, reason, _) = story(lacks);
    assert_eq!(verdict, Verdict::Unchecked);
    assert!(reason.contains("no report: failed to find llvm-tools-preview, please install it ("), "{reason}");
}

#[test]
fn a_name_that_is_missing_is_no_assertion() {
    let story = |message: &str, mutant| {
        let Report::Tests(red) = results(&[(ADD, Passed), (SUB, Failed)]) else { panic!("no tests") };
        let mut cases = red.cases().to_vec();
        cases[1].message = message.to_owned();
        let red = Report::Tests(TestReport::new(cases, Vec::new()));
        let mut story = change().says("mutant", &[(ADD, Passed), (SUB, mutant)]);
        story.said.insert("red-1", testing::reported(1, Ok(red)));
        story.verdict()
    };
    assert_eq!(story("assert 0 == 1", Passed).0, Verdict::Pass);
    let (verdict, _, places) = story("AttributeError: module 'calc' has no attribute 'sub'", Passed);
    assert_eq!((verdict, places[0].as_str()), (Verdict::Fail, "calc.py:5 unnoticed-mutant"));
    assert_eq!(story("TypeError: (0 , sub) is not a function", Failed).0, Verdict::Pass);
}

#[test]
fn a_commit_marked_as_red_is_used() {
    let mut story = change().says("red-1", &[(ADD, Passed), (SUB, Failed)]);
    let files = [("calc.py", OLD), ("tests/test_calc.py", MORE)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let oid: crate::model::Oid = "c".repeat(40).parse().unwrap();
    story.diff.commits = vec![Said {
        oid: oid.clone(),
        subject: "Tests".into(),
        body: "Orca-Phase: red".into(),
        files: TreeFiles::new(MapFiles(files.into())),
        changed: vec!["tests/test_calc.py".into()],
    }];
    let change = Change::of(&story.diff, &Paths::new(&story.def));
    let runner = runner::runner(&story.def, &story.diff).unwrap();
    let known = [("head", "head"), ("base", "base")].map(|(label, said)| {
        let ask = Ask::new(&story.def, &story.diff, &[], &change, &runner);
        (ask.probe(label, ProbeTree::head()), story.said[said].clone())
    });
    let Step::More(probes) = judge(&story.def, &story.diff, &known) else { panic!("no probe") };
    assert_eq!(probes[0].tree, ProbeTree { on: super::super::On::Commit(oid), overlay: Overlay::new() });
    // One whose tests said something else than they do in the end shows nothing of these.
    let other = [("calc.py", OLD), ("tests/test_calc.py", "def test_sub():\n    assert False\n")];
    let other = other.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    story.diff.commits[0].files = TreeFiles::new(MapFiles(other.into()));
    let Step::More(probes) = judge(&story.def, &story.diff, &known) else { panic!("no probe") };
    assert_eq!(probes[0].tree.on, super::super::On::Head);
}

#[test]
fn rust_sources_are_set_back_around_their_tests() {
    let old = "pub fn add() -> i32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn old() {}\n}\n";
    let new = old
        .replace("    1\n", "    2\n")
        .replace("fn old() {}", "fn old() {}\n    #[test]\n    fn more() { assert_eq!(super::add(), 2); }");
    let diff = testing::diff(&[("src/lib.rs", old, &new)]);
    let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
    let set_back = change.set_back(&diff, false);
    let text = String::from_utf8(set_back["src/lib.rs"].clone().unwrap()).unwrap();
    assert!(text.contains("    1\n") && text.contains("fn more()"), "{text}");
    let names: Vec<&str> = change.touched().map(|case| case.name()).collect();
    assert_eq!(names, ["more"]);
    assert_eq!(change.lost_or_changed().count(), 0);
}

#[test]
fn tests_are_found_in_every_language() {
    let names = |path: &str, text: &str| {
        let found = find_tests(path, text);
        found.iter().map(|case| format!("{}:{}-{}", case.names.join("/"), case.line, case.end)).collect::<Vec<_>>()
    };
    let python = "import x\n\nclass TestA(Base):\n    @mark.x([\n        1,\n    ])\n    def test_one(self):\n        '''\ndoc\n'''\n        assert 1\n\n    def helper(self):\n        pass\n\nasync def test_two(\n    a,\n):\n    assert a\n";
    assert_eq!(names("tests/test_a.py", python), ["TestA/test_one:4-11", "test_two:16-19"]);
    let rust = "fn a() {}\n#[cfg(test)]\nmod tests {\n    use super::*;\n    #[test]\n    #[ignore = \"}\"]\n    fn one() {\n        assert!(true);\n    }\n    mod deep {\n        #[tokio::test]\n        async fn two() {}\n    }\n}\n/// Adds.\n///\n/// ```\n/// assert_eq!(1, 1);\n/// ```\npub fn add() {}\n";
    assert_eq!(names("src/lib.rs", rust), ["tests/one:5-9", "tests/deep/two:11-12", "(doctest)/add:17-19"]);
    assert!(find_tests("src/lib.rs", rust)[0].skipped);
    let go = "package m\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1) != 1 {\n\t\tt.Errorf(\"}\")\n\t}\n}\n\nfunc helper() {}\n";
    assert_eq!(names("m/sum_test.go", go), ["TestSum:3-7"]);
    assert_eq!(find_tests("m/sum_test.go", go)[0].checks.len(), 2);
    let literal = "func TestSum(t *testing.T) {\n\tif got := Sum([]int{1, 2}); got != 3 {\n\t\tt.Error()\n\t}\n}\n";
    let check = &find_tests("sum_test.go", literal)[0].checks[0];
    assert!(check.text.ends_with("got!=3") || check.text.ends_with("got != 3"), "{}", check.text);
    let script = "describe('sum', () => {\n  it.each([1, 2])('adds %i', (n) => {\n    expect(sum(n))\n      .toBe(n);\n  });\n  it.skip(\"waits\", () => {});\n});\ntest(`alone`, () => {});\n";
    assert_eq!(names("a.test.ts", script), ["sum/adds %i:2-5", "sum/waits:6-6", "alone:8-8"]);
    let found = find_tests("a.test.ts", script);
    assert_eq!(found[0].checks[0].text, "expect(sum(n)) .toBe(n)");
    assert!(found[1].skipped && !found[2].skipped);
}
