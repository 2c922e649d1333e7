//! What an attempt left, decided from git. Whatever it is, it is reachable from a ref before anybody is told.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::attempt::{AttemptJob, Done};
use super::foreign_marks::{self, MarkedWork, TakenBack};
use super::hooks::{self, Hooked};
use super::merging;
use super::setup;
use super::slot;
use super::take_in::{self, TakenIn};
use crate::agent::Ending;
use crate::gate;
use crate::git::{self, Ignored, LeftoverRules, Leftovers, Slot, SlotHead, Snapshot};
use crate::integrate::names;
use crate::journal::{AttemptOutcome, Event, FailClass};
use crate::model::{Error, Oid, Result, Role, TaskKind, Tdd};
use crate::run::judging::difference;
use crate::run::run_env::RunEnv;
use crate::schedule::PHASES;

/// Saves everything in a slot that git does not ignore and that its HEAD lacks, under `name`.
pub fn save(site: &RunEnv, job: &AttemptJob, slot: &Slot, name: &str) -> Result<Snapshot> {
    let message = format!("Saved work of {}\n\nOrca-Run: {}\n", job.attempt, site.info.run);
    let baseline = setup::baseline(site, &job.task, slot)?;
    // What the snapshot stands on is where the attempt began: that is what its submodules were put at.
    git::snapshot(&site.repo, slot, &job.start, &baseline, name, &message, Timestamp::now())
}

/// Decides from git what an attempt left, and keeps all of it by refs.
///
/// `caught` is what it did outside its task: then there is no result, whatever else it did.
pub fn settle(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    ending: Ending,
    exit_counts: bool,
    claim: Option<String>,
    caught: Option<String>,
) -> Result<Done> {
    let finished = matches!(ending, Ending::Finished | Ending::Denied(_));
    let also = caught.as_ref().map(|caught| format!("; {caught}")).unwrap_or_default();
    let mut unfinished = caught.or_else(|| strayed(site, job, slot));
    let taken = match take_in::take_in(site, job, slot) {
        Ok(taken) => taken,
        Err(error) => return untouched(site, job, slot, &error),
    };
    let mut leftovers = false;
    if finished && unfinished.is_none() {
        if job.intended.merge.is_some() {
            merging::stage(site, job, slot)?;
        }
        (leftovers, unfinished) = commit_leftovers(site, job, slot, &taken)?;
    }
    let mut hooked = Hooked::default();
    if finished && unfinished.is_none() {
        let by_us = leftovers;
        hooked = hooks::have_their_say(site, job, slot, &|| commit_rewritten(site, job, slot, &taken, by_us))?;
        leftovers |= hooked.leftovers;
        unfinished = hooked.unfinished.take();
    }
    if finished && unfinished.is_none() {
        unfinished = take_in::submodules(site, job, slot, &git::slot_head(&site.repo, slot)?)?;
    }
    let clean = finished && unfinished.is_none();
    let salvage = if clean { None } else { save_and_free(site, job, slot, &taken)? };
    let head = git::slot_head(&site.repo, slot).unwrap_or_else(|_| job.start.clone());
    keep(site, job, slot, &head, &taken.replaced)?;
    if clean {
        free(site, slot, taken.leaves_nothing(slot))?;
    }
    let (head, unfinished) = if clean { without_foreign_marks(site, job, head)? } else { (head, unfinished) };
    let outcome = match (&ending, unfinished) {
        (Ending::Finished | Ending::Denied(_), None) if hooked.refused.is_some() => {
            fail(FailClass::Hook, hooked.refused.unwrap_or_default())
        }
        (Ending::Finished | Ending::Denied(_), Some(reason)) => fail(FailClass::Retryable, reason),
        (Ending::Finished, None) => result(site, job, head.clone(), leftovers, exit_counts, claim)?,
        (Ending::Denied(what), None) => denied(result(site, job, head.clone(), leftovers, exit_counts, claim)?, what),
        (ending, _) => also_caught(failed(ending), &also),
    };
    let failed = matches!(outcome, AttemptOutcome::Failed { .. });
    if job.intended.merge.is_some() && failed {
        merging::put_back(site, job)?;
    }
    // Work that was committed and cannot be taken (the base was amended, a phase went too far) is work all the same.
    let refused = failed && clean && site.repo.tree_of(&head)? != site.repo.tree_of(&job.start)?;
    let salvage = salvage.or_else(|| refused.then(|| head.clone()));
    Ok(Done { outcome, salvage, max_rss: 0, set_aside: None })
}

/// The result without marks that it set for other tasks, and why there is none where they cannot be taken back.
fn without_foreign_marks(site: &RunEnv, job: &AttemptJob, head: Oid) -> Result<(Oid, Option<String>)> {
    let with = job.intended.merge.as_ref().map(|merge| &merge.with);
    let work = MarkedWork { attempt: &job.attempt, base: &job.base, with, head: &head };
    Ok(match foreign_marks::take_back(&site.repo, &site.info, &work)? {
        TakenBack::Nothing => (head, None),
        TakenBack::Refused(why) => (head, Some(why)),
        TakenBack::In(commit, what) => {
            site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
            (commit, None)
        }
    })
}

