//! `git orca report --format json`: one document with a result per task.

use std::collections::BTreeMap;

use serde::Serialize;

use super::result::{self, FileChange, TaskResult, Used};
use super::status_json::{self, Integration, Need, OpenConflict, Totals};
use crate::journal::{CheckState, Judgement, LeftOut, MovedPointer, PlanRef, Subject};
use crate::model::{GateName, Oid, RunId, TaskId};
use crate::report::facts::checked::{Checked, place};
use crate::report::facts::ending;
use crate::report::facts::picture::Picture;
use crate::report::facts::submodules::moved_pointers;

/// What git says of each task's change, by task.
pub type Changes = BTreeMap<TaskId, Vec<FileChange>>;

/// The report of a run.
#[derive(Debug, Serialize)]
pub struct RunReport<'a> {
    format: u32,
    run: &'a RunId,
    state: &'static str,
    /// Its exit code; none while it goes on.
    exit: Option<u8>,
    plan: &'a PlanRef,
    base: &'a Oid,
    base_name: &'a str,
    /// The fence around agents and gates, in words.
    sandbox: String,
    left_out: &'a LeftOut,
    /// Counts of tasks by state; they add up to the number of tasks.
    counts: BTreeMap<&'static str, usize>,
    tasks: Vec<TaskResult<'a>>,
    layers: Vec<status_json::Layer>,
    integration: Integration,
    conflicts: Vec<OpenConflict<'a>>,
    needs_you: Vec<Need<'a>>,
    /// Pointers of submodules that others may not be able to follow.
    submodules: Vec<PointerEntry<'a>>,
    /// Judgements on merged trees.
    merged: Vec<Merged<'a>>,
    /// Gates of the run; without any nothing was checked.
    gates: Vec<&'a GateName>,
    checked: bool,
    /// What landed or stands although a gate did not pass there.
    gaps: Vec<String>,
    totals: Totals,
    /// What all attempts and reviews used; each task has its own, and each of its attempts.
    usage: Used,
}

/// A submodule's pointer that a task's result moved.
#[derive(Debug, Serialize)]
struct PointerEntry<'a> {
    task: &'a TaskId,
    #[serde(flatten)]
    pointer: &'a MovedPointer,
}

/// A gate's judgement on a merged tree.
#[derive(Debug, Serialize)]
struct Merged<'a> {
    about: String,
    gate: &'a GateName,
    tree: &'a Oid,
    verdict: crate::model::Verdict,
    reason: &'a str,
    /// Whether people let pass what it refuses; left out where it is not so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    waived: bool,
    seconds: f64,
    cached: bool,
    log: &'a str,
}

/// The report as a document.
pub fn report_json<'a>(picture: &'a Picture<'a>, changes: &'a Changes) -> RunReport<'a> {
    let info = &picture.state.info;
    let status = status_json::status(picture);
    let checked = Checked::of(picture);
    let files = |i: usize| changes.get(&picture.task(i).id).map(Vec::as_slice);
    RunReport {
        format: 1,
        run: &info.run,
        state: picture.word().word(),
        exit: ending::exit_at_end(picture),
        plan: &info.plan,
        base: &info.base,
        base_name: &info.base_name,
        sandbox: info.options.sandbox.about(),
        left_out: &info.left_out,
        counts: crate::report::facts::tally::tally(picture).into_iter().collect(),
        tasks: (0..picture.len()).map(|i| result::of(picture, i, files(i))).collect(),
        layers: status.layers,
        integration: status.integration,
        conflicts: status.conflicts,
        needs_you: status.needs_you,
        submodules: moved_pointers(picture).map(|(task, pointer)| PointerEntry { task, pointer }).collect(),
        merged: merged(picture),
        gates: info.options.gates.iter().map(|gate| &gate.name).collect(),
        checked: checked.anything(),
        gaps: checked.gaps,
        totals: status.totals,
        usage: picture.state.usage().into(),
    }
}

fn merged<'a>(picture: &'a Picture<'a>) -> Vec<Merged<'a>> {
    let checks = picture
        .state
        .checks
        .iter()
        .filter(|((subject, _), _)| !matches!(subject, Subject::Attempt(_) | Subject::Phase(_)));
    let judged = checks.filter_map(|((subject, gate), check)| match &check.state {
        CheckState::Judged(judgement) => Some(judgement_on(subject, gate, judgement)),
        CheckState::Open => None,
    });
    judged.collect()
}

fn judgement_on<'a>(subject: &Subject, gate: &'a GateName, judgement: &'a Judgement) -> Merged<'a> {
    Merged {
        about: place(subject),
        gate,
        tree: &judgement.tree,
        verdict: judgement.verdict,
        reason: &judgement.reason,
        waived: judgement.measured.waived,
        seconds: judgement.seconds,
        cached: judgement.cached,
        log: &judgement.log,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Story, wreck};
    use crate::report::words::json_text;

    #[test]
    fn the_report_has_a_result_per_task_and_counts_that_add_up() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        let changes = Changes::new();
        let report = serde_json::to_value(report_json(&picture, &changes)).unwrap();
        let tasks = report["tasks"].as_array().unwrap();
        assert_eq!(tasks.len(), 10);
        let counts: u64 = report["counts"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(counts, 10);
        assert_eq!(report["sandbox"], "off: agents can write wherever you can");
        let used = |of: &serde_json::Value| of["usage"]["tokens"].as_u64().unwrap();
        assert!(used(&report) > 0);
        assert_eq!(used(&report), tasks.iter().map(used).sum::<u64>());
        for name in ["format", "task_id", "state", "branch", "commit", "base", "files", "tests", "coverage", "gates"] {
            assert!(tasks[0].get(name).is_some(), "{name}");
        }
        insta::assert_snapshot!(json_text::line(&report["merged"][0]), @r#"
        {"about":"batch 1, layer 1","cached":false,"gate":"review","log":"logs/gate-review.log","reason":"","seconds":0.5,"tree":"9f2c811000000000000000000000000000000006","verdict":"pass"}
        "#);
    }

    #[test]
    fn without_gates_nothing_is_called_checked() {
        let mut story = Story::new(&[("A", "a", &[])], &[]);
        story.done("A", 0.0, 1.0);
        let state = story.state();
        let picture = Picture::new(&state, state.at, false);
        let report = serde_json::to_value(report_json(&picture, &Changes::new())).unwrap();
        assert_eq!((&report["checked"], &report["tasks"][0]["gates"]), (&false.into(), &serde_json::json!([])));
    }
}
