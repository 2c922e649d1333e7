//! What attempts, tasks and the run may take, besides the run's budget.

use serde::{Deserialize, Serialize};

use super::Allowance;

/// `[limits]`, but for the run's own tokens and money. `None` is no limit; times in seconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunLimits {
    /// What one attempt may use.
    pub attempt: Allowance,
    /// What all attempts of a task may use together.
    pub task: Allowance,
    /// Time that all attempts of a task may take together.
    pub task_time: Option<u64>,
    /// Time from the run's start, without the time in which nobody drove it.
    pub run_time: Option<u64>,
}
