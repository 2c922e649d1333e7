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

impl GateWaiver {
    /// The account of who said it: the program, where one did in the person's place.
    pub fn account(&self) -> Option<&str> {
        self.by.as_deref().or(self.from.as_ref().map(|from| from.user.as_str()))
    }
}

/// What a gate said, as far as a person can accept it.
#[derive(Debug, Clone, Copy)]
pub struct GateSaid<'a> {
    /// Its verdict.
    pub verdict: Verdict,
    /// What it found.
    pub findings: &'a [Finding],
    /// Tests that it found red.
    pub red: &'a [RedTest],
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
