//! What could be judged before the change, and cannot be judged with it. Where a command leaves nothing to judge (it does
//! not end, a program or a module is missing, its report is not written or names no test), it runs on the base as well: if
//! the base can be judged, the change did it, and that is for its author to mend. If not, the surroundings did it, and the
//! gate stays unchecked.

use super::complaint::complaint;
use super::places::places;
use super::reports::Report;
use super::stale_lock::is_lock;
use super::{Diff, Evidence, Judged, On, Probe, ProbeTree, Step, TreeKind};
use crate::model::{Finding, GateDef, GateKind, Measured, Verdict};
use crate::process::End;

/// The label of the run on the base.
const LABEL: &str = "base-can-be-judged";

/// The rule of the finding.
const RULE: &str = "not-judgeable";

/// Whether a probe is the question about the base.
pub(super) fn is_question(probe: &Probe) -> bool {
    probe.label == LABEL
}

/// What stands of a judgement where the judged commit left nothing to judge. `own` is what the gate's kind asked for,
/// `asked` what the base left, if it was asked already.
pub(super) fn judge(
    def: &GateDef,
    diff: &Diff,
    judged: Judged,
    own: &[(Probe, Evidence)],
    asked: Option<&Evidence>,
) -> Step {
    let executes = matches!(def.kind, GateKind::Command | GateKind::Acceptance | GateKind::Tdd | GateKind::Performance);
    // A pass by the exit code alone, of tests that report: without a report nobody knows that any of them ran.
    let is_open = match judged.verdict {
        Verdict::Unchecked => true,
        Verdict::Pass => def.as_proof,
        Verdict::Fail | Verdict::NotApplicable => false,
    };
    if !executes || !is_open || diff.kind != TreeKind::Task {
        return judged.into();
    }
    let plain = |probe: &Probe, on: &On| probe.tree.on == *on && probe.tree.overlay.is_empty();
    let of_head = own.iter().filter(|(probe, _)| plain(probe, &On::Head));
    let Some((probe, left)) = of_head.into_iter().find(|(_, left)| is_blind(left, def.timeout)) else {
        return judged.into();
    };
    if left.end == End::Stopped {
        return judged.into();
    }
    let of_base = own.iter().find(|(other, _)| plain(other, &On::Base) && other.run == probe.run);
    let known = of_base.map(|(_, left)| left);
    match known.or(asked) {
        None => {
            Step::More(vec![Probe { label: LABEL.to_owned(), tree: ProbeTree::base(), share: true, ..probe.clone() }])
        }
        Some(base) if is_blind(base, def.timeout) => {
            let blind = judged.verdict == Verdict::Unchecked;
            Judged { measured: Measured { blind, ..judged.measured }, ..judged }.into()
        }
        Some(_) => blamed(&why(&judged, left, def.timeout), diff, left, judged).into(),
    }
}

/// Whether it left nothing by which its tree could be judged.
fn is_blind(left: &Evidence, timeout: u64) -> bool {
    let unreported = match &left.report {
        None => false,
        Some(Err(_)) => true,
        Some(Ok(Report::Tests(tests))) => tests.cases().is_empty() && tests.broken().is_empty(),
        Some(Ok(Report::Findings(_) | Report::Coverage(_))) => false,
    };
    // A gate that edits what it judges is at fault itself; cargo is not, which brings its lock file up to date.
    left.disturbed.as_deref().is_none_or(is_lock) && (unreported || left.nothing_found_out(timeout).is_some())
}

fn why(judged: &Judged, left: &Evidence, timeout: u64) -> String {
    match (left.nothing_found_out(timeout), &left.report) {
        (Some(why), _) => why,
        (None, Some(Err(why))) => why.clone(),
        (None, Some(Ok(_))) => "no test ran".to_owned(),
        (None, None) => judged.reason.clone(),
    }
}

fn blamed(why: &str, diff: &Diff, left: &Evidence, judged: Judged) -> Judged {
    let complaint = complaint(&left.output);
    let said = complaint.map(|words| format!(": {words}")).unwrap_or_default();
    let finding = Finding {
        file: String::new(),
        line: 0,
        rule: RULE.to_owned(),
        message: format!("{why}{said}"),
        advice:
            "the same command works without your change: look at what you added, forgot to commit or did not declare"
                .to_owned(),
    };
    let mut findings = vec![finding];
    findings.extend(places(&left.output, &|path| diff.new.has(path)));
    let reason = format!("it can be checked without the change, but not with it: {why}{said}");
    Judged { measured: judged.measured, ..Judged::fail(reason, findings) }
}

