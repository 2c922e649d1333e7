//! What people said to a task's agent (`say`): who is handed it while it works, what it holds back, and what became of it.
//!
//! A word that comes while the agent works is handed to it, once an attempt. One that its agent took no more holds the
//! landing: the task goes on for one more attempt, as far as its limits allow. Agents that cannot be told anything while
//! they work have it in their next prompt, if there is one; it holds nothing.

use jiff::Timestamp;

use super::budget::{Ledger, Reserve};
use super::deadline::{self, TimeLeft};
use super::failed;
use crate::journal::{Attempt, BatchPhase, RunState, TaskState, Word};
use crate::model::Role;
use crate::schedule::facts::RunContext;

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordFate {
    /// The agent of this attempt confirmed it while it worked.
    Heard(u32),
    /// It stands in the prompt of this attempt, which has begun.
    Told(u32),
    /// It was handed to the agent of this attempt, which takes it in with its next step.
    Handed(u32),
    /// This attempt has only begun: whether its agent can be told something is not known yet.
    Begins(u32),
    /// It stands in the prompt of the next attempt, if there is one.
    Next,
    /// The agent of this attempt is through; it goes on with the word before anything lands.
    Holds(u32),
    /// Its work is being landed.
    Lands,
    /// Nobody hears it: the task has landed, or may not be tried again.
    Missed,
}

/// The words that a working agent has to be handed now.
pub fn to_hand<'a>(task: &'a TaskState) -> impl Iterator<Item = (&'a Attempt, &'a Word)> {
    let open = task.open().filter(|it| it.hears && it.is_working() && !it.end_asked && !task.stopped && !task.skipped);
    let takes = |attempt: &Attempt, word: &Word| {
        let tried = word.known.contains(&attempt.n) || word.carried.contains(&attempt.n);
        !word.message.is_empty() && !tried && word.handed != Some(attempt.n)
    };
    open.into_iter().flat_map(move |attempt| {
        task.words.iter().filter(move |word| takes(attempt, word)).map(move |word| (attempt, word))
    })
}

/// Whether the last attempt left work that some word would have been about, had its agent heard it. What was merged by an
/// agent is not done again for a word.
fn is_unheard(task: &TaskState, word: &Word) -> bool {
    let last = task.last().filter(|last| last.hears && last.role != Role::Resolve && last.result().is_some());
    last.is_some_and(|last| !word.message.is_empty() && !word.known.contains(&last.n))
}

/// Whether a task that left work goes on for a word that its agent did not hear.
pub fn hold(course: &RunContext, state: &RunState, i: usize, now: Timestamp) -> bool {
    let task = &state.tasks[i];
    task.words.iter().any(|word| is_unheard(task, word)) && may_go_on(course, state, i, now)
}

/// Whether its limits allow one more attempt.
fn may_go_on(course: &RunContext, state: &RunState, i: usize, now: Timestamp) -> bool {
    let agent = course.agent_for(i, Role::Retry);
    let serves = state.providers.get(course.provider(agent)).is_none_or(|it| it.broken.is_none());
    serves
        && failed::again(course, &state.tasks[i])
        && !matches!(deadline::of_start(state, i, now), TimeLeft::Over(_))
        && !matches!(Ledger::new(course, state).ask(course, state, i), Reserve::Never(_))
}

/// What became of the word that `message` brought to a task.
pub fn fate(course: &RunContext, state: &RunState, i: usize, message: &str, now: Timestamp) -> WordFate {
    let task = &state.tasks[i];
    let Some(word) = task.word(message) else { return WordFate::Missed };
    if let Some(n) = word.heard.last() {
        return WordFate::Heard(*n);
    }
    if let Some(n) = word.told.last() {
        return WordFate::Told(*n);
    }
    if task.landed.is_some() {
        return WordFate::Missed;
    }
    match task.open() {
        Some(open) if word.handed == Some(open.n) => return WordFate::Handed(open.n),
        Some(open) if open.hears && open.role != Role::Resolve && failed::again(course, task) => {
            return WordFate::Holds(open.n);
        }
        Some(open) if open.hears => return WordFate::Missed,
        Some(open) if open.process.is_none() => return WordFate::Begins(open.n),
        Some(_) => return WordFate::Next,
        None => {}
    }
    let moves = state.batch.as_ref().is_some_and(|batch| {
        let of_it = batch.tasks.iter().any(|it| it.task == course.info.tasks[i].id);
        of_it && matches!(batch.phase, BatchPhase::Landing { .. })
    });
    match task.last() {
        Some(_) if moves => WordFate::Lands,
        Some(last) if is_unheard(task, word) => match hold(course, state, i, now) {
            true => WordFate::Holds(last.n),
            false => WordFate::Missed,
        },
        _ => WordFate::Next,
    }
}
