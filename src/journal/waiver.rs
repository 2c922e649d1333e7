//! A person lets work land although a gate refuses it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::approval::AnswerOrigin;
use crate::model::{Finding, GateName, Oid, RedTest, TaskId, Verdict};

/// What the person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateWaiver {
    /// The task.
    pub task: TaskId,
    /// The gate.
    pub gate: GateName,
    /// The work that the person saw: it counts for nothing else.
    pub commit: Oid,
    /// Why.
    pub note: String,
    /// The program that said it in the person's place, as it named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Who, and from where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AnswerOrigin>,
}

/// A waiver in force, with what was accepted by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Waived {
    /// What the person said.
    pub waiver: GateWaiver,
    /// When.
    pub at: Timestamp,
    /// The attempt whose work it is about.
    pub attempt: u32,
    /// What the gate had said of it.
    pub verdict: Verdict,
    /// What it had found.
    pub findings: Vec<Finding>,
    /// Tests that it had found red.
    pub red: Vec<RedTest>,
}
