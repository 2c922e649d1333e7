//! What a run is told, resolved and frozen at its start (an agent that edits `orca.toml` changes nothing).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FarOptions, Fence, GateName, Price, Role, RunLimits, Rung, SparsePatterns, Verdict};

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
    /// At most this many at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// An agent that reads a change, under a gate of the kind review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    /// Its name.
    pub agent: String,
    /// Whether it may be the same agent, with the same model, as the author's.
    #[serde(default)]
    pub same_agent: bool,
}

/// How a prompt reaches an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptVia {
    /// On standard input.
    Prompt,
    /// Not on standard input: `{prompt_file}` or `ORCA_PROMPT_FILE`.
    #[default]
    None,
}

/// What an agent may do without being asked; nobody is there to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permissions {
    /// Everything its user may. What holds it is the fence around it.
    #[default]
    Full,
    /// Edit in its worktree, commit, and what `allow` names; by the agent's own means.
    Workspace,
}

/// Any program as an agent (`[agents.NAME]`). Durations in seconds, memory in bytes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentDef {
    /// Program and arguments; `{prompt_file}`, `{task}`, `{task_file}`, `{worktree}`, `{attempt}` are replaced.
    pub command: Vec<String>,
    /// What it reads on standard input.
    pub stdin: PromptVia,
    /// Wall time of an attempt, seconds.
    pub timeout: Option<u64>,
    /// Time without output, seconds.
    pub idle: Option<u64>,
    /// Memory a process may take, bytes.
    pub memory: Option<u64>,
    /// Names of environment variables passed through.
    pub env: Vec<String>,
    /// The kind of agent it is, where that is not its name: `claude`, `codex`.
    pub kind: Option<String>,
    /// More arguments, after those of its kind.
    pub args: Vec<String>,
    /// What it may do.
    pub permissions: Permissions,
    /// Tools it may use besides, in the agent's own notation: `Bash(cargo test *)`.
    pub allow: Vec<String>,
    /// Model, for agents that take one.
    pub model: Option<String>,
    /// Whom it asks. Agents of one provider share its pauses and refusals; none: the agent's own name.
    pub provider: Option<String>,
    /// Turns it may take in an attempt: tools used, where the agent does not count for itself.
    pub turns: Option<u32>,
    /// The user's own, from git's configuration, which no repository brings along: it needs no trust.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Whether it gets our own server, to read about its task.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mcp: bool,
}

/// What kind of judgement a gate makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are DESIGN 6's")]
pub enum GateKind {
    #[default]
    Command,
    Tdd,
    Security,
    Performance,
    Review,
    Acceptance,
}

/// Which trees a gate judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GatePhase {
    /// A task's own commit.
    Task,
    /// Merged trees.
    Merged,
    /// Both.
    #[default]
    Both,
    /// The last head, once, at the end.
    Final,
}

/// What it counts for that a command gate is red and then green on one merged tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenFlaky {
    /// As green; it is said.
    #[default]
    Pass,
    /// As not checked, which blocks.
    Unchecked,
}

/// The default is not written into journals: older ones do not have it.
fn is_pass(flaky: &WhenFlaky) -> bool {
    *flaky == WhenFlaky::Pass
}

/// Format of a report file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the formats' own")]
pub enum ReportFormat {
    Junit,
    Lcov,
    Cobertura,
    Sarif,
    Checkstyle,
    Tap,
    Libtest,
    Go,
    Json,
}

/// A report that a gate's command writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportSpec {
    /// Path in the tree.
    pub path: String,
    /// Its format.
    pub format: ReportFormat,
    /// Least share of changed lines covered, percent (coverage reports).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
}

