//! What a person types to go on with a task that failed.

use super::picture::Picture;
use crate::model::{Allowance, BudgetLimit};
use crate::schedule::{self, Failure, TaskStatus, TimeLeft};

/// A command, and what has to be known before it is typed.
#[derive(Debug, Clone, PartialEq)]
pub struct NextStep {
    /// What to type.
    pub command: String,
    /// What to do first, or what it does.
    pub why: Option<String>,
}

/// What goes on with a failed task. Where a limit keeps it from being tried, trying again starts nothing.
pub fn of_failed(picture: &Picture<'_>, i: usize) -> NextStep {
    let run = &picture.state.info.run;
    match limit(picture, i) {
        None => NextStep { command: format!("git orca retry {}", picture.task(i).id), why: None },
        Some(limit @ (BudgetLimit::RunTokens | BudgetLimit::RunUsd)) => {
            let why = Some("or another amount".to_owned());
            NextStep { command: format!("git orca resume {run} {}", raised(picture, limit)), why }
        }
        Some(limit) => NextStep { command: "git orca execute --new".to_owned(), why: Some(frozen(limit)) },
    }
}

/// That this run keeps its limit, and where another run finds a higher one.
pub fn frozen(limit: BudgetLimit) -> String {
    let key = match limit {
        BudgetLimit::RunTime => "run-time",
        BudgetLimit::TaskTime => "task-time",
        BudgetLimit::TaskTokens => "task-tokens, attempt-tokens",
        BudgetLimit::TaskUsd => "task-usd, attempt-usd",
        BudgetLimit::RunTokens => "budget-tokens",
        BudgetLimit::RunUsd => "budget-usd",
    };
    format!("after raising it in orca.toml ([limits] {key}): a run keeps the limits that it began with")
}

/// The limit that keeps a task from being tried again.
fn limit(picture: &Picture<'_>, i: usize) -> Option<BudgetLimit> {
    if let TaskStatus::Failed(Failure::Limit(limit)) = picture.standing(i) {
        return Some(*limit);
    }
    // Time in which nobody drives a run does not count.
    let now = if picture.driven { picture.now } else { picture.state.at };
    match schedule::time_to_start(picture.state, i, now) {
        TimeLeft::Over(limit) => Some(limit),
        TimeLeft::Unlimited | TimeLeft::Until(_) => None,
    }
}

/// Twice what there was, or twice what was used where that is more.
fn raised(picture: &Picture<'_>, limit: BudgetLimit) -> String {
    let Allowance { tokens, usd } = picture.state.budget;
    let used = picture.state.usage();
    match limit {
        BudgetLimit::RunUsd => format!("--budget-usd {:.2}", 2.0 * usd.unwrap_or_default().max(used.usd)),
        _ => format!("--budget-tokens {}", 2 * tokens.unwrap_or_default().max(used.tokens())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{FailClass, RunOutcome};
    use crate::report::testing::{Story, info, options};

    fn next(change: impl Fn(&mut crate::model::RunOptions)) -> NextStep {
        let mut info = info(&[("A", "a", &[])], options(&[]));
        change(&mut info.options);
        let mut story = Story::of(info);
        story.starts(&["A"]).at(30.0).fails("A", FailClass::Fatal, "no").finishes(RunOutcome::Incomplete { exit: 4 });
        let state = story.state();
        of_failed(&Picture::new(&state, state.at + jiff::SignedDuration::from_hours(1), false), 0)
    }

    #[test]
    fn what_a_limit_forbids_is_not_offered() {
        assert_eq!(next(|_| {}).command, "git orca retry A");
        assert_eq!(next(|it| it.limits.run_time = Some(60)).command, "git orca retry A", "an hour of nobody");
        for change in [
            (|it: &mut crate::model::RunOptions| it.limits.run_time = Some(5)) as fn(&mut crate::model::RunOptions),
            |it| it.limits.task_time = Some(5),
        ] {
            let next = next(change);
            assert_eq!(next.command, "git orca execute --new");
            assert!(next.why.unwrap().contains("-time"));
        }
    }
}
