//! The two sides of a clash that an attempt merges, and what it made of them.

use super::job::AttemptJob;
use crate::git::{self, Slot};
use crate::integrate::{self, Clash, Joined, names};
use crate::journal::Event;
use crate::model::{Oid, Result};
use crate::run::landing::rules::rules;
use crate::run::run_env::RunEnv;

/// Stages what was solved and not staged.
pub fn stage(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<()> {
    match clash(site, job)? {
        Some(clash) => git::stage_solved(&site.repo, slot, &clash.tree, &clash.found),
        None => Ok(()),
    }
}

/// Why what an attempt made of both sides cannot be taken; what is remarkable about it is told.
pub fn refusal(site: &RunEnv, job: &AttemptJob, head: &Oid) -> Result<Option<String>> {
    let Some(theirs) = other_side(site, job)? else {
        tell_replaced(site, job, head)?;
        return Ok(None);
    };
    let rules = rules(site.repo.common_dir(), &site.info.options);
    let judged = integrate::judge(&site.repo, &rules, &job.start, &theirs, head)?;
    if !judged.objections.is_empty() {
        return Ok(Some(format!("its merge is refused: {}", few(&judged.objections))));
    }
    if !judged.remarks.is_empty() {
        let what = format!("merged both sides; {}", few(&judged.remarks));
        site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
    }
    Ok(None)
}

/// Tells what an attempt that was made again on top of what landed did to that.
fn tell_replaced(site: &RunEnv, job: &AttemptJob, head: &Oid) -> Result<()> {
    let Some(earlier) = job.earlier.work_that_clashed() else { return Ok(()) };
    let rules = rules(site.repo.common_dir(), &site.info.options);
    let replaced = integrate::replaced(&site.repo, &rules, &earlier, &job.base, head)?;
    if !replaced.is_empty() {
        let what = format!("run again on top of what landed, it replaced {}", few(&replaced));
        site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
    }
    Ok(())
}

/// A task's branch shows its own work again, where what was merged is not taken: from there a person begins.
pub fn put_back(site: &RunEnv, job: &AttemptJob) -> Result<()> {
    let branch = job.branch(&site.info.run);
    match site.repo.checked_out(&branch) {
        Some(_) => Ok(()),
        None => git::force_refs(&site.repo, &[(names::full(&branch), job.start.clone())]),
    }
}

/// What is still in conflict between both sides; none where nothing is.
pub fn clash(site: &RunEnv, job: &AttemptJob) -> Result<Option<Clash>> {
    let Some(theirs) = other_side(site, job)? else { return Ok(None) };
    match joined(site, job, &theirs)? {
        Joined::Clash(clash) => Ok(Some(clash)),
        Joined::Clean { .. } => Ok(None),
    }
}

/// Both sides, merged as far as rules can.
pub fn joined(site: &RunEnv, job: &AttemptJob, theirs: &Oid) -> Result<Joined> {
    integrate::join(&site.repo, &rules(site.repo.common_dir(), &site.info.options), (&job.start, theirs), None)
}

/// The head that is merged, with what the task was made on where that was merged on the side: all of it has landed, and
/// without saying so git would count it twice. The same commit whenever it is asked for.
pub fn other_side(site: &RunEnv, job: &AttemptJob) -> Result<Option<Oid>> {
    let Some(merge) = &job.intended.merge else { return Ok(None) };
    let Some(side) = &job.side else { return Ok(Some(merge.with.clone())) };
    if site.repo.is_ancestor(side, &merge.with)? {
        return Ok(Some(merge.with.clone()));
    }
    let head = site.repo.commit_info(&merge.with)?;
    let parents = [merge.with.clone(), side.clone()];
    git::commit_tree(&site.repo, &head.tree, &parents, "All of it has landed\n", head.time).map(Some)
}

/// What the merge commit says.
pub fn message(site: &RunEnv, job: &AttemptJob) -> String {
    let task = &job.attempt.task;
    let layer = job.intended.merge.as_ref().map_or(0, |merge| merge.layer);
    format!("Merge layer {layer} into {task}\n\nOrca-Run: {}\n", site.info.run)
}

/// Objections named at most.
const NAMED: usize = 4;

fn few(words: &[String]) -> String {
    let more = words.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", words[..words.len().min(NAMED)].join("; "))
}
