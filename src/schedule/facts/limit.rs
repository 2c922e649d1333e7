//! The limits that a person sets.

/// A limit that stands in a task's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
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

impl Limit {
    /// One line for people.
    pub fn words(self) -> &'static str {
        match self {
            Limit::RunTokens => "the run's budget of tokens is used up",
            Limit::RunUsd => "the run's budget of money is used up",
            Limit::TaskTokens => "all tokens that it may use are used up",
            Limit::TaskUsd => "all money that it may use is used up",
            Limit::RunTime => "the run's time is over",
            Limit::TaskTime => "the task's time is over",
        }
    }
}
