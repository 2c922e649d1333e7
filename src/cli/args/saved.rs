//! Arguments of `salvage`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::FormatArgs;

/// `salvage`.
#[derive(Debug, Clone, Args)]
pub struct SalvageArgs {
    /// What to do with saved work; without it: list
    #[command(subcommand)]
    pub what: Option<Salvage>,
    /// Include work that has landed
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `salvage list|show|restore`.
#[derive(Debug, Clone, Subcommand)]
pub enum Salvage {
    /// List saved work
    List {
        /// Include work that has landed
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Show one piece of saved work
    Show {
        /// Its number in the list, task id, or ref
        which: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Restore it onto a new branch, or into an empty folder
    Restore {
        /// Its number in the list, task id, or ref
        which: String,
        /// Name of the new branch
        #[arg(long, conflicts_with = "folder")]
        branch: Option<String>,
        /// The folder
        #[arg(long)]
        folder: Option<PathBuf>,
    },
}
