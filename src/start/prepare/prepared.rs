//! Everything about a run that is decided before it begins.

use std::path::PathBuf;

use super::agent::{has_agent, usable};
use super::chosen::selected;
use super::gates::detect;
use super::room::{capacity_for, resources};
use super::sparse;
use super::submodules;
use super::told::{given_tasks, items, library, own_prompts, text_of};
use crate::brief::Templates;
use crate::executor::{self, Means};
use crate::gate;
use crate::git::CommitFiles;
use crate::graph::{Selection, SimulatedLoad, TaskGraph, WhyLeftOut as GraphLeftOut};
use crate::journal::{FORMAT, LeftOut, MarkedPlan, PlanRef, RunStarted, is_of_messages};
use crate::model::{Error, ErrorKind, Fence, Files, Oid, Place, Problem, RunId, RunOptions, Severity, Task, TaskId};
use crate::plan::{self, Plan};
use crate::process::Bound;
use crate::project::{self, Detected, Project};
use crate::run::{Copies, Telling, patterns, this_host};
use crate::schedule::{Expected, Learned};
use crate::settings::{Flags, Settings, trust};
use crate::start::agents;
use crate::start::checkpoints::answered_by_tests;
use crate::start::far;
use crate::start::here::{Here, ORCA_TOML, Refusal};
use crate::start::learned;
use crate::start::located::Given;
use crate::start::reading;
use crate::start::roles;

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
    /// Folder for the worktrees; the second value says that it is not beside the repository.
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
    /// What earlier runs teach about times.
    pub learned: Learned,
    /// How long it will take, where they teach something.
    pub expected: Option<Expected>,
    /// Documents of the plan in which landed tasks are marked.
    pub marked: Vec<MarkedPlan>,
    /// Documents of the plan that are left alone, a sentence each.
    pub left_alone: Vec<String>,
    /// The checkout in which the run is begun.
    pub tree: PathBuf,
    /// Worth saying, stops nothing.
    pub warnings: Vec<Problem>,
}

/// Reads and checks everything. Starts nothing and writes nothing.
///
/// # Errors
/// Settings, plan, base or agent are not as needed.
pub fn prepare(here: &Here, flags: &Flags) -> Result<Prepared, Refusal> {
    let mut settings = here.settings(flags)?;
    refuse_unsupported(&settings)?;
    let given = reading::given(here, &flags.plans)?;
    let plan = reading::read(&given, &settings);
    reading::sound(&plan, &[])?;
    let (base, base_name) = base(here, flags)?;
    let (selection, graph, mut warnings) = selected(&plan, &settings, flags)?;
    warnings.extend(settings.warnings.iter().cloned());
    let files = CommitFiles::new(&here.repo, &base)?;
    let project = project::read(&files)?;
    let detected = detect(here, &mut settings, &project);
    // Several attempts of one task at once need as many places.
    let at_once = |task: &Task| task.candidates.as_ref().unwrap_or(&settings.candidates).how_many();
    let width = graph.width(&vec![1.0; graph.len()]) * selection.tasks.iter().map(at_once).max().unwrap_or(1).max(1);
    far::whole(here, &settings)?;
    let capacity = capacity_for(&settings, width)?;
    let jobs = far::jobs(&settings, capacity.agents, width);
    let jobs_most = far::jobs(&settings, capacity_for(&settings, usize::MAX)?.agents, usize::MAX);
    let into = flags.into.as_deref().map(|branch| into(here, branch)).transpose()?;
    let mut selection = selection;
    let agents_beside = agents::choose(here, &mut settings, &selection);
    let mut options = settings.options(jobs, into, &detected.gates);
    options.jobs_most = jobs_most;
    options.opens_pulls = settings.pr || flags.pr;
    options.folder = here.folder()?;
    in_base(&files, &options.folder, &base_name)?;
    options.worktree.patterns = sparse::patterns(here, &options, &files, &base_name)?;
    warnings.extend(unread_settings(here, &given));
    warnings.extend(unasked_hooks(here, &options));
    warnings.extend(submodules::warnings(here, &base, &options));
    options.judged_by_exit = agents::judged_by_exit(&settings);
    options.sandbox = fence(here, &settings)?;
    resources(&mut options, &plan, &mut selection.tasks)?;
    answered_by_tests(&options, &mut selection.tasks);
    has_agent(here, &settings, &selection, &mut options)?;
    roles::prove(&mut options);
    roles::phases(here, &selection, &mut options)?;
    roles::resolver(here, &mut options)?;
    warnings.extend(roles::reviewers(&settings, &mut options, |name, options| usable(here, name, options))?);
    let learned = learned::learned(here);
    let expected = expected(&learned, &selection, &graph, &options);
    let prompts = own_prompts(&files);
    let include = text_of(&files, ".worktreeinclude");
    let mut items = items(&options, &detected.gates, &given.shown, &selection.tasks, include.as_deref(), &prompts);
    items.extend(trust::named_items(&items, &files));
    let mut copy = include.as_deref().map(patterns).unwrap_or_default();
    copy.extend(options.worktree.copy.iter().cloned());
    let names = prompts.iter().map(|(path, text)| (path.rsplit('/').next().unwrap_or(path), text.as_str()));
    let (marked, left_alone) = marked(&settings, &given, &plan, &files, &base_name);
    Ok(Prepared {
        marked,
        left_alone,
        tree: here.repo.work_tree().to_owned(),
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
        learned,
        expected,
        warnings,
    })
}

