//! Pushes that a person let through without evidence: one JSON line each, never rewritten.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Store;
use crate::model::{Error, Oid, Result};

/// One such push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkipRecord {
    /// When.
    pub at: Timestamp,
    /// The remote's name or address.
    pub remote: String,
    /// The ref that was pushed.
    pub local: String,
    /// The ref it was pushed onto.
    pub onto: String,
    /// The commit.
    pub commit: Oid,
    /// What it lacked.
    pub lacks: Vec<String>,
}

impl Store {
    /// The file of the records: `$GIT_COMMON_DIR/orca/skips.jsonl`.
    pub fn skips(&self) -> PathBuf {
        self.root().join("skips.jsonl")
    }

    /// Records a push.
    ///
    /// # Errors
    /// The file cannot be written: then the push must not go on.
    pub fn record_skip(&self, skip: &SkipRecord) -> Result<()> {
        let failed = |e: std::io::Error| Error::failed(format!("recording in `{}`", self.skips().display()), e);
        let mut line = serde_json::to_vec(skip).map_err(|e| failed(e.into()))?;
        line.push(b'\n');
        std::fs::create_dir_all(self.root()).map_err(failed)?;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true).mode(crate::model::PRIVATE_MODE);
        let mut file = options.open(self.skips()).map_err(failed)?;
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(failed)
    }
}
