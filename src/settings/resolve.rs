//! From sources to settings.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::definitions::AGENT_TIMEOUT;
use super::file::{DepEdit, OrcaFile, RoleDef, TaskRule};
use super::flags::{ExecutorName, Flags, JobsWish, OrderReading, Sandbox};
use super::forge::ForgeSettings;
use super::keys;
use super::layers::{in_folder, layered};
use super::near::suggestion;
use super::own_agents::own_agents;
use super::pick::{Picker, word};
use super::shown::{Shown, definitions};
use super::sources::Sources;
use super::units::{self, show_duration, show_size};
use super::words::Words;
use crate::model::{
    AgentDef, Allowance, ApprovalRules, ApproveMode, BaseMode, BaseRed, Candidates, ConflictOptions, FAR_PATIENCE,
    FarHost, FarOptions, GateDef, GateKind, PickMode, Place, Price, Problem, Role, RunLimits, RunOptions,
    SERENA_SERVER, ScheduleMode, Service, Severity, SymbolOptions, SymbolReader, Tdd, Why, WorktreeOptions,
};

/// Everything that was meant, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Agent of tasks without `run` text; `None` when nobody named one.
    pub agent: Option<String>,
    /// Agents at once; `None` for the default rule (DESIGN 5, Resources).
    pub jobs: Option<JobsWish>,
    /// Agents at once on this machine, all runs together; none: what it bears.
    pub places: Option<u32>,
    /// Gate commands at once.
    pub checks: u32,
    /// When tasks may start.
    pub schedule: ScheduleMode,
    /// How tests are made, if said.
    pub tdd: Option<Tdd>,
    /// What tasks start from.
    pub base_mode: BaseMode,
    /// What a gate that fails on the base means.
    pub base_red: BaseRed,
    /// Whether tasks may start on a candidate of the train before it is judged.
    pub speculate: bool,
    /// `tell`.
    pub tell: bool,
    /// What a person is asked.
    pub approve: ApproveMode,
    /// `[approvals.*]`.
    pub approvals: ApprovalRules,
    /// Whether gates that fit the project are used besides those of `orca.toml`.
    pub found_gates: bool,
    /// Attempts a task has by itself.
    pub attempts: u32,
    /// Who makes the attempts of a task that are made at once.
    pub candidates: Candidates,
    /// How one of them is chosen.
    pub pick: PickMode,
    /// Where attempts run.
    pub executor: ExecutorName,
    /// Where the commands of gates run.
    pub gates_at: ExecutorName,
    /// What lies between here and there, where attempts do not run here.
    pub far: Option<FarOptions>,
    /// Where gates run, when that is not here.
    pub far_gates: Option<FarOptions>,
    /// The fence, if said.
    pub sandbox: Option<Sandbox>,
    /// Whether fenced commands reach the network.
    pub sandbox_net: bool,
    /// What fenced commands may write besides their own: paths as written, `caches`, `none`.
    pub sandbox_write: Vec<String>,
    /// How much order is read into a plan.
    pub reading: OrderReading,
    /// Origins of edges to keep; `None` for all.
    pub deps: Option<Vec<Why>>,
    /// Whether optional tasks run.
    pub include_optional: bool,
    /// Whether tasks marked as done run again.
    pub include_done: bool,
    /// Whether landed tasks are marked in the plan.
    pub writeback: bool,
    /// Whether a task that lacks something is an error.
    pub require_complete: bool,
    /// Whether pull requests are opened at the end.
    pub pr: bool,
    /// Seconds between snapshots of a live slot.
    pub snapshot_every: u64,
    /// Share of agents' attempts below which an alert is raised.
    pub success_alert: f64,
    /// Who says what files define and who uses it.
    pub symbols: SymbolOptions,
    /// Most tokens.
    pub budget_tokens: Option<u64>,
    /// Most US dollars.
    pub budget_usd: Option<f64>,
    /// What attempts, tasks and the run may take besides.
    pub limits: RunLimits,
    /// Seconds of an attempt, where its agent's definition says nothing.
    pub attempt_time: Option<u64>,
    /// Seconds without output, where the agent's definition says nothing.
    pub idle: Option<u64>,
    /// Turns of an attempt, where the agent's definition says nothing.
    pub turns: Option<u32>,
    /// Remote that layer branches are pushed to.
    pub publish_remote: String,
    /// Whether pull requests start as drafts.
    pub publish_draft: bool,
    /// Branch that the lowest layer's pull request is to be merged into; none: the run's base.
    pub publish_onto: Option<String>,
    /// Labels of new pull requests.
    pub publish_labels: Vec<String>,
    /// Who is asked to review.
    pub publish_reviewers: Vec<String>,
    /// Who new pull requests are assigned to.
    pub publish_assignees: Vec<String>,
    /// Milestone of new pull requests, by title.
    pub publish_milestone: Option<String>,
    /// Whether `publish` gives reviews back to the tasks.
    pub publish_feedback: bool,
    /// Seconds after which a silent server is asked again.
    pub publish_silence: u64,
    /// Seconds between two looks at the server.
    pub publish_poll: u64,
    /// Where pull requests go.
    pub forge: ForgeSettings,
    /// Folder for the worktrees, as written (`~` not expanded); `None` for `../<repo>.orca`.
    pub worktree_dir: Option<String>,
    /// Shell text run at the end and when a person is needed.
    pub notify: Option<String>,
    /// Who is told what becomes of tasks: an address, or a file.
    pub tracker: Option<String>,
    /// Defined agents.
    pub agents: BTreeMap<String, AgentDef>,
    /// Gates of `orca.toml`, in its order.
    pub gates: Vec<GateDef>,
    /// Capacities.
    pub resources: BTreeMap<String, u32>,
    /// `[resources.*]`.
    pub services: Vec<Service>,
    /// Worktree setup.
    pub worktree: WorktreeOptions,
    /// Conflict rules.
    pub conflicts: ConflictOptions,
    /// Edges to add, with ids as the plan writes them.
    pub deps_add: Vec<DepEdit>,
    /// Edges to drop, with ids as the plan writes them.
    pub deps_drop: Vec<DepEdit>,
    /// Who does which tasks.
    pub tasks: Vec<TaskRule>,
    /// Agents and sizes of roles.
    pub roles: BTreeMap<String, RoleDef>,
    /// The user's own prices, by model.
    pub prices: BTreeMap<String, Price>,
    /// Shell text run once when everything landed.
    pub deploy: Option<String>,
    /// What is probably wrong, and does not stop anything.
    pub warnings: Vec<Problem>,
    shown: Vec<Shown>,
}

