//! What becomes of a question that nobody answers: for how long each kind waits, what is done then, and how urgent it is
//! (`[approvals.*]`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How long a question waits unless something else is said, in seconds (DESIGN 13).
pub const APPROVAL_TIMEOUT: u64 = 2 * 60 * 60;

/// A kind of question to a person. The one about a red base has no rule: it ends the run, and nothing waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalKind {
    /// May the plan be run?
    Plan,
    /// May a layer start?
    Layer,
    /// May what a task left land?
    Landing,
    /// Is it right that a task needs no change?
    Unchanged,
    /// Is a task done that only a person can do?
    Task,
}

impl ApprovalKind {
    /// Whether the gates can answer in a person's place: they judge what lands, and what a layer starts from.
    pub fn has_gates(self) -> bool {
        matches!(self, ApprovalKind::Layer | ApprovalKind::Landing)
    }
}

/// What is done when nobody answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalFallback {
    /// What the question is about waits on; everything else continues.
    #[default]
    Pause,
    /// The answer is no.
    Reject,
    /// The answer is yes if every gate passed, the optional ones, too; else as [`ApprovalFallback::Pause`].
    Approve,
}

/// How urgent a question is: the order in which people see what waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalPriority {
    /// Before the others.
    High,
    /// In the order of the plan.
    #[default]
    Normal,
    /// After the others.
    Low,
}

/// The rule for one kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApprovalRule {
    /// Seconds that it waits.
    pub timeout: u64,
    /// What is done then.
    pub fallback: ApprovalFallback,
    /// How urgent it is.
    pub priority: ApprovalPriority,
}

impl Default for ApprovalRule {
    fn default() -> Self {
        ApprovalRule {
            timeout: APPROVAL_TIMEOUT,
            fallback: ApprovalFallback::default(),
            priority: ApprovalPriority::default(),
        }
    }
}

/// The rules, by kind of question; a kind that is not named has the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApprovalRules(pub BTreeMap<ApprovalKind, ApprovalRule>);

impl ApprovalRules {
    /// The rule for a kind.
    pub fn of(&self, kind: ApprovalKind) -> ApprovalRule {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
