//! Arguments of the commands that steer a run.

use clap::Args;
use clap::builder::TypedValueParser;

use super::FormatArgs;
use crate::model::BaseRed;
use crate::settings::{count, money};

/// `resume`.
#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    /// The run; default: the latest unfinished one
    pub run: Option<String>,
    /// Trust the repository's commands this once
    #[arg(long)]
    pub yes: bool,
    /// New token limit of the whole run, including tokens already used
    #[arg(long, value_name = "N", value_parser = count)]
    pub budget_tokens: Option<u64>,
    /// New limit of the whole run in US dollars, including those already spent
    #[arg(long, value_name = "USD", value_parser = money)]
    pub budget_usd: Option<f64>,
    /// Go on although a required gate fails on the base: ok
    #[arg(long, value_name = "WHAT", value_parser = clap::builder::PossibleValuesParser::new(["ok"]).map(|_| BaseRed::Ok))]
    pub base_red: Option<BaseRed>,
    /// Where attempts and gates that were to run elsewhere run from now on: local
    #[arg(long, value_name = "WHERE", value_parser = clap::builder::PossibleValuesParser::new(["local"]))]
    pub executor: Option<String>,
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
    /// Give the tasks the open review comments and failed checks of their layer's pull request, also once they have landed
    #[arg(long)]
    pub from_pr: bool,
    /// Take the comments of this person, who has no write access, too
    #[arg(long, value_name = "NAME", requires = "from_pr")]
    pub include_author: Vec<String>,
    /// What to tell the agent
    #[arg(short, long, value_name = "HINT")]
    pub message: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Trust the repository's commands this once
    #[arg(long)]
    pub yes: bool,
}

/// `stop`.
#[derive(Debug, Clone, Args)]
pub struct StopArgs {
    /// Tasks whose attempts to stop; without any, the whole run (or give its id)
    pub tasks: Vec<String>,
    /// Give running agents no time to finish
    #[arg(long)]
    pub now: bool,
    /// Only what runs on other hosts: it is taken back and made again here
    #[arg(long, conflicts_with_all = ["tasks", "now"])]
    pub executor: bool,
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
    /// What to answer: `plan`, `layer:N`, `base`, task ids or globs; without any, everything that waits
    pub what: Vec<String>,
    /// Let these tasks land although this gate refuses them; needs -m, and stands in the report and the pull request
    #[arg(long, value_name = "GATE", value_delimiter = ',', requires_all = ["message", "what"])]
    pub despite: Vec<String>,
    /// A note: it goes into the log, and to the agent when rejected work is tried again
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

/// `edit`.
#[derive(Debug, Clone, Args)]
pub struct EditArgs {
    /// The task
    pub task: String,
    /// Commit what is in its worktree, and let it land once its gates pass
    #[arg(long)]
    pub done: bool,
    /// Close its worktree again; what was changed there is kept by a ref and does not land
    #[arg(long, conflicts_with = "done")]
    pub give_up: bool,
    /// Start your shell in its worktree
    #[arg(long, conflicts_with_all = ["done", "give_up"])]
    pub shell: bool,
    /// The message of that commit
    #[arg(short, long, value_name = "TEXT", requires = "done")]
    pub message: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Trust the repository's commands this once
    #[arg(long)]
    pub yes: bool,
}

/// `add`.
#[derive(Debug, Clone, Args)]
pub struct AddArgs {
    /// What is to be done
    #[arg(required = true)]
    pub title: Vec<String>,
    /// Its id; default: from the first words of the title
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Tasks that have to land first: ids, globs, or layer:N
    #[arg(long, value_name = "TASK", value_delimiter = ',')]
    pub after: Vec<String>,
    /// Files that it changes
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    pub files: Vec<String>,
    /// Shell text that does it, instead of an agent
    #[arg(long, value_name = "TEXT")]
    pub run: Option<String>,
    /// More words for the agent
    #[arg(short = 'm', long = "message", value_name = "TEXT")]
    pub details: Option<String>,
    /// A criterion that it has to meet; several times for several
    #[arg(long, value_name = "TEXT")]
    pub accept: Vec<String>,
    /// An agent of the run that does it
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// From 0 to 100: higher goes first among equals
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u8).range(..=100))]
    pub priority: u8,
    /// The run; default: the active one, else the last
    #[arg(long = "of", value_name = "RUN")]
    pub of: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `replan`.
#[derive(Debug, Clone, Args)]
pub struct ReplanArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// Take the changes in without asking
    #[arg(long)]
    pub yes: bool,
    /// Only show what differs
    #[arg(short = 'n', long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Take the latest change of the plan back, as far as its tasks have not begun
    #[arg(long)]
    pub undo: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}
