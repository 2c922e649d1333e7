//! What is announced of an attempt, and how it ended.

use serde::{Deserialize, Serialize};

use crate::model::{Allowance, AttemptId, Oid, Role, SessionId};

/// Why an attempt failed, by what follows from it (DESIGN 5, Errors).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailClass {
    /// Again, with a fresh agent and the same complete task.
    Retryable,
    /// Nothing new was committed: again, without waiting.
    NoWork,
    /// A person has to look: it would fail again.
    Fatal,
    /// The program ended while the attempt ran. Does not count as an attempt.
    Lost,
    /// Ended on request. Does not count as an attempt.
    Stopped,
    /// Its provider takes no more for now: again after the pause. Does not count as an attempt.
    RateLimited,
    /// Its provider refuses the credentials: a person has to mend them. Does not count as an attempt.
    Authentication,
    /// Its provider did not answer as it should (5xx, no connection): again, after a wait.
    Unavailable,
    /// It used all tokens or all money that was reserved for it.
    OverBudget,
    /// The session that it was to go on in is gone: again at once in a fresh one. Does not count as an attempt.
    SessionLost,
    /// It took as many turns as it may.
    OutOfTurns,
    /// It did what its phase may not: the same phase again, without waiting.
    Phase,
    /// A hook of the repository refuses what it changed: the agent goes on from there, without waiting.
    Hook,
    /// Its merge of two sides cannot be taken: the next rung of the ladder.
    Unsolved,
    /// Somebody's git pruned what it had just written (`git gc --prune=now`): again at once. Does not count as an attempt.
    Pruned,
}

impl FailClass {
    /// Whether such an end counts against the attempts of a task: not when the agent had no fair chance.
    pub fn counts(self) -> bool {
        !matches!(
            self,
            FailClass::Lost
                | FailClass::Stopped
                | FailClass::RateLimited
                | FailClass::Authentication
                | FailClass::SessionLost
                | FailClass::Pruned
        )
    }
}

/// An attempt that will be made: everything its launch depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intended {
    /// Which attempt.
    pub attempt: AttemptId,
    /// The agent's name.
    pub agent: String,
    /// Whom the agent asks, as pauses and refusals name it; empty for agents that ask nobody.
    #[serde(default)]
    pub provider: String,
    /// The model, where it is not the agent's own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the agent is asked to do.
    #[serde(default)]
    pub role: Role,
    /// The slot it works in.
    pub slot: String,
    /// What its result is compared with.
    pub base: Oid,
    /// Where the worktree begins: `base`, or the earlier result it goes on from.
    pub start: Oid,
    /// The session it goes on in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<SessionId>,
    /// What it may use at most.
    #[serde(default)]
    pub reserved: Allowance,
    /// What it merges with, for an attempt that solves a clash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<Merging>,
    /// The batch whose candidate `base` is, where that was not judged yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<u32>,
    /// Which of several attempts of its task that are made at once it is; none for one that is made alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<Rival>,
}

/// One of several attempts of a task that are made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The number of the first of them: a task may have more than one such round.
    pub round: u32,
    /// Its place among them, from 1. What was cut short is made again in the same place.
    pub place: u32,
}

/// The other side of a merge that an agent makes: `start` is its own side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merging {
    /// The layer whose head it clashed with.
    pub layer: u32,
    /// That head, as it is now.
    pub with: Oid,
    /// Whether that layer is a later one than the task's own: the merge then belongs into that head's merge commit, and
    /// the task's own work stays as it is.
    #[serde(default)]
    pub carries: bool,
}

/// How an attempt ended, judged from git.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// New work.
    Committed {
        /// Its commit.
        commit: Oid,
        /// The commit's tree.
        tree: Oid,
        /// Files changed against the base.
        files: u32,
        /// Lines added.
        added: u32,
        /// Lines removed.
        removed: u32,
        /// Whether some of it was committed for the agent.
        leftovers: bool,
        /// What could not be told of it, for people; empty for most.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// A task that only verifies, verified: its commands passed and nothing changed.
    NoChange {
        /// The commit it was verified on.
        commit: Oid,
        /// Why nothing needs changing, as the agent of a task says that was to change something; empty for tasks that
        /// only verify. It is worth nothing by itself.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        claim: String,
    },
    /// No result.
    Failed {
        /// What follows.
        class: FailClass,
        /// One line for people.
        reason: String,
    },
}
