//! `git orca execute`: the main job.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use jiff::Zoned;

use super::args::ExecuteArgs;
use super::base_red::{self, HowBegun};
use super::before::{self, Answer};
use super::consent::{allow, ask, can_ask, consent};
use super::driving::{busy, ended, mode};
use super::here::{Here, Refusal};
use super::prepare::{self, Prepared};
use super::watchers::Watchers;
use super::{publish, resume};
use crate::git;
use crate::journal::{Request, RunLock, RunOutcome, RunStarted, RunState};
use crate::model::{Error, ErrorKind, Place, Result, RunId};
use crate::process::detach;
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::run::{self, RunInputs};
use crate::settings::Flags;
use crate::settings::trust::Trusted;

/// Runs it.
///
/// # Errors
/// The run could not begin, or could not go on.
pub fn main(args: &ExecuteArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let mut flags = args.flags();
    if !args.messages.is_empty() {
        flags.plans = vec![super::messages::plan(&here, &args.messages)?];
    }
    let lock = lock(&here, &flags)?;
    let prepared = prepare::prepare(&here, &flags)?;
    let unread = prepared.plan.unread.clone();
    if prepared.selection.tasks.is_empty() && !unread.is_empty() {
        return Err(not_read(&prepared.given.shown, &unread).into());
    }
    if prepared.selection.tasks.is_empty() {
        report::say(&report::nothing_to_do(&prepared.given.shown, &prepared.selection.left_out));
        return Ok(0);
    }
    let opens_pull_requests = prepared.settings.pr || flags.pr;
    if opens_pull_requests && !flags.dry_run {
        publish::can_publish(&here, &prepared.settings)?;
    }
    if let Some(run) = interrupted(&here, &prepared, &flags)? {
        drop(lock);
        let code = resume::resume(&args.resuming(&run))?;
        // By settings it did already.
        let asked = flags.pr && !prepared.settings.pr;
        return if asked {
            publish::publish_ended(&here, run.as_str(), flags.yes, args.format, code)
        } else {
            Ok(code)
        };
    }
    prepared.complete_enough(&here)?;
    let narration = mode(args.quiet, args.format.is_json());
    let run = run::fresh_run_id(&here.store, &Zoned::now())?;
    if narration != ProgressMode::Quiet || flags.dry_run {
        let named = (!flags.dry_run && !flags.detach).then_some(&run);
        report::say(&before::block(&here, &prepared, named));
    }
    if flags.dry_run {
        report::say("nothing was started (--dry-run)");
        return Ok(0);
    }
    git::preflight(&here.repo, &prepared.slots.0)?;
    if flags.detach {
        consent(&here, (), &prepared.items, flags.yes)?;
        drop(lock);
        return detached(&here);
    }
    if before::agreed(args, &flags, &prepared)? == Answer::NobodyThere {
        return Ok(ErrorKind::Usage.exit_code());
    }
    let items = prepared.items.clone();
    let prepared = consent(&here, prepared, &items, flags.yes)?;
    let name = run.to_string();
    let again = HowBegun { yes: flags.yes, quiet: args.quiet, format: args.format };
    let mut code = begin(&here, lock, run, prepared, narration, again)?;
    if opens_pull_requests {
        code = publish::publish_ended(&here, &name, flags.yes, args.format, code)?;
    }
    if code == 0 && !unread.is_empty() {
        report::refuse_error(&not_read(&args.shown(), &unread));
        return Ok(ErrorKind::Plan.exit_code());
    }
    Ok(code)
}

/// Lines of a plan look like tasks and were not read: whatever was done, that is not all of it.
fn not_read(plan: &str, unread: &[Place]) -> Error {
    let shown: Vec<String> = unread.iter().take(8).map(Place::to_string).collect();
    let more = if unread.len() > shown.len() { ", …" } else { "" };
    let what = if unread.len() == 1 { "1 line looks".to_owned() } else { format!("{} lines look", unread.len()) };
    let cause = format!("{what} like a task but could not be read: {}{more}", shown.join(", "));
    Error::new(ErrorKind::Plan, format!("reading `{plan}`"), cause).hint(format!("git orca plan {plan}   says why"))
}

/// The writer's lock; waits for it with `--wait`.
fn lock(here: &Here, flags: &Flags) -> Result<RunLock> {
    if let Some(lock) = here.lock()? {
        return Ok(lock);
    }
    if flags.wait {
        report::say("another run is active in this repository; waiting for it to end");
        return here.store.lock_waiting();
    }
    let run = here.store.find(None).map(|paths| format!("run {}", paths.run)).unwrap_or_else(|_| "a run".to_owned());
    Err(busy(&run))
}

