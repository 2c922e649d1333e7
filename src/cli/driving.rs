//! What every command that drives a run shares: how it is watched, and what is said at its end.

use crate::journal::{RunOutcome, RunState};
use crate::model::{ErrorKind, Place};
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::report::print::out::{self, Canvas};
use crate::start::begin::not_read;
use crate::start::ending::exit_code;
use crate::start::here::Here;
use crate::start::seen;

/// How a run is watched.
pub fn mode(quiet: bool, json: bool) -> ProgressMode {
    match (json, quiet) {
        (true, _) => ProgressMode::Json,
        (_, true) => ProgressMode::Quiet,
        _ if Canvas::Stderr.is_there() => ProgressMode::Live,
        _ => ProgressMode::Narrate { columns: out::width() },
    }
}

/// Says how a run ended; gives its exit code. For programs the watcher has said it.
pub fn ended(here: &Here, outcome: RunOutcome, state: &RunState, narration: ProgressMode) -> u8 {
    if narration != ProgressMode::Json && outcome != RunOutcome::AwaitsReview {
        if narration == ProgressMode::Live {
            report::say("");
        }
        report::answer(&seen::summary(here, state));
    }
    said_unread(exit_code(outcome), &state.info.plan.path, &state.info.unread)
}

/// Turns the exit code of success into another one, with words, where lines of the plan could not be read: whatever was done,
/// that is not all of it.
pub fn said_unread(code: u8, plan: &str, unread: &[Place]) -> u8 {
    if code != 0 || unread.is_empty() {
        return code;
    }
    report::refuse_error(&not_read(plan, unread));
    ErrorKind::Plan.exit_code()
}
