//! What is merged, split, refused and landed.
//!
//! One batch is on its way at a time; what passes meanwhile waits and is taken together by the next (natural
//! batching). A red batch is halved until one task is left: the culprit stays out, the rest lands.

use super::marks;
use crate::journal::{Batch, BatchPhase, Subject};
use crate::model::TaskId;
use crate::schedule::facts::{Action, Gates, TaskStatus, View, merged_gates, merged_subjects, together};
use crate::schedule::rules::{late, suspects, words};

/// The train's next step.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Option<Action> {
    if let Some(marking) = marks::decide(view, standings) {
        return marking;
    }
    match &view.state.batch {
        None => merge(view, standings),
        Some(batch) => match batch.phase {
            BatchPhase::Merging | BatchPhase::Landing { .. } => None,
            BatchPhase::Checking { .. } => take_out(view, batch).or_else(|| judge(view, batch)),
        },
    }
}

fn merge(view: &View<'_>, standings: &[TaskStatus]) -> Option<Action> {
    let passed = |i: usize| standings[i] == TaskStatus::Passed;
    let batch = view.state.batches + 1;
    if let Some(proof) = suspects::proof(view.course, view.state) {
        return Some(Action::Merge { batch, tasks: proof.batch, without: vec![proof.suspect] });
    }
    if let Some(group) = view.state.groups.front() {
        let still = |task: &&TaskId| view.state.index(task).is_some_and(passed);
        let tasks = group.iter().filter(still).cloned().collect();
        return Some(Action::Merge { batch, tasks, without: Vec::new() });
    }
    let info = &view.course.info;
    let mut tasks: Vec<usize> = (0..standings.len()).filter(|i| passed(*i)).collect();
    if tasks.is_empty() {
        return None;
    }
    tasks.sort_by_key(|i| (info.layers[*i], *i));
    let tasks = tasks.into_iter().map(|i| info.tasks[i].id.clone()).collect();
    Some(Action::Merge { batch, tasks, without: Vec::new() })
}

/// A task that a person wants retried, left out or ended, or said something about, leaves the batch at once; the rest is merged again.
fn take_out(view: &View<'_>, batch: &Batch) -> Option<Action> {
    let BatchPhase::Checking { heads, landed } = &batch.phase else { return None };
    let unwanted = |id: &TaskId| {
        let asked = |i: usize| {
            let facts = &view.state.tasks[i];
            facts.retry_asked || facts.skipped || facts.stopped || words::hold(view.course, view.state, i, view.now)
        };
        view.state.index(id).is_some_and(asked)
    };
    let (out, rest): (Vec<TaskId>, Vec<TaskId>) = landed.iter().map(|done| done.task.clone()).partition(unwanted);
    if out.is_empty() {
        return None;
    }
    let subject = Subject::Batch { batch: batch.n, layer: heads.first().map_or(0, |head| head.layer) };
    let next = if rest.is_empty() { Vec::new() } else { vec![rest] };
    Some(Action::Refuse { batch: batch.n, culprit: None, next, subject, out })
}

fn judge(view: &View<'_>, batch: &Batch) -> Option<Action> {
    let BatchPhase::Checking { heads, landed } = &batch.phase else { return None };
    if !batch.without.is_empty() && landed.len() < batch.tasks.len() {
        // Some of them cannot be merged without the suspect: that shows nothing.
        return Some(refuse(
            batch,
            Subject::Batch { batch: batch.n, layer: heads.first().map_or(0, |head| head.layer) },
        ));
    }
    let mut open = false;
    for (subject, _) in merged_subjects(view.state) {
        let awaited = late::awaited(view.course, view.state, &subject, merged_gates(view.course));
        match together(view.state, &subject, awaited) {
            Gates::Red => return Some(refuse(batch, subject)),
            Gates::Open => open = true,
            Gates::Green => {}
        }
    }
    (!open).then_some(Action::Land { batch: batch.n })
}

fn refuse(batch: &Batch, subject: Subject) -> Action {
    let BatchPhase::Checking { landed, .. } = &batch.phase else {
        return Action::Refuse { batch: batch.n, culprit: None, next: Vec::new(), subject, out: Vec::new() };
    };
    let tasks: Vec<TaskId> = landed.iter().map(|done| done.task.clone()).collect();
    match tasks.as_slice() {
        // Red without the suspect, too: nothing new is known of the others.
        _ if !batch.without.is_empty() => {
            Action::Refuse { batch: batch.n, culprit: None, next: Vec::new(), subject, out: Vec::new() }
        }
        [only] => {
            Action::Refuse { batch: batch.n, culprit: Some(only.clone()), next: Vec::new(), subject, out: Vec::new() }
        }
        several => {
            let (first, second) = several.split_at(several.len() / 2);
            Action::Refuse {
                batch: batch.n,
                culprit: None,
                next: vec![first.to_vec(), second.to_vec()],
                subject,
                out: Vec::new(),
            }
        }
    }
}
