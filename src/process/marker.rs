//! The words in a process's environment by which it is found again.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::RunId;

/// Names that mark processes. The third is per command, so that one tree can be told from its siblings.
pub(super) const REPO: &str = "ORCA_REPO";
pub(super) const RUN: &str = "ORCA_RUN";
pub(super) const LAUNCH: &str = "ORCA_LAUNCH";

/// Whose process it is: set in the environment of everything a run starts, inherited by what that starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Digest of the repository's common git folder, so that equal run ids elsewhere are not touched.
    pub repo: String,
    /// The run.
    pub run: RunId,
    /// Whether commands are marked in their environment.
    pub seen: bool,
}

/// Digest of a repository's identity, short: marks processes, seeds ports.
pub fn repo_digest(common_dir: &Path) -> String {
    let digest = Sha256::digest(common_dir.as_os_str().as_encoded_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The variable that marks a tool which changes the repository: one that outlives a killed program must have ended
/// before anybody goes on with its run.
pub fn tool_mark(common_dir: &Path) -> (&'static str, String) {
    (REPO, repo_digest(common_dir))
}

impl Marker {
    /// Of a run in the repository with this digest.
    pub fn new(repo: String, run: RunId) -> Marker {
        Marker { repo, run, seen: true }
    }

    /// The same, but commands are not marked: gates must not know that they are judged. Such processes are found by their
    /// session.
    #[must_use]
    pub fn unseen(&self) -> Marker {
        Marker { seen: false, ..self.clone() }
    }

    /// The environment variables of it.
    pub fn env(&self) -> [(&'static str, String); 2] {
        [(REPO, self.repo.clone()), (RUN, self.run.to_string())]
    }
}
