//! What the end of an attempt without a result means for its task, and when the same happened twice.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::ladder::{self, LadderStep};
use super::pace;
use crate::graph::TaskIx;
use crate::journal::{Attempt, FailClass, RunState, Subject, TaskState};
use crate::model::{AttemptId, Role};
use crate::schedule::facts::{Failure, PERSON, PHASES, RunContext, SCRIPT, task_gates};

/// Agents whose failure would only repeat itself: a script does the same again, a person is asked again.
fn repeats(agent: &str) -> bool {
    matches!(agent, SCRIPT | PERSON)
}

/// Attempts since the last `retry` or clash that count against the limit, oldest first: what is done again on other work
/// is a new task. Merging has a limit of its own. Each phase of a task has its own, too.
fn counted(task: &TaskState) -> Vec<&Attempt> {
    let in_phases = task.attempts.iter().any(|attempt| attempt.role == PHASES[0]);
    let role = task.last().map(|last| last.role).filter(|_| in_phases);
    let counts = |attempt: &&Attempt| {
        let of_phase = role.is_none_or(|role| attempt.role == role);
        let fair = !attempt.is_unfounded() && attempt.failure().is_none_or(|(class, _)| class.counts());
        of_phase && fair
    };
    let merges = |attempt: &&Attempt| attempt.role == Role::Resolve;
    let clash = task.attempts.iter().rposition(|attempt| attempt.conflict.is_some());
    // The attempt that clashed counts until another is made.
    let from = clash.map_or(0, |n| (n + 1).min(task.attempts.len() - 1)).max(task.forgiven);
    task.attempts[from.min(task.attempts.len())..].iter().filter(|it| !merges(it)).filter(counts).collect()
}

/// Whether a task may be tried again by itself.
pub fn again(course: &RunContext, task: &TaskState) -> bool {
    let left = (counted(task).len() as u32) < course.info.options.attempts;
    left && !task.last().is_some_and(|last| repeats(&last.agent))
}

/// Attempts of a task in a row that may fail because somebody prunes: who does so several times a second meets one attempt in
/// two that only commits.
const MOST_PRUNED: u32 = 12;

/// What follows from an attempt without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It may be tried again now.
    Again,
    /// It may be tried again then.
    AgainAt(Timestamp),
    /// A person has to look.
    Over(Failure),
    /// A person has to solve its clash.
    Conflicted,
}

/// What follows for a task whose last attempt failed with `class`.
pub fn after(course: &RunContext, state: &RunState, i: usize, class: FailClass) -> AfterFailure {
    let task = &state.tasks[i];
    // What clashed and was done again in vain clashes still.
    let over = |failure| if task.clashed().is_some() { AfterFailure::Conflicted } else { AfterFailure::Over(failure) };
    if task.last().is_some_and(|last| last.role == Role::Resolve) && task.clashed().is_some() {
        return merging(course, state, i, class);
    }
    match class {
        FailClass::Lost | FailClass::Stopped | FailClass::Authentication | FailClass::SessionLost => {
            AfterFailure::Again
        }
        FailClass::RateLimited => backoff(course, state, i, in_a_row(task, class)),
        FailClass::Pruned if in_a_row(task, class) < MOST_PRUNED => AfterFailure::Again,
        FailClass::Pruned => over(Failure::Agent),
        FailClass::Fatal => over(Failure::Agent),
        _ if !again(course, task) => over(Failure::Agent),
        FailClass::OverBudget => AfterFailure::Again,
        FailClass::Unavailable => backoff(course, state, i, counted(task).len() as u32),
        _ if same_reason_twice(task) => over(Failure::AgentAgain),
        FailClass::Retryable => backoff(course, state, i, counted(task).len() as u32),
        FailClass::NoWork | FailClass::OutOfTurns | FailClass::Phase | FailClass::Hook | FailClass::Unsolved => {
            AfterFailure::Again
        }
    }
}

