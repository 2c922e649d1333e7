//! The command line, as clap reads it: the list of commands here, the arguments of each in the file of its group. Help
//! texts are the documentation that people meet first.

mod answer;
mod control;
mod execute;
mod hooks;
mod look;
mod plan;
mod publish;
mod saved;
mod take;
mod target;
mod tidy;
mod validate;
mod work;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use answer::FormatArgs;
pub use control::{AnswerArgs, ResumeArgs, RetryArgs, SayArgs, StopArgs, UndoArgs};
pub use execute::ExecuteArgs;
pub use hooks::{HooksAction, HooksArgs};
pub use look::{ConflictsArgs, LogArgs, ReportArgs, ReportForm, ShowArgs, StatusArgs};
pub use plan::{GenerateArgs, PlanArgs, PlanForm, ReadingArgs};
pub use publish::PublishArgs;
pub use saved::{Salvage, SalvageArgs};
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
6 merge conflict left, 7 publishing failed, 130/143 interrupted; of 4-7 the lowest that applies.";

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
    /// How a run stands
    Status(StatusArgs),
    /// What happened, in order
    Log(LogArgs),
    /// One task: attempts, gates, findings
    Show(ShowArgs),
    /// What a task changed
    Diff(TaskArgs),
    /// Where a task's worktree lies
    Path(TaskArgs),
    /// Conflicts that are left, and how to solve them
    Conflicts(ConflictsArgs),
    /// Run the gates on a task, branch, commit or range, alone
    Validate(ValidateArgs),
    /// Land what a person solved
    Integrate(RunArgs),
    /// Open or update one pull request per layer
    Publish(PublishArgs),
    /// Go on with an interrupted run
    Resume(ResumeArgs),
    /// Try a task again
    Retry(RetryArgs),
    /// Go on without a task; what depends on it no longer waits
    Skip(TasksArgs),
    /// End the run, or the running attempts of some tasks
    Stop(StopArgs),
    /// Start nothing new until `resume`
    Pause(RunArgs),
    /// Say yes to what waits for you: the plan, a layer, a task
    Approve(AnswerArgs),
    /// Say no to what waits for you
    Reject(AnswerArgs),
    /// Tell the agent of a task something, for its next attempt
    Say(SayArgs),
    /// Take the result onto the branch you are on
    Take(TakeArgs),
    /// Take landed tasks, and what depends on them, out of the result again
    Revert(RevertArgs),
    /// Put refs back as they were before a run
    Undo(UndoArgs),
    /// Saved work: list, show, restore
    Salvage(SalvageArgs),
    /// The report of a run
    Report(ReportArgs),
    /// Write a commented orca.toml, and skills for coding agents
    Init(InitArgs),
    /// Keep unchecked work inside: hooks for this repository
    Hooks(HooksArgs),
    /// Agree to what this repository wants to run
    Trust(TrustArgs),
    /// Every setting with its value and source
    Config(FormatArgs),
    /// Look for problems on this machine and in this repository
    Doctor(DoctorArgs),
    /// List what could be tidied away; `-f` removes it
    Clean(CleanArgs),
    /// See it work: a small repository, eight tasks, offline, in seconds
    Demo(DemoArgs),
    /// The far side of a run: what other machines' git orca asks of this one
    Work(Box<WorkArgs>),
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
}
