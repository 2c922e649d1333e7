//! A change of the plan while it runs.

use serde::{Deserialize, Serialize};

use crate::model::{Barrier, Task, TaskId};

/// A change of the plan while it runs. What has begun stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanRevision {
    /// New tasks, and those that replace the one of the same id. Edges lead to tasks of the run.
    pub tasks: Vec<Task>,
    /// Tasks to leave out.
    #[serde(default)]
    pub dropped: Vec<TaskId>,
    /// The orders among many, where they are others than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barriers: Option<Vec<Barrier>>,
    /// The message of the change that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
}

impl PlanRevision {
    /// One task more.
    pub fn adding(task: Task) -> PlanRevision {
        PlanRevision { tasks: vec![task], ..PlanRevision::default() }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.dropped.is_empty() && self.barriers.is_none()
    }

    /// The tasks that it is about.
    pub fn named(&self) -> impl Iterator<Item = &TaskId> {
        self.tasks.iter().map(|task| &task.id).chain(&self.dropped)
    }
}
