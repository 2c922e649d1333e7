//! Going on with a run that nobody drives: its plan is read again, and trust is asked for as at its beginning.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::begin::OverRun;
use super::consent::{allow, consent, was_allowed};
use super::ending::leave;
use super::far;
use super::front::Front;
use super::here::{Here, Refusal};
use super::prepare::{given_tasks, items, library, own_prompts};
use super::reading;
use super::watchers::Watchers;
use crate::brief::{Library, Templates};
use crate::executor;
use crate::git::{self, CommitFiles};
use crate::journal::{PlanRef, Request, RunLock, RunPaths, RunState, read_told};
use crate::model::{Files, Result, Task, TaskId};
use crate::plan;
use crate::project::{self, Project};
use crate::report::live::progress::ProgressMode;
use crate::run::{self, Copies, RunInputs, Telling, patterns};
use crate::settings::{Flags, Settings, trust};

/// How a run is gone on with.
#[derive(Debug, Clone, Copy)]
pub struct GoingOn<'a> {
    /// What is asked for with it.
    pub requests: &'a [Request],
    /// Whether the repository's commands are allowed for this time.
    pub yes: bool,
    /// Who watches.
    pub narration: ProgressMode,
}

/// The checkout in which a run was begun, as long as it is there: plan and files that git ignores are those of it. None
/// where that is gone, or is another repository's now.
pub fn checkout_of(here: &Here, state: &RunState) -> Option<Here> {
    let begun = PathBuf::from(&state.info.tree).join(&state.info.options.folder);
    let there = (!state.info.tree.is_empty() && begun.is_dir()).then(|| Here::at(&begun))?;
    there.ok().filter(|there| there.repo.common_dir() == here.repo.common_dir())
}

/// Becomes the writer of a run and drives it until it is over. `here` is [`checkout_of`] the run.
///
/// # Errors
/// Its commands are not trusted, its fence cannot be had here, or it could not go on.
pub fn go_on(
    here: &Here,
    front: &dyn Front,
    lock: RunLock,
    (paths, state): (&RunPaths, &RunState),
    wish: &GoingOn<'_>,
) -> Result<OverRun, Refusal> {
    // What waits to be taken in was agreed to with the rest, and is asked for with it.
    let (_, told) = read_told(paths)?;
    let given = GivenRun::read(here, &told)?;
    // Ending a run starts nothing that a fence would be needed for.
    if !wish.requests.iter().any(|request| matches!(request, Request::Stop { .. })) {
        executor::check(&state.info.options.sandbox, &here.env)?;
    }
    let yes = wish.yes || was_allowed(here, &paths.run, &given.items);
    consent(here, front, (), &given.items, yes)?;
    let stays_here = state.at_home || wish.requests.contains(&Request::AtHome);
    if !stays_here && !wish.requests.iter().any(|request| matches!(request, Request::Stop { .. })) {
        far::reach(here, &|text| front.tell(text), &state.info.options)?;
    }
    let copy = given.copy.clone();
    let (settings, telling, changes) = given.telling(here, state)?;
    let (observers, watchers) = Watchers::start(here, &settings, wish.narration, state.seq);
    let ground = RunInputs {
        repo: here.repo.clone(),
        store: here.store.clone(),
        lock,
        telling,
        copies: Copies::find(here.repo.work_tree(), &copy, || git::ignored_files(&here.repo))?,
        observers,
    };
    let result = run::resume(ground, paths, wish.requests, changes);
    watchers.join();
    let (outcome, state) = result?;
    leave(here, front, &state);
    Ok((outcome, state))
}

/// What a run was allowed is allowed still after a change of its plan that a person agreed to.
///
/// # Errors
/// The base cannot be read, or the state folder not be written.
pub fn keep_allowance(here: &Here, before: &RunState, after: &RunState) -> Result<()> {
    let run = &before.info.run;
    let (old, new) = (GivenRun::read(here, before)?.items, GivenRun::read(here, after)?.items);
    if old != new && was_allowed(here, run, &old) { allow(here, run, &new) } else { Ok(()) }
}

