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
    /// Memory for further agents, bytes: roughly, and only where a pool asks for it.
    pub memory: u64,
}

impl Capacity {
    /// As many agents and gate commands at once, however much memory they take.
    pub const fn of(agents: u32, checks: u32) -> Capacity {
        Capacity { agents, checks, memory: u64::MAX }
    }
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
