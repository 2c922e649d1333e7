//! From settings and plan to everything a run is told.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::agents;
use super::here::{Here, Refusal};
use super::reading::{self, Given};
use super::roles;
use crate::agent;
use crate::brief::{self, CompleteTask, ContextDoc, ContextKind, Library, Templates};
use crate::executor::{self, Means};
use crate::gate;
use crate::git::CommitFiles;
use crate::graph::{LeftOut as GraphLeftOut, Selection, TaskGraph, Wanted, select};
use crate::journal::{FORMAT, LeftOut, MarkedPlan, PlanRef, RunStarted};
use crate::model::{
    AgentDef, Error, ErrorKind, Fence, Files, GateDef, GateKind, Oid, Problem, RunId, RunOptions, Severity, Task,
    TaskId,
};
use crate::plan::{self, Plan};
use crate::process::{self, Bound, Capacity, Machine};
use crate::project::{self, Detected, Project};
use crate::run::{Copies, Telling, patterns, this_host};
use crate::schedule::EXCLUSIVE;
use crate::settings::{Flags, Jobs, Settings, trust};

/// Everything about a run that is decided before it begins.
#[derive(Debug)]
pub struct Prepared {
    /// Settings in force.
    pub settings: Settings,
    /// The plan as read.
    pub plan: Plan,
    /// Where it was read.
    pub given: Given,
    /// The tasks that run.
    pub selection: Selection,
    /// Layer of each task of the selection.
    pub layers: Vec<u32>,
    /// What decided how many agents run at once.
    pub bound: Bound,
    /// Longest chain of the selection, in tasks.
    pub depth: u32,
    /// Frozen options.
    pub options: RunOptions,
    /// Gates found because there is no `[gates]`.
    pub detected: Detected,
    /// The repository.
    pub project: Project,
    /// Folder of the worktrees; the second value says that it is not beside the repository.
    pub slots: (PathBuf, bool),
    /// Where tasks start.
    pub base: Oid,
    /// As the user named it.
    pub base_name: String,
    /// What the repository wants to run or show to agents.
    pub items: Vec<trust::Item>,
    /// Patterns of ignored files to copy.
    pub copy: Vec<String>,
    /// Other agents that are installed, when nobody named one and the first installed one was taken.
    pub agents_beside: Option<Vec<String>>,
    /// Prompt templates.
    pub templates: Templates,
    /// Documents of the plan in which landed tasks are marked.
    pub marked: Vec<MarkedPlan>,
    /// Documents of the plan that are left alone, a sentence each.
    pub left_alone: Vec<String>,
    /// Worth saying, stops nothing.
    pub warnings: Vec<Problem>,
}

/// Reads and checks everything. Starts nothing and writes nothing.
///
/// # Errors
/// Settings, plan, base or agent are not as needed.
pub fn prepare(here: &Here, flags: &Flags) -> Result<Prepared, Refusal> {
    let mut settings = here.settings(flags)?;
    refuse_unsupported(&settings, flags)?;
    let given = reading::given(here, flags.plan.as_deref())?;
    let plan = reading::read(&given, &settings);
    reading::sound(&plan, &[])?;
    let (base, base_name) = base(here, flags)?;
    let (selection, graph, mut warnings) = selected(&plan, &settings, flags)?;
    warnings.extend(settings.warnings.iter().cloned());
    let files = CommitFiles::new(&here.repo, &base)?;
    let project = project::read(&files)?;
    let detected = detect(here, &mut settings, &project);
    let width = graph.width(&vec![1.0; graph.len()]);
    let capacity = capacity(&settings, width)?;
    let into = flags.into.as_deref().map(|branch| into(here, branch)).transpose()?;
    let mut selection = selection;
    let agents_beside = agents::choose(here, &mut settings, &selection);
    let mut options = settings.options(capacity.agents, into, &detected.gates);
    options.judged_by_exit = agents::judged_by_exit(&settings);
    options.sandbox = fence(here, &settings)?;
    resources(&mut options, &plan, &mut selection)?;
    has_agent(here, &settings, &selection, &mut options)?;
    roles::prove(&mut options);
    roles::phases(here, &selection, &mut options)?;
    warnings.extend(roles::reviewers(&settings, &mut options, |name, options| usable(here, name, options))?);
    let prompts = own_prompts(&files);
    let include = text_of(&files, ".worktreeinclude");
    let items = items(&options, &detected.gates, &given.shown, &selection.tasks, include.as_deref(), &prompts);
    let mut copy = include.as_deref().map(patterns).unwrap_or_default();
    copy.extend(options.worktree.copy.iter().cloned());
    let names = prompts.iter().map(|(path, text)| (path.rsplit('/').next().unwrap_or(path), text.as_str()));
    let (marked, left_alone) = marked(&settings, &given, &plan, &files, &base_name);
    Ok(Prepared {
        marked,
        left_alone,
        layers: graph.all().map(|ix| graph.layer(ix)).collect(),
        bound: capacity.why,
        depth: graph.layer_count(),
        templates: Templates::with_own(names)?,
        slots: here.slots(&settings)?,
        settings,
        plan,
        given,
        selection,
        options,
        detected,
        project,
        base,
        base_name,
        items,
        copy,
        agents_beside,
        warnings,
    })
}

