//! The result of a run onto a branch of the user's, wherever that is by now: what has to be done, as a value.

use super::take_steps::TakeStep;
use crate::git::{self, MergeOutcome, OwnCommit, Repo};
use crate::journal::{TakeShape, TakenRecord};
use crate::model::{Error, ErrorKind, Oid, Result, RunId, TaskId};

/// What is taken, and whereto.
#[derive(Debug, Clone)]
pub struct TakeRequest<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The commit that the run started from.
    pub base: &'a Oid,
    /// The head that is taken.
    pub head: &'a Oid,
    /// Where the user's branch is.
    pub tip: &'a Oid,
    /// What of the run is on that branch already, as commits of their own.
    pub taken: Option<&'a TakenRecord>,
    /// How.
    pub shape: TakeShape,
    /// The train, step by step, up to `head`.
    pub steps: &'a [TakeStep],
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakePlan {
    /// The branch has all of it.
    Nothing,
    /// The branch moves forward.
    FastForward,
    /// The result is merged.
    Merge {
        /// The merged tree.
        tree: Oid,
        /// The message of the merge.
        message: String,
    },
    /// Commits of its own are made.
    Commits {
        /// Of which kind: as asked, or as the branch got the first part.
        shape: TakeShape,
        /// The commits, in order; at least one.
        commits: Vec<OwnCommit>,
    },
}

/// Why the result cannot be taken by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeConflict {
    /// The task whose commit clashes, where it is one.
    pub task: Option<TaskId>,
    /// The paths.
    pub paths: Vec<String>,
}

/// Decides what has to be done. Only objects are written.
///
/// # Errors
/// The histories have nothing in common, or git cannot merge at all.
pub fn plan_take(repo: &Repo, request: &TakeRequest<'_>) -> Result<Result<TakePlan, TakeConflict>> {
    let TakeRequest { head, tip, .. } = *request;
    if repo.is_ancestor(head, tip)? || request.taken.is_some_and(|taken| taken.head == *head) {
        return Ok(Ok(TakePlan::Nothing));
    }
    if repo.merge_base(head, tip)?.is_none() {
        return Err(Error::new(
            ErrorKind::Usage,
            "taking the result",
            "your branch and the run have no common history",
        )
        .hint("git switch BRANCH   to the one the run began from, or one made of it"));
    }
    let shape = match own_commits(request) {
        Some(shape) => shape,
        None if repo.is_ancestor(tip, head)? => return Ok(Ok(TakePlan::FastForward)),
        None => {
            let merged = settled(git::merge_one(repo, tip, head, &git::MergeRules::default())?, None);
            if merged.is_ok() || repo.is_ancestor(request.base, tip)? {
                return Ok(merged.map(|tree| TakePlan::Merge { tree, message: subject(request) }));
            }
            // What the run began from was amended or rebased away: what both histories have in common lies before it, and
            // the user's own commits would clash with themselves.
            TakeShape::Linear
        }
    };
    let from = request.taken.map_or(request.base, |taken| &taken.head);
    let made = match shape {
        TakeShape::Linear => linear(repo, request, from)?,
        _ => carried(repo, from, tip, head, None)?.map(|tree| vec![squashed(request, tree)]),
    };
    Ok(made.map(|commits| if commits.is_empty() { TakePlan::Nothing } else { TakePlan::Commits { shape, commits } }))
}

/// Whether the result comes as commits of its own: as asked, and as before where that was so, since a merge would bring
/// once more what is there already.
fn own_commits(request: &TakeRequest<'_>) -> Option<TakeShape> {
    match (request.shape, request.taken.map(|taken| taken.shape)) {
        (TakeShape::Merge, None | Some(TakeShape::Merge)) => None,
        (TakeShape::Merge, Some(before)) => Some(before),
        (asked, _) => Some(asked),
    }
}

fn squashed(request: &TakeRequest<'_>, tree: Oid) -> OwnCommit {
    OwnCommit { tree, message: subject(request), author: None }
}

