//! What is done next about a clash: the rungs of the ladder that cost an agent (DESIGN 7). What costs none is tried
//! while merging.
//!
//! Derived from the attempts, so that a run killed on a rung goes on there. A rung is left when it was tried as often as
//! `[conflicts] attempts` says; each clash begins anew at the first, since a head that moved on is no fault of whoever
//! merged. That ends: what clashed twice runs alone.

use crate::journal::{Attempt, FailClass, Merging, RunState, TaskState, clashed};
use crate::model::{Oid, Role, Rung};
use crate::schedule::facts::{PERSON, RunContext};

/// Times that a provider may not answer, one after another, before that counts as an attempt at a merge.
const UNAVAILABLE: usize = 3;

/// The next rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LadderStep {
    /// An agent merges both sides.
    Agent {
        /// What its result is compared with.
        base: Oid,
        /// The task's own side.
        start: Oid,
        /// The other one.
        merge: Merging,
    },
    /// The task is done once more, on the head of its layer.
    Again,
    /// Nothing is left that helps but a person.
    Person,
}

/// The next rung for a task whose work clashes; none where nothing clashes, or a person wants it done anew.
pub fn step(course: &RunContext, state: &RunState, i: usize) -> Option<LadderStep> {
    let task = &state.tasks[i];
    let from = task.clashed().filter(|_| !task.retry_asked)?;
    let (conflict, own) = (from.conflict.as_ref()?, from.result()?);
    if from.agent == PERSON {
        return Some(LadderStep::Person);
    }
    let options = &course.info.options.conflicts;
    let carries = conflict.layer > course.info.layers[i];
    let merging = task.attempts.iter().filter(|it| it.n > from.n).all(|it| it.role == Role::Resolve);
    if merging && options.tries(Rung::Agent) && course.resolver(i).is_some() && merges(task, from) < options.attempts {
        let with = state.head(conflict.layer).commit.clone();
        let base = if carries { from.base.clone() } else { with.clone() };
        let merge = Merging { layer: conflict.layer, with, carries };
        return Some(LadderStep::Agent { base, start: own.clone(), merge });
    }
    // What clashes with a later layer would do so again: no task sees the layers above its own.
    if options.tries(Rung::Again) && !carries && again(task) < options.attempts {
        return Some(LadderStep::Again);
    }
    Some(LadderStep::Person)
}

/// How often agents tried to merge since `from` clashed. What was no fair chance does not count.
fn merges(task: &TaskState, from: &Attempt) -> u32 {
    let tried = task.attempts.iter().filter(|attempt| attempt.n > from.n);
    let counts = |attempt: &&Attempt| match attempt.failure() {
        Some((FailClass::Unavailable, _)) => false,
        Some((class, _)) => class.counts(),
        None => true,
    };
    let unavailable = tried.clone().filter(|it| matches!(it.failure(), Some((FailClass::Unavailable, _)))).count();
    (tried.filter(counts).count() + unavailable / UNAVAILABLE) as u32
}

/// How often the task was done again because of a clash, since the last `retry`.
fn again(task: &TaskState) -> u32 {
    let begun = |n: &usize| {
        let attempt = &task.attempts[*n];
        let by_agent = attempt.role != Role::Resolve && attempt.agent != PERSON;
        let before = task.attempts[..*n].last();
        let first = before.is_some_and(|before| before.conflict.is_some() || before.role == Role::Resolve);
        by_agent && first && clashed(&task.attempts[..*n]).is_some()
    };
    (task.forgiven.max(1)..task.attempts.len()).filter(begun).count() as u32
}

#[cfg(test)]
mod tests;