/// What follows where an agent was to solve a clash: whatever went wrong, the ladder goes on.
fn merging(course: &RunContext, state: &RunState, i: usize, class: FailClass) -> AfterFailure {
    match (ladder::step(course, state, i), class) {
        (Some(LadderStep::Person), _) => AfterFailure::Conflicted,
        (_, FailClass::RateLimited | FailClass::Unavailable) => {
            backoff(course, state, i, in_a_row(&state.tasks[i], class))
        }
        _ => AfterFailure::Again,
    }
}

fn backoff(course: &RunContext, state: &RunState, i: usize, failures: u32) -> AfterFailure {
    let task = &state.tasks[i];
    let id = AttemptId { task: course.info.tasks[i].id.clone(), n: task.attempts.len() as u32 };
    let ended = task.last().and_then(|last| last.ended.as_ref()).map_or(state.at, |(at, _)| *at);
    AfterFailure::AgainAt(pace::again_at(ended, &id, failures))
}

/// How many of the latest attempts ended in this way, one after another.
fn in_a_row(task: &TaskState, class: FailClass) -> u32 {
    let same = |attempt: &&Attempt| attempt.failure().is_some_and(|(of, _)| of == class);
    task.attempts.iter().rev().take_while(same).count() as u32
}

/// Whether the last two attempts that count failed with the same words: a third would only cost. Numbers in what a
/// program printed do not count: times, places and processes are others each time.
fn same_reason_twice(task: &TaskState) -> bool {
    let [.., before, last] = counted(task)[..] else { return false };
    match (before.failure(), last.failure()) {
        (Some((class, words)), Some((of, now))) => class == of && same_words(words, now),
        _ => false,
    }
}

fn same_words(a: &str, b: &str) -> bool {
    let parts = |text: &'_ str| {
        let (how, printed) = text.split_once(": ").unwrap_or((text, ""));
        let words: Vec<String> =
            printed.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        (how.to_owned(), words)
    };
    parts(a) == parts(b)
}

/// Whether gates said the same against the last two attempts. Line numbers do not count, since they move.
pub fn same_findings_twice(course: &RunContext, state: &RunState, i: usize) -> bool {
    let [.., before, last] = counted(&state.tasks[i])[..] else { return false };
    if before.result().is_none() || before.refused.is_some() || before.conflict.is_some() {
        return false;
    }
    let said = |attempt: &Attempt| objections(course, state, TaskIx(i as u32), attempt);
    let now = said(last);
    !now.is_empty() && now == said(before)
}

type Objection<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

fn objections<'a>(
    course: &'a RunContext,
    state: &'a RunState,
    ix: TaskIx,
    attempt: &Attempt,
) -> BTreeSet<Objection<'a>> {
    let subject = Subject::Attempt(AttemptId { task: course.info.tasks[ix.index()].id.clone(), n: attempt.n });
    let mut all = BTreeSet::new();
    for gate in task_gates(course) {
        let Some(judgement) = state.judgement(&subject, &gate.name) else { continue };
        if judgement.is_let_through(gate) {
            continue;
        }
        let name = gate.name.as_str();
        if judgement.findings.is_empty() {
            all.insert((name, judgement.verdict.word(), "", "", judgement.reason.as_str()));
        }
        for found in &judgement.findings {
            all.insert((
                name,
                judgement.verdict.word(),
                found.file.as_str(),
                found.rule.as_str(),
                found.message.as_str(),
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_in_how_it_ended_and_not_in_what_it_printed() {
        for (a, b, same) in [
            ("exit 1", "exit 1", true),
            ("exit 1", "exit 2", false),
            ("exit 1: took 0.31 s", "exit 1: took 12.5 s", true),
            ("exit 1: took 0.31 s", "exit 1: lost 0.31 s", false),
            ("exit 1: no such file", "exit 1", false),
        ] {
            assert_eq!(same_words(a, b), same, "{a} / {b}");
        }
    }
}
