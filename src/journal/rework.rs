//! A review of a pull request comes back to the task whose work it is about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Oid, TaskId};

/// What a person gives back to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRework {
    /// The task.
    pub task: TaskId,
    /// Number of the pull request.
    pub pull: u64,
    /// The remarks that are given, by the server's ids.
    pub remarks: Vec<u64>,
    /// What the agent is told: the remarks as quotations, the failed checks, the person's own words.
    pub text: String,
}

/// A review that a task was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenReview {
    /// Number of the pull request.
    pub pull: u64,
    /// The remarks.
    pub remarks: Vec<u64>,
    /// Attempts that the task had had by then.
    pub after: u32,
    /// When its work had landed before, with the batch; that stays in the heads.
    pub landed: Option<(Timestamp, u32)>,
    /// As what.
    pub commit: Option<Oid>,
}
