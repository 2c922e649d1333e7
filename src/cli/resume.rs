//! `resume`, `retry`, `skip`, `stop`, `pause`, `integrate`: control, from any terminal.
//!
//! While a run is active it is asked over its socket; otherwise this process becomes the writer and does it itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::args::{ResumeArgs, RetryArgs, RunArgs, StopArgs, TasksArgs};
use super::consent::{consent, was_allowed};
use super::driving::{busy, ended, mode};
use super::far;
use super::here::{Here, Refusal};
use super::prepare::{given_tasks, items, library, own_prompts};
use super::publish;
use super::reading;
use super::solved;
use super::watchers::Watchers;
use crate::brief::{Library, Templates};
use crate::executor;
use crate::git::{self, CommitFiles};
use crate::integrate::names;
use crate::journal::{PlanRef, Request, RunLock, RunOutcome, RunPaths, RunState, read_entries, refuse_foreign};
use crate::model::{Error, ErrorKind, Files, Result};
use crate::plan;
use crate::project;
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::run::{self, Copies, RunInputs, Telling, patterns};
use crate::settings::{Flags, trust};

/// `resume`.
///
/// # Errors
/// There is nothing to go on with, or it could not go on.
pub fn resume(args: &ResumeArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let Some(lock) = here.lock()? else {
        if state.is_paused() {
            return send(&here, &paths, &[Request::Unpause], "goes on");
        }
        return Err(busy(&format!("run {}", paths.run)).into());
    };
    understood(&paths)?;
    if let Some((_, RunOutcome::Done)) = state.finished {
        // It may have been killed after its last word.
        git::let_go_of_folder(&here.repo, &names::full(&names::task_folder(&paths.run)));
        report::say(&format!("run {} is done: everything landed", paths.run));
        return Ok(0);
    }
    let narration = mode(args.quiet, args.format.is_json());
    let budget = Request::Budget { tokens: args.budget_tokens, cents: args.budget_usd.map(cents) };
    let asked = args.budget_tokens.is_some() || args.budget_usd.is_some();
    let requests = if asked { vec![budget] } else { Vec::new() };
    let code = again(&here, lock, &paths, &state, &requests, args.yes, narration)?;
    match here.settings(&Flags::default())?.pr {
        true => publish::publish_ended(&here, paths.run.as_str(), args.yes, args.format, code),
        false => Ok(code),
    }
}

/// What a later program went on with is left to it: nobody here knows what it means for what follows.
fn understood(paths: &RunPaths) -> Result<()> {
    refuse_foreign(&paths.journal(), &read_entries(&paths.journal())?)
}

/// As [`understood`], but for a program that runs and can be asked.
fn asked_or_understood(here: &Here, paths: &RunPaths, state: &RunState) -> Result<()> {
    let is_driven = state.foreign.is_empty() || here.lock()?.is_none();
    if is_driven { Ok(()) } else { understood(paths) }
}

/// Whole cents: a message carries no fractions that another program could read differently.
fn cents(usd: f64) -> u64 {
    (usd * 100.0).round() as u64
}

/// `retry`.
///
/// # Errors
/// No such task, or the run could not go on.
pub fn retry(args: &RetryArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    asked_or_understood(&here, &paths, &state)?;
    let mut requests = Vec::new();
    for (i, named) in Here::tasks_named(&state, &args.tasks)? {
        let task = state.info.tasks[i].id.clone();
        if !named && (state.tasks[i].landed.is_some() || state.tasks[i].open().is_some()) {
            continue;
        }
        let refused = |cause: &str| Error::new(ErrorKind::Usage, format!("retrying `{task}`"), cause.to_owned());
        if state.tasks[i].landed.is_some() {
            return Err(refused("it has already landed").hint(format!("git orca show {task}")).into());
        }
        if state.tasks[i].open().is_some() {
            return Err(refused("it is running").hint(format!("git orca stop {task}")).into());
        }
        requests.push(Request::Retry { task, hint: args.message.clone() });
    }
    some_left(&requests, "retrying tasks", &args.tasks)?;
    act(&here, &paths, &state, requests, args.yes, "will be tried again")
}

