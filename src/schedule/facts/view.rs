//! What a decision sees.

use jiff::Timestamp;

use super::run_context::RunContext;
use crate::journal::RunState;

/// What this machine gives the run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Agents at once.
    pub agents: u32,
    /// Gate commands at once.
    pub checks: u32,
}

/// Everything a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Constant for the run.
    pub course: &'a RunContext,
    /// The fold.
    pub state: &'a RunState,
    /// The machine.
    pub capacity: Capacity,
    /// The time.
    pub now: Timestamp,
}
