//! The command line, as clap reads it: the list of commands here, the arguments of each in the file of its group. Help
//! texts are the documentation that people meet first.

mod answer;
mod control;
mod execute;
mod hooks;
mod look;
mod mcp;
mod plan;
mod publish;
mod saved;
mod serve;
mod take;
mod target;
mod tidy;
mod validate;
mod work;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use answer::FormatArgs;
pub use control::{AddArgs, AnswerArgs, EditArgs, ReplanArgs, ResumeArgs, RetryArgs, SayArgs, StopArgs, UndoArgs};
pub use execute::ExecuteArgs;
pub use hooks::{HooksAction, HooksArgs};
pub use look::{ConflictsArgs, LogArgs, ReportArgs, ReportForm, ShowArgs, StatsArgs, StatusArgs, WatchArgs};
pub use mcp::McpArgs;
pub use plan::{GenerateArgs, PlanArgs, PlanForm, ReadingArgs};
pub use publish::PublishArgs;
pub use saved::{Salvage, SalvageArgs};
pub use serve::ServeArgs;
pub use take::{RevertArgs, TakeArgs};
pub use target::{RunArgs, TaskArgs, TasksArgs};
pub use tidy::{CleanArgs, DemoArgs, DoctorArgs, InitArgs, TrustArgs};
pub use validate::{ValidateArgs, ValidateForm};
pub use work::WorkArgs;

/// Runs an implementation plan with coding agents, one worktree and branch per task.
#[derive(Debug, Parser)]
#[command(name = "git-orca", bin_name = "git orca", version, disable_help_subcommand = true, after_help = AFTER)]
pub struct Cli {
    /// What to do; without one: the status of an active run, or how to begin.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

const AFTER: &str =
    "Exit codes: 0 done, 1 error, 2 usage, 3 the plan has problems, 4 a task failed, 5 gates refuse a task,
6 merge conflict left, 7 publishing failed, 130/143 interrupted; of 4-7 the lowest that applies.
Pages: git orca help install, running, commands, plans, agents, budgets, gates, conflicts, publishing, sandbox,
configuration, limits, troubleshooting";

/// Everything `git orca` does.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Run a plan: the main job
    Execute(Box<ExecuteArgs>),
    /// Read and check a plan: tasks, order, layers, speed-up, forecast
    Plan(PlanArgs),
    /// Write one complete task file (JSON) per task
    Generate(GenerateArgs),
    /// Print a JSON Schema, or list them
    Schema {
        /// Which schema; without one they are listed
        name: Option<String>,
    },
    /// Show the state of a run
    Status(StatusArgs),
    /// Watch a run on the whole terminal, and control it by keys
    Watch(WatchArgs),
    /// Show what happened, in order
    Log(LogArgs),
    /// Show one task: attempts, gates, findings
    Show(ShowArgs),
    /// Show what a task changed
    Diff(TaskArgs),
    /// Print the path of a task's worktree
    Path(TaskArgs),
    /// Show conflicts, and how to solve them
    Conflicts(ConflictsArgs),
    /// Run only the gates, on a task, branch, commit or range
    Validate(ValidateArgs),
    /// Land conflicts that you solved by hand
    Integrate(RunArgs),
    /// Open or update one pull request per layer
    Publish(PublishArgs),
    /// Continue an interrupted or paused run
    Resume(ResumeArgs),
    /// Try a task again
    Retry(RetryArgs),
    /// Leave a task out; tasks that depend on it no longer wait
    Skip(TasksArgs),
    /// End the run, or the running attempts of some tasks
    Stop(StopArgs),
    /// Start nothing new until `resume`
    Pause(RunArgs),
    /// Approve the plan, a layer or a task that waits for you
    Approve(AnswerArgs),
    /// Reject the plan, a layer or a task that waits for you
    Reject(AnswerArgs),
    /// Send a message to a task's agent: at once where it can hear it, else on its next attempt
    Say(SayArgs),
    /// Open a worktree to fix a task by hand; `--done` takes it back
    Edit(EditArgs),
    /// Give a run one more task
    Add(AddArgs),
    /// Take in what you changed in the plan while it runs
    Replan(ReplanArgs),
    /// Bring the result onto your current branch
    Take(TakeArgs),
    /// Take landed tasks, and tasks that depend on them, out of the result
    Revert(RevertArgs),
    /// Put refs back as they were before a run
    Undo(UndoArgs),
    /// List, show and restore saved work
    Salvage(SalvageArgs),
    /// Print the report of a run
    Report(ReportArgs),
    /// Show a run in the browser, live: the report with approve, retry, say and stop, on 127.0.0.1
    Serve(ServeArgs),
    /// All runs of this repository: success, gates, conflicts, speed, cost
    Stats(StatsArgs),
    /// Write a commented orca.toml, and skills for coding agents
    Init(InitArgs),
    /// Install git hooks that keep unchecked work from being pushed
    Hooks(HooksArgs),
    /// Trust the commands that this repository wants to run
    Trust(TrustArgs),
    /// Serve status, and with flags control, to other programs (MCP over stdin and stdout)
    Mcp(McpArgs),
    /// Show every setting with its value and source
    Config(FormatArgs),
    /// Look for problems on this machine and in this repository
    Doctor(DoctorArgs),
    /// List what can be removed; `-f` removes it
    Clean(CleanArgs),
    /// See it work: a small repository, eight tasks, offline, in seconds
    Demo(DemoArgs),
    /// Used by git orca on another machine, over ssh or a queue; people do not type it
    Work(Box<WorkArgs>),
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Pages about a subject (gates, plans, sandbox, ...), or the help of a command
    Help {
        /// A topic or a command; without one: all commands and topics
        #[arg(value_name = "TOPIC|COMMAND")]
        words: Vec<String>,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
}
