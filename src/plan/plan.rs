//! What reading a plan gives, and how it is to be read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Barrier, Place, Problem, Severity, Task, Why};

/// How much order is read into a document beyond what it states by id (PLANS section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Stories in parallel after the foundational phases, parallel marks from the start of their phase, everything
    /// else in order; tasks that name the same path exclude each other.
    #[default]
    Default,
    /// The format's own order.
    Strict,
    /// Phases and shared paths only.
    Loose,
}

impl Mode {
    /// All, as they are shown.
    pub const ALL: [Mode; 3] = [Mode::Default, Mode::Strict, Mode::Loose];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Default => "default",
            Mode::Strict => "strict",
            Mode::Loose => "loose",
        }
    }
}

/// How a plan is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// How much order is implied.
    pub mode: Mode,
    /// Kinds of edges to keep; all when `None`. Those of the user always stay.
    pub deps: Option<BTreeSet<Why>>,
    /// Whether optional tasks are meant to run.
    pub include_optional: bool,
    /// Whether done tasks are meant to run again; otherwise no order is implied through them.
    pub include_done: bool,
}

/// What to read: a file or folder below the root of the [`crate::model::Files`]; empty for the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanEntry {
    /// The path, with `/`.
    pub path: String,
    /// Name of the format, when it is not to be detected.
    pub format: Option<String>,
}

impl PlanEntry {
    /// What lies at `path`, whatever format it has.
    pub fn new(path: impl Into<String>) -> PlanEntry {
        PlanEntry { path: path.into(), format: None }
    }
}

/// A document that tasks were read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path.
    pub path: String,
    /// Name of its format.
    pub kind: &'static str,
    /// What the ids of its tasks begin with, when it is one of several; else empty.
    pub prefix: String,
}

/// A document beside the plan that says more about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// Its path.
    pub path: String,
    /// What it is, by its name: `plan`, `spec`, `design`, `requirements`, `research`, …
    pub kind: String,
}

/// What a section of a plan tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionKind {
    /// What it is all about.
    Background,
    /// What always holds.
    Rules,
    /// How it is built.
    Architecture,
    /// What is wanted.
    Requirements,
    /// How to go about it.
    Guidance,
    /// Order and bookkeeping: nothing for who does a task.
    Aside,
}

/// A section of a plan that holds no tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSection {
    /// The document.
    pub path: String,
    /// Its first line.
    pub line: u32,
    /// What it tells.
    pub kind: SectionKind,
    /// Its text with its heading, line by line as it stands there.
    pub text: String,
}

/// What was left aside on purpose, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Why, as a phrase: "boxes of a checklist at the end".
    pub why: String,
    /// How many.
    pub count: usize,
    /// Where the first of them are.
    pub places: Vec<Place>,
}

impl Ignored {
    /// How many and why: `3 boxes in code`, `1 box that is a criterion of a task`.
    pub fn in_words(&self) -> String {
        if self.count != 1 {
            return format!("{} {}", self.count, self.why);
        }
        let mut words: Vec<&str> = self.why.split(' ').collect();
        let noun = words.iter().position(|word| ONE.iter().any(|(several, _)| several == word));
        if let Some((n, (_, one))) = noun.and_then(|n| Some((n, ONE.iter().find(|(several, _)| *several == words[n])?)))
        {
            words[n] = one;
        }
        let text = words.join(" ").replace("that are criteria", "that is a criterion");
        format!("1 {}", text.replace("that check ", "that checks ").replace("that group ", "that groups "))
    }
}

/// Nouns of which something can be left aside.
const ONE: [(&str, &str); 9] = [
    ("boxes", "box"),
    ("rows", "row"),
    ("files", "file"),
    ("stories", "story"),
    ("sub-tasks", "sub-task"),
    ("steps", "step"),
    ("issues,", "issue,"),
    ("orders", "order"),
    ("lines", "line"),
];

/// A plan as read. Reading never fails: what is wrong is in `problems`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The plan's own title, or empty.
    pub title: String,
    /// What the tasks were read from.
    pub sources: Vec<Source>,
    /// The tasks, in the order of the documents.
    pub tasks: Vec<Task>,
    /// Orders among many.
    pub barriers: Vec<Barrier>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Documents beside it.
    pub companions: Vec<Companion>,
    /// What the documents say beside their tasks.
    pub sections: Vec<PlanSection>,
    /// What was left aside; each is among the problems too, as a note.
    pub ignored: Vec<Ignored>,
    /// Lines that look like tasks and were not read. While there are any, nobody says that all is done.
    pub unread: Vec<Place>,
    /// Capacities of resources that the plan declares.
    pub resources: BTreeMap<String, u32>,
    /// Whether all order is stated by the plan, so that every [`Mode`] gives the same.
    pub states_order: bool,
}

impl Plan {
    /// Whether a problem stops `execute`.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}