/// The documents of the plan that can be marked in the base, and why others cannot.
fn marked(
    settings: &Settings,
    given: &Given,
    plan: &Plan,
    base: &CommitFiles,
    base_name: &str,
) -> (Vec<MarkedPlan>, Vec<String>) {
    let (mut marked, mut left) = (Vec::new(), Vec::new());
    for source in plan.sources.iter().filter(|_| settings.writeback) {
        let tracked = || base.exists(&source.path) || base.list(&source.path).is_ok_and(|files| !files.is_empty());
        let why = match plan::unmarkable(source.kind) {
            Some(why) => Some(why.to_owned()),
            None if !given.inside => Some(format!("`{}` lies outside the repository", given.shown)),
            None if !tracked() => Some(format!("`{}` is not tracked in {base_name}", source.path)),
            None => None,
        };
        let path = source.path.clone();
        let prefix = source.prefix.clone();
        match why {
            Some(why) => left.push(why),
            None => marked.push(MarkedPlan { path, format: source.kind.to_owned(), prefix }),
        }
    }
    (marked, left)
}

/// What is parsed but performed by no part of this version is refused, never ignored.
fn refuse_unsupported(settings: &Settings, flags: &Flags) -> Result<(), Error> {
    let refuse = |what: &str| {
        let cause = format!("{what} is not part of this version");
        Err(Error::new(ErrorKind::Usage, "reading the settings", cause).hint("git orca config   shows where it is set"))
    };
    if let Some(gate) = settings.gates.iter().find(|def| gate::kind(def).is_none()) {
        return refuse(&format!("the gate kind of `gates.{}`", gate.name));
    }
    if settings.pr || flags.pr {
        return refuse("`--pr`");
    }
    if settings.executor != crate::settings::Executor::Local {
        return refuse("the Slurm executor");
    }
    Ok(())
}

/// The fence that was asked for, tried out on this machine.
///
/// # Errors
/// It cannot be had here.
pub fn fence(here: &Here, settings: &Settings) -> Result<Fence, Error> {
    let write = executor::writable(&settings.sandbox_write, &here.env)?;
    let means = Means::probe(settings.sandbox, &here.env);
    executor::choose(settings.sandbox, settings.sandbox_net, write, &means)
}

fn base(here: &Here, flags: &Flags) -> Result<(Oid, String), Error> {
    match &flags.base {
        Some(rev) => Ok((here.repo.resolve(rev)?, rev.clone())),
        None => {
            let head = here.repo.head()?;
            let name = head.branch.clone().unwrap_or_else(|| "HEAD".to_owned());
            Ok((head.commit, name))
        }
    }
}

fn into(here: &Here, branch: &str) -> Result<(String, String), Error> {
    let doing = || format!("looking for the branch `{branch}` of `--into`");
    match here.repo.read_ref(&format!("refs/heads/{branch}"))? {
        Some(old) => Ok((branch.to_owned(), old.to_string())),
        None => {
            Err(Error::new(ErrorKind::Usage, doing(), "there is none of that name")
                .hint(format!("git branch {branch}")))
        }
    }
}

