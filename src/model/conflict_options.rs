//! What is tried where changes meet (`[conflicts]`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Rung;

/// `[conflicts]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConflictOptions {
    /// Globs of files merged by taking the lines of both sides.
    pub union: Vec<String>,
    /// Globs of paths that only one task at a time may declare.
    pub exclusive: Vec<String>,
    /// Path to the command that makes it again after a merge.
    pub regenerate: BTreeMap<String, String>,
    /// What is tried, besides git's own merge and before a person is asked; their order is fixed.
    pub resolve: Vec<Rung>,
    /// How often each of the rungs that cost an agent is tried: merging, for each clash; the task again, in all.
    pub attempts: u32,
}

impl Default for ConflictOptions {
    fn default() -> Self {
        ConflictOptions {
            union: Vec::new(),
            exclusive: Vec::new(),
            regenerate: BTreeMap::new(),
            resolve: Rung::ALL.iter().map(|(rung, _)| *rung).collect(),
            attempts: 1,
        }
    }
}

impl ConflictOptions {
    /// Whether a rung is to be tried.
    pub fn tries(&self, rung: Rung) -> bool {
        self.resolve.contains(&rung)
    }
}
