//! `git orca publish [RUN]`: the pull requests, alone.

use jiff::Timestamp;

use super::args::PublishArgs;
use super::from_review;
use super::publisher::{Publisher, open_forge};
use super::pulls_at_end::LEFT;
use super::pulls_watched;
use super::resume;
use crate::journal::RunOutcome;
use crate::model::{Error, ErrorKind};
use crate::publish::{layer_pages, write_series};
use crate::report;
use crate::report::machine::publish_json::publish_json;
use crate::report::screens::publishing;
use crate::settings::Flags;
use crate::start::here::{Here, Refusal, busy};

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
    let forge = open_forge(&here, &settings, json).map_err(as_not_published)?;
    if args.dry_run {
        let (stack, steps) = publisher.preview(&state, forge.as_ref())?;
        report::answer(&match json {
            true => publish_json(paths.run.as_str(), &stack, &steps, 0, &[]),
            false => publishing::would_publish(&stack, &steps),
        });
        return Ok(0);
    }
    let Some(lock) = here.lock()? else { return Err(busy("publishing a run", &format!("run {}", paths.run)).into()) };
    let done = publisher.publish(&paths, &lock, forge.as_ref(), args.merge)?;
    drop(lock);
    if settings.publish_feedback && !args.watch && !json && args.merge.is_none() {
        let (_, state) = here.run(Some(paths.run.as_str()))?;
        // A run that was stopped is for whoever stopped it to go on with.
        let is_over = matches!(state.finished, Some((_, RunOutcome::Done | RunOutcome::Incomplete { .. })));
        let requests =
            if is_over { from_review::of_stack(&here, &state, forge.as_ref(), &done.stack)? } else { Vec::new() };
        if !requests.is_empty() {
            return resume::rework(&here, &paths, &state, requests, args.yes);
        }
    }
    let code = if done.is_stuck() { LEFT } else { 0 };
    if !json {
        report::answer(&publishing::published(&done));
    }
    let (watched, seen) = match args.watch {
        true => pulls_watched::watch(forge.as_ref(), &settings, &done.stack, json)?,
        false => (Vec::new(), 0),
    };
    if json {
        report::answer(&publish_json(paths.run.as_str(), &done.stack, &[], done.writes, &watched));
    }
    Ok([code, seen].into_iter().filter(|code| *code != 0).min().unwrap_or(0))
}

/// Whatever is missing to reach a server (a remote, an address), nothing was published.
fn as_not_published(error: Error) -> Error {
    let kind = if error.kind == ErrorKind::Usage { ErrorKind::Usage } else { ErrorKind::Publish };
    Error { kind, ..error }
}
