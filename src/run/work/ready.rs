//! A worktree that is ready for work.

use std::path::PathBuf;

use crate::git::Slot;

/// A slot that is ready for work.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The worktree.
    pub slot: Slot,
    /// First port of its range.
    pub port: u16,
    /// Folder for temporary files, empty.
    pub tmp: PathBuf,
}

impl Ready {
    /// A folder of the worktree, by its path in the repository; the worktree itself for an empty one, as `$PWD` has it.
    pub fn folder(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.slot.path.clone() } else { self.slot.path.join(path) }
    }
}
