//! Write-back: one commit per head that sets the marks of landed tasks in the plan's files. Blobs and trees are made
//! directly, from the head's own files: no checkout, no filters, nothing but the marks' bytes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::git::{self, CommitFiles, Repo};
use crate::journal::{Head, MarkedPlan, Unmarked};
use crate::model::{Error, ErrorKind, Files, Oid, Result, RunId, Task, TaskId};
use crate::plan::{self, MarkEdit, PlanEntry};

/// A landed task that nobody has marked yet.
#[derive(Debug, Clone)]
pub struct ToMark {
    /// The task as the run was told of it.
    pub task: Task,
    /// Its layer.
    pub layer: u32,
}

/// Everything that marking depends on.
#[derive(Debug, Clone)]
pub struct MarkJob {
    /// The run.
    pub run: RunId,
    /// What layers without tasks of their own build on.
    pub root: Head,
    /// Landed heads by layer.
    pub heads: BTreeMap<u32, Head>,
    /// Tasks to mark; their layers have closed.
    pub tasks: Vec<ToMark>,
    /// The plan's documents.
    pub plans: Vec<MarkedPlan>,
    /// Time of the commits.
    pub when: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marked {
    /// Heads that change, lowest layer first.
    pub heads: Vec<Head>,
    /// Tasks that are marked on the head of their layer.
    pub tasks: Vec<TaskId>,
    /// Tasks that are not.
    pub left: Vec<Unmarked>,
}

/// Makes the commits; moves nothing. Each head gets the marks of the tasks landed up to it, and contains the head below.
///
/// # Errors
/// Git failed, or a commit would differ from its head in more than the plan's files.
pub fn mark(repo: &Repo, job: &MarkJob) -> Result<Marked> {
    let own: BTreeSet<u32> = job.tasks.iter().map(|task| task.layer).collect();
    let Some(lowest) = own.first().copied() else { return Ok(Marked::default()) };
    let above = job.heads.keys().copied().filter(|layer| *layer >= lowest);
    let mut marked = Marked::default();
    let mut below: Option<Head> = None;
    for layer in own.iter().copied().chain(above).collect::<BTreeSet<u32>>() {
        let step = Step { repo, job, layer, below: below.clone() };
        let made = step.take()?;
        if own.contains(&layer) {
            note(&mut marked, &made, job, layer);
        }
        if let Some(head) = made.head {
            below = Some(head.clone());
            marked.heads.push(head);
        }
    }
    Ok(marked)
}

/// Notes what became of the tasks of `layer`, on the head of their own layer.
fn note(marked: &mut Marked, made: &Made, job: &MarkJob, layer: u32) {
    for ToMark { task, .. } in job.tasks.iter().filter(|task| task.layer == layer) {
        match made.left.iter().find(|(id, _)| *id == task.id) {
            Some((id, why)) => marked.left.push(Unmarked { task: id.clone(), why: why.clone() }),
            None => marked.tasks.push(task.id.clone()),
        }
    }
}

/// One head.
struct Step<'a> {
    repo: &'a Repo,
    job: &'a MarkJob,
    layer: u32,
    /// The head below, where it has changed.
    below: Option<Head>,
}

/// Tasks that nothing marks, and why.
type Left = Vec<(TaskId, String)>;

/// What became of one head.
struct Made {
    head: Option<Head>,
    left: Left,
}

impl Step<'_> {
    fn take(&self) -> Result<Made> {
        let own = self.job.heads.get(&self.layer);
        let standing = self.job.heads.range(..self.layer).next_back().map_or(&self.job.root, |(_, head)| head);
        let from = own.or(self.below.as_ref()).unwrap_or(standing);
        let (edits, left) = self.edits(from)?;
        let carried = self.below.as_ref().filter(|_| own.is_some());
        if edits.is_empty() && carried.is_none() {
            return Ok(Made { head: None, left });
        }
        let tree = if edits.is_empty() { from.tree.clone() } else { self.tree(from, &edits)? };
        let mut parents = vec![from.commit.clone()];
        parents.extend(carried.map(|below| below.commit.clone()));
        let commit = git::commit_tree(self.repo, &tree, &parents, &self.message(&edits), self.job.when)?;
        self.prove(&from.commit, &commit, &edits)?;
        Ok(Made { head: Some(Head { layer: self.layer, commit, tree }), left })
    }

    /// The edits in the files of `from`, and the tasks that nothing there marks.
    fn edits(&self, from: &Head) -> Result<(Vec<MarkEdit>, Left)> {
        let files = CommitFiles::new(self.repo, &from.commit)?;
        let (mut edits, mut left) = (Vec::new(), Vec::new());
        let mut rest: Vec<&Task> =
            self.job.tasks.iter().filter(|task| task.layer <= self.layer).map(|task| &task.task).collect();
        for plan in &self.job.plans {
            let (of_plan, others): (Vec<&Task>, Vec<&Task>) = rest.into_iter().partition(|task| belongs(task, plan));
            rest = others;
            if of_plan.is_empty() {
                continue;
            }
            let entry = PlanEntry { path: plan.path.clone(), format: Some(plan.format.clone()) };
            let marking = plan::marks(&files, &entry, &plan.prefix, &of_plan);
            edits.extend(marking.edits);
            left.extend(marking.left);
        }
        left.extend(rest.into_iter().map(|task| (task.id.clone(), format!("`{}` is left alone", task.at.file))));
        Ok((edits, left))
    }

    /// The tree of `from` with the edits.
    fn tree(&self, from: &Head, edits: &[MarkEdit]) -> Result<Oid> {
        let files = CommitFiles::new(self.repo, &from.commit)?;
        let mut replaced = Vec::new();
        for of_file in edits.chunk_by(|a, b| a.file == b.file) {
            let file = &of_file[0].file;
            let bytes = plan::apply(&files.read(file)?, of_file).ok_or_else(|| wrong(file))?;
            replaced.push((file.clone(), bytes));
        }
        git::replace_files(self.repo, &from.tree, &replaced)
    }

    /// Proves that git sees nothing changed but the files with marks: gates are not asked again.
    fn prove(&self, before: &Oid, after: &Oid, edits: &[MarkEdit]) -> Result<()> {
        let changes = self.repo.changed(before, after)?;
        let other = changes.iter().find(|change| !edits.iter().any(|edit| edit.file == change.path));
        other.map_or(Ok(()), |change| Err(wrong(&change.path)))
    }

    fn message(&self, edits: &[MarkEdit]) -> String {
        let run = &self.job.run;
        if edits.is_empty() {
            return format!("Carry the marks below into layer {}\n\nOrca-Run: {run}\n", self.layer);
        }
        let files: BTreeSet<&str> = edits.iter().map(|edit| edit.file.as_str()).collect();
        let files: Vec<&str> = files.into_iter().collect();
        format!("Mark landed tasks up to layer {}\n\nIn {}.\n\nOrca-Run: {run}\n", self.layer, files.join(", "))
    }
}

/// Whether a task stands in this document of the plan.
fn belongs(task: &Task, plan: &MarkedPlan) -> bool {
    let file = task.at.file.as_str();
    let inside = file.strip_prefix(plan.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    inside || plan.path.is_empty()
}

fn wrong(path: &str) -> Error {
    let cause = format!("`{path}` would change in more than its marks; this is a bug in git orca");
    Error::new(ErrorKind::Failed, "marking landed tasks in the plan", cause)
}
