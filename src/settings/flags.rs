//! What was said on the command line, as plain data. `cli` fills it from clap; nothing here is resolved.

use std::path::PathBuf;

use crate::model::{ApproveMode, BaseRed, Candidates, ScheduleMode, Tdd, Why};

/// Agents at once, as asked for. Not asked: min(5, the plan's useful width, what the machine allows) (DESIGN 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobsWish {
    /// Up to min(2 × CPUs, available memory / 512 MiB, 10), then adapted.
    Auto,
    /// Exactly this many at most, at least 1.
    Count(u32),
}

/// How much order is read into a plan that states little (PLANS 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderReading {
    /// Stories in parallel, `[P]` from the start of its phase, shared paths exclude each other.
    #[default]
    Default,
    /// The format's own order.
    Strict,
    /// Phase barriers and shared paths only.
    Loose,
}

/// Where attempts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExecutorName {
    /// On this machine.
    #[default]
    Local,
    /// On hosts that ssh reaches.
    Ssh,
    /// Through `sbatch`.
    Slurm,
}

/// The fence around agents, gates and setup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sandbox {
    /// Around the repository only: the rest of the disk stays writable. Needs bubblewrap.
    Repository,
    /// Around the whole disk, by the strongest means that work here.
    Auto,
    /// Around the whole disk, by bubblewrap.
    Bwrap,
    /// Around the whole disk, by Landlock.
    Landlock,
    /// None.
    Off,
}

/// The flags of `execute`; other commands use the part they share. An absent flag is `None`, `false` or empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flags {
    /// `PLAN`.
    pub plans: Vec<PathBuf>,
    /// `-j`, `--jobs`.
    pub jobs: Option<JobsWish>,
    /// `--agent`.
    pub agent: Option<String>,
    /// `--schedule`.
    pub schedule: Option<ScheduleMode>,
    /// `--tdd`.
    pub tdd: Option<Tdd>,
    /// `--base`: a revision.
    pub base: Option<String>,
    /// `--base-red`.
    pub base_red: Option<BaseRed>,
    /// `--only`: ids, globs, `layer:2`.
    pub only: Vec<String>,
    /// `--skip`: ids, globs, `layer:2`.
    pub skip: Vec<String>,
    /// `--approve`.
    pub approve: Option<ApproveMode>,
    /// `--attempts`.
    pub attempts: Option<u32>,
    /// `--candidates`.
    pub candidates: Option<Candidates>,
    /// `--budget-tokens`.
    pub budget_tokens: Option<u64>,
    /// `--budget-usd`.
    pub budget_usd: Option<f64>,
    /// `--executor`.
    pub executor: Option<ExecutorName>,
    /// `--sandbox`.
    pub sandbox: Option<Sandbox>,
    /// `--sandbox-net`.
    pub sandbox_net: Option<bool>,
    /// `--strict`, `--loose`.
    pub reading: Option<OrderReading>,
    /// `--deps`: only edges of these origins.
    pub deps: Option<Vec<Why>>,
    /// `--include-optional`.
    pub include_optional: bool,
    /// `--include-done`.
    pub include_done: bool,
    /// `--no-writeback`.
    pub no_writeback: bool,
    /// `--require-complete`.
    pub require_complete: bool,
    /// `--worktree-dir`.
    pub worktree_dir: Option<String>,
    /// `--notify`: shell text run at the end and when a person is needed.
    pub notify: Option<String>,
    /// `--pr`.
    pub pr: bool,
    /// `--into`: a branch.
    pub into: Option<String>,
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--yes`.
    pub yes: bool,
    /// `--detach`.
    pub detach: bool,
    /// `--new`.
    pub new: bool,
    /// `--wait`.
    pub wait: bool,
}