/// What a run was given, read again from its base.
#[derive(Debug)]
struct GivenRun {
    files: CommitFiles,
    project: Project,
    prompts: BTreeMap<String, String>,
    items: Vec<trust::Item>,
    copy: Vec<String>,
}

impl GivenRun {
    fn read(here: &Here, state: &RunState) -> Result<GivenRun> {
        let options = &state.info.options;
        let files = CommitFiles::new(&here.repo, &state.info.base)?;
        let include = files.read(".worktreeinclude").ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let project = project::read(&files)?;
        let detected = project::detect(&project, &|_| true, options.worktree.setup.is_some());
        let prompts = own_prompts(&files);
        let (plan, tasks) = (&state.info.plan.path, &state.info.tasks);
        let mut items = items(options, &detected.gates, plan, tasks, include.as_deref(), &prompts);
        items.extend(trust::named_items(&items, &files));
        let mut copy = include.as_deref().map(patterns).unwrap_or_default();
        copy.extend(options.worktree.copy.iter().cloned());
        Ok(GivenRun { files, project, prompts, items, copy })
    }

    /// Settings now, what agents are told, and what has changed in the plan since.
    fn telling(self, here: &Here, state: &RunState) -> Result<(Settings, Telling, Vec<String>), Refusal> {
        let each = state.info.plan.each().iter();
        let plans: Vec<PathBuf> = each.map(|path| here.repo.work_tree().join(path)).collect();
        let flags = Flags { plans, ..Flags::default() };
        let settings = here.settings(&flags)?;
        let (library, given, changes) = match reading::given(here, &flags.plans) {
            Ok(given) => {
                let plan = reading::read(&given, &settings);
                let changes = changed(state, &plan.tasks);
                (library(&plan, &given, &self.project, &self.files), given_tasks(&plan, &given), changes)
            }
            // The plan may have gone since; the tasks are in the journal, only its companions are not told again.
            Err(_) => (Library::default(), BTreeMap::new(), unread(&state.info.plan, &flags.plans)),
        };
        let names = self.prompts.iter().map(|(path, text)| (path.rsplit('/').next().unwrap_or(path), text.as_str()));
        let templates = Templates::with_own(names)?;
        Ok((settings, Telling { library, given, templates, project: self.project }, changes))
    }
}

/// What was edited in the plan since a run began, and the command that takes it in, where one can.
fn changed(state: &RunState, now: &[Task]) -> Vec<String> {
    let tasks = &state.info.tasks;
    let begun = (0..tasks.len()).filter(|i| state.has_begun(*i) && state.tasks[*i].landed.is_none());
    let begun: HashSet<&TaskId> = begun.map(|i| &tasks[i].id).collect();
    let known = plan::KnownTasks { tasks, left_out: &state.info.not_chosen, begun: &begun };
    let mut changes = plan::changes(known, now);
    let is_open = |said: &String| {
        let of = |id: &TaskId| said.strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with(' '));
        !tasks.iter().enumerate().any(|(i, task)| state.has_begun(i) && of(&task.id))
    };
    let (some_open, some_begun) = (changes.iter().any(is_open), !changes.iter().all(is_open));
    changes.extend(some_open.then(|| "git orca replan   shows and takes these in".to_owned()));
    changes.extend(some_begun.then(|| "git orca execute --new   runs the new text of what has started".to_owned()));
    changes
}

/// Which of the run's plans are gone.
fn unread(plan: &PlanRef, paths: &[PathBuf]) -> Vec<String> {
    let gone = plan.each().iter().zip(paths).filter(|(_, path)| !path.exists());
    let gone: Vec<String> = gone.map(|(name, _)| format!("`{name}` can no longer be read")).collect();
    if gone.is_empty() { vec![format!("`{}` can no longer be read", plan.path)] } else { gone }
}