/// Resolves the settings: flag > environment > git config > `orca.toml` > default.
///
/// # Errors
/// All problems at once, errors and warnings, if at least one is an error.
pub fn resolve(sources: &Sources<'_>) -> Result<Settings, Vec<Problem>> {
    let (file, problems) = read_files(sources);
    let mut picker = Picker::new(sources, &file);
    picker.problems.extend(problems);
    picker.refuse_unknown();
    let mut settings = picked(&mut picker, sources.flags, &file);
    check_agents(&mut picker, &settings, &file, sources.built_in_agents);
    let Picker { problems, shown, .. } = picker;
    if OrcaFile::refused(&problems) {
        return Err(problems);
    }
    settings.warnings = problems;
    let far = settings.far.take();
    let at = |place: ExecutorName| {
        let far = far.clone().filter(|_| place != ExecutorName::Local)?;
        // A queue chooses its nodes itself.
        let hosts = if place == ExecutorName::Ssh { far.hosts.clone() } else { Vec::new() };
        Some(FarOptions { executor: place.word().to_owned(), hosts, ..far })
    };
    (settings.far, settings.far_gates) = (at(settings.executor), at(settings.gates_at));
    settings.shown = shown;
    settings.shown.extend(definitions(&file, sources.file.map_or("", |(name, _)| name)));
    Ok(settings)
}

