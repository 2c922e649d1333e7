//! What a person is asked, and the answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{ApprovalKind, GateName, TaskId};

/// What a person is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// May the plan be run?
    Plan,
    /// May this layer start?
    Layer(u32),
    /// May what this task left land?
    Landing(TaskId),
    /// Is it right that this task needs no change?
    Unchanged {
        /// The task.
        task: TaskId,
        /// Why, as its agent says.
        reason: String,
    },
    /// Is this task, which only a person can do, done?
    Task(TaskId),
    /// May the run go on although these required gates fail on the base?
    BaseRed {
        /// The gates.
        gates: Vec<GateName>,
    },
}

impl Question {
    /// How people name it when they answer: `plan`, `layer:2`, `base`, a task's id.
    pub fn id(&self) -> String {
        match self {
            Question::Plan => "plan".to_owned(),
            Question::Layer(layer) => format!("layer:{layer}"),
            Question::BaseRed { .. } => "base".to_owned(),
            Question::Landing(task) | Question::Task(task) | Question::Unchanged { task, .. } => task.to_string(),
        }
    }

    /// Which rule of `[approvals.*]` is for it; none for the one that ends the run.
    pub fn kind(&self) -> Option<ApprovalKind> {
        match self {
            Question::Plan => Some(ApprovalKind::Plan),
            Question::Layer(_) => Some(ApprovalKind::Layer),
            Question::Landing(_) => Some(ApprovalKind::Landing),
            Question::Unchanged { .. } => Some(ApprovalKind::Unchanged),
            Question::Task(_) => Some(ApprovalKind::Task),
            Question::BaseRed { .. } => None,
        }
    }

    /// The task it is about.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            Question::Landing(task) | Question::Task(task) | Question::Unchanged { task, .. } => Some(task),
            Question::Plan | Question::Layer(_) | Question::BaseRed { .. } => None,
        }
    }
}

/// A question that is put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What about.
    pub question: Question,
    /// What is shown to the person: a commit, or the plan's digest. An answer counts for nothing else.
    pub digest: String,
    /// When the settings decide for want of an answer.
    pub deadline: Timestamp,
}

/// What a person said, or a program that was allowed to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Which question: [`Question::id`].
    pub id: String,
    /// The digest that the person saw; none: whatever is asked under that id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Yes or no.
    pub yes: bool,
    /// The person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The program that answered in the person's place, as it named itself; none: the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Who, and from where; none: the settings, since nobody did, or a journal that is older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AnswerOrigin>,
}

/// Whose account an answer came from, and where that person sat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerOrigin {
    /// The login name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The terminal (`pts/3`), with the address it was reached from (`pts/3 from 10.0.0.5`); empty without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terminal: String,
}
