//! Keeping what an attempt wrote: whatever it is, it is reachable from a ref before anybody is told.

use jiff::Timestamp;

use super::job::AttemptJob;
use super::slot;
use crate::git::{self, Ignored, Slot, SlotHead, Snapshot};
use crate::integrate::names;
use crate::model::{Oid, Result};
use crate::run::run_env::RunEnv;

/// Saves everything in a slot that git does not ignore and that its HEAD lacks, under `name`.
pub fn save(site: &RunEnv, job: &AttemptJob, slot: &Slot, name: &str) -> Result<Snapshot> {
    let message = format!("Saved work of {}\n\nOrca-Run: {}\n", job.attempt, site.info.run);
    git::snapshot(&site.repo, slot, &job.base, name, &message, Timestamp::now())
}

/// Saves a slot's work and frees its branch. A slot with something that cannot be saved is put aside as it is.
pub fn put_away(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<Option<Oid>> {
    let saved = save(site, job, slot, &names::salvage(&site.info.run, &job.attempt))?;
    keep(site, job, slot, &saved.head)?;
    if saved.left_out.is_empty() {
        if git::slot_head(&site.repo, slot).is_err() {
            git::stand_at(slot, &job.start)?;
        }
        free(site, slot, false)?;
    } else {
        slot::put_aside(site, slot, &format!("{} could not be saved", listed(&saved.left_out)))?;
    }
    Ok(saved.commit)
}

/// Left-behind histories kept per attempt at most: an agent that resets in a loop must not fill the repository with refs.
const MAX_LEFT: usize = 100;

/// Keeps by refs what an attempt committed: where it stands, and the commits that it made and left behind (reset away,
/// or on a branch that it went away from).
pub fn keep(site: &RunEnv, job: &AttemptJob, slot: &Slot, head: &Oid) -> Result<()> {
    let run = &site.info.run;
    let branch = site.repo.read_ref(&names::full(&names::task_branch(run, &job.attempt.task)))?;
    let mut kept: Vec<&Oid> = vec![&job.start, head];
    let history = slot.head_history();
    for commit in branch.iter().chain(history.iter().rev()).take(MAX_LEFT) {
        // A commit that cannot be read cannot be kept either.
        let contained = |known: &&Oid| site.repo.is_ancestor(commit, known).unwrap_or(true);
        if !kept.iter().any(contained) {
            kept.push(commit);
        }
    }
    let left =
        kept.iter().skip(2).enumerate().map(|(n, commit)| (names::left(run, &job.attempt, n + 1), (*commit).clone()));
    let refs: Vec<(String, Oid)> =
        std::iter::once((names::attempt(run, &job.attempt), head.clone())).chain(left).collect();
    git::force_refs(&site.repo, &refs)
}

/// Frees the branch of a slot whose work is saved. What was not committed is taken away, so that a later difference can
/// only be a person's.
pub fn free(site: &RunEnv, slot: &Slot, clean: bool) -> Result<()> {
    git::detach_slot(&site.repo, slot)?;
    slot::note_head(site, slot)?;
    if clean {
        return Ok(());
    }
    let head = SlotHead::Detached(git::slot_head(&site.repo, slot)?);
    // A slot that cannot be cleaned is found out by its next use, which sets it aside.
    if let Err(unclean) = git::reset_slot(&site.repo, slot, &head, &Ignored::Keep) {
        tracing::warn!(slot = slot.name, %unclean, "a worktree could not be cleaned");
    }
    Ok(())
}

/// What was left out and why, the first few.
pub fn listed(left_out: &[(String, String)]) -> String {
    left_out.iter().take(3).map(|(path, why)| format!("{path} ({why})")).collect::<Vec<_>>().join(", ")
}
