//! What a run was told at its start.

use serde::{Deserialize, Serialize};

use crate::model::{Barrier, Oid, Place, RunId, RunOptions, Task, TaskId};
use crate::plan::Reading;

/// The process that writes a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// Start time in the kernel's own unit; with `boot` it makes the pid unique.
    pub start: u64,
    /// The kernel's boot id.
    pub boot: String,
    /// The namespace that the process id is a number of; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub space: String,
}

/// Which plan a run executes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRef {
    /// Path as the user would name it from the repository's root; of several plans all, with spaces between.
    pub path: String,
    /// The path of each, when several plans run as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Format's name.
    pub kind: String,
    /// Digest of tasks and edges: the same plan gives the same digest.
    pub digest: String,
}

/// Whether a plan was made of `-m`: where it lies is nobody's business.
pub fn is_of_messages(path: &str) -> bool {
    path.ends_with("/tasks.json") && path.contains("/orca/messages/")
}

impl PlanRef {
    /// The path of each plan.
    pub fn each(&self) -> &[String] {
        if self.paths.is_empty() { std::slice::from_ref(&self.path) } else { &self.paths }
    }
}

/// Tasks of the plan that the run leaves out, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Marked done in the plan.
    pub done: u32,
    /// Optional, and not asked for.
    pub optional: u32,
    /// By `--only` or `--skip`.
    pub chosen: u32,
}

/// A document of the plan in which landed tasks are marked as done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedPlan {
    /// Its path from the repository's root: a file, or a folder of them.
    pub path: String,
    /// Name of its format.
    pub format: String,
    /// What the ids of its tasks begin with, when it is one of several.
    #[serde(default)]
    pub prefix: String,
}

/// Everything a run was told, frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// Version of the program.
    pub version: String,
    /// Who writes.
    pub host: Host,
    /// The plan.
    pub plan: PlanRef,
    /// Commit that tasks of layer 1 start from.
    pub base: Oid,
    /// Tree of `base`.
    pub base_tree: Oid,
    /// The base as the user named it: a branch, or the revision's text.
    pub base_name: String,
    /// Tasks to run, in the plan's order. Edges lead to tasks of this list only.
    pub tasks: Vec<Task>,
    /// Barriers over `tasks`.
    pub barriers: Vec<Barrier>,
    /// Layer of each task, from 1, in the order of `tasks`.
    pub layers: Vec<u32>,
    /// Minutes that each task is expected to take, in the order of `tasks`, where earlier runs tell; else none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<f64>,
    /// What is not run.
    #[serde(default)]
    pub left_out: LeftOut,
    /// Tasks of the plan that were left out by `--only` or `--skip`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_chosen: Vec<TaskId>,
    /// Lines of the plan that look like tasks and could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Place>,
    /// How the plan was read, so that it can be read again in the same way; none in old journals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// Folder for the worktrees.
    #[serde(default)]
    pub slots: String,
    /// Documents of the plan that are marked as its tasks land; none with `--no-writeback`.
    #[serde(default)]
    pub marked: Vec<MarkedPlan>,
    /// Documents of the plan that are left alone, a sentence each.
    #[serde(default)]
    pub left_alone: Vec<String>,
    /// The checkout in which the run was begun; empty in old journals.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tree: String,
    /// Settings.
    pub options: RunOptions,
}