/// The folder that agents are to work in is part of what they get.
fn in_base(files: &CommitFiles, folder: &str, base_name: &str) -> Result<(), Error> {
    if folder.is_empty() || files.list(folder).is_ok_and(|found| !found.is_empty()) {
        return Ok(());
    }
    let cause = format!("`{folder}` has no files in {base_name}, so agents could not work there");
    Err(Error::new(ErrorKind::Usage, "choosing the folder to work in", cause)
        .hint(format!("git add {folder} && git commit"))
        .hint("or start in the folder that the plan is about"))
}

/// A settings file beside the plan, or above it, that is not read because the user stands elsewhere.
fn unread_settings(here: &Here, given: &Given) -> Vec<Problem> {
    let known: Vec<String> = here.orca_tomls().unwrap_or_default().into_iter().map(|(name, _)| name).collect();
    let mut problems: Vec<Problem> = Vec::new();
    for path in given.paths.iter().filter(|_| given.inside) {
        for folder in std::path::Path::new(path).ancestors() {
            let name = folder.join(ORCA_TOML).to_string_lossy().into_owned();
            let there = here.repo.work_tree().join(&name).is_file();
            if there && !known.contains(&name) && !problems.iter().any(|it| it.at.file == name) {
                let what = "this file is not read: settings come from the folder that you are in".to_owned();
                let hint = format!("cd {}, then git orca execute", folder.display());
                problems.push(Problem::new(Severity::Warning, Place::new(name, 0), what, hint));
            }
        }
    }
    problems
}

/// Hooks of the repository that nobody is to ask.
fn unasked_hooks(here: &Here, options: &RunOptions) -> Option<Problem> {
    let hooks =
        crate::git::commit_hooks(&here.repo).ok().filter(|hooks| !hooks.is_empty() && !options.worktree.hooks)?;
    let what = format!(
        "the repository's hooks are off (hooks = \"off\"): {} will not see what agents change",
        hooks.join(", ")
    );
    let hint = "hooks = \"on\" under [worktree] runs them";
    Some(Problem::new(Severity::Warning, Place::new(ORCA_TOML, 0), what, hint))
}

fn expected(learned: &Learned, selection: &Selection, graph: &TaskGraph, options: &RunOptions) -> Option<Expected> {
    let load = SimulatedLoad::new(&selection.tasks, &options.resources);
    learned.expect(graph, &selection.tasks, &load, options.jobs as usize, &options.agent)
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
        // What was said is not a document that anybody marks.
        if is_of_messages(&source.path) {
            continue;
        }
        let why = match plan::unmarkable(source.kind) {
            Some(why) => Some(why.to_owned()),
            None if !given.inside => Some(format!("`{}` lies outside the repository", place(given, &source.path))),
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

/// A document as the user would name it.
fn place<'a>(given: &'a Given, path: &'a str) -> &'a str {
    if given.paths.len() == 1 { &given.shown } else { path }
}

/// What is parsed but performed by no part of this version is refused, never ignored.
fn refuse_unsupported(settings: &Settings) -> Result<(), Error> {
    let refuse = |what: &str| {
        let cause = format!("{what} is not part of this version");
        Err(Error::new(ErrorKind::Usage, "reading the settings", cause).hint("git orca config   shows where it is set"))
    };
    if let Some(gate) = settings.gates.iter().find(|def| gate::kind(def).is_none()) {
        return refuse(&format!("the gate kind of `gates.{}`", gate.name));
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
        None => Err(Error::new(ErrorKind::Usage, doing(), format!("there is no branch `{branch}`"))
            .hint(format!("git branch {branch}"))),
    }
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
                paths: if self.given.paths.len() > 1 { self.given.paths.clone() } else { Vec::new() },
                kind: self.plan.sources.first().map_or("", |source| source.kind).to_owned(),
                digest: digest(&self.selection),
            },
            base: self.base.clone(),
            base_tree,
            base_name: self.base_name.clone(),
            tasks: self.selection.tasks.clone(),
            barriers: self.selection.barriers.clone(),
            layers: self.layers.clone(),
            expected: self.expected.as_ref().map(|expected| expected.tasks.clone()).unwrap_or_default(),
            left_out: LeftOut {
                done: count(&[GraphLeftOut::Done]),
                optional: count(&[GraphLeftOut::Optional]),
                chosen: count(&[GraphLeftOut::Skipped, GraphLeftOut::NotAsked]),
            },
            not_chosen: self.not_chosen(),
            unread: self.plan.unread.clone(),
            reading: Some(reading::reading(&self.settings)),
            options: self.options.clone(),
            slots: self.slots.0.display().to_string(),
            marked: self.marked.clone(),
            left_alone: self.left_alone.clone(),
            tree: self.tree.display().to_string(),
        }
    }

    fn not_chosen(&self) -> Vec<TaskId> {
        let by_choice = |why: &GraphLeftOut| matches!(why, GraphLeftOut::Skipped | GraphLeftOut::NotAsked);
        self.selection.left_out.iter().filter(|(_, why)| by_choice(why)).map(|(task, _)| task.clone()).collect()
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

/// The same tasks give the same digest, in whatever order their plans were named.
pub fn digest(selection: &Selection) -> String {
    let tasks = selection.tasks.iter().map(serde_json::to_string);
    let barriers = selection.barriers.iter().map(serde_json::to_string);
    let mut parts: Vec<String> = tasks.chain(barriers).map(Result::unwrap_or_default).collect();
    parts.sort_unstable();
    let (crc, length) = parts.iter().fold((crc32fast::Hasher::new(), 0), |(mut crc, length), part| {
        crc.update(part.as_bytes());
        (crc, length + part.len())
    });
    format!("{:08x}{length:08x}", crc.finalize())
}