/// The tasks that run, their graph, and what is worth saying.
///
/// # Errors
/// The plan has errors, or a word names no task.
pub fn selected(
    plan: &Plan,
    settings: &Settings,
    flags: &Flags,
) -> Result<(Selection, TaskGraph, Vec<Problem>), Refusal> {
    let (graph, problems) = TaskGraph::build(&plan.tasks, &plan.barriers);
    reading::sound(plan, &problems)?;
    let wanted = wanted_of(plan, &graph, settings, flags)?;
    let selection = select(&graph, &plan.tasks, &plan.barriers, &wanted);
    reading::sound(plan, &selection.problems)?;
    let (graph, more) = TaskGraph::build(&selection.tasks, &selection.barriers);
    reading::sound(plan, &more)?;
    let warnings = plan.problems.iter().chain(&problems).chain(&selection.problems).cloned().collect();
    Ok((selection, graph, warnings))
}

/// The tasks that are wanted of a plan.
///
/// # Errors
/// A word names no task.
pub fn wanted(plan: &Plan, settings: &Settings, flags: &Flags) -> Result<Wanted, Error> {
    let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
    wanted_of(plan, &graph, settings, flags)
}

fn wanted_of(plan: &Plan, graph: &TaskGraph, settings: &Settings, flags: &Flags) -> Result<Wanted, Error> {
    let meant = |words: &[String]| -> Result<HashSet<TaskId>, Error> {
        let mut ids = HashSet::new();
        for word in words {
            let before = ids.len();
            let glob = globset::Glob::new(word).ok().map(|glob| glob.compile_matcher());
            let layer = word.strip_prefix("layer:").and_then(|n| n.parse::<u32>().ok());
            for (ix, task) in graph.all().zip(&plan.tasks) {
                let named = task.id.as_str().eq_ignore_ascii_case(word) || task.key == *word;
                let globbed = glob.as_ref().is_some_and(|glob| glob.is_match(task.id.as_str()));
                if named || globbed || layer == Some(graph.layer(ix)) {
                    ids.insert(task.id.clone());
                }
            }
            if ids.len() == before {
                let near = crate::settings::nearest(word, plan.tasks.iter().map(|task| task.id.as_str()));
                let error = Error::new(ErrorKind::Usage, "choosing tasks", format!("the plan has no task `{word}`"));
                return Err(near.map_or(error.clone(), |near| error.hint(format!("did you mean {near}?"))));
            }
        }
        Ok(ids)
    };
    Ok(Wanted {
        only: if flags.only.is_empty() { None } else { Some(meant(&flags.only)?) },
        skip: meant(&flags.skip)?,
        include_optional: settings.include_optional,
        include_done: settings.include_done,
    })
}

/// The gates found because orca.toml defines none. Where it does, what its gates leave to us is chosen: their tools, and
/// the command whose time is measured.
pub fn detect(here: &Here, settings: &mut Settings, project: &Project) -> Detected {
    let path = here.env.get("PATH").map(String::as_str);
    let tools = |name: &str| process::find_program(name, path, &here.cwd).is_ok();
    let has_setup = settings.worktree.setup.is_some();
    let mut detected = project::detect(project, &tools, has_setup);
    detected.gates.retain(|def| gate::kind(def).is_some());
    if settings.gates.is_empty() {
        return detected;
    }
    let mut left_out = Vec::new();
    for gate in &mut settings.gates {
        left_out.extend(project::choose_tools(project, &tools, has_setup, gate));
        if gate.kind == GateKind::Performance && gate.run.trim().is_empty() {
            let found = detected.gates.iter().find(|found| found.kind == GateKind::Performance);
            project::measure_tests(gate, found);
        }
    }
    Detected { left_out, ..Detected::default() }
}

