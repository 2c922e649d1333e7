//! When many tasks are red alone, one after another, on heads that do not move, what landed last is suspected instead: it
//! may have landed first and alone, green because nothing of the others was there yet.
//!
//! The proof is a batch of those tasks on heads without the suspect. Green: it is taken out again, by a revert, and refused;
//! they land. Red: it is cleared, and the next one of the same landing is suspected.

use std::collections::BTreeSet;

use crate::graph::TaskIx;
use crate::journal::{Attempt, RunState};
use crate::model::TaskId;
use crate::schedule::facts::RunContext;

/// So many culprits in a row are unlikely: the fault is in what they build on.
const RED_IN_A_ROW: usize = 3;

/// The landed task that is suspected now. One that others have been building on stays: taking it out would take from them
/// what they were made for.
pub fn suspect(course: &RunContext, state: &RunState) -> Option<TaskId> {
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
    let not_cleared = |i: &usize| !state.doubt.cleared.contains(&course.info.tasks[*i].id);
    suspects.find(not_cleared).map(|i| course.info.tasks[i].id.clone())
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
    state.doubt.red_alone.contains(id) && (!state.groups.is_empty() || suspect(course, state).is_some())
}