/// One gate (`[gates.NAME]`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDef {
    /// Its name.
    pub name: GateName,
    /// Shell text, `sh -c` in a clean checkout of the commit.
    pub run: String,
    /// Kind of judgement.
    #[serde(default)]
    pub kind: GateKind,
    /// Test report.
    #[serde(default)]
    pub report: Option<ReportSpec>,
    /// Coverage report.
    #[serde(default)]
    pub coverage: Option<ReportSpec>,
    /// Globs: untouched means not applicable. Empty: always applies.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Resources taken while it runs.
    #[serde(default)]
    pub needs: BTreeMap<String, u32>,
    /// Seconds.
    pub timeout: u64,
    /// Whether anything but a pass blocks.
    pub required: bool,
    /// What counts when it is red and then green on one merged tree.
    #[serde(default, skip_serializing_if = "is_pass")]
    pub flaky: WhenFlaky,
    /// Which trees.
    #[serde(default)]
    pub on: GatePhase,
    /// Globs of test files besides those that each language's habits tell (tdd).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// Least share of added lines that tests must reach, percent, whatever measures it (tdd).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_coverage: Option<f64>,
    /// Whether nobody asked for it: it was found to fit the project. *Unchecked* does not block then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detected: bool,
    /// Whether its command runs the tests that a tdd gate runs, too, and may be run as that one does: once for both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_proof: bool,
    /// Names of the [`TOOLS`](super::TOOLS) that it runs; none where nobody chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// What is measured and allowed, for gates of the kind performance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// The agent that reads the change besides, for gates of the kind review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<Reviewer>,
    /// Whether it only reads the change and runs nothing: a tdd gate that was found where tests cannot run, or where the
    /// project has gates of its own. What it finds blocks; what it cannot tell without running is unchecked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_reads: bool,
    /// Digest of the gate as `orca.toml` has it, before anything was chosen for it: tools that are installed here, a
    /// command that was found. None for gates that nobody wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// The folder that it runs in, from the repository's root; empty for the root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// Whether it judges where only the part of the files is that sparse worktrees have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sparse: bool,
}

/// What a performance gate measures and allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speed {
    /// Most wall time of the head, as a multiple of the base's.
    pub limit: f64,
    /// Most memory of the head, as a multiple of the base's.
    pub memory_limit: f64,
    /// Pairs of measurements at most before the result counts as too noisy.
    pub repeats: u32,
    /// Shell text run before each measurement, and not measured.
    pub build: Option<String>,
    /// Whether the command runs tests: those of the base are measured on both trees.
    pub tests: bool,
}

impl Default for Speed {
    /// 1.5 for both (TRANSCRIPTS b). Of fifteen pairs three outliers at each end do not matter; a quiet machine needs three
    /// to agree.
    fn default() -> Self {
        Speed { limit: 1.5, memory_limit: 1.5, repeats: 15, build: None, tests: false }
    }
}

impl GateDef {
    /// Whether a subject with this verdict goes on.
    pub fn lets_through(&self, verdict: Verdict) -> bool {
        !self.required || verdict.lets_through() || (self.detected && verdict == Verdict::Unchecked)
    }

    /// A gate with everything but its name and kind at its default: no command, required, on tasks and merged trees.
    pub fn new(name: GateName, kind: GateKind) -> GateDef {
        GateDef {
            name,
            run: String::new(),
            kind,
            report: None,
            coverage: None,
            paths: Vec::new(),
            needs: BTreeMap::new(),
            timeout: GATE_TIMEOUT,
            required: true,
            flaky: WhenFlaky::default(),
            on: GatePhase::Both,
            tests: Vec::new(),
            min_coverage: None,
            detected: false,
            as_proof: false,
            tools: None,
            speed: None,
            reviewer: None,
            only_reads: false,
            written: None,
            folder: String::new(),
            sparse: false,
        }
    }
}

/// Seconds a gate may take where `orca.toml` says nothing: ten minutes, the example of DESIGN 11.
pub const GATE_TIMEOUT: u64 = 600;

/// Seconds that a hook of the repository may take where `orca.toml` says nothing: what takes longer belongs into a gate.
pub const HOOK_TIMEOUT: u64 = 120;

