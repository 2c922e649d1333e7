//! After a crash: what was left open is looked at, saved and answered, or performed again.

use std::sync::Arc;
use std::time::Duration;

use super::core::Signal;
use super::dispatch::Dispatcher;
use crate::git;
use crate::journal::{AttemptOutcome, Event, FailClass, Intended, RunState};
use crate::model::{Oid, Result, Usage};
use crate::process::sweep::{self, Swept};
use crate::run::run_env::RunEnv;
use crate::run::work::job::AttemptJob;
use crate::run::work::keeping;
use crate::run::work::prompt::Earlier;
use crate::run::worker::one_line;
use crate::schedule::{Action, open};

/// Ends what still runs of an interrupted run, and removes what its death left in the repository. Safe only while the
/// writer's lock is held.
///
/// # Errors
/// Git's files cannot be put right.
pub async fn clear(site: &RunEnv) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let what = "processes left over from the killed run".to_owned();
    // Of all runs: while the lock is held nobody else has any, and a git call of ours carries no run's name.
    match sweep::end_all(&site.marker.repo, Duration::from_secs(2)).await {
        // A program that goes on with the run that it has just driven ends what is left of its own: nobody died.
        Swept::Ended { ended, left } if left.is_empty() && ended.iter().all(|process| process.is_ours) => {}
        Swept::Ended { ended, left } => {
            let found = leftovers(ended.len(), left.len());
            events.push(Event::Reconciled { what, found });
        }
        Swept::CannotLook(why) => events.push(Event::Reconciled { what, found: why }),
    }
    for lock in git::remove_stale_locks(&site.repo)? {
        events.push(Event::Reconciled {
            what: format!("lock file `{}`", lock.display()),
            found: "its writer is dead; removed".into(),
        });
    }
    let mut ghosts = git::recover_ghosts(&site.repo, &site.slots)?;
    ghosts.extend(git::recover_ghosts(&site.repo, &site.gate_slots)?);
    for slot in ghosts {
        events.push(Event::Reconciled {
            what: format!("worktree `{slot}`"),
            found: "its folder is gone; forgotten".into(),
        });
    }
    Ok(events)
}

/// `4 stopped`, `3 stopped, 1 could not be stopped`.
fn leftovers(ended: usize, left: usize) -> String {
    let left = if left == 0 { String::new() } else { format!(", {left} could not be stopped") };
    format!("{ended} stopped{left}")
}

/// Answers or performs again every intent without an outcome, and takes `signals` in with the answers.
///
/// # Errors
/// The journal cannot be written.
pub fn open_intents(dispatcher: &mut Dispatcher, site: &Arc<RunEnv>, mut signals: Vec<Signal>) -> Result<()> {
    let state = dispatcher.state().clone();
    let mut again = Vec::new();
    for action in open(&state) {
        match action {
            // It runs elsewhere, whoever died here.
            Action::Attempt(ref intended) if is_elsewhere(site, &state, intended) => again.push(action),
            Action::Attempt(intended) => signals.push(Signal::Happened(lost_attempt(site, &state, *intended))),
            // It may have had its effect, or half of it: nobody repeats it but a person who asks for it.
            Action::Deploy => {
                let reason = "interrupted when git orca was killed; git orca resume runs it again".to_owned();
                signals.push(Signal::Happened(Event::DeployEnded { ok: false, reason }));
            }
            other => again.push(other),
        }
    }
    // First what was open: the step below may intend the like of it, and perform that itself.
    again.iter().for_each(|action| dispatcher.perform(action));
    dispatcher.step(signals)
}

/// Whether an attempt was handed over, or is to be.
fn is_elsewhere(site: &RunEnv, state: &RunState, intended: &Intended) -> bool {
    let was_placed = || state.attempt(&intended.attempt).is_some_and(|open| open.host.is_some());
    site.far.is_some() && (!site.at_home.is_asked() || was_placed())
}

/// The attempt's processes are gone; what its worktree holds is saved, and it is tried again.
fn lost_attempt(site: &RunEnv, state: &RunState, intended: Intended) -> Event {
    let attempt = intended.attempt.clone();
    let seconds = state.attempt(&attempt).map_or(0.0, |open| state.at.duration_since(open.started).as_secs_f64());
    let (salvage, words) = match saved(site, state, intended) {
        Ok(salvage) => (salvage, "interrupted when git orca was killed".to_owned()),
        Err(error) => (None, format!("interrupted when git orca was killed; its worktree: {}", one_line(&error))),
    };
    let outcome = AttemptOutcome::Failed { class: FailClass::Lost, reason: words };
    Event::AttemptEnded { attempt, outcome, seconds, salvage, max_rss: 0, cpu: 0.0 }
}

fn saved(site: &RunEnv, state: &RunState, intended: Intended) -> Result<Option<Oid>> {
    let Some(slot) = git::find_slot(&site.repo, &site.slots, &intended.slot)? else { return Ok(None) };
    let Some(i) = state.index(&intended.attempt.task) else { return Ok(None) };
    let job = AttemptJob {
        attempt: intended.attempt.clone(),
        task: state.info.tasks[i].clone(),
        agent: String::new(),
        slot: slot.name.clone(),
        base: intended.base.clone(),
        start: intended.start.clone(),
        intended,
        session_used: Usage::default(),
        side: None,
        earlier: Earlier::default(),
        stop: site.stop.below(),
        host: None,
        told: None,
    };
    let salvage = keeping::put_away(site, &job, &slot)?;
    Ok(salvage)
}
