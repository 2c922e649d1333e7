//! Arguments of the commands that steer a run.

use clap::Args;

use super::FormatArgs;

/// `resume`.
#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    /// The run; default: the last one that is not over
    pub run: Option<String>,
    /// Allow the repository's commands for this time
    #[arg(long)]
    pub yes: bool,
    /// No narration
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `retry`.
#[derive(Debug, Clone, Args)]
pub struct RetryArgs {
    /// Task ids, globs, or layer:N
    #[arg(required = true)]
    pub tasks: Vec<String>,
    /// What to tell the agent
    #[arg(short, long, value_name = "HINT")]
    pub message: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Allow the repository's commands for this time
    #[arg(long)]
    pub yes: bool,
}

/// `stop`.
#[derive(Debug, Clone, Args)]
pub struct StopArgs {
    /// Tasks whose attempts end; without any, the run ends (or give its id)
    pub tasks: Vec<String>,
    /// Give running agents no time to finish
    #[arg(long)]
    pub now: bool,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
}

/// `undo`.
#[derive(Debug, Clone, Args)]
pub struct UndoArgs {
    /// The run; default: the last
    pub run: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
}