/// An interrupted run of the same plan is offered before a fresh one is begun: the run to resume instead, if any.
fn interrupted(here: &Here, prepared: &Prepared, flags: &Flags) -> Result<Option<RunId>> {
    if flags.new || flags.dry_run {
        return Ok(None);
    }
    let Ok((paths, state)) = here.run(None) else { return Ok(None) };
    let same = state.info.plan.digest == prepare::digest(&prepared.selection) && state.info.base == prepared.base;
    if !matches!(state.finished, None | Some((_, RunOutcome::Stopped))) {
        return Ok(None);
    }
    if !same {
        also_interrupted(prepared, &state);
        return Ok(None);
    }
    let landed = state.tasks.iter().filter(|task| task.landed.is_some()).count();
    let cause =
        format!("run {} of this plan was interrupted; {landed} of {} tasks have landed", paths.run, state.tasks.len());
    if can_ask() {
        match ask(&format!("{cause}. [r]esume it, [s]tart over, or [q]uit? ")) {
            's' => return Ok(None),
            'r' => return Ok(Some(paths.run)),
            _ => {}
        }
    }
    Err(Error::new(ErrorKind::Busy, "starting a run", cause)
        .hint(format!("git orca resume {}", paths.run))
        .hint("git orca execute --new   begins afresh; the other's work stays where it is"))
}

/// An interrupted run that has some of the same plans is no reason to stop, but to know.
fn also_interrupted(prepared: &Prepared, state: &RunState) {
    let set = |paths: &[String]| paths.iter().cloned().collect::<BTreeSet<String>>();
    let (ours, theirs) = (set(&prepared.given.paths), set(state.info.plan.each()));
    let both: Vec<&str> = ours.intersection(&theirs).map(String::as_str).collect();
    if !both.is_empty() {
        let run = &state.info.run;
        let what = if ours == theirs { "an earlier state or another base of" } else { "other plans besides" };
        report::say(&format!(
            "run {run} was interrupted; it has {what} {}: git orca resume {run} goes on with it",
            both.join(" ")
        ));
    }
}

/// Starts this program again without the terminal, and waits for its first sign of life.
fn detached(here: &Here) -> Result<u8, Refusal> {
    let args: Vec<OsString> =
        std::env::args_os().skip(1).filter(|arg| arg != "--detach").chain(["--yes".into()]).collect();
    std::fs::create_dir_all(here.store.root()).map_err(|e| Error::failed("making the folder of runs", e))?;
    let log = here.store.root().join("detached.log");
    let known = here.store.runs();
    let mut child = detach::start(&args, &log)?;
    loop {
        if let Some(run) = here.store.runs().into_iter().find(|run| !known.contains(run)) {
            report::say(&format!("run {run} goes on in the background: git orca status"));
            return Ok(0);
        }
        if let Some(code) = child.ended()? {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let last = text.lines().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
            report::say(&last);
            return Ok(u8::try_from(code).unwrap_or(1));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Without `yes` somebody has read what will be done and agreed.
fn begin(
    here: &Here,
    lock: RunLock,
    run: RunId,
    prepared: Trusted<Prepared>,
    narration: ProgressMode,
    again: HowBegun,
) -> Result<u8, Refusal> {
    let prepared = prepared.into_inner();
    let mut info = prepared.started(run, here.repo.tree_of(&prepared.base)?);
    info.options.attended = can_ask();
    if !prepared.items.is_empty() {
        allow(here, &info.run, &prepared.items)?;
    }
    let said = if again.yes { Vec::new() } else { preapproved_requests() };
    let (outcome, state) = drive(here, lock, prepared, info, narration, &said)?;
    match base_red::goes_on(&state, again)? {
        Some(code) => Ok(code),
        None => Ok(ended(here, outcome, &state, narration)),
    }
}

/// Runs a plan that nobody has to be asked about: the program's own.
///
/// # Errors
/// As [`main`].
pub fn run_unattended(here: &Here, flags: &Flags, narration: ProgressMode) -> Result<(u8, RunState), Refusal> {
    let lock = lock(here, flags)?;
    let prepared = prepare::prepare(here, flags)?;
    git::preflight(&here.repo, &prepared.slots.0)?;
    let run = run::fresh_run_id(&here.store, &Zoned::now())?;
    let info = prepared.started(run, here.repo.tree_of(&prepared.base)?);
    let (outcome, state) = drive(here, lock, prepared, info, narration, &[])?;
    Ok((ended(here, outcome, &state, narration), state))
}

/// Who says yes to the start has said yes to the plan and to its first layer.
fn preapproved_requests() -> Vec<Request> {
    let yes =
        |id: &str| Request::Answer(crate::journal::Answer { id: id.to_owned(), digest: None, yes: true, note: None });
    vec![yes("plan"), yes("layer:1")]
}

fn drive(
    here: &Here,
    lock: RunLock,
    mut prepared: Prepared,
    info: RunStarted,
    narration: ProgressMode,
    said: &[Request],
) -> Result<(RunOutcome, RunState), Refusal> {
    let (observers, watchers) = Watchers::start(here, &prepared.settings, narration, 0);
    let ground = RunInputs {
        repo: here.repo.clone(),
        store: here.store.clone(),
        lock,
        copies: prepared.copies(here)?,
        telling: prepared.telling(here)?,
        observers,
    };
    let result = run::execute(ground, info, said);
    watchers.join();
    Ok(result?)
}