/// The message of a commit that brings several tasks.
fn subject(request: &TakeRequest<'_>) -> String {
    let TakeRequest { run, .. } = request;
    let fresh = fresh_steps(request);
    let tasks: Vec<String> =
        fresh.iter().flat_map(|step| &step.tasks).map(|task| format!("{}: {}", task.id, task.title)).collect();
    match &tasks[..] {
        [] => format!("Take the result of run {run}\n\nOrca-Run: {run}\n"),
        [one] => format!("{one}\n\nOrca-Run: {run}\n"),
        several => {
            let list: String = several.iter().map(|task| format!("- {task}\n")).collect();
            format!("Take {} tasks of run {run}\n\n{list}\nOrca-Run: {run}\n", several.len())
        }
    }
}

/// The steps that the branch lacks.
fn fresh_steps<'a>(request: &TakeRequest<'a>) -> &'a [TakeStep] {
    let known = request.taken.and_then(|taken| request.steps.iter().rposition(|step| step.after == taken.head));
    &request.steps[known.map_or(0, |n| n + 1)..]
}

/// One commit a step, each carried from where the train had it to where the branch is.
fn linear(repo: &Repo, request: &TakeRequest<'_>, from: &Oid) -> Result<Result<Vec<OwnCommit>, TakeConflict>> {
    let mut commits = Vec::new();
    let (mut before, mut tip) = (from.clone(), request.tip.clone());
    for step in fresh_steps(request) {
        let first = step.tasks.first().map(|task| task.id.clone());
        let tree = match carried(repo, &before, &tip, &step.after, first)? {
            Ok(tree) => tree,
            Err(conflict) => return Ok(Err(conflict)),
        };
        before = step.after.clone();
        if tree == repo.tree_of(&tip)? {
            continue;
        }
        let commit = OwnCommit { tree: tree.clone(), message: step.message.clone(), author: step.author.clone() };
        // Only to merge onto: the commit that the user gets is made by the user's git.
        tip = git::commit_tree(repo, &tree, &[tip], &step.message, jiff::Timestamp::UNIX_EPOCH)?;
        commits.push(commit);
    }
    Ok(Ok(commits))
}

/// The tree of `tip` with what changed from `before` to `after`.
fn carried(
    repo: &Repo,
    before: &Oid,
    tip: &Oid,
    after: &Oid,
    task: Option<TaskId>,
) -> Result<Result<Oid, TakeConflict>> {
    if repo.tree_of(before)? == repo.tree_of(tip)? {
        return Ok(Ok(repo.tree_of(after)?));
    }
    Ok(settled(git::merge_declared(repo, before, tip, after)?, task))
}

fn settled(outcome: MergeOutcome, task: Option<TaskId>) -> Result<Oid, TakeConflict> {
    match outcome {
        MergeOutcome::Clean { tree } => Ok(tree),
        MergeOutcome::Conflict { paths, .. } => {
            Err(TakeConflict { task, paths: paths.into_iter().map(|path| path.path).collect() })
        }
    }
}

/// What of a run is on a branch as commits of their own, or by a merge: the last record whose commit, or a later one
/// with its tree, is still there.
///
/// # Errors
/// Git cannot walk the history.
pub fn taken_onto(repo: &Repo, records: &[TakenRecord], branch: &str, tip: &Oid) -> Result<Option<TakenRecord>> {
    for record in records.iter().rev().filter(|record| record.branch == branch) {
        if is_there(repo, record, tip)? {
            return Ok(Some(record.clone()));
        }
    }
    Ok(None)
}

/// Whether what was taken is still in the history of `tip`.
///
/// # Errors
/// Git cannot walk the history.
pub fn is_there(repo: &Repo, record: &TakenRecord, tip: &Oid) -> Result<bool> {
    // Commits that nothing keeps any more may be gone: then the record tells nothing.
    let known = repo.tree_of(&record.after).is_ok() && repo.tree_of(&record.before).is_ok();
    Ok(known && (repo.is_ancestor(&record.after, tip)? || git::has_tree(repo, &record.before, tip, &record.tree)?))
}
