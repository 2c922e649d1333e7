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
    /// Put hooks where git runs them; what stands there is kept and runs first
    Install(NamedHooks),
    /// Take them away; what stood there before comes back
    Uninstall(NamedHooks),
    /// Which there are, and which are installed
    List,
}

/// Which hooks.
#[derive(Debug, Clone, Args)]
pub struct NamedHooks {
    /// Names; without one: pre-push for install, all for uninstall
    pub hooks: Vec<String>,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
}
