//! A changed judge judges twice: where a change touches what its gate consists of, its pass has to hold with the base's
//! version of that, too.

use super::named_files::{ChangedJudge, changed, commands};
use super::{Diff, Evidence, Judged, On, Probe, Step, TreeKind};
use crate::model::{Finding, GateDef, GateKind, Verdict};
use crate::source::is_test_path;

/// The rule of findings that tell of it.
pub const CHANGED_JUDGE: &str = "changed-judge";

/// What the labels of the second round begin with.
const SECOND: &str = "base-judge-";

/// Whether a probe belongs to the second round.
pub(super) fn is_second(probe: &Probe) -> bool {
    probe.label.starts_with(SECOND)
}

/// Judges evidence as the gate's kind does.
type Again<'a> = dyn Fn(&[(Probe, Evidence)]) -> Step + 'a;

/// What stands of a judgement where its judge was changed. Whoever wrote the task may name a file in it and so agree to its
/// change; then it is said, and nothing more.
pub(super) fn judge(
    def: &GateDef,
    diff: &Diff,
    judged: Judged,
    own: &[(Probe, Evidence)],
    second: &[(Probe, Evidence)],
    again: &Again<'_>,
) -> Step {
    let concerned = matches!(def.kind, GateKind::Command | GateKind::Acceptance) && diff.kind == TreeKind::Task;
    // What is red for want of an implementation has its own rules.
    if !concerned || judged.verdict != Verdict::Pass || !judged.measured.red.is_empty() {
        return judged.into();
    }
    let changed = changed(&commands(own), diff, &is_test_path);
    if changed.paths.is_empty() {
        return judged.into();
    }
    if changed.paths.iter().all(|path| is_agreed(diff, path)) {
        return said(judged, &changed, "as its task asks").into();
    }
    if second.is_empty() {
        return Step::More(own.iter().filter_map(|(probe, _)| with_base(probe, &changed)).collect());
    }
    match again(second) {
        Step::Done(before) => both(judged, before, &changed).into(),
        // It wants to look closer: with the base's judge there is no such thing.
        Step::More(_) => both(judged, Judged::unchecked("it could not be told"), &changed).into(),
    }
}

/// Whether the task names the file, in its text or among its files.
fn is_agreed(diff: &Diff, path: &str) -> bool {
    let Some(task) = &diff.task else { return false };
    let texts = [&task.title, &task.details].into_iter().chain(&task.acceptance);
    task.files.iter().any(|file| file.path.as_str() == path) || texts.into_iter().any(|text| names(text, path))
}

fn names(text: &str, path: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '/');
    text.match_indices(path)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + path.len()..].chars().next()))
}

/// The same command on the change with the base's judge.
fn with_base(probe: &Probe, changed: &ChangedJudge) -> Option<Probe> {
    if probe.tree.on != On::Head || !probe.tree.overlay.is_empty() {
        return None;
    }
    let mut second = Probe { label: format!("{SECOND}{}", probe.label), share: false, ..probe.clone() };
    second.tree.overlay = changed.before.clone();
    Some(second)
}

fn both(judged: Judged, before: Judged, changed: &ChangedJudge) -> Judged {
    let paths = listed(changed);
    match before.verdict {
        Verdict::Pass | Verdict::NotApplicable => said(judged, changed, "and both versions of it pass"),
        Verdict::Fail => {
            let reason = format!("passes only with its own {paths}; fails with the base's: {}", before.reason);
            let advice = "leave it unchanged, or name it in the task";
            let mut findings = findings(changed, "this gate runs it, and passes only with the change", advice);
            findings.extend(before.findings);
            Judged::fail(reason, findings)
        }
        Verdict::Unchecked => Judged {
            findings: findings(changed, "this gate runs it", "leave it unchanged, or name it in the task"),
            ..Judged::unchecked(format!(
                "{paths} was changed, and with the base's it could not be checked: {}",
                before.reason
            ))
        },
    }
}

fn said(judged: Judged, changed: &ChangedJudge, how: &str) -> Judged {
    let what = format!("this gate runs it, and the task changed it, {how}");
    let mut findings = findings(changed, &what, "look at its change");
    findings.extend(judged.findings.clone());
    Judged { findings, ..judged }
}

fn findings(changed: &ChangedJudge, what: &str, advice: &str) -> Vec<Finding> {
    let finding = |path: &String| Finding {
        file: path.clone(),
        line: 0,
        rule: CHANGED_JUDGE.to_owned(),
        message: what.to_owned(),
        advice: advice.to_owned(),
    };
    changed.paths.iter().map(finding).collect()
}

fn listed(changed: &ChangedJudge) -> String {
    let first: Vec<String> = changed.paths.iter().take(3).map(|path| format!("`{path}`")).collect();
    let more = if changed.paths.len() > 3 { format!(" and {} more", changed.paths.len() - 3) } else { String::new() };
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::{self as gate, testing};
    use super::*;
    use crate::process::End;

    /// The end of a gate whose script was changed: exit codes with the change's and with the base's.
    fn ended(task: &str, codes: [i32; 2]) -> Judged {
        let def = testing::gate(GateKind::Command, "sh ci/check.sh");
        let mut diff = testing::diff(&[("ci/check.sh", "run-tests\n", "exit 0\n"), ("a.txt", "", "x\n")]);
        diff.task = Some(crate::model::Task { details: task.to_owned(), ..crate::run::simulation::task(1, &[]) });
        let mut evidence = Vec::new();
        for code in codes {
            match gate::judge(&def, &diff, &evidence) {
                Step::Done(judged) => return judged,
                Step::More(probes) => {
                    let left = testing::evidence(End::Exited(code), "assert 3 == 4\n");
                    evidence.extend(probes.into_iter().map(|probe| (probe, left.clone())));
                }
            }
        }
        match gate::judge(&def, &diff, &evidence) {
            Step::Done(judged) => judged,
            Step::More(_) => panic!("asked thrice"),
        }
    }

    #[test]
    fn green_only_with_its_own_judge_is_refused() {
        let judged = ended("Do it.", [0, 1]);
        assert_eq!(judged.verdict, Verdict::Fail);
        assert!(judged.reason.starts_with("passes only with its own `ci/check.sh`"), "{}", judged.reason);
        assert_eq!(ended("Do it.", [0, 127]).verdict, Verdict::Unchecked);
        assert_eq!(ended("Do it.", [1, 0]).findings.iter().filter(|f| f.rule == CHANGED_JUDGE).count(), 0);
    }

    #[test]
    fn equal_verdicts_pass_and_are_said() {
        let judged = ended("Do it.", [0, 0]);
        assert_eq!((judged.verdict, judged.findings[0].rule.as_str()), (Verdict::Pass, CHANGED_JUDGE));
        assert!(judged.findings[0].message.contains("both versions"), "{judged:?}");
        let agreed = ended("Let ci/check.sh stop early.", [0, 1]);
        assert_eq!(agreed.verdict, Verdict::Pass);
        assert!(agreed.findings[0].message.contains("as its task asks"));
        assert_eq!(ended("Change my-ci/check.shx.", [0, 1]).verdict, Verdict::Fail, "another name");
    }
}
