//! Taking landed tasks out of a run that nobody drives: intent, refs, outcome; a cut in between is rolled forward.

use jiff::Timestamp;

use crate::git::Repo;
use crate::integrate;
use crate::journal::{Entry, Event, Head, HeldBack, Journal, RunLock, RunPaths, RunState};
use crate::model::{Result, TaskId};

/// Moves the heads of a run to `heads`, in which `tasks` are no longer. Gives the branches that could not follow.
///
/// # Errors
/// The journal cannot be written, or somebody moved a head.
pub fn revert(
    repo: &Repo,
    paths: &RunPaths,
    lock: &RunLock,
    tasks: &[TaskId],
    heads: &[Head],
) -> Result<Vec<HeldBack>> {
    let (mut journal, entries) = Journal::reopen(&paths.journal(), lock)?;
    let mut state = RunState::replay(&entries)?;
    finish_revert(repo, &mut journal, &mut state)?;
    write(&mut journal, &mut state, Event::RevertIntended { tasks: tasks.to_vec(), heads: heads.to_vec() })?;
    finish_revert(repo, &mut journal, &mut state)
}

/// Ends a revert that was announced.
///
/// # Errors
/// As [`revert`].
pub fn finish_revert(repo: &Repo, journal: &mut Journal, state: &mut RunState) -> Result<Vec<HeldBack>> {
    let Some((_, heads)) = state.reverting.clone() else { return Ok(Vec::new()) };
    let held_back = integrate::land(repo, &state.info.run, &state.heads, &heads)?;
    write(journal, state, Event::Reverted { held_back: held_back.clone() })?;
    Ok(held_back)
}

fn write(journal: &mut Journal, state: &mut RunState, event: Event) -> Result<()> {
    let entry = Entry { seq: journal.seq() + 1, at: Timestamp::now().max(state.at), event };
    journal.append(std::slice::from_ref(&entry))?;
    state.apply(&entry);
    Ok(())
}
