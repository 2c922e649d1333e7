//! Limits of time: of the run, and of all attempts of a task together. One attempt's own time is its process's.

use jiff::{SignedDuration, Timestamp};

use crate::journal::{Attempt, FailClass, RunState, TaskState};
use crate::model::BudgetLimit;

/// How much time is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeft {
    /// Nobody set a limit.
    Unlimited,
    /// It lasts until then.
    Until(Timestamp),
    /// None.
    Over(BudgetLimit),
}

/// When the run's time limit is reached.
fn of_run(state: &RunState) -> Option<Timestamp> {
    let seconds = state.info.options.limits.run_time?;
    state.started.checked_add(state.away).ok()?.checked_add(length(seconds)).ok()
}

/// When the time of a task is over whose attempt runs.
fn of_task(state: &RunState, task: &TaskState, open: &Attempt) -> Option<Timestamp> {
    let limit = length(state.info.options.limits.task_time?);
    open.started.checked_add(limit - taken(task)).ok()
}

fn length(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX / 4))
}

/// Time that ended attempts took. Of one that was lost nobody knows when it really ended.
fn taken(task: &TaskState) -> SignedDuration {
    let known = |class| class != Some(FailClass::Lost);
    let ended = task.all_attempts().filter(|attempt| known(attempt.failure().map(|(class, _)| class)));
    let times = ended.filter_map(|attempt| Some(attempt.ended.as_ref()?.0.duration_since(attempt.started)));
    times.fold(SignedDuration::ZERO, |sum, time| sum + time)
}

/// Whether a task may still start.
pub fn of_start(state: &RunState, i: usize, now: Timestamp) -> TimeLeft {
    if of_run(state).is_some_and(|at| at <= now) {
        return TimeLeft::Over(BudgetLimit::RunTime);
    }
    match state.info.options.limits.task_time.map(length) {
        Some(limit) if taken(&state.tasks[i]) >= limit => TimeLeft::Over(BudgetLimit::TaskTime),
        _ => TimeLeft::Unlimited,
    }
}

/// How long a running attempt may go on.
pub fn of_attempt(state: &RunState, task: &TaskState, open: &Attempt, now: Timestamp) -> TimeLeft {
    let run = of_run(state).map(|at| (at, BudgetLimit::RunTime));
    let own = of_task(state, task, open).map(|at| (at, BudgetLimit::TaskTime));
    match run.into_iter().chain(own).min_by_key(|(at, _)| *at) {
        None => TimeLeft::Unlimited,
        Some((at, limit)) if at <= now => TimeLeft::Over(limit),
        Some((at, _)) => TimeLeft::Until(at),
    }
}
