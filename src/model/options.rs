//! What a run is told, resolved and frozen at its start (an agent that edits `orca.toml` changes nothing).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AgentDef, ApprovalRules, Candidates, ConflictOptions, FarOptions, Fence, GateDef, PickMode, Price, Role, RunLimits,
    Service, SymbolOptions, WorktreeOptions,
};

/// When tasks may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleMode {
    /// As soon as all dependencies landed (default: layer barriers cost 40–65 %, DESIGN 5).
    #[default]
    Ready,
    /// A layer starts when the one below has ended.
    Layered,
    /// One task at a time.
    Sequential,
}

/// How the number of agents at once follows the machine while a run lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Adapt {
    /// Not: the user gave a number.
    #[default]
    No,
    /// No agent starts for which there is no memory.
    Memory,
    /// Up and down with processors and memory (`-j auto`).
    Auto,
}

/// What a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApproveMode {
    /// Nothing.
    #[default]
    None,
    /// The plan, before the start.
    Plan,
    /// Each layer, before it starts.
    Layer,
    /// Each task, before it lands.
    Task,
}

/// What a task starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BaseMode {
    /// The head of its layer: its dependencies and whatever else of layers up to its own has landed.
    #[default]
    Head,
    /// Just its dependencies.
    Exact,
}

/// What a gate that fails on the base means for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BaseRed {
    /// Nobody asks: gates do not run on the base. So did runs of older programs.
    #[default]
    Off,
    /// A required gate that fails there stops the start.
    Stop,
    /// The run goes on, and its tasks are held to no new failures.
    Ok,
}

/// How a task's agent goes about tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tdd {
    /// As it likes.
    #[default]
    Off,
    /// One agent does the cycle, and the tdd gate proves it.
    Single,
    /// A fresh agent per phase, from its own role; the tdd gate proves it.
    Staged,
}

/// Who does what a role asks (`[roles.NAME]`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RolePool {
    /// Name of the agent, where it is not the run's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// With it the pool breathes: as many at once in the beginning, and at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// At most this many at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// Everything a run was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunOptions {
    /// Agents at once.
    pub jobs: u32,
    /// How many there may be once the plan has grown wide enough; 0 in old journals: never more than `jobs`.
    #[serde(skip_serializing_if = "is_unknown")]
    pub jobs_most: u32,
    /// How that follows the machine.
    pub adapt: Adapt,
    /// Places of this machine that all runs share; none: as many agents as it bears.
    pub places: Option<u32>,
    /// Gate commands at once.
    pub checks: u32,
    /// When tasks may start.
    pub schedule: ScheduleMode,
    /// What tasks start from.
    pub base: BaseMode,
    /// What a gate that fails on the base means.
    pub base_red: BaseRed,
    /// Whether tasks may start on a candidate of the train before it is judged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub speculate: bool,
    /// Whether agents that work are told of conflicts that are foreseen, and of what lands that concerns them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tell: bool,
    /// Whether somebody sits at a terminal and sees what the run says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
    /// What a person is asked.
    pub approve: ApproveMode,
    /// Whether pull requests are opened when it is over. Then the server answers for layers: by its review of the one
    /// below.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub opens_pulls: bool,
    /// What becomes of questions that nobody answers.
    #[serde(skip_serializing_if = "ApprovalRules::is_empty")]
    pub approvals: ApprovalRules,
    /// How tasks that change something go about tests.
    pub tdd: Tdd,
    /// Who does what a role asks.
    pub roles: BTreeMap<Role, RolePool>,
    /// Attempts a task has by itself; `retry` adds more.
    pub attempts: u32,
    /// Who makes the attempts of a task that are made at once, where the task says nothing else.
    #[serde(skip_serializing_if = "Candidates::is_single")]
    pub candidates: Candidates,
    /// How one of them is chosen, where the task says nothing else.
    #[serde(skip_serializing_if = "PickMode::is_best")]
    pub pick: PickMode,
    /// Name of the agent for tasks without `run` text; empty when every task has one.
    pub agent: String,
    /// Whether the exit status of that agent is evidence: it is a program of the user's, no model.
    pub judged_by_exit: bool,
    /// Definitions of the agents in use, by name.
    pub agents: BTreeMap<String, AgentDef>,
    /// Gates, in the order shown.
    pub gates: Vec<GateDef>,
    /// Capacities of resources that tasks and gates may need.
    pub resources: BTreeMap<String, u32>,
    /// Services that each worktree has one of its own of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Worktree setup.
    pub worktree: WorktreeOptions,
    /// Conflict rules.
    pub conflicts: ConflictOptions,
    /// The fence around agents, gates and setup.
    pub sandbox: Fence,
    /// Where attempts run, when that is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub far: Option<FarOptions>,
    /// Where gates run, when that is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub far_gates: Option<FarOptions>,
    /// Seconds between snapshots of a live slot.
    pub snapshot_every: u64,
    /// Branch that takes the result at the end, with the value it had at the start.
    pub into: Option<(String, String)>,
    /// Token limit for all attempts together.
    pub budget_tokens: Option<u64>,
    /// Most US dollars.
    pub budget_usd: Option<f64>,
    /// What attempts, tasks and the run may take besides.
    pub limits: RunLimits,
    /// The user's own prices, by model.
    pub prices: BTreeMap<String, Price>,
    /// Share of agents' attempts, from 0 to 1, below which an alert is raised.
    pub success_alert: f64,
    /// Who says what files define and who uses it.
    #[serde(skip_serializing_if = "SymbolOptions::is_usual")]
    pub symbols: SymbolOptions,
    /// Shell text run once when everything landed.
    pub deploy: Option<String>,
    /// The folder that agents work in, from the repository's root; empty for the root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
}

fn is_unknown(jobs: &u32) -> bool {
    *jobs == 0
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            jobs: 1,
            jobs_most: 0,
            adapt: Adapt::No,
            places: None,
            checks: 4,
            schedule: ScheduleMode::Ready,
            base: BaseMode::Head,
            base_red: BaseRed::Off,
            speculate: false,
            tell: false,
            attended: false,
            approve: ApproveMode::None,
            opens_pulls: false,
            approvals: ApprovalRules::default(),
            tdd: Tdd::Off,
            roles: BTreeMap::new(),
            attempts: 3,
            candidates: Candidates::default(),
            pick: PickMode::default(),
            agent: String::new(),
            judged_by_exit: false,
            agents: BTreeMap::new(),
            gates: Vec::new(),
            resources: BTreeMap::new(),
            services: Vec::new(),
            worktree: WorktreeOptions::default(),
            conflicts: ConflictOptions::default(),
            sandbox: Fence::default(),
            far: None,
            far_gates: None,
            snapshot_every: 60,
            into: None,
            budget_tokens: None,
            budget_usd: None,
            limits: RunLimits::default(),
            prices: BTreeMap::new(),
            success_alert: 0.99,
            symbols: SymbolOptions::default(),
            deploy: None,
            folder: String::new(),
        }
    }
}