#[cfg(test)]
mod tests {
    use super::super::reports::Outcome;
    use super::super::testing;
    use super::*;
    use crate::gate;

    /// The judgement of a gate whose command leaves this on the judged commit, and that on the base.
    fn ended(def: &GateDef, head: &Evidence, base: &Evidence) -> (Judged, usize) {
        let diff = testing::diff(&[("a.py", "x = 1\n", "x = 2\n"), ("tests/test_a.py", "", "def test_a(): pass\n")]);
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        for rounds in 0..5 {
            match gate::judge(def, &diff, &evidence) {
                Step::Done(judged) => return (judged, rounds),
                Step::More(probes) => evidence.extend(probes.into_iter().map(|probe| {
                    let left = if probe.tree.on == On::Base { base } else { head };
                    (probe, left.clone())
                })),
            }
        }
        panic!("it never ends")
    }

    #[test]
    fn the_change_is_blamed_where_the_base_can_be_judged() {
        let def = testing::gate(GateKind::Command, "run-tests");
        let good = testing::evidence(End::Exited(0), "");
        for end in [End::Exited(127), End::Signaled(11), End::WallLimit, End::MemoryLimit(2 << 30), End::IdleLimit] {
            let (judged, _) =
                ended(&def, &testing::evidence(end.clone(), "ModuleNotFoundError: No module named 'x'\n"), &good);
            assert_eq!(judged.verdict, Verdict::Fail, "{end:?}");
            assert!(judged.reason.contains("No module named 'x'"), "{}", judged.reason);
            assert_eq!(judged.findings[0].rule, RULE);
        }
    }

    #[test]
    fn the_surroundings_are_where_it_cannot_either() {
        let def = testing::gate(GateKind::Command, "run-tests");
        let missing = testing::evidence(End::Exited(127), "sh: run-tests: not found\n");
        let (judged, rounds) = ended(&def, &missing, &missing);
        assert_eq!((judged.verdict, judged.measured.blind), (Verdict::Unchecked, true));
        let red = testing::evidence(End::Exited(1), "1 failed\n");
        let greedy = testing::evidence(End::MemoryLimit(4 << 30), "");
        let (judged, _) = ended(&def, &greedy, &greedy);
        assert_eq!((judged.verdict, judged.measured.blind), (Verdict::Unchecked, true));
        assert_eq!(judged.reason, "it used more than 4 GB and was stopped");
        let (judged, _) = ended(&def, &greedy, &red);
        assert_eq!(judged.verdict, Verdict::Fail);
        assert!(judged.reason.ends_with("not with it: it used more than 4 GB and was stopped"), "{}", judged.reason);
        assert_eq!(ended(&def, &missing, &red).0.verdict, Verdict::Fail, "a red base was judged");
        assert_eq!(ended(&def, &testing::evidence(End::Stopped, ""), &red).0.verdict, Verdict::Unchecked);
        assert_eq!(ended(&def, &red, &missing).1 + 1, rounds, "what was judged asks nothing more");
    }

    #[test]
    fn tests_that_no_longer_report_are_no_pass() {
        let def = GateDef { as_proof: true, ..testing::gate(GateKind::Command, "pytest") };
        let silent = testing::reported(0, Err("the command wrote no report".to_owned()));
        let good = testing::reported(0, Ok(testing::results(&[("tests.test_a::test_a", Outcome::Passed)])));
        assert_eq!(ended(&def, &silent, &good).0.verdict, Verdict::Fail);
        assert_eq!(ended(&def, &silent, &silent).0.verdict, Verdict::Pass, "its exit code is its word");
        let none = testing::reported(5, Ok(testing::results(&[])));
        let def = testing::gate(GateKind::Command, "pytest");
        assert_eq!(ended(&def, &none, &none).0.verdict, Verdict::Fail, "exit 5 is an answer of its own");
    }
}