/// `skip`.
///
/// # Errors
/// No such task, or the run could not go on.
pub fn skip(args: &TasksArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    asked_or_understood(&here, &paths, &state)?;
    let mut requests = Vec::new();
    for (i, named) in Here::tasks_named(&state, &args.tasks)? {
        let task = state.info.tasks[i].id.clone();
        if state.tasks[i].landed.is_some() && !named {
            continue;
        }
        if state.tasks[i].landed.is_some() {
            let error = Error::new(ErrorKind::Usage, format!("skipping `{task}`"), "it has already landed");
            return Err(error.hint(format!("git orca revert {task}   takes it out of the result again")).into());
        }
        requests.push(Request::Skip { task });
    }
    some_left(&requests, "skipping tasks", &args.tasks)?;
    act(&here, &paths, &state, requests, args.yes, "will be skipped")
}

/// Refuses words that mean only tasks which are out of the question.
fn some_left(requests: &[Request], doing: &str, words: &[String]) -> Result<()> {
    if requests.is_empty() {
        let cause = format!("every task that `{}` means has landed or is running", words.join(" "));
        return Err(Error::new(ErrorKind::Usage, doing, cause).hint("git orca status"));
    }
    Ok(())
}

/// `stop`.
///
/// # Errors
/// No such task or run.
pub fn stop(args: &StopArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let as_run = args.tasks.first().filter(|word| args.tasks.len() == 1 && here.store.find(Some(word)).is_ok());
    let (paths, state) = here.run(args.run.as_deref().or(as_run.map(String::as_str)))?;
    if args.tasks.is_empty() || as_run.is_some() {
        return stop_run(&here, &paths, &state, args.now);
    }
    let tasks = Here::tasks(&state, &args.tasks)?.into_iter().map(|i| state.info.tasks[i].id.clone()).collect();
    if here.lock()?.is_some() {
        return Err(Error::new(ErrorKind::Usage, "stopping tasks", "no run is active").hint("git orca status").into());
    }
    send(&here, &paths, &[Request::StopTasks { tasks }], "will be ended; their work is saved")
}

fn stop_run(here: &Here, paths: &RunPaths, state: &RunState, now: bool) -> Result<u8, Refusal> {
    let Some(lock) = here.lock()? else {
        let when = if now { "is being stopped now" } else { "is being stopped; running agents may finish within 30 s" };
        return send(here, paths, &[Request::Stop { now }], when);
    };
    if state.finished.is_some() {
        report::say(&format!("run {} is over already", paths.run));
        return Ok(0);
    }
    again(here, lock, paths, state, &[Request::Stop { now: true }], true, ProgressMode::Quiet).map(|_| 0)
}

/// `pause`.
///
/// # Errors
/// No run is active.
pub fn pause(args: &RunArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, _) = here.run(args.run.as_deref())?;
    if here.lock()?.is_some() {
        return Err(Error::new(ErrorKind::Usage, "pausing", "no run is active").hint("git orca status").into());
    }
    send(&here, &paths, &[Request::Pause], "starts nothing new; git orca resume goes on")
}

/// `integrate`: lands what a person solved on the branch of a conflicted or refused task.
///
/// # Errors
/// Nothing was solved, or the run could not go on.
pub fn integrate(args: &RunArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let requests = solved::requests(&here, &state)?;
    if requests.is_empty() {
        let cause = "no branch of a task that did not land has new commits";
        let error = Error::new(ErrorKind::NotFound, "looking for what was solved", cause);
        return Err(error.hint("git orca conflicts   prints what to type").into());
    }
    act(&here, &paths, &state, requests, args.yes, "will be landed")
}

/// Sends requests to the active run, or goes on with the run to fulfil them.
fn act(
    here: &Here,
    paths: &RunPaths,
    state: &RunState,
    requests: Vec<Request>,
    yes: bool,
    said: &str,
) -> Result<u8, Refusal> {
    match here.lock()? {
        None => send(here, paths, &requests, said),
        Some(lock) => again(here, lock, paths, state, &requests, yes, mode(false, false)),
    }
}

