//! `git orca publish [RUN]`: the pull requests, alone.

use jiff::Timestamp;

use super::args::{FormatArgs, PublishArgs};
use super::publisher::{Publisher, open_forge};
use crate::journal::{RunOutcome, RunPaths};
use crate::model::Result;
use crate::publish::{Held, Published, layer_pages, write_series};
use crate::report;
use crate::report::machine::publish_json::publish_json;
use crate::report::screens::publishing;
use crate::settings::{Flags, Settings};
use crate::start::here::{Here, Refusal, busy};

/// Exit code when something could not be published (DESIGN 3).
const LEFT: u8 = 7;

/// Runs it.
///
/// # Errors
/// There is no such run, or remote or server refuse.
pub fn main(args: &PublishArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let (paths, state) = here.run(args.run.as_deref())?;
    if let Some(folder) = &args.patch {
        let written = write_series(&here.repo, &state, &layer_pages(&state, Timestamp::now()), &here.cwd.join(folder))?;
        report::answer(&publishing::written_series(&written));
        return Ok(0);
    }
    let settings = here.settings(&Flags::default())?;
    let json = args.format.is_json();
    let publisher =
        Publisher { here: &here, settings: &settings, onto: args.onto.as_deref(), yes: args.yes, quiet: json };
    let forge = open_forge(&here, &settings, json)?;
    if args.dry_run {
        let (stack, steps) = publisher.preview(&state, &forge)?;
        report::answer(&match json {
            true => publish_json(paths.run.as_str(), &stack, &steps, 0),
            false => publishing::would_publish(&stack, &steps),
        });
        return Ok(0);
    }
    let Some(lock) = here.lock()? else { return Err(busy(&format!("run {}", paths.run)).into()) };
    let done = publisher.publish(&paths, &lock, &forge, args.merge)?;
    drop(lock);
    answer(&paths, &done, json);
    let stuck = done.held().any(|(_, held)| *held != Held::Closed);
    Ok(if stuck { LEFT } else { 0 })
}

/// Whether the server can be spoken to, asked before a run that is to be published is paid for.
///
/// # Errors
/// Remote, repository or token are missing.
pub fn can_publish(here: &Here, settings: &Settings) -> Result<()> {
    open_forge(here, settings, true).map(drop)
}

/// Publishes what a run has landed that ended with `code`: the pull requests of `execute --pr`. The exit code is the run's
/// where that is not good.
///
/// # Errors
/// As [`main`].
pub fn publish_ended(here: &Here, run: &str, yes: bool, format: FormatArgs, code: u8) -> Result<u8, Refusal> {
    let (_, state) = here.run(Some(run))?;
    let is_over = matches!(state.finished, Some((_, RunOutcome::Done | RunOutcome::Incomplete { .. })));
    if !is_over || state.heads.is_empty() {
        let why = if is_over { "nothing has landed" } else { "the run is not over" };
        report::say(&format!("no pull request was opened: {why}; later: git orca publish {run}"));
        return Ok(code);
    }
    let args =
        PublishArgs { run: Some(run.to_owned()), dry_run: false, patch: None, onto: None, merge: None, yes, format };
    let published = main(&args)?;
    Ok(if code == 0 { published } else { code })
}

fn answer(paths: &RunPaths, done: &Published, json: bool) {
    report::answer(&match json {
        true => publish_json(paths.run.as_str(), &done.stack, &[], done.writes),
        false => publishing::published(done),
    });
}
