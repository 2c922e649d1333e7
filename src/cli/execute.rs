//! `git orca execute`: the main job. What begins a run is `start`; here is what a terminal adds to it.

use super::args::{ExecuteArgs, ResumeArgs};
use super::caller::CommandCaller;
use super::driving::{ended, mode, said_unread};
use super::{pulls_at_end, resume, terminal::TerminalFront};
use crate::journal::RunState;
use crate::model::{BaseRed, ErrorKind, Result, RunId};
use crate::report;
use crate::report::live::progress::ProgressMode;
use crate::settings::Flags;
use crate::start::base_red;
use crate::start::begin::{Agreement, OpenedPlan, ReadyRun};
use crate::start::detached;
use crate::start::front::Front;
use crate::start::here::{Here, Refusal};
use crate::start::messages;

/// Runs it.
///
/// # Errors
/// The run could not begin, or could not go on.
pub fn main(args: &ExecuteArgs, caller: &CommandCaller) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (front, mut flags) = (caller.front(), args.flags());
    flags.detach |= caller.is_detached();
    if !args.messages.is_empty() {
        flags.plans = vec![messages::plan(&here, &args.messages)?];
    }
    let opened = OpenedPlan::read(&here, front, &flags)?;
    let unread = opened.prepared.plan.unread.clone();
    if opened.is_empty() {
        report::say(&report::nothing_to_do(&opened.prepared.given.shown, &opened.prepared.selection.left_out));
        return Ok(0);
    }
    if caller.client().is_some() {
        opened.bounded()?;
    }
    let pr_by_settings = opened.prepared.settings.pr;
    let opens_pull_requests = pr_by_settings || flags.pr;
    if opens_pull_requests && !flags.dry_run {
        pulls_at_end::can_publish(&here, &opened.prepared.settings)?;
    }
    if let Some(run) = opened.interrupted(&here, front, &flags)? {
        drop(opened);
        return resumed(&here, args, caller, &run, flags.pr && !pr_by_settings);
    }
    let ready = opened.set_up(&here, front, &flags)?.ready(&here)?;
    let narration = mode(args.quiet, args.format.is_json());
    if narration != ProgressMode::Quiet && !caller.is_detached() || flags.dry_run {
        report::say(&ready.in_words(&here, !flags.dry_run && !flags.detach));
    }
    if flags.dry_run {
        report::say("nothing was started (--dry-run)");
        return Ok(said_unread(0, &args.shown(), &unread));
    }
    ready.preflight(&here)?;
    if flags.detach {
        ready.hand_over(&here, front, &flags)?;
        let came = detached::begin(&here, &caller.driving_words())?;
        return Ok(caller.tell_background(came, args.format.is_json()));
    }
    let (mut code, state) = match agreed(&here, front, ready, &flags, narration)? {
        Some(over) => over,
        None => return Ok(ErrorKind::Usage.exit_code()),
    };
    let paths = here.store.run(&state.info.run);
    code = resume::through_reviews(&here, &paths, flags.yes, narration, code)?;
    if base_red::goes_on(front, &state) {
        let again = ResumeArgs { base_red: Some(BaseRed::Ok), ..args.resuming(&state.info.run) };
        code = resume::resume(&again, caller)?;
    } else if opens_pull_requests {
        code = pulls_at_end::publish_ended(&here, state.info.run.as_str(), flags.yes, args.format, code)?;
    }
    Ok(code)
}

/// Asks, and runs it; nothing where nobody could be asked.
fn agreed(
    here: &Here,
    front: &dyn Front,
    ready: ReadyRun,
    flags: &Flags,
    narration: ProgressMode,
) -> Result<Option<(u8, RunState)>, Refusal> {
    let Agreement::Agreed(run) = ready.agreed(here, front, flags)? else {
        report::refuse(&format!("no terminal to ask on; read the lines above, then: {}", with_yes()));
        return Ok(None);
    };
    let (outcome, state) = run.drive(here, front, narration)?;
    Ok(Some((ended(here, outcome, &state, narration), state)))
}

/// Goes on with the interrupted run; its pull requests are opened here where only this command asks for them.
fn resumed(
    here: &Here,
    args: &ExecuteArgs,
    caller: &CommandCaller,
    run: &RunId,
    publishes: bool,
) -> Result<u8, Refusal> {
    let code = resume::resume(&args.resuming(run), caller)?;
    let publishes = publishes && !here.store.run(run).state()?.info.options.opens_pulls;
    match publishes {
        true => pulls_at_end::publish_ended(here, run.as_str(), args.yes, args.format, code),
        false => Ok(code),
    }
}

/// The command as it was typed, with `--yes`.
fn with_yes() -> String {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "execute").map(|word| report::shell_word(&word)).collect();
    format!("git orca execute --yes {}", words.join(" ")).trim_end().to_owned()
}

/// Runs a plan that nobody has to be asked about: the program's own.
///
/// # Errors
/// As [`main`].
pub fn run_unattended(here: &Here, flags: &Flags, narration: ProgressMode) -> Result<(u8, RunState), Refusal> {
    let ready = OpenedPlan::read(here, &TerminalFront, flags)?.ready(here)?;
    let (outcome, state) = ready.drive_unasked(here, &TerminalFront, narration)?;
    Ok((ended(here, outcome, &state, narration), state))
}