/// All files as one, with paths from the repository's root, and their problems.
fn read_files(sources: &Sources<'_>) -> (OrcaFile, Vec<Problem>) {
    let beneath = sources.beneath.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let mut problems = Vec::new();
    let mut all: Option<OrcaFile> = None;
    for (name, text) in sources.file.into_iter().chain(beneath) {
        let (file, found) = OrcaFile::read(name, text, sources.gate_kinds);
        problems.extend(found);
        let file = in_folder(file, name.rsplit_once('/').map_or("", |(folder, _)| folder));
        all = Some(match all {
            Some(nearest) => layered(nearest, file),
            None => file,
        });
    }
    let mut all = all.unwrap_or_default();
    let (own, found) = own_agents(sources.git_config);
    problems.extend(found);
    all.agents.extend(own);
    (all, problems)
}

fn picked(from: &mut Picker<'_>, flags: &Flags, file: &OrcaFile) -> Settings {
    let text = |text: &str| Ok::<_, String>(text.to_owned());
    let some = |yes: bool| yes.then_some(true);
    Settings {
        agent: from.pick(&keys::AGENT, flags.agent.clone(), name, String::clone, ""),
        jobs: from.pick(&keys::JOBS, flags.jobs, JobsWish::read, |jobs| jobs.to_string(), "min(5, plan, machine)"),
        places: from.pick(&keys::PLACES, None, small, u32::to_string, "as many as the machine can handle"),
        checks: number(from, &keys::CHECKS, None, RunOptions::default().checks),
        schedule: word(from, &keys::SCHEDULE, flags.schedule, ScheduleMode::Ready),
        tdd: from.pick(&keys::TDD, flags.tdd, Tdd::read, |tdd| tdd.word().to_owned(), ""),
        base_mode: word(from, &keys::BASE_MODE, None, BaseMode::Head),
        base_red: word(from, &keys::BASE_RED, flags.base_red, BaseRed::Stop),
        speculate: switch(from, &keys::SPECULATE, None, false),
        tell: switch(from, &keys::TELL, None, false),
        approve: word(from, &keys::APPROVE, flags.approve, ApproveMode::None),
        found_gates: switch(from, &keys::FOUND_GATES, None, true),
        attempts: from
            .pick(&keys::ATTEMPTS, flags.attempts, small, u32::to_string, &RunOptions::default().attempts.to_string())
            .unwrap_or(RunOptions::default().attempts),
        candidates: from
            .pick(&keys::CANDIDATES, flags.candidates.clone(), Candidates::read, Candidates::shown, "1")
            .unwrap_or_default(),
        pick: word(from, &keys::PICK, None, PickMode::Best),
        executor: word(from, &keys::EXECUTOR, flags.executor, ExecutorName::Local),
        gates_at: word(from, &keys::GATES_AT, None, ExecutorName::Local),
        far: far(from),
        far_gates: None,
        sandbox: from.pick(&keys::SANDBOX, flags.sandbox, Sandbox::read, |fence| fence.word().to_owned(), "repository"),
        sandbox_net: switch(from, &keys::SANDBOX_NET, flags.sandbox_net, true),
        sandbox_write: from
            .pick(&keys::SANDBOX_WRITE, None, read_list, |list| list.join(","), "caches")
            .unwrap_or_else(|| vec!["caches".to_owned()]),
        reading: word(from, &keys::READING, flags.reading, OrderReading::Default),
        deps: from.pick(&keys::DEPS, flags.deps.clone(), read_deps, |deps| show_deps(deps), "all"),
        include_optional: switch(from, &keys::INCLUDE_OPTIONAL, some(flags.include_optional), false),
        include_done: switch(from, &keys::INCLUDE_DONE, some(flags.include_done), false),
        writeback: switch(from, &keys::WRITEBACK, flags.no_writeback.then_some(false), true),
        require_complete: switch(from, &keys::REQUIRE_COMPLETE, some(flags.require_complete), false),
        pr: switch(from, &keys::PR, some(flags.pr), false),
        success_alert: success_alert(from),
        symbols: symbols(from),
        snapshot_every: snapshot_every(from),
        budget_tokens: from.pick(&keys::BUDGET_TOKENS, flags.budget_tokens, units::count, u64::to_string, "no limit"),
        budget_usd: from.pick(&keys::BUDGET_USD, flags.budget_usd, units::money, f64::to_string, "no limit"),
        limits: limits(from),
        attempt_time: time(from, &keys::ATTEMPT_TIME, &show_duration(AGENT_TIMEOUT)),
        idle: time(from, &keys::IDLE, "no limit"),
        turns: from.pick(&keys::TURNS, None, small, u32::to_string, "the agent's own"),
        publish_remote: from
            .pick(&keys::PUBLISH_REMOTE, None, text, String::clone, "origin")
            .unwrap_or_else(|| "origin".to_owned()),
        publish_draft: switch(from, &keys::PUBLISH_DRAFT, None, true),
        publish_onto: from.pick(&keys::PUBLISH_ONTO, None, text, String::clone, "the run's base"),
        publish_labels: texts(from, &keys::PUBLISH_LABELS),
        publish_reviewers: texts(from, &keys::PUBLISH_REVIEWERS),
        publish_assignees: texts(from, &keys::PUBLISH_ASSIGNEES),
        publish_milestone: from.pick(&keys::PUBLISH_MILESTONE, None, text, String::clone, ""),
        publish_poll: time(from, &keys::PUBLISH_POLL, "30s").unwrap_or(30).max(1),
        publish_silence: time(from, &keys::PUBLISH_SILENCE, "20s").unwrap_or(20).max(1),
        publish_feedback: switch(from, &keys::PUBLISH_FEEDBACK, None, false),
        worktree_dir: from.pick(&keys::WORKTREE_DIR, flags.worktree_dir.clone(), name, String::clone, "../<repo>.orca"),
        notify: from.pick(&keys::NOTIFY, flags.notify.clone(), text, |text| shown_notify(text), ""),
        forge: ForgeSettings::picked(from),
        tracker: from.pick(&keys::TRACKER, None, text, |text| shown_notify(text), ""),
        agents: file.agents.iter().map(|(name, (def, _))| (name.clone(), def.clone())).collect(),
        gates: file.gates.iter().map(|(gate, _)| as_written(gate, file)).collect(),
        resources: file.resources.clone(),
        services: file.services.clone(),
        worktree: file.worktree.clone(),
        conflicts: file.conflicts.clone(),
        deps_add: file.deps_add.clone(),
        deps_drop: file.deps_drop.clone(),
        tasks: file.tasks.clone(),
        roles: file.roles.clone(),
        approvals: file.approvals.clone(),
        prices: file.prices.clone(),
        deploy: file.deploy.clone(),
        warnings: Vec::new(),
        shown: Vec::new(),
    }
}

