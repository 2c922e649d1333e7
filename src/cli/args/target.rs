//! Which run, task or tasks a command is about.

use clap::Args;

use super::FormatArgs;

/// Which run.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// Trust the repository's commands this once
    #[arg(long)]
    pub yes: bool,
}

/// One task.
#[derive(Debug, Clone, Args)]
pub struct TaskArgs {
    /// The task
    pub task: String,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Several tasks.
#[derive(Debug, Clone, Args)]
pub struct TasksArgs {
    /// Task ids, globs, or layer:N
    #[arg(required = true)]
    pub tasks: Vec<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Trust the repository's commands this once
    #[arg(long)]
    pub yes: bool,
}
