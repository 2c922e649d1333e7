//! `resume`, `retry`, `skip`, `stop`, `pause`, `integrate`: control, from any terminal.
//!
//! While a run is active it is asked over its socket; otherwise this process becomes the writer and does it itself.

use jiff::Timestamp;

use super::args::{FormatArgs, ResumeArgs, RetryArgs, RunArgs, StopArgs, TasksArgs};
use super::caller::CommandCaller;
use super::driving::{ended, mode};
use super::from_review;
use super::pulls_at_end;
use super::reviewed::{self, ReviewWait, Waited};
use super::solved;
use super::terminal::TerminalFront;
use crate::git;
use crate::integrate::names;
use crate::journal::inbox;
use crate::journal::{Answer, Request, RunLock, RunOutcome, RunPaths, RunState, read_entries, refuse_foreign};
use crate::model::{BudgetLimit, Error, ErrorKind, Result};
use crate::report;
use crate::report::facts::next_step;
use crate::report::live::progress::ProgressMode;
use crate::report::words::measure::few;
use crate::run;
use crate::schedule::{TimeLeft, time_to_start};
use crate::settings::Flags;
use crate::start::detached;
use crate::start::go_on::{GoingOn, checkout_of, go_on};
use crate::start::here::{Here, Refusal, busy};

/// `resume`.
///
/// # Errors
/// There is nothing to go on with, or it could not go on.
pub fn resume(args: &ResumeArgs, caller: &CommandCaller) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    let Some(lock) = here.lock()? else {
        if state.is_paused() || state.has_overdue_question() {
            return send(&here, &paths, &[Request::Unpause], "continues");
        }
        return Err(busy("resuming a run", &format!("run {}", paths.run)).into());
    };
    understood(&paths)?;
    let grows = inbox::waiting(&paths.inbox()).iter().any(|it| matches!(it.request, Request::ChangePlan(_)));
    if let (Some((_, RunOutcome::Done)), false) = (state.finished, grows) {
        // It may have been killed after its last word.
        git::let_go_of_folder(&here.repo, &names::full(&names::task_folder(&paths.run)));
        git::let_go_below(&here.repo, &names::full(&names::candidates_folder(&paths.run)));
        report::say(&format!("run {} is done: everything landed", paths.run));
        return Ok(0);
    }
    let narration = mode(args.quiet, args.format.is_json());
    let budget = Request::Budget { tokens: args.budget_tokens, cents: args.budget_usd.map(cents) };
    let asked = args.budget_tokens.is_some() || args.budget_usd.is_some();
    let mut requests = if asked { vec![budget] } else { Vec::new() };
    requests.extend(args.base_red.map(|_| agreed()));
    if args.executor.is_some() && runs_elsewhere(&state) {
        requests.push(Request::AtHome);
    }
    if caller.is_detached() {
        drop(lock);
        return in_background(&here, &paths, caller);
    }
    let code = again(&here, lock, &paths, &state, &requests, args.yes, narration)?;
    let code = through_reviews(&here, &paths, args.yes, narration, code)?;
    match here.settings(&Flags::default())?.pr || state.info.options.opens_pulls {
        true => pulls_at_end::publish_ended(&here, paths.run.as_str(), args.yes, args.format, code),
        false => Ok(code),
    }
}

/// Goes on with a run through every review that it waits for; `code` is how it ended for now.
///
/// # Errors
/// As [`resume`].
pub(super) fn through_reviews(
    here: &Here,
    paths: &RunPaths,
    yes: bool,
    narration: ProgressMode,
    mut code: u8,
) -> Result<u8, Refusal> {
    let quiet = matches!(narration, ProgressMode::Quiet | ProgressMode::Json);
    while paths.state()?.awaits_review().is_some() {
        match reviewed::wait(here, paths, ReviewWait { yes, quiet })? {
            Waited::Over(code) => return Ok(code),
            Waited::GoOn(requests) => {
                // Who has it now goes on with it.
                let Some(lock) = here.lock()? else { continue };
                code = again(here, lock, paths, &paths.state()?, &requests, yes, narration)?;
            }
        }
    }
    Ok(code)
}

/// Lets another process go on with the run: whoever called does not wait for its end.
pub(super) fn in_background(here: &Here, paths: &RunPaths, caller: &CommandCaller) -> Result<u8, Refusal> {
    let came = detached::go_on(here, paths, &caller.driving_words())?;
    Ok(caller.tell_background(came, false))
}

