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
    /// Memory that one command of a gate, or of setup, may have with all that it starts, bytes; none: its part of the
    /// machine's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_memory: Option<u64>,
    /// Room that worktrees may take with what is built in them, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<u64>,
}

/// A limit that stands in a task's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetLimit {
    /// The run's tokens.
    RunTokens,
    /// The run's money.
    RunUsd,
    /// The task's, or one attempt's, tokens.
    TaskTokens,
    /// The task's, or one attempt's, money.
    TaskUsd,
    /// The run's time.
    RunTime,
    /// The task's time.
    TaskTime,
}

impl BudgetLimit {
    /// One line for people.
    pub fn words(self) -> &'static str {
        match self {
            BudgetLimit::RunTokens => "the run's token budget is used up",
            BudgetLimit::RunUsd => "the run's money budget is used up",
            BudgetLimit::TaskTokens => "its token limit is used up",
            BudgetLimit::TaskUsd => "its money limit is used up",
            BudgetLimit::RunTime => "the run's time limit is reached",
            BudgetLimit::TaskTime => "the task's time limit is reached",
        }
    }
}
