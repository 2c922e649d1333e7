//! Tasks that are being worked on, and where their work would clash if it landed as it is (DESIGN 7, during).

use std::collections::BTreeSet;

use super::join;
use super::verdicts::{self, PairVerdict, Verdicts};
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

/// Every pair whose files meet, merged in memory by git itself; what is known of the same trees is not found out again.
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
    let settings = git::merge_settings(repo)?;
    let rules = format!("{union:?} {regenerate:?} {}", String::from_utf8_lossy(&settings));
    let mut verdicts = Verdicts::of(repo);
    let mut found = Vec::with_capacity(met.len());
    let mut open: Vec<(usize, String, (Oid, Oid))> = Vec::new();
    for (a, b, files) in met {
        let pair = (live[a].tip.clone(), live[b].tip.clone());
        let key = verdicts::key(repo, (&pair.0, &pair.1), &rules)?;
        let known = verdicts.get(&key);
        if known.is_none() {
            open.push((found.len(), key, pair));
        }
        let PairVerdict { paths, by_rule } = known.unwrap_or(PairVerdict { paths: Vec::new(), by_rule: false });
        found.push(PredictedConflict { tasks: [live[a].task.clone(), live[b].task.clone()], files, paths, by_rule });
    }
    let pairs: Vec<(Oid, Oid)> = open.iter().map(|(_, _, pair)| pair.clone()).collect();
    for ((n, key, _), verdict) in open.into_iter().zip(merged_pairs(repo, &pairs, union, regenerate)?) {
        (found[n].paths, found[n].by_rule) = (verdict.paths.clone(), verdict.by_rule);
        verdicts.put(key, verdict);
    }
    verdicts.keep();
    Ok(found)
}

/// Merges pairs: one process for all, and one more for those that clash, where rules may solve that.
fn merged_pairs(
    repo: &Repo,
    pairs: &[(Oid, Oid)],
    union: &[String],
    regenerate: &BTreeSet<String>,
) -> Result<Vec<PairVerdict>> {
    let plain = git::merge_batch(repo, pairs, &MergeRules::default())?;
    let clashing = |outcome: &MergeOutcome| matches!(outcome, MergeOutcome::Conflict { .. });
    let again: Vec<(Oid, Oid)> =
        pairs.iter().zip(&plain).filter(|(_, outcome)| clashing(outcome)).map(|(pair, _)| pair.clone()).collect();
    let ruled = if union.is_empty() {
        plain.iter().filter(|outcome| clashing(outcome)).cloned().collect()
    } else {
        git::merge_batch(repo, &again, &MergeRules { union: union.to_vec(), ..MergeRules::default() })?
    };
    let left = |outcome: &MergeOutcome| match outcome {
        MergeOutcome::Clean { .. } => false,
        MergeOutcome::Conflict { paths, .. } => paths.iter().any(|path| !regenerate.contains(&path.path)),
    };
    let mut ruled = ruled.iter();
    let verdict = |outcome: MergeOutcome| match outcome {
        MergeOutcome::Clean { .. } => PairVerdict { paths: Vec::new(), by_rule: false },
        MergeOutcome::Conflict { tree, paths, .. } => PairVerdict {
            paths: join::clashes(repo, &tree, &paths),
            by_rule: ruled.next().is_some_and(|ruled| !left(ruled)),
        },
    };
    Ok(plain.into_iter().map(verdict).collect())
}
