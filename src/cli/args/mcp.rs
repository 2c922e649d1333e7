//! Arguments of `mcp`.

use clap::Args;

/// `mcp`.
#[derive(Debug, Clone, Copy, Args)]
pub struct McpArgs {
    /// Also begin runs and control them: execute, resume, retry, say, stop
    #[arg(long)]
    pub allow_write: bool,
    /// Also answer in your place: approve, reject; the journal names the client
    #[arg(long)]
    pub allow_approve: bool,
}
