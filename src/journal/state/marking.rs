//! Marks of closed layers on their way into the plan.

use super::super::event_parts::{Head, Unmarked};
use crate::model::TaskId;

/// Whether a landed task is marked in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It is.
    Set,
    /// It is not, and why.
    Left(String),
}

/// How far marking is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkingPhase {
    /// Commits are being made.
    Making,
    /// They are there.
    Made(Marks),
    /// Refs are moving to them.
    Moving(Marks),
}

/// What marking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// Heads that change, lowest layer first.
    pub heads: Vec<Head>,
    /// Tasks that are marked.
    pub tasks: Vec<TaskId>,
    /// Tasks that are not.
    pub left: Vec<Unmarked>,
}

/// Marks on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marking {
    /// Layers up to this one have closed.
    pub upto: u32,
    /// How far it is.
    pub phase: MarkingPhase,
}
