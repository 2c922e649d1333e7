//! Arguments of `take`.

use clap::Args;

use super::FormatArgs;
use crate::journal::TakeShape;

/// `take`.
#[derive(Debug, Clone, Args)]
pub struct TakeArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// As one commit
    #[arg(long, conflicts_with = "linear")]
    pub squash: bool,
    /// As one commit a task
    #[arg(long)]
    pub linear: bool,
    /// Only up to this layer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub layer: Option<u32>,
    /// Also onto a detached HEAD
    #[arg(long)]
    pub here: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `revert`.
#[derive(Debug, Clone, Args)]
pub struct RevertArgs {
    /// Landed tasks: ids, globs, or layer:N
    #[arg(required = true)]
    pub tasks: Vec<String>,
    /// The run; default: the last
    #[arg(long)]
    pub run: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
}

impl TakeArgs {
    /// How.
    pub fn shape(&self) -> TakeShape {
        match (self.squash, self.linear) {
            (true, _) => TakeShape::Squash,
            (_, true) => TakeShape::Linear,
            _ => TakeShape::Merge,
        }
    }
}
