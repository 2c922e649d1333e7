//! The words in a process's environment by which it is found again.

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
}

impl Marker {
    /// The environment variables of it.
    pub fn env(&self) -> [(&'static str, String); 2] {
        [(REPO, self.repo.clone()), (RUN, self.run.to_string())]
    }
}
