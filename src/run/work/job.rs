//! What an attempt depends on, and how it went.

use super::prompt::Earlier;
use crate::integrate::names;
use crate::journal::{AttemptOutcome, FailClass, Intended};
use crate::model::{AttemptId, Oid, RunId, Task, Usage};
use crate::process::StopSignal;

/// What an attempt depends on, taken from the state when it was decided.
#[derive(Debug, Clone)]
pub struct AttemptJob {
    /// Which attempt.
    pub attempt: AttemptId,
    /// The task.
    pub task: Task,
    /// The agent's name.
    pub agent: String,
    /// The slot.
    pub slot: String,
    /// What the result is compared with.
    pub base: Oid,
    /// Where the worktree begins.
    pub start: Oid,
    /// All that was announced: role, model, session, reservation.
    pub intended: Intended,
    /// What the session used that it goes on in.
    pub session_used: Usage,
    /// What its own side was made on, for one that merges, where that was merged on the side and is in no head.
    pub side: Option<Oid>,
    /// What earlier attempts and dependencies left, for the prompt.
    pub earlier: Earlier,
    /// Asks this attempt to end.
    pub stop: StopSignal,
    /// The host that it was handed over to, if it was.
    pub host: Option<String>,
    /// Prompt and complete task, where another machine made them.
    pub told: Option<(String, String)>,
}

impl AttemptJob {
    /// The branch that it works on, without `refs/heads/`.
    pub fn branch(&self, run: &RunId) -> String {
        names::attempt_branch(run, &self.attempt, self.intended.rival.is_some())
    }
}

/// How an attempt went, with its slot when that is not to be used again.
pub struct Done {
    pub outcome: AttemptOutcome,
    pub salvage: Option<Oid>,
    pub max_rss: u64,
    pub cpu: f64,
    pub set_aside: Option<String>,
}

/// No result.
pub fn fail(class: FailClass, reason: String) -> AttemptOutcome {
    AttemptOutcome::Failed { class, reason }
}
