//! The pull requests of a run that is over: `execute --pr`, and what goes on with such a run.

use super::args::FormatArgs;
use super::publisher::{Publisher, open_forge};
use crate::journal::RunOutcome;
use crate::model::Result;
use crate::publish::Published;
use crate::report;
use crate::report::machine::publish_json::{publish_value, status_with_pulls};
use crate::report::screens::publishing;
use crate::settings::{Flags, Settings};
use crate::start::here::{Here, Refusal, busy};
use crate::start::seen;

/// Exit code when something could not be published (DESIGN 3).
pub const LEFT: u8 = 7;

/// Whether the server can be spoken to, asked before a run that is to be published is paid for.
///
/// # Errors
/// Remote, repository or token are missing.
pub fn can_publish(here: &Here, settings: &Settings) -> Result<()> {
    open_forge(here, settings, true).map(drop)
}

/// Publishes what a run has landed that ended with `code`: the pull requests of `execute --pr`. The exit code is the run's
/// where that is not good. A program is told the run's status with it, since the run itself has kept that back.
///
/// # Errors
/// As [`main`].
pub fn publish_ended(here: &Here, run: &str, yes: bool, format: FormatArgs, code: u8) -> Result<u8, Refusal> {
    let published = published(here, run, yes, format.is_json());
    let (_, state) = here.run(Some(run))?;
    if format.is_json() && state.info.options.opens_pulls {
        let document = published.as_ref().ok().and_then(Option::as_ref);
        let document = document.map(|done| publish_value(run, &done.stack, &[], done.writes, &[]));
        report::answer(&status_with_pulls(&seen::picture(here, &state), document));
    }
    let stuck = published?.is_some_and(|done| done.is_stuck());
    Ok(if code == 0 && stuck { LEFT } else { code })
}

/// Publishes a run that is over, where something of it has landed.
fn published(here: &Here, run: &str, yes: bool, quiet: bool) -> Result<Option<Published>, Refusal> {
    let (paths, state) = here.run(Some(run))?;
    if state.awaits_review().is_some() {
        return Ok(None);
    }
    let is_over = matches!(state.finished, Some((_, RunOutcome::Done | RunOutcome::Incomplete { .. })));
    if !is_over || state.heads.is_empty() {
        let why = if is_over { "nothing has landed" } else { "the run is not over" };
        report::say(&format!("no pull request was opened: {why}; later: git orca publish {run}"));
        return Ok(None);
    }
    let settings = here.settings(&Flags::default())?;
    let publisher = Publisher { here, settings: &settings, onto: None, yes, quiet };
    let forge = open_forge(here, &settings, quiet)?;
    let Some(lock) = here.lock()? else { return Err(busy("publishing a run", &format!("run {}", paths.run)).into()) };
    let done = publisher.publish(&paths, &lock, forge.as_ref(), None)?;
    if !quiet {
        report::answer(&publishing::published(&done));
    }
    Ok(Some(done))
}
