//! What every command that drives a run needs: that nobody else does, how it is watched, how it ended.

use super::here::Here;
use super::learned;
use super::reporting;
use crate::journal::{RunOutcome, RunState};
use crate::model::{Error, ErrorKind};
use crate::process::was_terminated;
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::report::print::out::{self, Canvas};
/// Another process writes this repository's runs.
pub fn busy(run: &str) -> Error {
    Error::new(ErrorKind::Busy, "starting a run", format!("{run} is active in this repository"))
        .hint("git orca status")
        .hint("git orca execute --wait   begins when it has ended")
        .hint("git orca stop             ends it")
}

/// How a run is watched.
pub fn mode(quiet: bool, json: bool) -> ProgressMode {
    match (json, quiet) {
        (true, _) => ProgressMode::Json,
        (_, true) => ProgressMode::Quiet,
        _ if Canvas::Stderr.is_there() => ProgressMode::Live,
        _ => ProgressMode::Narrate { columns: out::width() },
    }
}

/// Says how a run ended, and leaves its report. For programs the watcher has said it.
pub fn ended(here: &Here, outcome: RunOutcome, state: &RunState, narration: ProgressMode) -> u8 {
    for left in [reporting::leave_report(here, state), learned::remember(here, state)] {
        if let Err(error) = left {
            report::refuse_error(&error);
        }
    }
    reporting::export_trace(here, state);
    if narration != ProgressMode::Json {
        if narration == ProgressMode::Live {
            report::say("");
        }
        report::answer(&reporting::summary(here, state));
    }
    match outcome {
        RunOutcome::Stopped if was_terminated() => TERMINATED,
        _ => outcome.exit_code(),
    }
}

/// Exit code of a run that SIGTERM stopped: 128 and the signal's number, as shells count.
const TERMINATED: u8 = 143;
