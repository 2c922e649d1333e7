//! What events name: what is judged, heads of the train, conflicts, how a run ends.

use serde::{Deserialize, Serialize};

use super::check_ask::CheckAsk;
use crate::model::{AttemptId, GateName, Oid, TaskId};

/// A task that stays unmarked in the plan although it landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmarked {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: String,
}

/// What is judged, or where a check's tree comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// What an attempt left.
    Attempt(AttemptId),
    /// The tests that a test phase left, before the coder starts (`--tdd staged`).
    Phase(AttemptId),
    /// A candidate head of a batch.
    Batch {
        /// The batch's number.
        batch: u32,
        /// The layer whose candidate is judged.
        layer: u32,
    },
    /// A landed head that was not gated when it moved, judged when its layer closes.
    Layer {
        /// The layer.
        layer: u32,
        /// Its head.
        commit: Oid,
    },
    /// The last head, once.
    Final(Oid),
    /// A commit that somebody asked about; never in a journal.
    Commit(Oid),
    /// What the run begins with, before anybody changed it.
    Base(Oid),
}

/// What an open check asks, where an older program did not record it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenCheck {
    /// What is judged.
    pub subject: Subject,
    /// The gate.
    pub gate: GateName,
    /// What it asks.
    pub ask: CheckAsk,
}

/// A head of the train.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Layer, from 1.
    pub layer: u32,
    /// Commit.
    pub commit: Oid,
    /// The commit's tree.
    pub tree: Oid,
}

/// One path that two sides changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictPath {
    /// The path.
    pub path: String,
    /// Git's word for it: contents, modify/delete, binary …
    pub kind: String,
    /// Lines on the train's side, `from-to`, where known.
    #[serde(default)]
    pub lines: String,
}

/// Why a task could not be merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The task.
    pub task: TaskId,
    /// The layer whose head it clashed with.
    pub layer: u32,
    /// Landed tasks that changed the same paths.
    pub with: Vec<TaskId>,
    /// The paths.
    pub paths: Vec<ConflictPath>,
    /// Why rules that were to solve it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<String>,
}

/// One task of a merged batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedTask {
    /// The task.
    pub task: TaskId,
    /// Merge commit on its layer's head; none when there was nothing to merge.
    pub commit: Option<Oid>,
    /// Files whose merge a rule solved, with the rule: `union CHANGELOG.md`.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// A submodule's pointer that an attempt moved to a commit of which it is not known that others have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedPointer {
    /// The submodule's folder.
    pub path: String,
    /// The commit.
    pub commit: Oid,
    /// Whether others can fetch it; none where nobody could say.
    #[serde(default)]
    pub fetchable: Option<bool>,
    /// Why nobody could say, or why it could not be pushed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The branch at the submodule's address to which it was pushed, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<String>,
}

impl MovedPointer {
    /// Whether somebody should do something about it.
    pub fn is_lonely(&self) -> bool {
        self.fetchable != Some(true)
    }

    /// What a person should know of it.
    pub fn in_words(&self) -> String {
        let MovedPointer { path, commit, fetchable, why, pushed } = self;
        let at = commit.short();
        let tried = |why: &str| if why.is_empty() { String::new() } else { format!(" (git orca tried: {why})") };
        match (pushed, fetchable) {
            (Some(branch), _) => format!("submodule `{path}`: {at} was pushed there as `{branch}`"),
            (None, Some(true)) => format!("submodule `{path}` points to {at}, which others can fetch by now"),
            (None, Some(false)) => format!(
                "submodule `{path}` points to {at}, which nobody else can fetch: push it there first{}",
                tried(why)
            ),
            (None, None) => {
                format!("submodule `{path}` points to {at}; whether others can fetch that is unchecked: {why}")
            }
        }
    }
}

/// A branch that shows a head and was not moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The branch.
    pub branch: String,
    /// Why: checked out somewhere, or moved by somebody.
    pub why: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything landed.
    Done,
    /// Something did not land. The exit code says what (DESIGN 3).
    Incomplete {
        /// 4, 5, 6 or 7.
        exit: u8,
    },
    /// Stopped by somebody.
    Stopped,
    /// Nothing is left to do until a layer's pull request is approved or merged; then it goes on.
    AwaitsReview,
}

impl RunOutcome {
    /// The exit code of `execute`.
    pub fn exit_code(self) -> u8 {
        match self {
            RunOutcome::Done => 0,
            RunOutcome::Incomplete { exit } => exit,
            RunOutcome::Stopped | RunOutcome::AwaitsReview => 130,
        }
    }

    /// The outcome of a run in which this is missing.
    pub fn of(worst: Option<Shortfall>) -> RunOutcome {
        worst.map_or(RunOutcome::Done, |worst| RunOutcome::Incomplete { exit: worst.exit_code() })
    }
}

/// What a run that is over lacks; of several the first counts (DESIGN 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortfall {
    /// A task failed.
    Failed,
    /// Gates refuse a task or the result.
    Refused,
    /// A conflict is left.
    Conflict,
    /// The result could not be published.
    Unpublished,
}

impl Shortfall {
    fn exit_code(self) -> u8 {
        match self {
            Shortfall::Failed => 4,
            Shortfall::Refused => 5,
            Shortfall::Conflict => 6,
            Shortfall::Unpublished => 7,
        }
    }
}