/// A gate that knows how it was written: itself, and the reviewing agent that a role gives it.
fn as_written(gate: &GateDef, file: &OrcaFile) -> GateDef {
    let role = file.roles.get(Role::Review.word()).filter(|_| gate.kind == GateKind::Review);
    let text = serde_json::to_vec(&(gate, role.and_then(|role| role.agent.as_deref()))).unwrap_or_default();
    let written = Sha256::digest(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    GateDef { written: Some(written), ..gate.clone() }
}

fn limits(from: &mut Picker<'_>) -> RunLimits {
    let mut allowance = |tokens, usd| Allowance {
        tokens: from.pick(tokens, None, units::count, u64::to_string, "no limit"),
        usd: from.pick(usd, None, units::money, f64::to_string, "no limit"),
    };
    RunLimits {
        attempt: allowance(&keys::ATTEMPT_TOKENS, &keys::ATTEMPT_USD),
        task: allowance(&keys::TASK_TOKENS, &keys::TASK_USD),
        task_time: time(from, &keys::TASK_TIME, "no limit"),
        run_time: time(from, &keys::RUN_TIME, "no limit"),
        gate_memory: from.pick(&keys::GATE_MEMORY, None, units::size, |bytes| show_size(*bytes), "its part of 80 %"),
        disk: from.pick(&keys::DISK, None, units::size, |bytes| show_size(*bytes), "no limit"),
    }
}

fn far(from: &mut Picker<'_>) -> Option<FarOptions> {
    let text = |text: &str| Ok::<_, String>(text.to_owned());
    let hosts = |text: &str| {
        let each = read_list(text)?;
        each.iter().try_for_each(|host| FarHost::read(host).map(drop)).map(|()| each)
    };
    let hub = from.pick(&keys::HUB, None, text, String::clone, "");
    let program = from.pick(&keys::FAR_PROGRAM, None, name, String::clone, FAR_PROGRAM);
    let patience = time(from, &keys::FAR_PATIENCE, &show_duration(FAR_PATIENCE));
    let hosts = from.pick(&keys::SSH_HOSTS, None, hosts, |hosts| hosts.join(","), "").unwrap_or_default();
    Some(FarOptions {
        executor: String::new(),
        own_hub: hub.is_none(),
        hub: hub.unwrap_or_default(),
        program: program.unwrap_or_else(|| FAR_PROGRAM.to_owned()),
        hosts: hosts.iter().filter_map(|host| FarHost::read(host).ok()).collect(),
        patience: patience.unwrap_or(FAR_PATIENCE),
        args: texts(from, &keys::SLURM_ARGS),
        arrays: switch(from, &keys::SLURM_ARRAYS, None, true),
    })
}

/// git orca on far hosts, where nobody says.
const FAR_PROGRAM: &str = "git-orca";

fn time(from: &mut Picker<'_>, key: &keys::Key, default: &str) -> Option<u64> {
    from.pick(key, None, units::duration, |seconds| show_duration(*seconds), default)
}

fn small(text: &str) -> Result<u32, String> {
    let n = units::count(text)?;
    u32::try_from(n).ok().filter(|n| *n > 0).ok_or_else(|| format!("`{text}` is not a number from 1 to {}", u32::MAX))
}

fn name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.trim().to_owned()) }
}

