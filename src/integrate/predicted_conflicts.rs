//! Tasks that are being worked on, and where their work would clash if it landed as it is (DESIGN 7, during).

use std::collections::BTreeSet;

use super::join;
use crate::git::{self, MergeOutcome, MergeRules, Repo};
use crate::journal::ConflictPath;
use crate::model::{Oid, Result, TaskId};

/// The work of a task as it was last seen.
#[derive(Debug, Clone)]
pub struct Live {
    /// The task.
    pub task: TaskId,
    /// What it began from.
    pub base: Oid,
    /// What it is now.
    pub tip: Oid,
}

/// Two tasks that change the same files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictedConflict {
    /// The two, in the plan's order.
    pub tasks: [TaskId; 2],
    /// Files that both change.
    pub files: Vec<String>,
    /// Where git finds a conflict; empty where the places lie apart.
    pub paths: Vec<ConflictPath>,
    /// Whether all of it has a rule (`[conflicts] union` and `regenerate`).
    pub by_rule: bool,
}

/// Every pair whose files meet, merged in memory by git itself: two processes for all of them.
///
/// # Errors
/// Git cannot compare or merge.
pub fn meetings(
    repo: &Repo,
    live: &[Live],
    union: &[String],
    regenerate: &BTreeSet<String>,
) -> Result<Vec<PredictedConflict>> {
    let changed = |it: &Live| -> Result<BTreeSet<String>> {
        let changes = repo.changed(&it.base, &it.tip)?.into_iter();
        // What was renamed meets what others do under its old name.
        Ok(changes.flat_map(|change| [Some(change.path), change.old_path]).flatten().collect())
    };
    let files = live.iter().map(changed).collect::<Result<Vec<_>>>()?;
    let mut met: Vec<(usize, usize, Vec<String>)> = Vec::new();
    for a in 0..live.len() {
        for b in a + 1..live.len() {
            let both: Vec<String> = files[a].intersection(&files[b]).cloned().collect();
            if !both.is_empty() {
                met.push((a, b, both));
            }
        }
    }
    let pairs: Vec<(Oid, Oid)> = met.iter().map(|(a, b, _)| (live[*a].tip.clone(), live[*b].tip.clone())).collect();
    let plain = git::merge_batch(repo, &pairs, &MergeRules::default())?;
    let ruled = MergeRules { union: union.to_vec(), ..MergeRules::default() };
    let ruled = git::merge_batch(repo, &pairs, &ruled)?;
    let left = |outcome: &MergeOutcome| match outcome {
        MergeOutcome::Clean { .. } => false,
        MergeOutcome::Conflict { paths, .. } => paths.iter().any(|path| !regenerate.contains(&path.path)),
    };
    let mut found = Vec::with_capacity(met.len());
    for (((a, b, files), plain), ruled) in met.into_iter().zip(plain).zip(ruled) {
        let paths = match &plain {
            MergeOutcome::Clean { .. } => Vec::new(),
            MergeOutcome::Conflict { tree, paths, .. } => join::clashes(repo, tree, paths),
        };
        let by_rule = !paths.is_empty() && !left(&ruled);
        found.push(PredictedConflict { tasks: [live[a].task.clone(), live[b].task.clone()], files, paths, by_rule });
    }
    Ok(found)
}
