//! What a person asks for.

use serde::{Deserialize, Serialize};

use crate::model::{Oid, TaskId};

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Try a task again, with a hint for the agent.
    Retry {
        /// The task.
        task: TaskId,
        /// What the person says to the agent.
        #[serde(default)]
        hint: Option<String>,
    },
    /// Go on without a task; its dependents see it as satisfied.
    Skip {
        /// The task.
        task: TaskId,
    },
    /// End the running attempts of these tasks; they fail.
    StopTasks {
        /// The tasks.
        tasks: Vec<TaskId>,
    },
    /// End the run; soft lets running agents finish for a while.
    Stop {
        /// At once.
        now: bool,
    },
    /// Start nothing new.
    Pause,
    /// Go on after a pause.
    Unpause,
    /// A person committed a solution for a task.
    Solved {
        /// The task.
        task: TaskId,
        /// Tip of its branch.
        commit: Oid,
        /// The tip's tree.
        tree: Oid,
    },
}
