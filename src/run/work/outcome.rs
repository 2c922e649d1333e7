//! What an attempt amounts to, decided from git.

use jiff::Timestamp;

use super::foreign_marks::{self, MarkedWork, TakenBack};
use super::hooks::{self, Hooked};
use super::job::{AttemptJob, Done, fail};
use super::keeping;
use super::sides;
use super::take_in::{self, TakenIn};
use crate::agent::Ending;
use crate::gate;
use crate::git::{self, LeftoverRules, Leftovers, Slot};
use crate::integrate::names;
use crate::journal::{AttemptOutcome, Event, FailClass};
use crate::model::{Oid, Result, Role, TaskKind, Tdd};
use crate::run::judging::difference;
use crate::run::run_env::RunEnv;
use crate::schedule::PHASES;

/// Decides from git what an attempt left, and keeps all of it by refs.
///
/// Of how it ended, `caught` is what it did outside its task: then there is no result, whatever else it did. Harmless twice.
pub fn classify(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    (ending, exit_counts, claim, caught): (Ending, bool, Option<String>, Option<String>),
) -> Result<Done> {
    let finished = matches!(ending, Ending::Finished | Ending::Denied(_));
    let also = caught.as_ref().map(|caught| format!("; {caught}")).unwrap_or_default();
    let mut unfinished = caught.or_else(|| strayed(site, job, slot));
    let taken = match take_in::take_in(site, job, slot) {
        Ok(taken) => taken,
        Err(error) => return keeping::untouched(site, job, slot, &error),
    };
    let mut leftovers = false;
    if finished && unfinished.is_none() {
        if job.intended.merge.is_some() {
            sides::stage(site, job, slot)?;
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
    let salvage = if clean { None } else { keeping::save_and_free(site, job, slot, &taken)? };
    let head = git::slot_head(&site.repo, slot).unwrap_or_else(|_| job.start.clone());
    keeping::keep(site, job, slot, &head, &taken.replaced)?;
    if clean {
        keeping::free(site, slot, taken.leaves_nothing(slot))?;
    }
    let (head, unfinished) = if clean { without_foreign_marks(site, job, head)? } else { (head, unfinished) };
    let outcome = match (&ending, unfinished) {
        (Ending::Finished | Ending::Denied(_), None) if hooked.refused.is_some() => {
            fail(FailClass::Hook, hooked.refused.unwrap_or_default())
        }
        (Ending::Finished | Ending::Denied(_), Some(reason)) => fail(FailClass::Retryable, reason),
        (Ending::Finished, None) => result(site, job, head.clone(), leftovers, exit_counts, claim)?,
        (Ending::Denied(what), None) => denied(result(site, job, head.clone(), leftovers, exit_counts, claim)?, what),
        (Ending::SessionLost(why), _) if job.intended.resume.is_some() => {
            also_caught(fail(FailClass::SessionLost, format!("{why}; a fresh agent takes over")), &also)
        }
        (ending, _) => also_caught(failed(ending), &also),
    };
    let failed = matches!(outcome, AttemptOutcome::Failed { .. });
    if job.intended.merge.is_some() && failed {
        sides::put_back(site, job)?;
    }
    // Work that was committed and cannot be taken (the base was amended, a phase went too far) is work all the same.
    let refused = failed && clean && site.repo.tree_of(&head)? != site.repo.tree_of(&job.start)?;
    let salvage = salvage.or_else(|| refused.then(|| head.clone()));
    Ok(Done { outcome, salvage, max_rss: 0, cpu: 0.0, set_aside: None })
}

/// The result without marks that it set for other tasks, and why there is none where they cannot be taken back.
fn without_foreign_marks(site: &RunEnv, job: &AttemptJob, head: Oid) -> Result<(Oid, Option<String>)> {
    let with = job.intended.merge.as_ref().map(|merge| &merge.with);
    let work =
        MarkedWork { attempt: &job.attempt, branch: job.branch(&site.info.run), base: &job.base, with, head: &head };
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
        Ending::Refused { why, fix } => fail(FailClass::Authentication, format!("{why}; {fix}")),
        Ending::OutOfTurns(why) => fail(FailClass::OutOfTurns, words(why)),
        Ending::OverBudget(why) => fail(FailClass::OverBudget, words(why)),
        Ending::Fatal(why) => fail(FailClass::Fatal, words(why)),
        Ending::Stopped => fail(FailClass::Stopped, "it was stopped on request".to_owned()),
    }
}

/// Why a slot no longer stands on its task's branch: on another branch nothing is committed for the agent, since that
/// branch may be the user's.
fn strayed(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Option<String> {
    let own = names::full(&job.branch(&site.info.run));
    match git::slot_branch(slot) {
        Ok(Some(branch)) if branch != own => {
            Some(format!("it switched to `{}` and left its own branch", branch.trim_start_matches("refs/heads/")))
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
        (!left_out.is_empty()).then(|| format!("it left files that cannot be committed: {}", keeping::listed(left_out)))
    };
    Ok(match git::commit_leftovers(&site.repo, slot, &rules)? {
        Leftovers::Nothing => (false, None),
        Leftovers::NotStorable(left_out) => (false, unstorable(&left_out)),
        Leftovers::Committed { left_out, told, .. } => {
            take_in::tell(site, job, &told);
            (true, unstorable(&left_out).or(hooks::reworded(site, job, slot, &message)?))
        }
        Leftovers::Unmerged(paths) => (false, Some(format!("it left unmerged files: {}", paths.join(", ")))),
        Leftovers::InProgress(what) => (false, Some(format!("it left a {what} unfinished"))),
    })
}

/// A failure, with what the attempt did outside its task besides.
fn also_caught(outcome: AttemptOutcome, also: &str) -> AttemptOutcome {
    match outcome {
        AttemptOutcome::Failed { class, reason } => fail(class, reason + also),
        other => other,
    }
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
    if let Some(reason) = sides::refusal(site, job, &head)? {
        return Ok(fail(FailClass::Unsolved, reason));
    }
    if !site.repo.is_ancestor(&job.base, &head)? {
        return Ok(fail(
            FailClass::Retryable,
            "it rewrote the commit it started from (amend, rebase or reset), so its work cannot be merged".to_owned(),
        ));
    }
    let tree = site.repo.tree_of(&head)?;
    // Where nothing is worth improving, the last phase leaves the work as it was, and so does who only hears a word.
    let thought_over = job.start != job.base && job.earlier.is_for_word();
    let may_stay = job.intended.role == Role::Refactor || job.intended.merge.is_some() || thought_over;
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