fn capacity(settings: &Settings, width: usize) -> Result<Capacity, Error> {
    let jobs = match settings.jobs {
        None => process::Jobs::Default,
        Some(Jobs::Auto) => process::Jobs::Auto,
        Some(Jobs::Count(n)) => process::Jobs::Fixed(n),
    };
    Ok(process::capacity(&Machine::look()?, jobs, width))
}

/// Capacities of the plan and of exclusive paths; a need that can never be met is a problem of the plan.
fn resources(options: &mut RunOptions, plan: &Plan, selection: &mut Selection) -> Result<(), Refusal> {
    for (name, n) in &plan.resources {
        options.resources.entry(name.clone()).or_insert(*n);
    }
    let mut exclusive = Vec::new();
    for glob in &options.conflicts.exclusive {
        let matcher = globset::Glob::new(glob).map_err(|e| {
            Error::new(ErrorKind::Usage, "reading `conflicts.exclusive`", format!("`{glob}`: {}", e.kind()))
        })?;
        exclusive.push((format!("{EXCLUSIVE}{glob}"), matcher.compile_matcher()));
    }
    let mut problems = Vec::new();
    for task in &mut selection.tasks {
        for (name, matcher) in &exclusive {
            if task.files.iter().any(|file| matcher.is_match(file.path.as_str())) {
                task.needs.insert(name.clone(), 1);
                options.resources.insert(name.clone(), 1);
            }
        }
        for (name, n) in &task.needs {
            let capacity = options.resources.get(name).copied().unwrap_or(1);
            if *n > capacity {
                let what = format!("{} needs {n} of `{name}`, and there is {capacity}", task.id);
                let hint = format!("set [resources] {name} = {n} in orca.toml");
                problems.push(Problem::new(Severity::Error, task.at.clone(), what, hint));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Problems(problems, ErrorKind::Plan.exit_code())) }
}

/// Every task has an agent, and every agent's program is there.
fn has_agent(here: &Here, settings: &Settings, selection: &Selection, options: &mut RunOptions) -> Result<(), Error> {
    let without: Vec<&str> = selection
        .tasks
        .iter()
        .filter(|task| agents::needs_agent(task, options.judged_by_exit))
        .map(|task| task.id.as_str())
        .collect();
    let Some(first) = without.first() else { return Ok(()) };
    let doing = "choosing the agent";
    let Some(name) = settings.agent.as_deref().filter(|name| !name.is_empty()) else {
        let known: Vec<&str> = agent::AGENTS.iter().filter_map(|agent| agent.program()).collect();
        let cause = format!(
            "{} tasks need one (the first is {first}): no agent is named, and none of {} is installed",
            without.len(),
            known.join(", ")
        );
        return Err(Error::new(ErrorKind::Usage, doing, cause)
            .hint("npm install -g @anthropic-ai/claude-code   installs one; then run this again")
            .hint("git orca execute --agent NAME              takes another: any program, by orca.toml")
            .hint(
                "                                           [agents.NAME] command = [\"program\", \"{prompt_file}\"]",
            ));
    };
    if name == "script" {
        let cause =
            format!("`script` executes `run` texts, and {} tasks have none (the first is {first})", without.len());
        return Err(Error::new(ErrorKind::Usage, doing, cause).hint("name another agent for them: --agent NAME"));
    }
    usable(here, name, options)
}

/// An agent's program is there, and what limits it can be counted.
pub fn usable(here: &Here, name: &str, options: &mut RunOptions) -> Result<(), Error> {
    let def = agent::defined(name, options.agents.get(name));
    let kind = agent::find(name, Some(&def));
    options.agents.insert(name.to_owned(), def.clone());
    refuse_unpriced(name, &def, options)?;
    let built_in = kind.program().map(str::to_owned);
    let program = def.command.first().cloned().or(built_in).unwrap_or_default();
    if program.contains('{') || program.contains('/') && !program.starts_with('/') {
        return Ok(());
    }
    let path = here.env.get("PATH").map(String::as_str);
    process::find_program(&program, path, here.repo.work_tree()).map(drop).map_err(|missing| {
        Error::new(ErrorKind::Environment, format!("looking for the program of agent `{name}`"), missing.why)
            .hint(format!("install it, or correct [agents.{name}] command in orca.toml"))
    })
}

/// A limit holds only where what it counts is known: told by the agent; money also from tokens and the model's price.
fn refuse_unpriced(name: &str, def: &AgentDef, options: &RunOptions) -> Result<(), Error> {
    let tells = agent::find(name, Some(def)).tells();
    let limits = [options.limits.attempt, options.limits.task];
    let usd = options.budget_usd.is_some() || limits.iter().any(|limit| limit.usd.is_some());
    let tokens = options.budget_tokens.is_some() || limits.iter().any(|limit| limit.tokens.is_some());
    if (!usd || tells.money) && (!tokens || tells.tokens) {
        return Ok(());
    }
    let doing = format!("looking for the prices of agent `{name}`");
    let error = |cause: String| Error::new(ErrorKind::Usage, doing.clone(), cause);
    match &def.model {
        _ if !tells.tokens => Err(error("it tells nobody what it uses, so a budget cannot hold".to_owned())
            .hint("leave the budget and [limits] out, or use an agent that tells: claude, codex")),
        None => Err(error("it tells tokens but no money, and its model is not named".to_owned())
            .hint(format!("name it in orca.toml: [agents.{name}] model = \"…\""))),
        Some(model) if agent::price_of(model, &options.prices).is_none() => Err(error(format!(
            "no price of `{model}` is known, so a budget in dollars cannot hold"
        ))
        .hint(format!(
            "add to orca.toml: [prices.\"{model}\"] input = …, cached = …, output = … (US dollars per million tokens)"
        ))),
        Some(_) => Ok(()),
    }
}

fn text_of(files: &dyn Files, path: &str) -> Option<String> {
    String::from_utf8(files.read(path).ok()?).ok()
}

/// Everything that came with the repository and is run or shown to agents.
pub fn items(
    options: &RunOptions,
    detected: &[GateDef],
    plan: &str,
    tasks: &[Task],
    include: Option<&str>,
    prompts: &BTreeMap<String, String>,
) -> Vec<trust::Item> {
    let mut items = trust::options_items(options, detected);
    items.extend(trust::plan_items(plan, tasks));
    items.extend(trust::file_items(prompts.iter().map(|(path, text)| (path.as_str(), text.as_str()))));
    items.extend(trust::file_items(include.map(|text| (".worktreeinclude", text))));
    items
}

/// The project's own prompt templates, by path.
pub fn own_prompts(files: &dyn Files) -> BTreeMap<String, String> {
    let listed = files.list(".orca/prompts").unwrap_or_default();
    listed.into_iter().filter_map(|path| Some((path.clone(), text_of(files, &path)?))).collect()
}

impl Prepared {
    /// What the run is told.
    pub fn started(&self, run: RunId, base_tree: Oid) -> RunStarted {
        let count =
            |why: &[GraphLeftOut]| self.selection.left_out.iter().filter(|(_, w)| why.contains(w)).count() as u32;
        RunStarted {
            format: FORMAT,
            run,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: this_host(),
            plan: PlanRef {
                path: self.given.shown.clone(),
                kind: self.plan.sources.first().map_or("", |source| source.kind).to_owned(),
                digest: digest(&self.selection),
            },
            base: self.base.clone(),
            base_tree,
            base_name: self.base_name.clone(),
            tasks: self.selection.tasks.clone(),
            barriers: self.selection.barriers.clone(),
            layers: self.layers.clone(),
            left_out: LeftOut {
                done: count(&[GraphLeftOut::Done]),
                optional: count(&[GraphLeftOut::Optional]),
                chosen: count(&[GraphLeftOut::Skipped, GraphLeftOut::NotAsked]),
            },
            options: self.options.clone(),
            slots: self.slots.0.display().to_string(),
            marked: self.marked.clone(),
            left_alone: self.left_alone.clone(),
        }
    }

    /// With `--require-complete`: refuses a plan of which a task lacks what a fresh agent needs.
    ///
    /// # Errors
    /// Some task lacks something; what, is said of each.
    pub fn complete_enough(&self, here: &Here) -> Result<(), Refusal> {
        if !self.settings.require_complete {
            return Ok(());
        }
        let files = CommitFiles::new(&here.repo, &self.base)?;
        let library = library(&self.plan, &self.given, &self.project, &files);
        let given = given_tasks(&self.plan, &self.given);
        let telling = Telling { library, project: self.project.clone(), given, ..Telling::default() };
        let lacking = self.selection.tasks.iter().flat_map(|task| {
            let missing = telling.complete(task, &[], &self.options.gates).missing;
            missing
                .into_iter()
                .map(|what| Problem::new(Severity::Error, task.at.clone(), format!("{}: {what}", task.id), ""))
        });
        let problems: Vec<Problem> = lacking.collect();
        if problems.is_empty() { Ok(()) } else { Err(Refusal::Problems(problems, ErrorKind::Plan.exit_code())) }
    }

    /// What agents are told besides their task.
    ///
    /// # Errors
    /// The base cannot be read.
    pub fn telling(&mut self, here: &Here) -> Result<Telling, Error> {
        let files = CommitFiles::new(&here.repo, &self.base)?;
        Ok(Telling {
            library: library(&self.plan, &self.given, &self.project, &files),
            given: given_tasks(&self.plan, &self.given),
            project: std::mem::take(&mut self.project),
            templates: std::mem::take(&mut self.templates),
        })
    }

    /// The ignored files that worktrees get.
    ///
    /// # Errors
    /// A pattern is malformed, or git cannot list.
    pub fn copies(&self, here: &Here) -> Result<Copies, Error> {
        Copies::find(here.repo.work_tree(), &self.copy, || crate::git::ignored_files(&here.repo))
    }
}

/// The same tasks in the same order give the same digest.
pub fn digest(selection: &Selection) -> String {
    let text = serde_json::to_string(&(&selection.tasks, &selection.barriers)).unwrap_or_default();
    format!("{:08x}{:08x}", crc32fast::hash(text.as_bytes()), text.len())
}

/// Everything that tasks may cite: documents, the files of the base, the plan's tasks.
pub fn library(plan: &Plan, given: &Given, project: &Project, base: &CommitFiles) -> Library {
    let files = base.list("").unwrap_or_default();
    Library::new(&documents(plan, given, project), brief::estimate).with_known(files, &plan.tasks)
}

/// The complete tasks of a folder of generated ones, as they are there now.
pub fn given_tasks(plan: &Plan, given: &Given) -> BTreeMap<TaskId, CompleteTask> {
    if plan.sources.iter().all(|source| source.kind != "complete-tasks") {
        return BTreeMap::new();
    }
    let read =
        |task: &Task| Some((task.id.clone(), serde_json::from_slice(&given.files.read(&task.at.file).ok()?).ok()?));
    plan.tasks.iter().filter_map(read).collect()
}

/// The plan's companions and the project's standing instructions.
pub fn documents(plan: &Plan, given: &Given, project: &Project) -> Vec<ContextDoc> {
    let mut documents = Vec::new();
    for companion in &plan.companions {
        if let Some(text) = text_of(&given.files, &companion.path) {
            documents.push(ContextDoc { path: companion.path.clone(), kind: kind_of(&companion.kind), text });
        }
    }
    if !project.summary.is_empty() {
        let text = project.summary.clone();
        documents.push(ContextDoc { path: "README".to_owned(), kind: ContextKind::Background, text });
    }
    for rule in &project.instructions {
        documents.push(ContextDoc { path: rule.path.clone(), kind: ContextKind::Rules, text: rule.text.clone() });
    }
    documents
}

fn kind_of(word: &str) -> ContextKind {
    match word {
        "architecture" | "design" | "data-model" | "contracts" | "tech_stack" | "tech-stack" => {
            ContextKind::Architecture
        }
        "requirements" | "spec" | "stories" | "prd" => ContextKind::Requirements,
        "proposal" | "discovery" | "readme" | "epic" | "project" => ContextKind::Background,
        "constitution" | "steering" => ContextKind::Rules,
        _ => ContextKind::Guidance,
    }
}
