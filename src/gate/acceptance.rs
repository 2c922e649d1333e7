//! Acceptance criteria: those that are commands run, one after the other; the rest is listed for whoever reviews.

use super::probe::last_line;
use super::{Diff, Evidence, Judged, Kind, Probe, ProbeTree, Step};
use crate::model::{Finding, GateDef, GateKind, Verdict};
use crate::settings::GateKeys;
use crate::settings::trust::acceptance_command;

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: GateKeys::none(GateKind::Acceptance),
    about: "the commands among a task's acceptance criteria; the other criteria are listed",
    looks_at_diff: true,
    judge,
};

/// Runs the commands among the task's criteria on the judged commit. They were agreed to with the plan.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let Some(task) = &diff.task else {
        return Judged::not_applicable("acceptance criteria belong to tasks").into();
    };
    let commands: Vec<&str> = task.acceptance.iter().filter_map(|text| acceptance_command(text)).collect();
    let words: Vec<&String> = task.acceptance.iter().filter(|text| acceptance_command(text).is_none()).collect();
    if commands.is_empty() {
        let reason = match words.len() {
            0 => "the task has no acceptance criteria".to_owned(),
            n => format!("none of its {n} acceptance criteria is a command: {}", listed(&words)),
        };
        return Judged::of(Verdict::NotApplicable, reason, words.iter().map(|text| unread(text)).collect()).into();
    }
    if evidence.is_empty() {
        let probe = |(n, run): (usize, &&str)| Probe {
            label: format!("criterion-{}", n + 1),
            tree: ProbeTree::head(),
            run: (*run).to_owned(),
            report: None,
            coverage: None,
            timeout: def.timeout,
            prepare: None,
            share: false,
        };
        return Step::More(commands.iter().enumerate().map(probe).collect());
    }
    verdict(def, evidence, &words).into()
}

fn verdict(def: &GateDef, evidence: &[(Probe, Evidence)], words: &[&String]) -> Judged {
    let mut findings: Vec<Finding> = Vec::new();
    let mut unknown = None;
    for (probe, left) in evidence {
        match left.nothing_found_out(def.timeout) {
            Some(why) => drop(unknown.get_or_insert_with(|| format!("`{}`: {why}", probe.run))),
            None if left.is_good_exit() => {}
            None => findings.push(Finding {
                file: String::new(),
                line: 0,
                rule: "acceptance".to_owned(),
                message: format!("`{}` failed: {}", probe.run, last_line(&left.output)),
                advice: "the task is done when this command ends with 0".to_owned(),
            }),
        }
    }
    match (findings.first(), unknown) {
        (Some(first), _) => Judged::fail(first.message.clone(), findings),
        (None, Some(why)) => Judged::unchecked(why),
        (None, None) => {
            let reason = if words.is_empty() { String::new() } else { format!("not checked: {}", listed(words)) };
            Judged::of(Verdict::Pass, reason, words.iter().map(|text| unread(text)).collect())
        }
    }
}

/// A criterion that only a reader can judge.
fn unread(text: &str) -> Finding {
    Finding {
        file: String::new(),
        line: 0,
        rule: "not-checked".to_owned(),
        message: text.to_owned(),
        advice: "a reviewer has to look".to_owned(),
    }
}

fn listed(words: &[&String]) -> String {
    let first = words.iter().take(2).map(|text| text.chars().take(60).collect::<String>());
    let more = if words.len() > 2 { format!("; and {} more", words.len() - 2) } else { String::new() };
    format!("{}{more}", first.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::model::GateKind;
    use crate::process::End;

    fn diff(acceptance: &[&str]) -> Diff {
        let mut task = crate::run::simulation::task(1, &[]);
        task.acceptance = acceptance.iter().map(|text| (*text).to_owned()).collect();
        Diff { task: Some(task), ..testing::diff(&[]) }
    }

    fn judged(acceptance: &[&str], ends: &[End]) -> Judged {
        let (def, diff) = (testing::gate(GateKind::Acceptance, ""), diff(acceptance));
        let evidence: Vec<(Probe, Evidence)> = match judge(&def, &diff, &[]) {
            Step::Done(judged) => return judged,
            Step::More(probes) => probes
                .into_iter()
                .zip(ends)
                .map(|(probe, end)| (probe, testing::evidence(end.clone(), "no\n")))
                .collect(),
        };
        assert_eq!(evidence.len(), ends.len());
        match judge(&def, &diff, &evidence) {
            Step::Done(judged) => judged,
            Step::More(_) => panic!("asked twice"),
        }
    }

    #[test]
    fn commands_run_and_words_are_listed() {
        let both = ["`test -e a`", "`grep x a`", "it looks good"];
        let good = judged(&both, &[End::Exited(0), End::Exited(0)]);
        assert_eq!((good.verdict, good.reason.as_str()), (Verdict::Pass, "not checked: it looks good"));
        let bad = judged(&both, &[End::Exited(0), End::Exited(1)]);
        assert_eq!((bad.verdict, bad.reason.as_str()), (Verdict::Fail, "`grep x a` failed: no"));
        assert_eq!(judged(&both, &[End::Exited(0), End::Exited(127)]).verdict, Verdict::Unchecked);
        assert_eq!(judged(&both, &[End::Exited(1), End::WallLimit]).verdict, Verdict::Fail);
        assert_eq!(judged(&["it looks good"], &[]).verdict, Verdict::NotApplicable);
        assert_eq!(judged(&[], &[]).reason, "the task has no acceptance criteria");
    }

    #[test]
    fn merged_trees_have_no_criteria() {
        let step = judge(&testing::gate(GateKind::Acceptance, ""), &testing::diff(&[]), &[]);
        assert_eq!(step, Judged::not_applicable("acceptance criteria belong to tasks").into());
    }
}
