//! No new failures: where a gate fails on the base already and a person agreed to go on with that, a change is refused only
//! for what it adds.

use std::collections::BTreeSet;

use super::reports::{Outcome, Report, TestCase, TestReport};
use super::{Diff, Evidence, Judged, Probe, Step, results, tdd};
use crate::model::{GateDef, GateKind, KnownRed, Measured, Verdict};

/// The label of the run that names the tests, where the gate's own command does not.
const CASES: &str = "head-cases";

/// Judges as the gate's kind does, and takes out of a refusal what fails on the base too.
pub(super) fn judge(
    def: &GateDef,
    diff: &Diff,
    evidence: &[(Probe, Evidence)],
    of_kind: fn(&GateDef, &Diff, &[(Probe, Evidence)]) -> Step,
) -> Step {
    // A tdd gate knows the tests by name itself.
    let Some(known) = diff.known_red.as_ref().filter(|_| def.kind == GateKind::Command) else {
        return of_kind(def, diff, evidence);
    };
    let (named, own): (Vec<_>, Vec<_>) = evidence.iter().cloned().partition(|(probe, _)| probe.label == CASES);
    let step = of_kind(def, diff, &own);
    let Step::Done(judged) = &step else { return step };
    if judged.verdict != Verdict::Fail {
        return step;
    }
    let known = match known {
        KnownRed::Unlisted => return cannot_tell(judged).into(),
        KnownRed::Tests(known) => known,
    };
    let reported = own.iter().chain(&named).find_map(|(_, left)| tests(left));
    match (reported, named.is_empty(), tdd::head_probe(def, diff)) {
        (Some(report), _, _) => without_known(judged, report, known).into(),
        (None, true, Some(probe)) => Step::More(vec![Probe { label: CASES.to_owned(), ..probe }]),
        (None, _, _) => cannot_tell(judged).into(),
    }
}

/// The test results that something left.
pub(super) fn tests(left: &Evidence) -> Option<&TestReport> {
    match &left.report {
        Some(Ok(Report::Tests(tests))) => Some(tests),
        _ => None,
    }
}

fn cannot_tell(judged: &Judged) -> Judged {
    let reason = format!("it fails on your base too, and no report names tests to compare: {}", judged.reason);
    let measured = Measured { waived: true, ..judged.measured.clone() };
    Judged { measured, ..Judged::unchecked(reason) }
}

/// What is left of a refusal without the tests that fail on the base.
fn without_known(judged: &Judged, report: &TestReport, known: &BTreeSet<String>) -> Judged {
    let failed: Vec<&TestCase> = report.cases().iter().filter(|case| case.outcome == Outcome::Failed).collect();
    let (old, new): (Vec<&TestCase>, Vec<&TestCase>) = failed.into_iter().partition(|case| known.contains(&case.name));
    // What breaks outside of tests, or fails though no test does, is nobody's on the base.
    if old.is_empty() || !report.broken().is_empty() {
        return judged.clone();
    }
    if new.is_empty() {
        let n = old.len();
        let what = if n == 1 { "1 test fails".to_owned() } else { format!("{n} tests fail") };
        let reason = format!("no new failures: {what} on your base too");
        return Judged { reason, measured: judged.measured.clone(), ..Judged::pass() };
    }
    let findings = results::failures(new.into_iter(), &[]);
    Judged { measured: judged.measured.clone(), ..Judged::fail(results::in_short(&findings), findings) }
}

#[cfg(test)]
mod tests {
    use super::super::{self as gate, testing};
    use super::*;
    use crate::model::ReportSpec;
    use Outcome::{Failed, Passed};

    fn ended(run: &str, known: KnownRed, said: &[(&str, Outcome)], reports: bool) -> (Judged, Vec<String>) {
        let mut def = testing::gate(GateKind::Command, run);
        if reports {
            def.report =
                Some(ReportSpec { path: "r.xml".into(), format: crate::model::ReportFormat::Junit, min: None });
        }
        let mut diff = testing::diff(&[("a.py", "x = 1\n", "x = 2\n")]);
        diff.known_red = Some(known);
        let code = i32::from(said.iter().any(|(_, outcome)| *outcome == Failed));
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        for _ in 0..4 {
            match gate::judge(&def, &diff, &evidence) {
                Step::Done(judged) => return (judged, evidence.into_iter().map(|(probe, _)| probe.label).collect()),
                Step::More(probes) => evidence.extend(probes.into_iter().map(|probe| {
                    let left = match &probe.report {
                        Some(_) => testing::reported(code, Ok(testing::results(said))),
                        None => testing::evidence(crate::process::End::Exited(code), "1 failed\n"),
                    };
                    (probe, left)
                })),
            }
        }
        panic!("it never ends")
    }

    fn known(names: &[&str]) -> KnownRed {
        KnownRed::Tests(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn only_new_failures_refuse() {
        let table = [
            (&["a"][..], &[("a", Failed), ("b", Passed)][..], Verdict::Pass),
            (&["a"][..], &[("a", Failed), ("b", Failed)][..], Verdict::Fail),
            (&["a"][..], &[("a", Passed), ("b", Passed)][..], Verdict::Pass),
            (&["a"][..], &[("b", Failed)][..], Verdict::Fail),
        ];
        for (names, said, verdict) in table {
            let (judged, _) = ended("check", known(names), said, true);
            assert_eq!(judged.verdict, verdict, "{names:?} {said:?}: {}", judged.reason);
            assert!(judged.findings.iter().all(|found| !found.message.contains("`a`")), "{judged:?}");
        }
        let (judged, _) = ended("check", known(&["a"]), &[("a", Failed)], true);
        assert_eq!(judged.reason, "no new failures: 1 test fails on your base too");
    }

    #[test]
    fn a_known_runner_names_its_tests_where_the_gate_does_not() {
        let (judged, asked) = ended("pytest -q", known(&["a"]), &[("a", Failed)], false);
        assert_eq!((judged.verdict, asked), (Verdict::Pass, ["origins", "head", CASES].map(str::to_owned).to_vec()));
    }

    #[test]
    fn without_names_nobody_can_tell_and_nothing_is_called_a_pass() {
        for (run, known) in [("check", KnownRed::Unlisted), ("check", known(&["a"]))] {
            let (judged, _) = ended(run, known, &[("a", Failed)], false);
            assert_eq!((judged.verdict, judged.measured.waived), (Verdict::Unchecked, true), "{}", judged.reason);
        }
        let (judged, _) = ended("check", KnownRed::Unlisted, &[("a", Passed)], false);
        assert_eq!(judged.verdict, Verdict::Pass, "green is green");
    }
}
