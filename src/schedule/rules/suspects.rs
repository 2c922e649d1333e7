//! When many tasks are red alone, one after another, on heads that do not move, what landed last is suspected instead: it
//! may have landed first and alone, green because nothing of the others was there yet.
//!
//! The proof is a batch of those tasks on heads without the suspect. Green: it is taken out again, by a revert, and refused;
//! they land. Red: one of them may be a second culprit, so each is left out in turn. Red whatever is left out: the suspect
//! is cleared, and the next one of the same landing is suspected.

use std::collections::BTreeSet;

use crate::graph::TaskIx;
use crate::journal::{Attempt, RunState};
use crate::model::TaskId;
use crate::schedule::facts::RunContext;

/// So many culprits in a row are unlikely: the fault is in what they build on.
const RED_IN_A_ROW: usize = 3;

/// So many tasks are left out in turn, at most: each costs a run of the gates.
const LEFT_OUT: usize = 8;

/// What shows whether a landed task is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The landed task that is suspected.
    pub suspect: TaskId,
    /// Tasks that were red alone, to be tried without it.
    pub batch: Vec<TaskId>,
}

/// The next proof; none: nobody is suspected. A task that others have been building on stays: taking it out would take
/// from them what they were made for.
pub fn proof(course: &RunContext, state: &RunState) -> Option<Proof> {
    let red: BTreeSet<&TaskId> = state.doubt.red_alone.iter().collect();
    if red.len() < RED_IN_A_ROW || refused(state).is_empty() {
        return None;
    }
    let last = state.tasks.iter().filter_map(|task| task.landed.map(|(_, batch)| batch)).max()?;
    let begun = |ix: TaskIx| state.tasks[ix.index()].has_attempts();
    let of_last = (0..state.tasks.len()).rev().filter(|i| {
        let task = &state.tasks[*i];
        task.landed.is_some_and(|(_, batch)| batch == last) && task.landed_commit.is_some() && task.mark.is_none()
    });
    let mut suspects = of_last.filter(|i| !course.graph.descendants(TaskIx(*i as u32)).into_iter().any(begun));
    let batches = batches(&refused(state));
    suspects.find_map(|i| {
        let suspect = &course.info.tasks[i].id;
        let tried = state.doubt.red_without.get(suspect);
        let batch = batches.iter().find(|batch| tried.is_none_or(|tried| !tried.contains(*batch)))?;
        Some(Proof { suspect: suspect.clone(), batch: batch.clone() })
    })
}

/// All of them, then all but one: what is green of two or more tells.
fn batches(red: &[TaskId]) -> Vec<Vec<TaskId>> {
    let but = |out: &TaskId| red.iter().filter(|id| *id != out).cloned().collect::<Vec<_>>();
    let smaller = red.iter().rev().take(LEFT_OUT).map(but).filter(|batch| batch.len() + 1 >= RED_IN_A_ROW);
    std::iter::once(red.to_vec()).chain(smaller).collect()
}

/// The tasks that were red alone and that nobody wants otherwise: their work is tried without the suspect.
pub fn refused(state: &RunState) -> Vec<TaskId> {
    let stands = |id: &&TaskId| {
        state.task(id).is_some_and(|task| {
            let last = task.last().filter(|last| last.refused.is_some());
            !(task.retry_asked || task.skipped || task.stopped) && last.and_then(Attempt::result).is_some()
        })
    };
    let mut seen = BTreeSet::new();
    state.doubt.red_alone.iter().filter(stands).filter(|id| seen.insert(*id)).cloned().collect()
}

/// Whether it is still open who is to blame for a task's red: it is not done again before.
pub fn is_open(course: &RunContext, state: &RunState, id: &TaskId) -> bool {
    state.doubt.red_alone.contains(id) && (!state.groups.is_empty() || proof(course, state).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_culprit_is_left_out_in_turn() {
        let ids = |names: &[&str]| names.iter().map(|name| name.parse::<TaskId>().unwrap()).collect::<Vec<_>>();
        let expected = [ids(&["A", "B", "C"]), ids(&["A", "B"]), ids(&["A", "C"]), ids(&["B", "C"])];
        assert_eq!(batches(&ids(&["A", "B", "C"])), expected);
        assert_eq!(batches(&ids(&["A", "B"])), [ids(&["A", "B"])], "one alone tells nothing");
    }
}
