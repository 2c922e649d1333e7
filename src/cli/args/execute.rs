//! Arguments of `execute`.

use std::path::PathBuf;

use clap::Args;

use super::plan::{jobs, word};
use super::{FormatArgs, ReadingArgs, ResumeArgs};
use crate::model::{ApproveMode, BaseRed, Candidates, RunId, ScheduleMode, Tdd};
use crate::settings::{ExecutorName, Flags, JobsWish, Sandbox, Words, count, money, units};

/// `execute`.
#[derive(Debug, Clone, Args)]
pub struct ExecuteArgs {
    /// The plan: a file, a folder or issues (github:OWNER/NAME#LABEL); several run as one; default: the one in the repository
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// A task in words instead of a plan; several make several tasks
    #[arg(short, long = "message", value_name = "TEXT", conflicts_with = "plans")]
    pub messages: Vec<String>,
    /// Agents at once: a number, or auto
    #[arg(short, long, value_parser = jobs)]
    pub jobs: Option<JobsWish>,
    /// Agent for tasks without `run` text
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// When tasks start: ready, layered, sequential
    #[arg(long, value_parser = word::<ScheduleMode>)]
    pub schedule: Option<ScheduleMode>,
    /// Where tasks start from: a revision; default HEAD
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// A required gate fails on the base: stop (default), ok (go on, no new failures), off (do not run gates there)
    #[arg(long, value_name = "WHAT", value_parser = word::<BaseRed>)]
    pub base_red: Option<BaseRed>,
    /// Only these tasks: ids, globs, layer:N; what they depend on counts as satisfied
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave these tasks out
    #[arg(long, value_delimiter = ',')]
    pub skip: Vec<String>,
    /// How tests are written: off, single (one agent does the cycle), staged (a fresh agent per phase)
    #[arg(long, value_name = "HOW", value_parser = word::<Tdd>)]
    pub tdd: Option<Tdd>,
    /// Attempts per task, at least 1
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub attempts: Option<u32>,
    /// Attempts of each task at once, of which the gates choose one: a number, or agents (claude,codex)
    #[arg(long, value_name = "N|AGENTS", value_parser = Candidates::read)]
    pub candidates: Option<Candidates>,
    /// What needs your approval, from any terminal: none, plan, layer, task
    #[arg(long, value_name = "WHAT", value_parser = word::<ApproveMode>)]
    pub approve: Option<ApproveMode>,
    /// Token limit for all attempts together
    #[arg(long, value_name = "N", value_parser = count)]
    pub budget_tokens: Option<u64>,
    /// Limit in US dollars for all attempts together
    #[arg(long, value_name = "USD", value_parser = money)]
    pub budget_usd: Option<f64>,
    /// Branch to move to the result once everything has landed
    #[arg(long, value_name = "BRANCH")]
    pub into: Option<String>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Fence around agents, gates and setup: repository (default), auto, bwrap, landlock, off
    #[arg(long, value_name = "FENCE", value_parser = Sandbox::read)]
    pub sandbox: Option<Sandbox>,
    /// Whether fenced commands can reach the network: on, off
    #[arg(long, value_name = "ON|OFF", value_parser = units::switch)]
    pub sandbox_net: Option<bool>,
    /// Where attempts run: local (default), ssh, slurm
    #[arg(long, value_name = "WHERE", value_parser = ExecutorName::read)]
    pub executor: Option<ExecutorName>,
    /// Open one pull request per layer at the end, as `git orca publish` does
    #[arg(long)]
    pub pr: bool,
    /// Do not mark finished tasks in the plan
    #[arg(long)]
    pub no_writeback: bool,
    /// Refuse a plan if a task lacks anything that a fresh agent needs (exit 3)
    #[arg(long)]
    pub require_complete: bool,
    /// Folder for the worktrees
    #[arg(long, value_name = "DIR")]
    pub worktree_dir: Option<String>,
    /// Where to send notices, at the end and when you are needed: desktop, a URL, or a command
    #[arg(long, value_name = "WAY")]
    pub notify: Option<String>,
    /// Show what would be done, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Start without asking; trusts the repository's commands for this run
    #[arg(short, long, overrides_with = "yes")]
    pub yes: bool,
    /// Run in the background
    #[arg(long)]
    pub detach: bool,
    /// Start over even if an earlier run of this plan was interrupted
    #[arg(long)]
    pub new: bool,
    /// Wait for an active run to end first
    #[arg(long)]
    pub wait: bool,
    /// No narration
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

impl ExecuteArgs {
    /// The arguments with which an earlier run is resumed instead.
    pub fn resuming(&self, run: &RunId) -> ResumeArgs {
        ResumeArgs {
            run: Some(run.to_string()),
            yes: self.yes,
            quiet: self.quiet,
            format: self.format,
            budget_tokens: None,
            budget_usd: None,
            executor: (self.executor == Some(ExecutorName::Local)).then(|| "local".to_owned()),
            base_red: self.base_red.filter(|word| *word == BaseRed::Ok),
        }
    }

    /// The plan as it was typed.
    pub fn shown(&self) -> String {
        self.plans.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    }

    /// As flags.
    pub fn flags(&self) -> Flags {
        Flags {
            plans: self.plans.clone(),
            jobs: self.jobs,
            agent: self.agent.clone(),
            schedule: self.schedule,
            base: self.base.clone(),
            base_red: self.base_red,
            only: self.only.clone(),
            skip: self.skip.clone(),
            tdd: self.tdd,
            attempts: self.attempts,
            candidates: self.candidates.clone(),
            approve: self.approve,
            budget_tokens: self.budget_tokens,
            budget_usd: self.budget_usd,
            into: self.into.clone(),
            sandbox: self.sandbox,
            sandbox_net: self.sandbox_net,
            executor: self.executor,
            pr: self.pr,
            no_writeback: self.no_writeback,
            require_complete: self.require_complete,
            worktree_dir: self.worktree_dir.clone(),
            notify: self.notify.clone(),
            dry_run: self.dry_run,
            yes: self.yes,
            detach: self.detach,
            new: self.new,
            wait: self.wait,
            ..self.reading.flags()
        }
    }
}
