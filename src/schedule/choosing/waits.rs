//! Why tasks that are ready do not start, for people.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::starts;
use crate::journal::RunState;
use crate::schedule::facts::{Capacity, RunContext, StartWait, TaskStatus, View};

/// What tasks that are ready wait for, by their position, if this machine gives the run as many places as it was told.
/// A task that is not among them would start: where it does not, the machine keeps it.
pub fn waits(
    course: &RunContext,
    state: &RunState,
    standings: &[TaskStatus],
    now: Timestamp,
) -> BTreeMap<usize, StartWait> {
    let options = &course.info.options;
    starts::waits(&View { course, state, capacity: Capacity::of(options.jobs, options.checks), now }, standings)
}
