//! Results that a person took onto a branch (`git orca take`): one JSON line each in the run's folder, never rewritten.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunPaths;
use crate::model::{Error, Oid, PRIVATE_MODE, Result};

/// How a result comes onto a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeShape {
    /// By moving the branch forward, or by a merge where it has moved.
    #[default]
    Merge,
    /// One commit a task.
    Linear,
    /// One commit.
    Squash,
}

/// One time that a result was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenRecord {
    /// When.
    pub at: Timestamp,
    /// The branch, without `refs/heads/`; empty for a detached `HEAD`.
    pub branch: String,
    /// The head of the train that was taken.
    pub head: Oid,
    /// Where the branch was before.
    pub before: Oid,
    /// Where it was afterwards.
    pub after: Oid,
    /// The tree of `after`: it stays the same when somebody words the commit anew.
    pub tree: Oid,
    /// How.
    pub shape: TakeShape,
}

impl RunPaths {
    fn taken_file(&self) -> PathBuf {
        self.root().join("taken.jsonl")
    }

    /// Everything that was taken of the run, oldest first. A torn line is left out.
    pub fn taken(&self) -> Vec<TakenRecord> {
        let text = std::fs::read_to_string(self.taken_file()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Records that something was taken.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn record_taken(&self, taken: &TakenRecord) -> Result<()> {
        let failed = |e: std::io::Error| Error::failed(format!("recording in `{}`", self.taken_file().display()), e);
        let mut line = serde_json::to_vec(taken).map_err(|e| failed(e.into()))?;
        line.push(b'\n');
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).mode(PRIVATE_MODE).open(self.taken_file()).map_err(failed)?;
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(failed)
    }
}
