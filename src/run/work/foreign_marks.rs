//! Marks that an attempt set for other tasks in the plan do not land: a commit on top of its work takes them back.

use jiff::Timestamp;

use super::attempt::AttemptJob;
use crate::git::{self, CommitFiles};
use crate::integrate::names;
use crate::journal::{Event, MarkedPlan};
use crate::model::{Oid, Result, TaskId};
use crate::plan::{self, PlanEntry};
use crate::run::run_env::RunEnv;

/// The commit that is the attempt's result once marks of other tasks are taken back: `head` itself where there are none.
/// The inner error says why they cannot be taken back: then there is no result.
///
/// # Errors
/// Git failed.
pub fn take_back(site: &RunEnv, job: &AttemptJob, head: &Oid) -> Result<std::result::Result<Oid, String>> {
    if site.repo.tree_of(&job.base)? == site.repo.tree_of(head)? {
        return Ok(Ok(head.clone()));
    }
    let (mut tasks, mut files): (Vec<TaskId>, Vec<(String, Vec<u8>)>) = (Vec::new(), Vec::new());
    let after = CommitFiles::new(&site.repo, head)?;
    for plan in plans(site) {
        let entry =
            PlanEntry { path: plan.path.clone(), format: Some(plan.format.clone()).filter(|name| !name.is_empty()) };
        let marks = |before: &Oid| -> Result<Option<plan::ForeignMarks>> {
            let before = CommitFiles::new(&site.repo, before)?;
            Ok(plan::foreign_marks(&before, &after, &entry, &plan.prefix, &job.attempt.task))
        };
        let Some(found) = marks(&job.base)? else { continue };
        // What the other side of a merge brings was marked when it landed.
        if let Some(merge) = &job.intended.merge
            && marks(&merge.with)?.is_none()
        {
            continue;
        }
        let Some(clean) = found.files else {
            let named: Vec<String> = found.tasks.iter().map(|task| format!("`{task}`")).collect();
            return Ok(Err(format!(
                "it marked {} as done in the plan `{}`; git orca marks a task when it landed: leave the marks of other tasks alone",
                named.join(", "),
                plan.path
            )));
        };
        tasks.extend(found.tasks);
        files.extend(clean);
    }
    if tasks.is_empty() {
        return Ok(Ok(head.clone()));
    }
    let named: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    let tree = git::replace_files(&site.repo, &site.repo.tree_of(head)?, &files)?;
    let (task, run) = (&job.attempt.task, &site.info.run);
    let message = format!(
        "{task}: take back marks of other tasks in the plan\n\nMarked: {}\n\nOrca-Run: {run}\n",
        named.join(", ")
    );
    let commit = git::commit_tree(&site.repo, &tree, std::slice::from_ref(head), &message, Timestamp::now())?;
    let branch = names::full(&names::task_branch(run, task));
    git::force_refs(&site.repo, &[(names::attempt(run, &job.attempt), commit.clone()), (branch, commit.clone())])?;
    let what =
        format!("it marked {} as done in the plan, which only git orca does; that was taken back", named.join(", "));
    site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
    Ok(Ok(commit))
}

/// The plan's documents; where they are not marked, as they were named.
fn plans(site: &RunEnv) -> Vec<MarkedPlan> {
    if !site.info.marked.is_empty() {
        return site.info.marked.clone();
    }
    let named = site.info.plan.each().iter().filter(|path| !path.is_empty());
    named.map(|path| MarkedPlan { path: path.clone(), format: String::new(), prefix: String::new() }).collect()
}
