//! The command line, as clap reads it. Help texts are the documentation that people meet first.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::{ScheduleMode, Why};
use crate::settings::{Flags, Jobs, Reading, Sandbox, Words, units};

/// Runs an implementation plan with coding agents, one worktree and branch per task.
#[derive(Debug, Parser)]
#[command(name = "git-orca", bin_name = "git orca", version, disable_help_subcommand = true, after_help = AFTER)]
pub struct Cli {
    /// What to do; without one: the status of an active run, or how to begin.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER: &str =
    "Exit codes: 0 done, 1 error, 2 usage, 3 the plan has problems, 4 a task failed, 5 gates refuse a task,
6 merge conflict left, 7 publishing failed, 130/143 interrupted; of 4-7 the lowest that applies.";

/// Everything `git orca` does.
#[derive(Debug, Subcommand)]
pub enum Command {
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
    /// Land what a person solved
    Integrate(RunArgs),
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
    /// Put refs back as they were before a run
    Undo(UndoArgs),
    /// Saved work: list, show, restore
    Salvage(SalvageArgs),
    /// The report of a run
    Report(ReportArgs),
    /// Write a commented orca.toml
    Init(InitArgs),
    /// Agree to what this repository wants to run
    Trust(TrustArgs),
    /// Every setting with its value and source
    Config(FormatArgs),
    /// Look for problems on this machine and in this repository
    Doctor(FormatArgs),
    /// List what could be tidied away; `-f` removes it
    Clean(CleanArgs),
    /// See it work: a small repository, eight tasks, offline, in seconds
    Demo(DemoArgs),
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

/// Human text or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

/// `--format`, `--json`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct FormatArgs {
    /// Form of the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: Format,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
}

impl FormatArgs {
    /// Whether a program asks.
    pub fn is_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}

/// Which run.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// Allow the repository's commands for this time
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
    /// Allow the repository's commands for this time
    #[arg(long)]
    pub yes: bool,
}

/// `status`.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// The run, as everywhere
    #[arg(long = "run", value_name = "RUN")]
    pub named: Option<String>,
    /// Keep showing it until the run is over
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `log`.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// Only this task
    pub task: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// The task
    pub task: String,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Print the prompt of the latest attempt
    #[arg(long)]
    pub prompt: bool,
    /// Print the output of the latest attempt's agent
    #[arg(long)]
    pub output: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `conflicts`.
#[derive(Debug, Clone, Args)]
pub struct ConflictsArgs {
    /// Only this task
    pub task: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

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

/// `salvage`.
#[derive(Debug, Clone, Args)]
pub struct SalvageArgs {
    /// What to do with saved work; without it: list
    #[command(subcommand)]
    pub what: Option<Salvage>,
    /// Also what has landed
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `salvage list|show|restore`.
#[derive(Debug, Clone, Subcommand)]
pub enum Salvage {
    /// What is saved
    List {
        /// Also what has landed
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// What one saved state contains
    Show {
        /// Its number in the list, task id, or ref
        which: String,
        #[command(flatten)]
        format: FormatArgs,
    },
    /// Put it onto a new branch, or into an empty folder
    Restore {
        /// Its number in the list, task id, or ref
        which: String,
        /// Name of the new branch
        #[arg(long, conflicts_with = "folder", required_unless_present = "folder")]
        branch: Option<String>,
        /// The folder
        #[arg(long)]
        folder: Option<PathBuf>,
    },
}

/// Form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ReportForm {
    /// Markdown.
    #[default]
    Md,
    /// JSON.
    Json,
}

/// `report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: ReportForm,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
}

/// `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Print it instead of writing it
    #[arg(long)]
    pub dry_run: bool,
}

