//! When many tasks are red alone, one after another, on heads that do not move, what landed last is suspected instead: it
//! may have landed first and alone, green because nothing of the others was there yet.
//!
//! The proof is a batch of those tasks on heads without the suspect. Green: the suspect is taken out again, by a revert, and
//! refused; they land, and all that was red on top of it is merged once more. Red: there may be more culprits among them,
//! so smaller batches are tried, down to pairs. Red whatever is left out: the suspect is cleared, and the next one of the
//! same landing is suspected.

use std::collections::BTreeSet;

use crate::graph::TaskIx;
use crate::journal::{Attempt, RunState};
use crate::model::TaskId;
use crate::schedule::facts::RunContext;

/// So many culprits in a row are unlikely: the fault is in what they build on.
const RED_IN_A_ROW: usize = 3;

/// Batches that are tried without one suspect, at most: each costs a run of the gates.
const MOST_TRIED: usize = 24;

/// Of many that are red the latest are tried: whatever is found, all are merged once more.
const LATEST: usize = 16;

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
    let (refused, none) = (refused(state), BTreeSet::new());
    let batches = batches(&refused[refused.len().saturating_sub(LATEST)..]);
    suspects.find_map(|i| {
        let suspect = &course.info.tasks[i].id;
        let batch = untried(&batches, state.doubt.red_without.get(suspect).unwrap_or(&none))?;
        Some(Proof { suspect: suspect.clone(), batch: batch.clone() })
    })
}

/// The next batch that may be green, after those that were red.
fn untried<'a>(batches: &'a [Vec<TaskId>], red: &BTreeSet<Vec<TaskId>>) -> Option<&'a Vec<TaskId>> {
    // What was red with less is red with more.
    let holds_red = |batch: &&Vec<TaskId>| red.iter().any(|known| known.iter().all(|id| batch.contains(id)));
    batches.iter().find(|batch| !holds_red(batch)).filter(|_| red.len() < MOST_TRIED)
}

/// All of them, their halves, the halves of those, and every pair, latest first. What is green of two or more tells; one
/// alone may be the culprit as well as the suspect.
fn batches(red: &[TaskId]) -> Vec<Vec<TaskId>> {
    let mut found = vec![red.to_vec()];
    let mut at = 0;
    while let Some(batch) = found.get(at) {
        let (first, second) = batch.split_at(batch.len() / 2);
        let halves = [second.to_vec(), first.to_vec()];
        found.extend(halves.into_iter().filter(|half| half.len() > 1));
        at += 1;
    }
    let pairs_with = |later: usize| (0..later).rev().map(move |earlier| vec![red[earlier].clone(), red[later].clone()]);
    found.extend((1..red.len()).rev().flat_map(pairs_with));
    found
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

    fn ids(names: &str) -> Vec<TaskId> {
        names.split(' ').map(|name| name.parse().unwrap()).collect()
    }

    /// What is tried one after another until a batch has none of the culprits in it.
    fn tried(red: &str, culprits: &str) -> Vec<String> {
        let (batches, culprits) = (batches(&ids(red)), ids(culprits));
        let (mut red, mut shown) = (BTreeSet::new(), Vec::new());
        while let Some(batch) = untried(&batches, &red) {
            shown.push(batch.iter().map(TaskId::as_str).collect());
            if !batch.iter().any(|id| culprits.contains(id)) {
                break;
            }
            red.insert(batch.clone());
        }
        shown
    }

    #[test]
    fn two_that_are_innocent_are_found_however_many_are_not() {
        assert_eq!(tried("A B C", "D"), ["ABC"]);
        assert_eq!(tried("A B C", "C"), ["ABC", "BC", "AC", "AB"]);
        assert_eq!(tried("A B C D", "B D"), ["ABCD", "CD", "AB", "BD", "AD", "BC", "AC"]);
        assert_eq!(tried("A B C D E F G H", "B C D"), ["ABCDEFGH", "EFGH"]);
        assert_eq!(tried("A B C", "B C").len(), 4, "nobody is innocent together with another");
        assert_eq!(tried("A", "A"), ["A"]);
    }

    #[test]
    fn what_was_red_with_less_is_not_tried_with_more_and_there_is_an_end() {
        let known = BTreeSet::from([ids("A B")]);
        assert_eq!(untried(&batches(&ids("A B C")), &known), Some(&ids("B C")));
        let many = "A B C D E F G H I J K L";
        assert_eq!(tried(many, many).len(), MOST_TRIED);
    }
}
