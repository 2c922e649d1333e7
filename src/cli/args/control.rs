//! Arguments of the commands that steer a run.

use clap::Args;
use clap::builder::TypedValueParser;

use super::FormatArgs;
use crate::model::BaseRed;
use crate::settings::{count, money};

/// `resume`.
#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    /// The run; default: the last one that is not over
    pub run: Option<String>,
    /// Allow the repository's commands for this time
    #[arg(long)]
    pub yes: bool,
    /// Most tokens of the whole run from now on, those already used included
    #[arg(long, value_name = "N", value_parser = count)]
    pub budget_tokens: Option<u64>,
    /// Most US dollars of the whole run from now on, those already used included
    #[arg(long, value_name = "USD", value_parser = money)]
    pub budget_usd: Option<f64>,
    /// Go on although a required gate fails on the base: ok
    #[arg(long, value_name = "WHAT", value_parser = clap::builder::PossibleValuesParser::new(["ok"]).map(|_| BaseRed::Ok))]
    pub base_red: Option<BaseRed>,
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

/// `approve`, `reject`.
#[derive(Debug, Clone, Args)]
pub struct AnswerArgs {
    /// What waits: `plan`, `layer:N`, `base`, task ids or globs; without any, all that waits
    pub what: Vec<String>,
    /// Your words: they stand in the log, and an agent whose work you reject gets them when it tries again
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
}

/// `say`.
#[derive(Debug, Clone, Args)]
pub struct SayArgs {
    /// The task
    pub task: String,
    /// What to tell its agent
    #[arg(required = true)]
    pub text: Vec<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
}