/// `trust`.
#[derive(Debug, Clone, Args)]
pub struct TrustArgs {
    /// A plan whose commands are meant, besides orca.toml
    pub plan: Option<PathBuf>,
    /// Only show what would be agreed to
    #[arg(long)]
    pub list: bool,
    /// Take all agreement back
    #[arg(long, conflicts_with = "list")]
    pub forget: bool,
    /// Agree without asking
    #[arg(long)]
    pub yes: bool,
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
    /// Make the repository below this folder and keep it
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `generate`.
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// The plan: a file or folder
    pub plan: Option<PathBuf>,
    /// Folder for the task files; made when missing
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Form of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PlanForm {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// A drawing.
    Svg,
}

/// How much order is read into a plan.
#[derive(Debug, Clone, Default, Args)]
pub struct ReadingArgs {
    /// The format's own order
    #[arg(long, conflicts_with = "loose")]
    pub strict: bool,
    /// Only phases and shared files order tasks
    #[arg(long)]
    pub loose: bool,
    /// Only edges of these origins: explicit, order, phase, files, wave
    #[arg(long, value_delimiter = ',', value_parser = why)]
    pub deps: Option<Vec<Why>>,
    /// Optional tasks too
    #[arg(long)]
    pub include_optional: bool,
    /// Tasks marked as done too
    #[arg(long)]
    pub include_done: bool,
}

/// `plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// The plan: a file or folder
    pub plan: Option<PathBuf>,
    /// Agents at once: a number, or auto
    #[arg(short, long, value_parser = jobs)]
    pub jobs: Option<Jobs>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: PlanForm,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// `execute`.
#[derive(Debug, Clone, Args)]
pub struct ExecuteArgs {
    /// The plan: a file or folder; without one, the plan found in the repository
    pub plan: Option<PathBuf>,
    /// Agents at once: a number, or auto
    #[arg(short, long, value_parser = jobs)]
    pub jobs: Option<Jobs>,
    /// Agent for tasks without `run` text
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// When tasks start: ready, layered, sequential
    #[arg(long, value_parser = word::<ScheduleMode>)]
    pub schedule: Option<ScheduleMode>,
    /// Where tasks start from: a revision; default HEAD
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Only these tasks: ids, globs, layer:N; what they depend on counts as satisfied
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Without these tasks
    #[arg(long, value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Attempts per task
    #[arg(long)]
    pub attempts: Option<u32>,
    /// Branch that takes the result when everything landed
    #[arg(long, value_name = "BRANCH")]
    pub into: Option<String>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Fence around agents, gates and set-up: repository (default), auto, bwrap, landlock, off
    #[arg(long, value_name = "FENCE", value_parser = Sandbox::read)]
    pub sandbox: Option<Sandbox>,
    /// Whether fenced commands reach the network: on, off
    #[arg(long, value_name = "ON|OFF", value_parser = switch)]
    pub sandbox_net: Option<bool>,
    /// Folder of the worktrees
    #[arg(long, value_name = "DIR")]
    pub worktree_dir: Option<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Begin without asking; allows the repository's commands for this run
    #[arg(short, long, overrides_with = "yes")]
    pub yes: bool,
    /// Go on in the background
    #[arg(long)]
    pub detach: bool,
    /// Begin afresh although an earlier run of this plan was interrupted
    #[arg(long)]
    pub new: bool,
    /// Wait for a running one to end
    #[arg(long)]
    pub wait: bool,
    /// No narration
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

fn jobs(text: &str) -> Result<Jobs, String> {
    Jobs::read(text)
}

fn switch(text: &str) -> Result<bool, String> {
    units::switch(text)
}

/// A word of a setting, as serde knows it.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|e| e.to_string())
}

fn why(text: &str) -> Result<Why, String> {
    word(text)
}

impl ReadingArgs {
    fn mode(&self) -> Option<Reading> {
        match (self.strict, self.loose) {
            (true, _) => Some(Reading::Strict),
            (_, true) => Some(Reading::Loose),
            _ => None,
        }
    }

    /// As flags.
    pub fn flags(&self) -> Flags {
        Flags {
            reading: self.mode(),
            deps: self.deps.clone(),
            include_optional: self.include_optional,
            include_done: self.include_done,
            ..Flags::default()
        }
    }
}

impl ExecuteArgs {
    /// As flags.
    pub fn flags(&self) -> Flags {
        Flags {
            plan: self.plan.clone(),
            jobs: self.jobs,
            agent: self.agent.clone(),
            schedule: self.schedule,
            base: self.base.clone(),
            only: self.only.clone(),
            skip: self.skip.clone(),
            attempts: self.attempts,
            into: self.into.clone(),
            sandbox: self.sandbox,
            sandbox_net: self.sandbox_net,
            worktree_dir: self.worktree_dir.clone(),
            dry_run: self.dry_run,
            yes: self.yes,
            detach: self.detach,
            new: self.new,
            wait: self.wait,
            ..self.reading.flags()
        }
    }
}
