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

/// The paths that a task's work has to do with.
struct Touched {
    /// Changed, new, gone, renamed from and to.
    paths: BTreeSet<String>,
    /// Folders that files were moved out of: git moves there what others put into them.
    left: BTreeSet<String>,
}

impl Touched {
    fn by(repo: &Repo, live: &Live) -> Result<Touched> {
        let mut touched = Touched { paths: BTreeSet::new(), left: BTreeSet::new() };
        for change in repo.changed(&live.base, &live.tip)? {
            if let Some(old) = change.old_path {
                let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
                touched.left.extend(folder(&old).filter(|left| folder(&change.path).as_ref() != Some(left)));
                touched.paths.insert(old);
            }
            touched.paths.insert(change.path);
        }
        Ok(touched)
    }

    /// Where two may meet: the same path, a file here and a folder there, or a file below a folder that was moved.
    fn meets(&self, other: &Touched) -> Vec<String> {
        let same = self.paths.intersection(&other.paths).cloned();
        let mut met: BTreeSet<String> = same.collect();
        for (one, another) in [(self, other), (other, self)] {
            let is_new_below = |path: &&String| above(path).any(|folder| one.left.contains(folder));
            met.extend(another.paths.iter().filter(is_new_below).cloned());
            let is_folder_there = |path: &&String| above(path).any(|folder| one.paths.contains(folder));
            met.extend(another.paths.iter().filter(is_folder_there).cloned());
        }
        met.into_iter().collect()
    }
}

/// The folders of a path, from the nearest up.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/')).map(|(folder, _)| folder)
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
    let files = live.iter().map(|it| Touched::by(repo, it)).collect::<Result<Vec<_>>>()?;
    let mut met: Vec<(usize, usize, Vec<String>)> = Vec::new();
    for a in 0..live.len() {
        for b in a + 1..live.len() {
            let both = files[a].meets(&files[b]);
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