/// Continues the last run of a repository that is the program's own: nobody is asked.
///
/// # Errors
/// As [`resume`].
pub fn resume_unattended(here: &Here, narration: ProgressMode) -> Result<u8, Refusal> {
    let (paths, state) = here.run(None)?;
    let Some(lock) = here.lock()? else { return Err(busy("resuming a run", &format!("run {}", paths.run)).into()) };
    again(here, lock, &paths, &state, &[], true, narration)
}

/// What `--base-red ok` says to a run that its base has stopped.
fn agreed() -> Request {
    Request::Answer(Answer { id: "base".to_owned(), yes: true, ..Answer::default() })
}

/// What a later program went on with is left to it: nobody here knows what it means for what follows.
fn understood(paths: &RunPaths) -> Result<()> {
    refuse_foreign(&paths.journal(), &read_entries(&paths.journal())?)
}

/// As [`understood`], but for a program that runs and can be asked.
pub(super) fn asked_or_understood(here: &Here, paths: &RunPaths, state: &RunState) -> Result<()> {
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
pub fn retry(args: &RetryArgs, caller: &CommandCaller) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    asked_or_understood(&here, &paths, &state)?;
    if args.from_pr {
        let requests = from_review::of_tasks(&here, &state, args)?;
        return rework(&here, &paths, &state, requests, args.yes);
    }
    let mut requests = Vec::new();
    for (i, named) in Here::tasks_named(&state, &args.tasks)? {
        let task = state.info.tasks[i].id.clone();
        if !named && (state.tasks[i].landed.is_some() || state.tasks[i].under_way().next().is_some()) {
            continue;
        }
        let refused = |cause: &str| Error::new(ErrorKind::Usage, format!("retrying `{task}`"), cause.to_owned());
        if state.tasks[i].landed.is_some() {
            return Err(refused("it has already landed").hint(format!("git orca show {task}")).into());
        }
        if state.tasks[i].under_way().next().is_some() {
            return Err(refused("it is running").hint(format!("git orca stop {task}")).into());
        }
        if args.message.is_some() && state.info.tasks[i].run.is_some() {
            let cause = "its `run` text reads no message, and would do the same again";
            let new =
                "git orca execute --new   after correcting the text in the plan: a run keeps the one it began with";
            return Err(refused(cause).hint(format!("git orca retry {task}")).hint(new).into());
        }
        if let Some(limit) = limit_reached(&here, &state, i) {
            let new = format!("git orca execute --new   {}", next_step::frozen(limit));
            return Err(refused(limit.words()).hint(new).into());
        }
        requests.push(Request::Retry { task, hint: args.message.clone() });
    }
    some_left(&requests, "retrying tasks", &args.tasks)?;
    if caller.is_detached() && here.lock()?.is_some() {
        return in_background(&here, &paths, caller);
    }
    act(&here, &paths, &state, requests, args.yes, "will be tried again")
}

/// The limit of time that would keep a task from being tried again.
fn limit_reached(here: &Here, state: &RunState, i: usize) -> Option<BudgetLimit> {
    let now = if here.drives(state) { Timestamp::now() } else { state.at };
    match time_to_start(state, i, now) {
        TimeLeft::Over(limit) => Some(limit),
        TimeLeft::Unlimited | TimeLeft::Until(_) => None,
    }
}

/// Has tasks done again for a review. Where this process drives the run, it publishes what came of it.
///
/// # Errors
/// As [`retry`].
pub(super) fn rework(
    here: &Here,
    paths: &RunPaths,
    state: &RunState,
    requests: Vec<Request>,
    yes: bool,
) -> Result<u8, Refusal> {
    let drives = !here.store.is_locked();
    let code = act(here, paths, state, requests, yes, "will be done again for the review")?;
    match drives {
        true => pulls_at_end::publish_ended(here, paths.run.as_str(), yes, FormatArgs::default(), code),
        false => Ok(code),
    }
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
        let cause = format!("every task matching `{}` has landed or is running", words.join(" "));
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
    if args.executor {
        return take_back(&here, &paths, &state);
    }
    if args.tasks.is_empty() || as_run.is_some() {
        return stop_run(&here, &paths, &state, args.now);
    }
    let tasks: Vec<_> = Here::tasks(&state, &args.tasks)?.into_iter().map(|i| state.info.tasks[i].id.clone()).collect();
    if here.lock()?.is_some() {
        return Err(Error::new(ErrorKind::Usage, "stopping tasks", "no run is active").hint("git orca status").into());
    }
    let said =
        if tasks.len() == 1 { "will be stopped; its work is saved" } else { "will be stopped; their work is saved" };
    send(&here, &paths, &[Request::StopTasks { tasks }], said)
}

