//! Tasks on their way onto the train.

use super::super::event_parts::{Head, LandedTask};
use crate::model::{Oid, TaskId};

/// One task of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTask {
    /// The task.
    pub task: TaskId,
    /// Its layer.
    pub layer: u32,
    /// The commit to merge.
    pub commit: Oid,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchPhase {
    /// Being merged.
    Merging,
    /// Candidates made; gates run.
    Checking {
        /// Candidate heads that differ from the landed ones, lowest layer first.
        heads: Vec<Head>,
        /// The tasks that are in.
        landed: Vec<LandedTask>,
    },
    /// Refs are moving.
    Landing {
        /// Candidate heads.
        heads: Vec<Head>,
        /// The tasks that are in.
        landed: Vec<LandedTask>,
    },
}

/// Tasks on their way onto the train.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number, from 1.
    pub n: u32,
    /// Its tasks, in merge order.
    pub tasks: Vec<BatchTask>,
    /// Landed tasks that it takes out again, to find out whether they are to blame.
    pub without: Vec<TaskId>,
    /// Whether it is a part of a batch that was red.
    pub is_split: bool,
    /// How far it is.
    pub phase: BatchPhase,
}
