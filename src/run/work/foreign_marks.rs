//! Marks that an attempt set for other tasks in the plan do not land: a commit on top of its work takes them back.

use jiff::Timestamp;

use crate::git::{self, CommitFiles, Repo};
use crate::integrate::names;
use crate::journal::{MarkedPlan, RunStarted};
use crate::model::{AttemptId, Oid, Result, TaskId};
use crate::plan::{self, PlanEntry};

/// An attempt's result, as far as marks depend on it.
pub struct MarkedWork<'a> {
    /// Which attempt.
    pub attempt: &'a AttemptId,
    /// The branch that it was made on, without `refs/heads/`.
    pub branch: String,
    /// What it is compared with.
    pub base: &'a Oid,
    /// The other side of a merge that it made.
    pub with: Option<&'a Oid>,
    /// Where it stands.
    pub head: &'a Oid,
}

/// What becomes of marks of other tasks.
pub enum TakenBack {
    /// There are none.
    Nothing,
    /// They are not in this commit any more, and what is to be told.
    In(Oid, String),
    /// They cannot be taken back: then there is no result, and why.
    Refused(String),
}

/// Takes back the marks that an attempt set for other tasks, in a commit on top of its work.
///
/// # Errors
/// Git failed.
pub fn take_back(repo: &Repo, info: &RunStarted, work: &MarkedWork<'_>) -> Result<TakenBack> {
    if repo.tree_of(work.base)? == repo.tree_of(work.head)? {
        return Ok(TakenBack::Nothing);
    }
    let (mut tasks, mut files): (Vec<TaskId>, Vec<(String, Vec<u8>)>) = (Vec::new(), Vec::new());
    let after = CommitFiles::new(repo, work.head)?;
    for plan in plans(info) {
        let entry =
            PlanEntry { path: plan.path.clone(), format: Some(plan.format.clone()).filter(|name| !name.is_empty()) };
        let marks = |before: &Oid| -> Result<Option<plan::ForeignMarks>> {
            let before = CommitFiles::new(repo, before)?;
            Ok(plan::foreign_marks(&before, &after, &entry, &plan.prefix, &work.attempt.task))
        };
        let Some(found) = marks(work.base)? else { continue };
        // What the other side of a merge brings was marked when it landed.
        if let Some(with) = work.with
            && marks(with)?.is_none()
        {
            continue;
        }
        let Some(clean) = found.files else {
            let named: Vec<String> = found.tasks.iter().map(|task| format!("`{task}`")).collect();
            return Ok(TakenBack::Refused(format!(
                "it marked {} as done in the plan `{}`; git orca marks a task when it landed: leave the marks of other tasks alone",
                named.join(", "),
                plan.path
            )));
        };
        tasks.extend(found.tasks);
        files.extend(clean);
    }
    if tasks.is_empty() {
        return Ok(TakenBack::Nothing);
    }
    let named = tasks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let tree = git::replace_files(repo, &repo.tree_of(work.head)?, &files)?;
    let (task, run) = (&work.attempt.task, &info.run);
    let message = format!("{task}: take back marks of other tasks in the plan\n\nMarked: {named}\n\nOrca-Run: {run}\n");
    let commit = git::commit_tree(repo, &tree, std::slice::from_ref(work.head), &message, Timestamp::now())?;
    let branch = names::full(&work.branch);
    git::force_refs(repo, &[(names::attempt(run, work.attempt), commit.clone()), (branch, commit.clone())])?;
    let what = format!("it marked {named} as done in the plan, which only git orca does; that was taken back");
    Ok(TakenBack::In(commit, what))
}

/// The plan's documents; where they are not marked, as they were named.
fn plans(info: &RunStarted) -> Vec<MarkedPlan> {
    if !info.marked.is_empty() {
        return info.marked.clone();
    }
    let named = info.plan.each().iter().filter(|path| !path.is_empty());
    named.map(|path| MarkedPlan { path: path.clone(), format: String::new(), prefix: String::new() }).collect()
}