fn stop_run(here: &Here, paths: &RunPaths, state: &RunState, now: bool) -> Result<u8, Refusal> {
    let Some(lock) = here.lock()? else {
        let when =
            if now { "is being stopped now" } else { "is being stopped; running agents have up to 30 s to finish" };
        return send(here, paths, &[Request::Stop { now }], when);
    };
    if state.is_over() {
        report::say(&format!("run {} has already ended", paths.run));
        return Ok(0);
    }
    again(here, lock, paths, state, &[Request::Stop { now: true }], true, ProgressMode::Quiet).map(|_| 0)
}

/// Whether a run has attempts or gates on other hosts.
fn runs_elsewhere(state: &RunState) -> bool {
    let options = &state.info.options;
    !state.at_home && (options.far.is_some() || options.far_gates.is_some())
}

/// Takes back what runs elsewhere: an active run goes on here, another one ends.
fn take_back(here: &Here, paths: &RunPaths, state: &RunState) -> Result<u8, Refusal> {
    if !runs_elsewhere(state) {
        let cause = format!("nothing of run {} runs elsewhere", paths.run);
        let error = Error::new(ErrorKind::Usage, "taking back what runs elsewhere", cause);
        return Err(error.hint("git orca stop   ends the run").into());
    }
    let Some(lock) = here.lock()? else {
        return send(here, paths, &[Request::AtHome], "will bring the work on other hosts back and continue here");
    };
    if state.finished.is_some() {
        report::say(&format!("run {} has already ended", paths.run));
        return Ok(0);
    }
    let requests = [Request::AtHome, Request::Stop { now: true }];
    let code = again(here, lock, paths, state, &requests, true, ProgressMode::Quiet).map(|_| 0)?;
    report::say(&format!("git orca resume {}   goes on here", paths.run));
    Ok(code)
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
    send(&here, &paths, &[Request::Pause], "starts nothing new; git orca resume continues it")
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
        let all = state.tasks.iter().all(|task| task.landed.is_some());
        let cause = match all {
            true => "nothing to integrate: every task has landed",
            false => "nothing to integrate: no task that conflicts or failed has a new commit on its branch",
        };
        let error = Error::new(ErrorKind::NotFound, "looking for resolved conflicts", cause);
        let hint = if all { "git orca take" } else { "git orca conflicts   prints what to type" };
        return Err(error.hint(hint).into());
    }
    act(&here, &paths, &state, requests, args.yes, "will be landed")
}

/// Sends requests to the active run, or goes on with the run to fulfil them.
pub(super) fn act(
    here: &Here,
    paths: &RunPaths,
    state: &RunState,
    requests: Vec<Request>,
    yes: bool,
    said: &str,
) -> Result<u8, Refusal> {
    match here.lock()? {
        None => send(here, paths, &requests, said),
        Some(lock) => {
            let narration = mode(false, false);
            let code = again(here, lock, paths, state, &requests, yes, narration)?;
            through_reviews(here, paths, yes, narration, code)
        }
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
            Request::StopTasks { tasks } => few(&tasks.iter().map(ToString::to_string).collect::<Vec<_>>(), 8),
            Request::Waive(waiver) => waiver.task.to_string(),
            Request::Rework(rework) => rework.task.to_string(),
            _ => format!("run {}", paths.run),
        };
        report::say(&format!("{who} {said}"));
    }
    Ok(0)
}

/// Becomes the writer of a run, goes on with it, and says how it ended.
fn again(
    here: &Here,
    lock: RunLock,
    paths: &RunPaths,
    state: &RunState,
    requests: &[Request],
    yes: bool,
    narration: ProgressMode,
) -> Result<u8, Refusal> {
    let there = checkout_of(here, state);
    let here = there.as_ref().unwrap_or(here);
    let wish = GoingOn { requests, yes, narration };
    let (outcome, state) = go_on(here, &TerminalFront, lock, (paths, state), &wish)?;
    // Who stops a run wants it gone, not told.
    if requests.iter().any(|request| matches!(request, Request::Stop { .. })) {
        return Ok(outcome.exit_code());
    }
    Ok(ended(here, outcome, &state, narration))
}
