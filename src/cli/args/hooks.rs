//! Arguments of `hooks`.

use clap::{Args, Subcommand};

/// `hooks`.
#[derive(Debug, Clone, Args)]
pub struct HooksArgs {
    /// What to do with them
    #[command(subcommand)]
    pub action: HooksAction,
}

/// What to do with hooks.
#[derive(Debug, Clone, Subcommand)]
pub enum HooksAction {
    /// Install hooks; existing ones are kept and run first
    Install(NamedHooks),
    /// Remove hooks; earlier ones come back
    Uninstall(NamedHooks),
    /// List the hooks, and which are installed
    List,
}

/// Which hooks.
#[derive(Debug, Clone, Args)]
pub struct NamedHooks {
    /// Names; default: pre-push for install, all for uninstall
    pub hooks: Vec<String>,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
}
