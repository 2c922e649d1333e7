//! What is left when a run that this process drove is over.

use super::front::Front;
use super::here::Here;
use super::{learned, seen, trace_export};
use crate::journal::{RunOutcome, RunState};
use crate::process::was_terminated;
use crate::report::print::out;
use crate::report::words::error::error;

/// Exit code of a run that SIGTERM stopped: 128 and the signal's number, as shells count.
const TERMINATED: u8 = 143;

/// Leaves the run's report and what it teaches about times, and sends its trace. That one of them cannot be written is told: the run itself
/// is over and safe.
pub fn leave(here: &Here, front: &dyn Front, state: &RunState) {
    for left in [seen::leave_report(here, state), learned::remember(here, state)] {
        if let Err(why) = left {
            front.tell(&error(&why, out::width()));
        }
    }
    if let Some(warning) = trace_export::send_trace(here, state) {
        front.tell(&warning);
    }
}

/// The exit code of a run that ended like this.
pub fn exit_code(outcome: RunOutcome) -> u8 {
    match outcome {
        RunOutcome::Stopped if was_terminated() => TERMINATED,
        _ => outcome.exit_code(),
    }
}
