//! Carrying work from a candidate that was given up onto what landed, between the state and `integrate`.

use crate::integrate::{self, ReplayJob};
use crate::journal::{Event, RunState};
use crate::model::{AttemptId, Oid, Result};
use crate::run::run_env::RunEnv;

/// What it depends on; none when nothing is to be carried.
pub fn replay_job(state: &RunState, attempt: &AttemptId, onto: &Oid) -> Option<ReplayJob> {
    let of = state.attempt(attempt)?;
    Some(ReplayJob {
        run: state.info.run.clone(),
        attempt: attempt.clone(),
        base: of.base.clone(),
        result: of.result()?.clone(),
        onto: onto.clone(),
        union: state.info.options.conflicts.union.clone(),
        when: of.ended.as_ref().map_or(state.at, |(at, _)| *at),
    })
}

/// Carries it.
///
/// # Errors
/// Git failed.
pub fn replay(site: &RunEnv, job: &ReplayJob) -> Result<Event> {
    let done = integrate::replay(&site.repo, job)?;
    let paths = done.as_ref().err().cloned().unwrap_or_default();
    Ok(Event::Replayed { attempt: job.attempt.clone(), work: done.ok(), paths })
}
