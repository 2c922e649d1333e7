//! The state of a task in a word.

use crate::schedule::TaskStatus;

impl TaskStatus {
    /// The word of `status --format json` (DESIGN 10).
    pub fn word(&self) -> &'static str {
        match self {
            TaskStatus::Waiting => "waiting",
            TaskStatus::Ready | TaskStatus::Backoff(_) | TaskStatus::AwaitsPerson => "ready",
            TaskStatus::Running => "running",
            TaskStatus::Gating => "gating",
            TaskStatus::Passed | TaskStatus::Landing | TaskStatus::AwaitsLanding => "passed",
            TaskStatus::Landed => "landed",
            TaskStatus::Failed(_) => "failed",
            TaskStatus::Blocked | TaskStatus::BaseRed => "blocked",
            TaskStatus::Conflicted => "conflicted",
            TaskStatus::Skipped => "skipped",
        }
    }
}