fn send(here: &Here, paths: &RunPaths, requests: &[Request], said: &str) -> Result<u8, Refusal> {
    for request in requests {
        run::send(&here.store, here.repo.common_dir(), paths, request)?;
        let who = match request {
            Request::Retry { task, .. }
            | Request::Skip { task }
            | Request::Solved { task, .. }
            | Request::Carried { task, .. } => task.to_string(),
            _ => format!("run {}", paths.run),
        };
        report::say(&format!("{who} {said}"));
    }
    Ok(0)
}

/// Which of the run's plans are gone.
fn unread(plan: &PlanRef, paths: &[PathBuf]) -> Vec<String> {
    let gone = plan.each().iter().zip(paths).filter(|(_, path)| !path.exists());
    let gone: Vec<String> = gone.map(|(name, _)| format!("`{name}` can no longer be read")).collect();
    if gone.is_empty() { vec![format!("`{}` can no longer be read", plan.path)] } else { gone }
}

/// Becomes the writer of a run and goes on with it.
fn again(
    here: &Here,
    lock: RunLock,
    paths: &RunPaths,
    state: &RunState,
    requests: &[Request],
    yes: bool,
    narration: ProgressMode,
) -> Result<u8, Refusal> {
    // Plan and files that git ignores are those of the checkout in which the run was begun, as long as it is there.
    let begun = PathBuf::from(&state.info.tree).join(&state.info.options.folder);
    let there = (!state.info.tree.is_empty() && begun.is_dir()).then(|| Here::at(&begun)).and_then(Result::ok);
    let here = there.as_ref().filter(|there| there.repo.common_dir() == here.repo.common_dir()).unwrap_or(here);
    let each = state.info.plan.each().iter();
    let plans: Vec<PathBuf> = each.map(|path| here.repo.work_tree().join(path)).collect();
    let flags = Flags { plans, ..Flags::default() };
    let files = CommitFiles::new(&here.repo, &state.info.base)?;
    let include = files.read(".worktreeinclude").ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let project = project::read(&files)?;
    let detected = project::detect(&project, &|_| true, state.info.options.worktree.setup.is_some());
    let prompts = own_prompts(&files);
    let mut items = items(
        &state.info.options,
        &detected.gates,
        &state.info.plan.path,
        &state.info.tasks,
        include.as_deref(),
        &prompts,
    );
    items.extend(trust::named_items(&items, &files));
    // Ending a run starts nothing that a fence would be needed for.
    if !requests.iter().any(|request| matches!(request, Request::Stop { .. })) {
        executor::check(&state.info.options.sandbox, &here.env)?;
    }
    consent(here, (), &items, yes || was_allowed(here, &paths.run, &items))?;
    if !requests.iter().any(|request| matches!(request, Request::Stop { .. })) {
        far::reach(here, &state.info.options)?;
    }
    let mut copy = include.as_deref().map(patterns).unwrap_or_default();
    copy.extend(state.info.options.worktree.copy.iter().cloned());
    let names = prompts.iter().map(|(path, text)| (path.rsplit('/').next().unwrap_or(path), text.as_str()));
    let settings = here.settings(&flags)?;
    let (library, given, changes) = match reading::given(here, &flags.plans) {
        Ok(given) => {
            let plan = reading::read(&given, &settings);
            let changes = plan::changes(&state.info.tasks, &plan.tasks);
            (library(&plan, &given, &project, &files), given_tasks(&plan, &given), changes)
        }
        // The plan may have gone since; the tasks are in the journal, only its companions are not told again.
        Err(_) => (Library::default(), BTreeMap::new(), unread(&state.info.plan, &flags.plans)),
    };
    let (observers, watchers) = Watchers::start(here, &settings, narration, state.seq);
    let ground = RunInputs {
        repo: here.repo.clone(),
        store: here.store.clone(),
        lock,
        telling: Telling { library, given, templates: Templates::with_own(names)?, project },
        copies: Copies::find(here.repo.work_tree(), &copy, || git::ignored_files(&here.repo))?,
        observers,
    };
    let result = run::resume(ground, paths, requests, changes);
    watchers.join();
    let (outcome, state) = result?;
    if narration == ProgressMode::Quiet {
        return Ok(outcome.exit_code());
    }
    Ok(ended(here, outcome, &state, narration))
}
