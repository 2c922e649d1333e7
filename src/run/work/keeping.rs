//! Keeping what an attempt wrote: whatever it is, it is reachable from a ref before anybody is told.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::job::{AttemptJob, Done, fail};
use super::take_in::{self, TakenIn};
use super::{setup, slot, slot_notes};
use crate::git::{self, Ignored, Slot, SlotHead, Snapshot};
use crate::integrate::names;
use crate::journal::FailClass;
use crate::model::{Error, Oid, Result};
use crate::run::run_env::RunEnv;

/// Saves everything in a slot that git does not ignore and that its HEAD lacks, under `name`.
pub fn save(site: &RunEnv, job: &AttemptJob, slot: &Slot, name: &str) -> Result<Snapshot> {
    let message = format!("Saved work of {}\n\nOrca-Run: {}\n", job.attempt, site.info.run);
    let baseline = setup::baseline(site, &job.task, slot, &job.start)?;
    // What the snapshot stands on is where the attempt began: that is what its submodules were put at.
    git::snapshot(&site.repo, slot, &job.start, &baseline, name, &message, Timestamp::now())
}

/// A worktree that cannot be looked at: what its branch has is kept, and it is put aside with everything in it.
pub(super) fn untouched(site: &RunEnv, job: &AttemptJob, slot: &Slot, error: &Error) -> Result<Done> {
    let head = git::slot_head(&site.repo, slot).unwrap_or_else(|_| job.start.clone());
    keep(site, job, slot, &head, &BTreeSet::new())?;
    let why = take_in::set_aside(site, job, slot, error)?;
    let outcome = fail(FailClass::Retryable, format!("its worktree cannot be looked at: {why}"));
    Ok(Done { outcome, salvage: None, max_rss: 0, cpu: 0.0, set_aside: None })
}

/// Saves the work of an attempt that was cut short, and frees its branch.
pub fn put_away(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<Option<Oid>> {
    match take_in::take_in(site, job, slot) {
        Ok(taken) => save_and_free(site, job, slot, &taken),
        Err(error) => untouched(site, job, slot, &error).map(|_| None),
    }
}

/// Saves a slot's work and frees its branch. A slot with something that cannot be saved is put aside as it is.
pub(super) fn save_and_free(site: &RunEnv, job: &AttemptJob, slot: &Slot, taken: &TakenIn) -> Result<Option<Oid>> {
    let saved = save(site, job, slot, &names::salvage(&site.info.run, &job.attempt))?;
    keep(site, job, slot, &saved.head, &taken.replaced)?;
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
/// or on a branch that it went away from). Those that were `replaced` have others in their place.
pub fn keep(site: &RunEnv, job: &AttemptJob, slot: &Slot, head: &Oid, replaced: &BTreeSet<Oid>) -> Result<()> {
    let run = &site.info.run;
    let branch = site.repo.read_ref(&names::full(&job.branch(run)))?;
    let mut kept: Vec<&Oid> = vec![&job.start, head];
    let history = slot.head_history();
    let stashed = git::stashed(&site.slots, &slot.name);
    for commit in branch.iter().chain(history.iter().rev()).chain(&stashed).take(MAX_LEFT) {
        // A commit that cannot be read cannot be kept either.
        let contained = |known: &&Oid| site.repo.is_ancestor(commit, known).unwrap_or(true);
        if !replaced.contains(commit) && !kept.iter().any(contained) {
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
    slot_notes::note_head(site, slot)?;
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

/// Things that could not be kept, with why; a few of them.
pub(super) fn listed(left_out: &[(String, String)]) -> String {
    left_out.iter().take(3).map(|(path, why)| format!("{path} ({why})")).collect::<Vec<_>>().join(", ")
}
