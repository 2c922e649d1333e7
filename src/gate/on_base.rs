//! What a gate says of the base, before money is spent on changes to it: whether it can be judged here at all, whether it is
//! good, and which tests fail there.

use super::known_red::tests;
use super::not_yet::{Lacking, lacking};
use super::reports::Outcome;
use super::{Diff, Evidence, Judged, Probe, ProbeTree, Step, command, tdd};
use crate::model::{GateDef, GateKind, Measured, RedTest, Verdict};
use crate::process::End;

/// The run that names the tests, where the gate's own command does not.
const CASES: &str = "base-cases";

/// The run of what the gate's command does besides looking for files that the base lacks.
const BESIDE: &str = "base-beside";

/// Judges the base. Only commands can: the other kinds judge changes, and here is none.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    if def.kind != GateKind::Command {
        return Judged::not_applicable("it judges changes, and the base is none").into();
    }
    let Some(own) = evidence.first() else {
        // As the proof of a change asks for the base, so that it need not run there again.
        let shared = if def.as_proof { tdd::base_probe(def, diff) } else { None };
        let plain = || Probe { tree: ProbeTree::base(), ..Probe::of(def, "base") };
        return Step::More(vec![shared.unwrap_or_else(plain)]);
    };
    let judged = match command::judge(def, diff, std::slice::from_ref(own)) {
        Step::Done(judged) => judged,
        more => return more,
    };
    if judged.verdict != Verdict::Fail {
        let blind = judged.verdict == Verdict::Unchecked;
        return Judged { measured: Measured { blind, ..judged.measured }, ..judged }.into();
    }
    let judged = match lacking(def, diff, &own.1.output) {
        Lacking::Nothing => judged,
        Lacking::OnlyThat(path) => return not_applicable(&path).into(),
        Lacking::Perhaps(path) => {
            let why = "it fails on the base, perhaps because of";
            return Judged::unchecked(format!("{why} `{path}`, which the base has not got yet")).into();
        }
        Lacking::Beside(path, run) => {
            let Some(beside) = evidence.iter().find(|(probe, _)| probe.label == BESIDE) else {
                let tree = ProbeTree::base();
                return Step::More(vec![Probe { run, tree, report: None, ..Probe::of(def, BESIDE) }]);
            };
            let plain = GateDef { report: None, coverage: None, ..def.clone() };
            match command::judge(&plain, diff, std::slice::from_ref(beside)) {
                Step::Done(left) if left.verdict == Verdict::Fail => left,
                Step::Done(left) if left.verdict == Verdict::Pass => return not_applicable(&path).into(),
                other => return other,
            }
        }
    };
    red(def, diff, evidence, judged)
}

fn not_applicable(path: &str) -> Judged {
    Judged::not_applicable(format!("it is about `{path}`, which the base has not got yet"))
}

/// A red base, with the names of its tests where they can be had.
fn red(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)], judged: Judged) -> Step {
    let reported = evidence.iter().find_map(|(_, left)| tests(left));
    if reported.is_some_and(|report| report.cases().is_empty() && report.broken().is_empty()) || no_tests(evidence) {
        return Judged::not_applicable("the base has no tests yet").into();
    }
    let asked = evidence.iter().any(|(probe, _)| probe.label == CASES);
    match (reported, asked, tdd::base_probe(def, diff)) {
        (None, false, Some(probe)) => Step::More(vec![Probe { label: CASES.to_owned(), ..probe }]),
        (None, _, _) => judged.into(),
        (Some(report), _, _) => {
            let failed = report.cases().iter().filter(|case| case.outcome == Outcome::Failed);
            let red = failed.map(|case| RedTest { file: case.file.clone(), test: case.name.clone() });
            let mut judged = judged;
            // What broke outside of tests has no name to compare by.
            judged.measured.red = if report.broken().is_empty() { red.collect() } else { Vec::new() };
            judged.measured.tests = Some(super::results::counts(report));
            judged.into()
        }
    }
}

