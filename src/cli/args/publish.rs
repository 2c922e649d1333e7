//! Arguments of `publish`.

use std::path::PathBuf;

use clap::Args;

use super::FormatArgs;

/// `publish`.
#[derive(Debug, Clone, Args)]
pub struct PublishArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// Show what would be done; nothing is moved or sent
    #[arg(long)]
    pub dry_run: bool,
    /// Write the layers as patches below this folder, for mail and other servers; no server is asked
    #[arg(long, value_name = "DIR", conflicts_with_all = ["dry_run", "onto"])]
    pub patch: Option<PathBuf>,
    /// Branch to merge the lowest layer into; default: the run's base
    #[arg(long, value_name = "BRANCH")]
    pub onto: Option<String>,
    /// Merge approved pull requests whose checks pass, from the bottom; with a number, only up to that one
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "0", conflicts_with_all = ["dry_run", "patch"])]
    pub merge: Option<u64>,
    /// Watch checks and reviews on the server until all that count are decided (exit 5: a check fails, 7: changes are requested)
    #[arg(long, conflicts_with_all = ["dry_run", "patch"])]
    pub watch: bool,
    /// Trust the repository's commands this once: gates run on commits that others pushed
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}
