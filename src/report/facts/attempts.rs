//! What attempts came to, and what they and their reviews used.

use super::picture::Picture;
use crate::journal::{Attempt, AttemptOutcome, FailClass, Subject};
use crate::model::{TaskId, Usage};

/// The word for how an attempt ended.
pub fn outcome(attempt: &Attempt) -> &'static str {
    match &attempt.ended {
        None => "running",
        Some((_, AttemptOutcome::Committed { .. })) => "committed",
        Some((_, AttemptOutcome::NoChange { .. })) => "no_change",
        Some((_, AttemptOutcome::Failed { class, .. })) => class_word(*class),
    }
}

/// The word for a failure, for programs.
pub fn class_word(class: FailClass) -> &'static str {
    match class {
        FailClass::Retryable => "retryable",
        FailClass::NoWork => "no_work",
        FailClass::Fatal => "fatal",
        FailClass::Lost => "lost",
        FailClass::Stopped => "stopped",
        FailClass::RateLimited => "rate_limited",
        FailClass::Authentication => "authentication",
        FailClass::Unavailable => "unavailable",
        FailClass::OverBudget => "over_budget",
        FailClass::SessionLost => "session_lost",
        FailClass::OutOfTurns => "out_of_turns",
        FailClass::Phase => "phase",
        FailClass::Hook => "hook",
        FailClass::Unsolved => "unsolved",
        FailClass::Pruned => "pruned",
    }
}

/// The same for people; of an attempt that was open when the run was cut off nobody knows more than that.
pub fn outcome_words(picture: &Picture<'_>, attempt: &Attempt) -> String {
    match &attempt.ended {
        None if picture.is_cut_off() => "interrupted".to_owned(),
        Some((_, AttemptOutcome::NoChange { .. })) => "no change".to_owned(),
        _ => told(outcome(attempt)).to_owned(),
    }
}

/// What became of an attempt, for people: after its number.
pub fn told(outcome: &str) -> &str {
    match outcome {
        "no_work" => "changed nothing",
        "unsolved" => "left a conflict",
        "lost" => "interrupted",
        "fatal" | "retryable" | "phase" => "failed",
        "rate_limited" => "hit a rate limit",
        "authentication" => "could not log in",
        "unavailable" => "had no provider",
        "over_budget" => "used up the budget",
        "session_lost" => "lost its session",
        "out_of_turns" => "ran out of turns",
        "hook" => "failed a hook",
        other => other,
    }
}

/// What reviewing agents used on a task's work, or on that of one of its attempts.
pub fn review_usage(picture: &Picture<'_>, task: &TaskId, n: Option<u32>) -> Usage {
    let is_it = |subject: &Subject| matches!(subject, Subject::Attempt(attempt) if attempt.task == *task && n.is_none_or(|n| attempt.n == n));
    let mut sum = Usage::default();
    picture.state.review_usage(is_it).for_each(|used| sum += used);
    sum
}

/// Everything that the authors of some attempts used.
pub fn usage<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> Usage {
    let mut sum = Usage::default();
    attempts.for_each(|attempt| sum += attempt.usage);
    sum
}
