//! What a person asks for.

use serde::{Deserialize, Serialize};

use super::approval::Answer;
use super::plan_revision::PlanRevision;
use super::rework::ReviewRework;
use super::waiver::GateWaiver;
use crate::model::{Oid, TaskId};

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Take back what runs elsewhere, and do everything here from now on.
    AtHome,
    /// Start nothing new.
    Pause,
    /// Go on after a pause.
    Unpause,
    /// Yes or no to a question.
    Answer(Answer),
    /// Let a task's work land although a gate refuses it.
    Waive(GateWaiver),
    /// Do a task once more, on top of what landed of it, for what a review says.
    Rework(ReviewRework),
    /// A word to the agent of a task: while it works where it can be told, else for its next attempt.
    Say {
        /// The task.
        task: TaskId,
        /// The words.
        text: String,
    },
    /// The plan changes: new tasks, and others than before that have not begun.
    ChangePlan(PlanRevision),
    /// Another budget for the run.
    Budget {
        /// Tokens; none: as before.
        #[serde(default)]
        tokens: Option<u64>,
        /// Cents of a US dollar; none: as before.
        #[serde(default)]
        cents: Option<u64>,
    },
    /// A person opens a task to change it by hand, or closes it without a result. Nothing follows from it by itself.
    ByHand {
        /// The task.
        task: TaskId,
        /// Whether it is opened.
        open: bool,
    },
    /// A person committed a solution for a task.
    Solved {
        /// The task.
        task: TaskId,
        /// Tip of its branch.
        commit: Oid,
        /// The tip's tree.
        tree: Oid,
    },
    /// A person solved the clash that carrying a task forward met in the head of a later layer. The task's own result
    /// stays as it is; the solution goes into that head's merge commit.
    Carried {
        /// The task.
        task: TaskId,
        /// The layer whose head it clashed with.
        layer: u32,
        /// A merge of the task's result and that head.
        commit: Oid,
    },
}