/// Whether pytest or unittest says that there are none: their exit code 5 means nothing else.
fn no_tests(evidence: &[(Probe, Evidence)]) -> bool {
    evidence.iter().any(|(probe, left)| {
        left.end == End::Exited(5) && ["pytest", "unittest"].iter().any(|runner| probe.run.contains(runner))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{self as gate, TreeKind, testing};
    use super::*;

    const SCRIPT: &str = "grep -q good page.md || { echo bad; exit 1; }\n";

    fn ended(def: &GateDef, answers: &[Evidence]) -> (Judged, Vec<String>) {
        let files = [
            ("there.txt", "x\n", "x\n"),
            ("ci/check.sh", SCRIPT, SCRIPT),
            ("tests/test_a.py", "", "def test_a(): pass\n"),
        ];
        let diff = Diff { kind: TreeKind::Base, ..testing::diff(&files) };
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        for _ in 0..4 {
            match gate::judge(def, &diff, &evidence) {
                Step::Done(judged) => return (judged, evidence.into_iter().map(|(probe, _)| probe.label).collect()),
                Step::More(probes) => {
                    let from = evidence.len();
                    evidence.extend(probes.into_iter().zip(answers[from..].iter().cloned()));
                }
            }
        }
        panic!("it never ends")
    }

    #[test]
    fn a_red_base_is_told_with_its_tests() {
        let red = testing::evidence(End::Exited(1), "1 failed\n");
        let results = [("t::a", Outcome::Failed), ("t::b", Outcome::Passed)];
        let named = testing::reported(1, Ok(testing::results(&results)));
        let (judged, asked) = ended(&testing::gate(GateKind::Command, "pytest -q"), &[red.clone(), named]);
        assert_eq!((judged.verdict, asked.len()), (Verdict::Fail, 2));
        assert_eq!(judged.measured.red.iter().map(|red| red.test.as_str()).collect::<Vec<_>>(), ["t::a"]);
        let (judged, asked) = ended(&testing::gate(GateKind::Command, "make check"), &[red]);
        assert_eq!((judged.verdict, asked, judged.measured.red.len()), (Verdict::Fail, vec!["base".to_owned()], 0));
    }

    #[test]
    fn what_a_task_will_bring_is_no_red_base() {
        let red = || testing::evidence(End::Exited(1), "no\n");
        let table = [
            ("test -s hello.txt", Verdict::NotApplicable),
            ("grep -q x there.txt", Verdict::Fail),
            ("grep -q x ./there.txt > out.log", Verdict::Fail),
            ("test -e docs/page.md", Verdict::NotApplicable),
            ("sh ci/check.sh", Verdict::NotApplicable),
            ("python3 -m shop.tests && go test ./... && cmp 1.5 /etc/no.conf", Verdict::Fail),
            ("pytest -c other.ini", Verdict::Unchecked),
        ];
        for (run, verdict) in table {
            let (judged, _) = ended(&testing::gate(GateKind::Command, run), &[red(), red()]);
            assert_eq!(judged.verdict, verdict, "{run}: {}", judged.reason);
        }
    }

    #[test]
    fn what_stands_beside_it_is_run_alone() {
        let red = || testing::evidence(End::Exited(1), "1 failed\n");
        let good = || testing::evidence(End::Exited(0), "");
        let missing = || testing::evidence(End::Exited(127), "");
        for (beside, verdict) in
            [(red(), Verdict::Fail), (good(), Verdict::NotApplicable), (missing(), Verdict::Unchecked)]
        {
            let def = testing::gate(GateKind::Command, "make check && test -s hello.txt");
            let (judged, asked) = ended(&def, &[red(), beside]);
            assert_eq!(
                (judged.verdict, asked),
                (verdict, vec!["base".to_owned(), BESIDE.to_owned()]),
                "{}",
                judged.reason
            );
        }
    }

    #[test]
    fn a_base_without_tests_is_not_red() {
        let none = testing::reported(5, Err("it names no test".to_owned()));
        let (judged, _) = ended(&testing::gate(GateKind::Command, "python3 -m pytest"), &[none.clone(), none]);
        assert_eq!(judged.verdict, Verdict::NotApplicable, "{}", judged.reason);
    }

    #[test]
    fn gates_of_changes_have_nothing_to_judge() {
        for kind in [GateKind::Tdd, GateKind::Performance, GateKind::Security, GateKind::Review, GateKind::Acceptance] {
            assert_eq!(ended(&testing::gate(kind, "x"), &[]).0.verdict, Verdict::NotApplicable, "{kind:?}");
        }
    }
}