/// `[worktree]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorktreeOptions {
    /// The folder that its commands run in, from the repository's root; empty for the root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// Setup command, once per slot.
    pub setup: Option<String>,
    /// Ignored files to bring along (globs), besides `.worktreeinclude`.
    pub copy: Vec<String>,
    /// Ignored paths that survive in gate slots too.
    pub keep: Vec<String>,
    /// Files (globs) that setup reads: when one changes it runs again. None: manifests and lock files.
    pub inputs: Vec<String>,
    /// Command run before a worktree is given up or removed.
    pub teardown: Option<String>,
    /// What becomes of a submodule pointer that nobody else can fetch.
    pub submodules: SubmodulePolicy,
    /// The folders that worktrees have, from the repository's root; none: what the user's own checkout has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sparse: Option<Vec<String>>,
    /// What follows from that: the part of the files that worktrees have, where they do not have all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patterns: Option<SparsePatterns>,
    /// Whether the repository's own hooks have a say in what is committed for an agent.
    pub hooks: bool,
    /// Seconds that a hook may take.
    pub hook_timeout: u64,
    /// The subject of commits made for an agent, with `{task}` and `{title}`.
    pub message: Option<String>,
}

impl Default for WorktreeOptions {
    fn default() -> Self {
        WorktreeOptions {
            folder: String::new(),
            setup: None,
            copy: Vec::new(),
            keep: Vec::new(),
            inputs: Vec::new(),
            teardown: None,
            submodules: SubmodulePolicy::default(),
            sparse: None,
            patterns: None,
            hooks: true,
            hook_timeout: HOOK_TIMEOUT,
            message: None,
        }
    }
}

/// What becomes of a result whose submodule points to a commit that nobody else can fetch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubmodulePolicy {
    /// It lands, and is said.
    #[default]
    Local,
    /// It is refused.
    Refuse,
    /// The commit is pushed to the submodule's address, to a branch of our name.
    Push,
}

/// `[conflicts]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConflictOptions {
    /// Globs of files merged by taking the lines of both sides.
    pub union: Vec<String>,
    /// Globs of paths that only one task at a time may declare.
    pub exclusive: Vec<String>,
    /// Path to the command that makes it again after a merge.
    pub regenerate: BTreeMap<String, String>,
    /// What is tried, besides git's own merge and before a person is asked; their order is fixed.
    pub resolve: Vec<Rung>,
    /// How often each of the rungs that cost an agent is tried: merging, for each clash; the task again, in all.
    pub attempts: u32,
}

impl Default for ConflictOptions {
    fn default() -> Self {
        ConflictOptions {
            union: Vec::new(),
            exclusive: Vec::new(),
            regenerate: BTreeMap::new(),
            resolve: Rung::ALL.iter().map(|(rung, _)| *rung).collect(),
            attempts: 1,
        }
    }
}

impl ConflictOptions {
    /// Whether a rung is to be tried.
    pub fn tries(&self, rung: Rung) -> bool {
        self.resolve.contains(&rung)
    }
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
    /// Whether somebody sits at a terminal and sees what the run says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
    /// What a person is asked.
    pub approve: ApproveMode,
    /// How tasks that change something go about tests.
    pub tdd: Tdd,
    /// Who does what a role asks.
    pub roles: BTreeMap<Role, RolePool>,
    /// Attempts a task has by itself; `retry` adds more.
    pub attempts: u32,
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
    /// Worktree setup.
    pub worktree: WorktreeOptions,
    /// Conflict rules.
    pub conflicts: ConflictOptions,
    /// The fence around agents, gates and setup.
    pub sandbox: Fence,
    /// Where attempts run, when that is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub far: Option<FarOptions>,
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
            attended: false,
            approve: ApproveMode::None,
            tdd: Tdd::Off,
            roles: BTreeMap::new(),
            attempts: 3,
            agent: String::new(),
            judged_by_exit: false,
            agents: BTreeMap::new(),
            gates: Vec::new(),
            resources: BTreeMap::new(),
            worktree: WorktreeOptions::default(),
            conflicts: ConflictOptions::default(),
            sandbox: Fence::default(),
            far: None,
            snapshot_every: 60,
            into: None,
            budget_tokens: None,
            budget_usd: None,
            limits: RunLimits::default(),
            prices: BTreeMap::new(),
            success_alert: 0.99,
            deploy: None,
            folder: String::new(),
        }
    }
}
