//! The facts, as data.

use jiff::Timestamp;

use crate::journal::LeftOut;
use crate::model::{Oid, Problem, RunId, RunOptions, Why};
use crate::process::Bound;
use crate::schedule::Expected;

/// The facts, as data.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The plan's path.
    pub plan: String,
    /// Its format.
    pub kind: String,
    /// Whether the plan itself is among the uncommitted files.
    pub plan_uncommitted: bool,
    /// Tasks that run.
    pub tasks: usize,
    /// Tasks that do not.
    pub left_out: LeftOut,
    /// Edges by origin, those that occur.
    pub edges: Vec<(Why, usize)>,
    /// Layers.
    pub layers: u32,
    /// How many times faster than one agent the best schedule on these places is, by the estimates.
    pub speed_up: f64,
    /// How long it will take, where earlier runs tell.
    pub expected: Option<Expected>,
    /// The base as named.
    pub base_name: String,
    /// Whether that is a branch.
    pub on_branch: bool,
    /// The base.
    pub base: Oid,
    /// The base branch's upstream.
    pub upstream: Option<UpstreamFacts>,
    /// Uncommitted files of the checkout, the plan not counted.
    pub uncommitted: usize,
    /// Who does tasks without `run` text; none when every task has one.
    pub agent: Option<AgentFacts>,
    /// Tasks with their own `run` text.
    pub scripts: usize,
    /// Tasks that only a person can do.
    pub people: usize,
    /// What `--loose` would gain, where that is much.
    pub loose: Option<LooseFacts>,
    /// What decided how many agents run at once.
    pub bound: Bound,
    /// Frozen options.
    pub options: RunOptions,
    /// Whether gates were looked for because none are configured.
    pub gates_found: bool,
    /// Whether there is an `orca.toml`.
    pub has_file: bool,
    /// What is not checked, and how to get it.
    pub not_found: Vec<(String, String)>,
    /// The project's languages in words.
    pub language: String,
    /// Folder for the worktrees, as shown.
    pub slots: String,
    /// Whether that is not beside the repository because nothing can be written there.
    pub slots_elsewhere: bool,
    /// Bytes of a checkout; none when git could not tell.
    pub checkout: Option<u64>,
    /// Patterns of files that are copied.
    pub copies: Vec<String>,
    /// The setup command that a fresh worktree seems to need, where none is set.
    pub setup_found: Option<String>,
    /// The run's id; none when nothing will be started.
    pub run: Option<RunId>,
    /// Warnings.
    pub warnings: Vec<Problem>,
    /// The moment.
    pub now: Timestamp,
}

/// The base branch's upstream.
#[derive(Debug, Clone)]
pub struct UpstreamFacts {
    /// Its short name.
    pub name: String,
    /// Commits it lacks.
    pub ahead: usize,
    /// Commits it has and the base has not.
    pub behind: usize,
    /// When it was last fetched, if that is known.
    pub fetched: Option<Timestamp>,
}

/// What another reading of the plan would gain, and what is not known then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LooseFacts {
    /// How many times as fast as one agent.
    pub speed_up: f64,
    /// Tasks that name no files.
    pub silent: usize,
}

/// The agent of tasks without `run` text.
#[derive(Debug, Clone)]
pub struct AgentFacts {
    /// Its name.
    pub name: String,
    /// Its program's version, where it says one.
    pub version: Option<String>,
    /// Installed agents that could do it too, when nobody named this one and it was found.
    pub found_beside: Option<Vec<String>>,
}
