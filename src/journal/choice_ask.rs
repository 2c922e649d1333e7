//! The question to a reviewing agent which of several attempts of a task is best, and its answer.

use serde::{Deserialize, Serialize};

use crate::model::{Allowance, AttemptId, GateName, TaskId, Usage};

/// The question. Decided once, so that a resumed run asks the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChoiceAsk {
    /// The task.
    pub task: TaskId,
    /// The round that the attempts belong to.
    pub round: u32,
    /// The attempts, by their numbers: those that passed, with nothing else between them.
    pub of: Vec<u32>,
    /// The gate whose reviewing agent is asked.
    pub gate: GateName,
    /// The agent.
    pub agent: String,
    /// What it may use.
    pub may: Allowance,
    /// The slot that it reads in.
    pub slot: String,
}

impl ChoiceAsk {
    /// The first of the attempts: what the question costs is put down to it.
    pub fn first(&self) -> AttemptId {
        AttemptId { task: self.task.clone(), n: self.of.first().copied().unwrap_or(self.round) }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChoiceAnswer {
    /// The one it prefers; none where there is no answer, or one that cannot be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<u32>,
    /// Why that one, in the agent's words; or why there is none.
    #[serde(default)]
    pub why: String,
    /// What it used.
    #[serde(default)]
    pub used: Usage,
    /// Wall time.
    #[serde(default)]
    pub seconds: f64,
    /// Its output, relative to the run's folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
}
