//! Tasks and what orders them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Candidates, Named, PickMode, Place, RepoPath, TaskId};

/// What a task is expected to leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// Changes the product.
    #[default]
    Change,
    /// Only writes tests: must be red for the right reason.
    Tests,
    /// Only runs something: lands as *no change* when its commands pass.
    Verify,
    /// A person looks and says yes or no (checkpoints, manual verification): no agent can do it.
    Approval,
}

/// Where an edge comes from (DESIGN 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// Written by id.
    Explicit,
    /// Order of the document.
    Order,
    /// A phase before the next.
    Phase,
    /// Both change the same path, or one makes what the other uses.
    Files,
    /// Waves declared by the document.
    Wave,
    /// `[deps]` of `orca.toml`.
    User,
    /// One makes what the other uses: an entity, a table, a type, an endpoint.
    Data,
    /// Both write the same tests.
    Tests,
}

impl Why {
    /// The word of DESIGN 10, which has one for everything that two tasks share.
    pub fn origin(self) -> &'static str {
        match self {
            Why::Explicit => "explicit",
            Why::Order => "order",
            Why::Phase => "phase",
            Why::Files | Why::Data | Why::Tests => "files",
            Why::Wave => "wave",
            Why::User => "user",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Why::Data => "data",
            Why::Tests => "tests",
            other => other.origin(),
        }
    }

    /// What kind of dependency it is: `explicit`, `order`, `files`, `data` or `tests`.
    pub fn kind(self) -> &'static str {
        match self {
            Why::Explicit | Why::User => "explicit",
            Why::Order | Why::Phase | Why::Wave => "order",
            Why::Files => "files",
            Why::Data => "data",
            Why::Tests => "tests",
        }
    }

    /// Whether edges of this kind are kept when only those of `wanted` are: `files` takes everything that is shared.
    pub fn is_among(self, wanted: &std::collections::BTreeSet<Why>) -> bool {
        wanted.contains(&self) || matches!(self, Why::Data | Why::Tests) && wanted.contains(&Why::Files)
    }
}

/// "This task after `task`".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The task that comes first.
    pub task: TaskId,
    /// Where the edge comes from.
    pub why: Why,
    /// Where it is written.
    pub at: Place,
}

/// All of `after` wait for all of `before`: m + n edges instead of m × n.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barrier {
    /// The tasks that come first.
    pub before: Vec<TaskId>,
    /// The tasks that wait.
    pub after: Vec<TaskId>,
    /// Where it comes from.
    pub why: Why,
    /// Where it is written.
    pub at: Place,
}

/// A path that a task says it touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileUse {
    /// The path, normalised.
    pub path: RepoPath,
    /// Whether the task says that it makes the file.
    #[serde(default)]
    pub creates: bool,
}

/// One unit of work, as read from a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Safe, unique id.
    pub id: TaskId,
    /// The id as written in the source.
    pub key: String,
    /// One line.
    pub title: String,
    /// What it leaves behind.
    #[serde(default)]
    pub kind: TaskKind,
    /// Already done in the plan: a satisfied dependency, not run again.
    #[serde(default)]
    pub done: bool,
    /// Left out unless asked for; edges through it are bridged.
    #[serde(default)]
    pub optional: bool,
    /// Where it stands.
    pub at: Place,
    /// The phase, story or heading it stands under, or empty.
    #[serde(default)]
    pub group: String,
    /// Declared paths.
    #[serde(default)]
    pub files: Vec<FileUse>,
    /// What its words name beyond files.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub named: Named,
    /// Resources taken while it runs, all at once.
    #[serde(default)]
    pub needs: BTreeMap<String, u32>,
    /// What comes first. Barriers come on top.
    #[serde(default)]
    pub after: Vec<Edge>,
    /// Shell text that the `script` agent executes with `sh -e` in the worktree.
    #[serde(default)]
    pub run: Option<String>,
    /// Everything the plan says about it.
    #[serde(default)]
    pub details: String,
    /// Acceptance criteria.
    #[serde(default)]
    pub acceptance: Vec<String>,
    /// Minutes.
    #[serde(default)]
    pub estimate: Option<f64>,
    /// 0–100, higher first among equals.
    #[serde(default = "default_priority")]
    pub priority: u8,
    /// Labels that its plan gives it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The agent that does it, when that is not the run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model that its agent is to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The role of the settings whose agent does it, when it names none itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Who makes the attempts of it that are made at once, when that is not as the run says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Candidates>,
    /// How one of them is chosen, when that is not as the run says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<PickMode>,
}

impl Task {
    /// Whether a document of the plan has it; others were added while the run lasted, and nothing marks them.
    pub fn is_written(&self) -> bool {
        !self.at.file.is_empty()
    }
}

fn default_priority() -> u8 {
    50
}