fn read_list(text: &str) -> Result<Vec<String>, String> {
    Ok(text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect())
}

fn texts(from: &mut Picker<'_>, key: &keys::Key) -> Vec<String> {
    from.pick(key, None, read_list, |list| list.join(","), "").unwrap_or_default()
}

/// What `orca.notify` or `orca.tracker` is, with an address cut down to its host: the rest of it is a secret.
fn shown_notify(text: &str) -> String {
    if text.contains("://") { format!("https://{}/…", host_of(text)) } else { text.to_owned() }
}

/// The host of an address, which may hold secrets before and after it.
pub fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().trim().to_owned()
}

fn switch(from: &mut Picker<'_>, key: &keys::Key, flag: Option<bool>, default: bool) -> bool {
    from.pick(key, flag, units::switch, bool::to_string, &default.to_string()).unwrap_or(default)
}

fn number(from: &mut Picker<'_>, key: &keys::Key, flag: Option<u32>, default: u32) -> u32 {
    let read = |text: &str| {
        let n = units::count(text)?;
        u32::try_from(n).map_err(|_| format!("`{text}` is too large"))
    };
    from.pick(key, flag, read, u32::to_string, &default.to_string()).unwrap_or(default)
}

fn success_alert(from: &mut Picker<'_>) -> f64 {
    let default = RunOptions::default().success_alert;
    let read = |text: &str| match text.trim().parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{}` is not a share from 0 to 1", text.trim())),
    };
    from.pick(&keys::SUCCESS_ALERT, None, read, f64::to_string, &default.to_string()).unwrap_or(default)
}

fn symbols(from: &mut Picker<'_>) -> SymbolOptions {
    let reader = word(from, &keys::SYMBOLS, None, SymbolReader::BuiltIn);
    let servers = from.pick(&keys::SERENA_SERVERS, None, read_list, |list| list.join(","), SERENA_SERVER);
    SymbolOptions { reader, servers: servers.unwrap_or_default() }
}

fn snapshot_every(from: &mut Picker<'_>) -> u64 {
    let default = RunOptions::default().snapshot_every;
    let show = |seconds: &u64| show_duration(*seconds);
    from.pick(&keys::SNAPSHOT_EVERY, None, units::duration, show, &show_duration(default)).unwrap_or(default)
}

fn read_deps(text: &str) -> Result<Vec<Why>, String> {
    text.split(',').map(|word| Why::read(word.trim())).collect()
}

fn show_deps(deps: &[Why]) -> String {
    deps.iter().map(|why| why.word()).collect::<Vec<_>>().join(",")
}

impl JobsWish {
    /// Reads `auto` or a number.
    ///
    /// # Errors
    /// What was expected, for the user.
    pub fn read(text: &str) -> Result<JobsWish, String> {
        if text.trim() == "auto" {
            return Ok(JobsWish::Auto);
        }
        text.trim()
            .parse()
            .ok()
            .filter(|n| *n > 0)
            .map(JobsWish::Count)
            .ok_or_else(|| format!("`{}` is neither a number of at least 1 nor `auto`", text.escape_debug()))
    }
}

impl std::fmt::Display for JobsWish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            JobsWish::Auto => f.write_str("auto"),
            JobsWish::Count(n) => write!(f, "{n}"),
        }
    }
}

fn check_agents(from: &mut Picker<'_>, settings: &Settings, file: &OrcaFile, built_in: &[&str]) {
    let known = || built_in.iter().copied().chain(file.agents.keys().map(String::as_str));
    let mut problems = Vec::new();
    let mut check = |name: &str, at: Place| {
        if !known().any(|agent| agent == name) {
            let what = format!("there is no agent `{}`", name.escape_debug());
            let hint = suggestion(name, known().collect::<Vec<_>>());
            problems.push(Problem::new(Severity::Error, at, what, hint));
        }
    };
    if let Some(agent) = &settings.agent {
        check(agent, from.place_of(&keys::AGENT));
    }
    if let Candidates::Agents(agents) = &settings.candidates {
        agents.iter().for_each(|agent| check(agent, from.place_of(&keys::CANDIDATES)));
    }
    for rule in &file.tasks {
        if let Some(Candidates::Agents(agents)) = &rule.candidates {
            agents.iter().for_each(|agent| check(agent, rule.at.clone()));
        }
    }
    for (role, def) in &file.roles {
        if let Some(agent) = &def.agent {
            check(agent, Place::new(format!("orca.toml [roles.{role}]"), 0));
        }
    }
    for (gate, at) in &file.gates {
        if let Some(reviewer) = &gate.reviewer {
            check(&reviewer.agent, at.clone());
        }
    }
    for (name, (def, at)) in &file.agents {
        if let Some(kind) = def.kind.as_deref().filter(|kind| !built_in.contains(kind)) {
            let what =
                format!("agent `{}` has the kind `{}`, which does not exist", name.escape_debug(), kind.escape_debug());
            problems.push(Problem::new(Severity::Error, at.clone(), what, suggestion(kind, built_in.iter().copied())));
        }
        if def.command.is_empty() && def.kind.is_none() && !built_in.contains(&name.as_str()) {
            let what = format!("agent `{}` has no command and is not built in", name.escape_debug());
            let hint = suggestion(name, built_in.iter().copied());
            problems.push(Problem::new(Severity::Error, at.clone(), what, hint));
        }
    }
    from.problems.extend(problems);
}

impl Settings {
    /// Show every setting with its value and source, for `git orca config`.
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }
}