/// What a finished attempt amounts to that was not allowed a tool: without work it is for a person to allow it.
fn denied(outcome: AttemptOutcome, what: &str) -> AttemptOutcome {
    match outcome {
        AttemptOutcome::Failed { class: FailClass::NoWork, reason } => {
            let why =
                format!("{reason}; it was denied {what}: `allow` or `permissions` under [agents.NAME] in orca.toml");
            fail(FailClass::Fatal, why)
        }
        other => other,
    }
}

/// What an attempt without a result means.
fn failed(ending: &Ending) -> AttemptOutcome {
    let words = |why: &String| why.clone();
    match ending {
        Ending::Finished | Ending::Denied(_) => fail(FailClass::NoWork, "it left no work".to_owned()),
        Ending::Retryable(why) | Ending::SessionLost(why) => fail(FailClass::Retryable, words(why)),
        Ending::Unavailable(why) => fail(FailClass::Unavailable, words(why)),
        Ending::RateLimited { why, .. } => fail(FailClass::RateLimited, words(why)),
        Ending::Refused { why, fix } => fail(FailClass::Authentication, format!("{why}; type: {fix}")),
        Ending::OutOfTurns(why) => fail(FailClass::OutOfTurns, words(why)),
        Ending::OverBudget(why) => fail(FailClass::OverBudget, words(why)),
        Ending::Fatal(why) => fail(FailClass::Fatal, words(why)),
        Ending::Stopped => fail(FailClass::Stopped, "it was ended on request".to_owned()),
    }
}

