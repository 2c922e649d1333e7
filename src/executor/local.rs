//! Here, as it is.

use super::Executor;
use crate::model::{CommandSpec, Result};

/// Runs commands on this machine without anything around them.
#[derive(Debug, Clone, Copy)]
pub struct Local;

impl Executor for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn about(&self) -> &'static str {
        "on this machine, without a sandbox"
    }

    fn wrap(&self, spec: CommandSpec) -> Result<CommandSpec> {
        Ok(spec)
    }
}
