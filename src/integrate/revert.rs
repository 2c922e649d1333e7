//! Taking landed tasks out again: each by a commit that reverts its merge on the head of its layer, newest first, and
//! the heads above take the head below in. Only objects are made here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::take::TakeConflict;
use crate::git::{self, MergeOutcome, MergeRules, Repo};
use crate::journal::{Head, RunState};
use crate::model::{Oid, Result, TaskId};

/// The heads of `state` without what `tasks` (newest first) brought: those that change, lowest layer first.
///
/// # Errors
/// Git cannot merge at all, or a commit is missing.
pub fn revert_tasks(
    repo: &Repo,
    state: &RunState,
    tasks: &[TaskId],
    when: Timestamp,
) -> Result<Result<Vec<Head>, TakeConflict>> {
    let mut heads: BTreeMap<u32, Oid> = state.heads.iter().map(|(n, head)| (*n, head.commit.clone())).collect();
    for id in tasks {
        let Some(i) = state.index(id) else { continue };
        for landed in state.tasks[i].landings() {
            let Some(head) = heads.get(&state.info.layers[i]).cloned() else { continue };
            let Some(before) = repo.commit_info(landed)?.parents.into_iter().next() else { continue };
            let tree = match git::merge_declared(repo, landed, &head, &before)? {
                MergeOutcome::Clean { tree } => tree,
                MergeOutcome::Conflict { paths, .. } => {
                    let paths = paths.into_iter().map(|path| path.path).collect();
                    return Ok(Err(TakeConflict { task: Some(id.clone()), paths }));
                }
            };
            let title: String =
                state.info.tasks[i].title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let message =
                format!("Revert {id}: {title}\n\nThis reverts commit {landed}.\n\nOrca-Run: {}\n", state.info.run);
            heads.insert(state.info.layers[i], git::commit_tree(repo, &tree, &[head], &message, when)?);
        }
    }
    carry(repo, state, heads, when)
}

/// Each head that follows a changed one takes that in.
fn carry(
    repo: &Repo,
    state: &RunState,
    heads: BTreeMap<u32, Oid>,
    when: Timestamp,
) -> Result<Result<Vec<Head>, TakeConflict>> {
    let mut changed: Vec<Head> = Vec::new();
    for (layer, mut commit) in heads {
        let before = state.heads.get(&layer).map(|head| &head.commit);
        if let Some(below) = changed.last() {
            let tree = match git::merge_one(repo, &commit, &below.commit, &MergeRules::default())? {
                MergeOutcome::Clean { tree } => tree,
                MergeOutcome::Conflict { paths, .. } => {
                    let paths = paths.into_iter().map(|path| path.path).collect();
                    return Ok(Err(TakeConflict { task: None, paths }));
                }
            };
            let message = format!("Merge layer {} into layer {layer}\n\nOrca-Run: {}\n", below.layer, state.info.run);
            commit = git::commit_tree(repo, &tree, &[commit, below.commit.clone()], &message, when)?;
        }
        if before != Some(&commit) {
            let tree = repo.tree_of(&commit)?;
            changed.push(Head { layer, commit, tree });
        }
    }
    Ok(Ok(changed))
}
