//! Here, as it is.

use super::{Executor, Submission, WorkOrder};
use crate::model::{CommandSpec, Result};

/// Runs commands on this machine, in the worktree itself.
#[derive(Debug, Clone, Copy)]
pub struct Local;

impl Executor for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn about(&self) -> &'static str {
        "on this machine, in the worktree itself"
    }

    /// The code is here.
    fn prepare(&self, _work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(Vec::new())
    }

    fn submit(&self, work: &WorkOrder) -> Result<Submission> {
        Ok(Submission::Attached(work.spec.clone()))
    }

    fn feeds(&self) -> bool {
        true
    }

    /// What it left is here.
    fn collect(&self, _work: &WorkOrder) -> Result<Vec<CommandSpec>> {
        Ok(Vec::new())
    }
}
