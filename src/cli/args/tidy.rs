//! Arguments of the commands that set up, try out and tidy.

use std::path::PathBuf;

use clap::Args;

use super::FormatArgs;
use crate::settings::{ExecutorName, Words};

/// `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Print orca.toml and name the other files, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Only orca.toml: no skills, no block in AGENTS.md, no .gitignore
    #[arg(long)]
    pub settings_only: bool,
    /// Only a Claude Code plugin with the skills, and a marketplace file that offers it, below .claude-plugin/
    #[arg(long, conflicts_with_all = ["settings_only", "yes"])]
    pub plugin: bool,
    /// Add what an orca.toml lacks without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// `trust`.
#[derive(Debug, Clone, Args)]
pub struct TrustArgs {
    /// Plans whose commands to trust, besides orca.toml
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Only show the commands
    #[arg(long)]
    pub list: bool,
    /// Withdraw trust from all commands
    #[arg(long, conflicts_with = "list")]
    pub forget: bool,
    /// Trust without asking
    #[arg(long)]
    pub yes: bool,
}

/// `doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Ask the hosts of this executor, too, and introduce this machine to them: ssh, slurm
    #[arg(long, value_name = "WHERE", value_parser = ExecutorName::read)]
    pub executor: Option<ExecutorName>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `clean`.
#[derive(Debug, Clone, Args)]
pub struct CleanArgs {
    /// Remove what is listed
    #[arg(short, long)]
    pub force: bool,
    /// Also branches and saved work that never landed
    #[arg(long)]
    pub unlanded: bool,
    /// Only this run: its branches, refs and folder
    #[arg(long)]
    pub run: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Create the repository below this folder and keep it
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Let a real agent run the same plan: claude, codex, gemini, opencode; it may cost money
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}