/// Why a slot no longer stands on its task's branch: on another branch nothing is committed for the agent, since that
/// branch may be the user's.
fn strayed(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Option<String> {
    let own = names::full(&names::task_branch(&site.info.run, &job.attempt.task));
    match git::slot_branch(slot) {
        Ok(Some(branch)) if branch != own => {
            Some(format!("it went to `{}` and left its own branch", branch.trim_start_matches("refs/heads/")))
        }
        Ok(_) if git::slot_head(&site.repo, slot).is_ok() => None,
        _ => Some("its HEAD names no commit any more".to_owned()),
    }
}

/// Whether something was committed for the agent, and why its work cannot be taken as it is.
fn commit_leftovers(site: &RunEnv, job: &AttemptJob, slot: &Slot, taken: &TakenIn) -> Result<(bool, Option<String>)> {
    commit_for(site, job, slot, taken, false)
}

/// Commits what a hook rewrote: where the last commit is ours (`by_us`), as a part of that.
fn commit_rewritten(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    taken: &TakenIn,
    by_us: bool,
) -> Result<(bool, Option<String>)> {
    let (is_new, unfinished) = commit_for(site, job, slot, taken, true)?;
    if is_new && by_us {
        git::join_last_two(&site.repo, slot, Timestamp::now())?;
    }
    Ok((is_new, unfinished))
}

fn commit_for(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    taken: &TakenIn,
    known_only: bool,
) -> Result<(bool, Option<String>)> {
    let (task, run) = (&job.attempt.task, &site.info.run);
    let title = plain(&job.task.title);
    let subject = site.info.options.worktree.message.as_ref().map_or_else(
        || format!("{task}: {title}"),
        |text| plain(&text.replace("{title}", &title).replace("{task}", task.as_str())),
    );
    let message = format!("{subject}\n\nOrca-Run: {run}\nOrca-Leftovers: true\n");
    let rules = LeftoverRules {
        start: &job.start,
        baseline: &taken.baseline,
        message: &message,
        when: Timestamp::now(),
        known_only,
    };
    let unstorable = |left_out: &[(String, String)]| {
        (!left_out.is_empty()).then(|| format!("it left what cannot be committed: {}", listed(left_out)))
    };
    Ok(match git::commit_leftovers(&site.repo, slot, &rules)? {
        Leftovers::Nothing => (false, None),
        Leftovers::NotStorable(left_out) => (false, unstorable(&left_out)),
        Leftovers::Committed { left_out, told, .. } => {
            take_in::tell(site, job, &told);
            (true, unstorable(&left_out).or(hooks::reworded(site, job, slot, &message)?))
        }
        Leftovers::Unmerged(paths) => (false, Some(format!("it left unmerged files: {}", paths.join(", ")))),
        Leftovers::InProgress(what) => (false, Some(format!("it left a {what} in the middle"))),
    })
}

fn listed(left_out: &[(String, String)]) -> String {
    left_out.iter().take(3).map(|(path, why)| format!("{path} ({why})")).collect::<Vec<_>>().join(", ")
}

/// A worktree that cannot be looked at: what its branch has is kept, and it is put aside with everything in it.
fn untouched(site: &RunEnv, job: &AttemptJob, slot: &Slot, error: &Error) -> Result<Done> {
    let head = git::slot_head(&site.repo, slot).unwrap_or_else(|_| job.start.clone());
    keep(site, job, slot, &head, &BTreeSet::new())?;
    let why = take_in::set_aside(site, job, slot, error)?;
    let outcome = fail(FailClass::Retryable, format!("its worktree cannot be looked at: {why}"));
    Ok(Done { outcome, salvage: None, max_rss: 0, set_aside: None })
}

/// Saves the work of an attempt that was cut short, and frees its branch.
pub fn put_away(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<Option<Oid>> {
    match take_in::take_in(site, job, slot) {
        Ok(taken) => save_and_free(site, job, slot, &taken),
        Err(error) => untouched(site, job, slot, &error).map(|_| None),
    }
}

/// Saves a slot's work and frees its branch. A slot with something that cannot be saved is put aside as it is.
fn save_and_free(site: &RunEnv, job: &AttemptJob, slot: &Slot, taken: &TakenIn) -> Result<Option<Oid>> {
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
    let branch = site.repo.read_ref(&names::full(&names::task_branch(run, &job.attempt.task)))?;
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

/// A failure, with what the attempt did outside its task besides.
fn also_caught(outcome: AttemptOutcome, also: &str) -> AttemptOutcome {
    match outcome {
        AttemptOutcome::Failed { class, reason } => fail(class, reason + also),
        other => other,
    }
}

/// No result.
pub fn fail(class: FailClass, reason: String) -> AttemptOutcome {
    AttemptOutcome::Failed { class, reason }
}

/// What a finished attempt's commit amounts to.
pub fn result(
    site: &RunEnv,
    job: &AttemptJob,
    head: Oid,
    leftovers: bool,
    exit_counts: bool,
    claim: Option<String>,
) -> Result<AttemptOutcome> {
    if let Some(reason) = merging::refusal(site, job, &head)? {
        return Ok(fail(FailClass::Unsolved, reason));
    }
    if !site.repo.is_ancestor(&job.base, &head)? {
        return Ok(fail(
            FailClass::Retryable,
            "it rewrote the commit it started from (amend, rebase or reset), so its work cannot be merged".to_owned(),
        ));
    }
    let tree = site.repo.tree_of(&head)?;
    // Where nothing is worth improving, the last phase leaves the work as it was.
    let may_stay = job.intended.role == Role::Refactor || job.intended.merge.is_some();
    if !may_stay && tree == site.repo.tree_of(&job.start)? {
        return Ok(match (job.task.kind, claim) {
            (TaskKind::Verify | TaskKind::Approval, _) if exit_counts => {
                AttemptOutcome::NoChange { commit: job.base.clone(), claim: String::new() }
            }
            (_, Some(claim)) => AttemptOutcome::NoChange { commit: job.base.clone(), claim },
            _ => fail(FailClass::NoWork, "the agent finished without changing anything".to_owned()),
        });
    }
    if let Some(reason) = overstepped(site, job, &head)? {
        return Ok(fail(FailClass::Phase, reason));
    }
    // What a merge with a later layer holds besides the task's own is that layer's.
    let against = job.intended.merge.as_ref().map_or(&job.base, |merge| &merge.with);
    let changes = site.repo.changed(against, &head)?;
    Ok(AttemptOutcome::Committed {
        files: changes.len() as u32,
        added: changes.iter().map(|change| change.added as u32).sum(),
        removed: changes.iter().map(|change| change.removed as u32).sum(),
        commit: head,
        tree,
        leftovers,
        note: String::new(),
    })
}

/// Files named of a phase that went too far.
const MOST_NAMED: usize = 5;

/// What an agent of a phase did that is another's to do, with the places.
fn overstepped(site: &RunEnv, job: &AttemptJob, head: &Oid) -> Result<Option<String>> {
    let options = &site.info.options;
    if options.tdd != Tdd::Staged || !PHASES.contains(&job.intended.role) || job.task.run.is_some() {
        return Ok(None);
    }
    let diff = difference::between_trees(&site.repo, &job.start, head)?;
    let found = gate::overstepped(job.intended.role, &options.gates, &diff);
    let Some(first) = found.first() else { return Ok(None) };
    let places: Vec<String> =
        found.iter().take(MOST_NAMED).map(|finding| format!("{}:{}", finding.file, finding.line)).collect();
    let more = if found.len() > MOST_NAMED { format!(" and {} more", found.len() - MOST_NAMED) } else { String::new() };
    Ok(Some(format!("{}: {}{more}; {}", first.message, places.join(", "), first.advice)))
}

/// A title for a commit's subject: one line without control characters.
fn plain(title: &str) -> String {
    title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect::<String>().trim().to_owned()
}
