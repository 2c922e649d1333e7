//! Tasks that are being worked on, and where their work would clash if it landed as it is (DESIGN 7, during).

use std::collections::{BTreeMap, BTreeSet};

use super::by_types::{AskUses, clashes_by_types};
use super::join;
use super::semantic::{SideFacts, SidesMerged, as_conflict, same_symbols, semantic_clashes};
use super::verdicts::{self, KeptAnswers, PairVerdict};
use crate::git::{self, MergeOutcome, MergeRules, Repo};
use crate::journal::ConflictPath;
use crate::model::{Oid, Result, TaskId};
use crate::source::ClashKind;

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
    /// Definitions that both change, where git merges them.
    pub symbols: Vec<ConflictPath>,
    /// What they break together where git finds no conflict: names, routes, numbers that would be there twice or no more.
    pub clashes: Vec<ConflictPath>,
}

/// The paths that a task's work has to do with.
struct Touched {
    /// Changed, new, gone, renamed from and to.
    paths: BTreeSet<String>,
    /// Folders that files were moved out of: git moves there what others put into them.
    left: BTreeSet<String>,
    /// Paths and folders that are there now, by how a file system sees them that tells neither case nor accents apart.
    folded: BTreeMap<String, String>,
}

impl Touched {
    fn by(repo: &Repo, live: &Live) -> Result<Touched> {
        let mut touched = Touched { paths: BTreeSet::new(), left: BTreeSet::new(), folded: BTreeMap::new() };
        for change in repo.changed(&live.base, &live.tip)? {
            if let Some(old) = change.old_path {
                let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
                touched.left.extend(folder(&old).filter(|left| folder(&change.path).as_ref() != Some(left)));
                touched.paths.insert(old);
            }
            if change.kind != git::ChangeKind::Deleted {
                let all = above(&change.path).chain([change.path.as_str()]);
                touched.folded.extend(all.map(|path| (git::folded_path(path), path.to_owned())));
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

/// Names of two that some systems cannot tell apart; of a folder and what lies in it the folder.
fn alike(one: &Touched, other: &Touched) -> Vec<ConflictPath> {
    let both = one.folded.iter().filter_map(|(folded, path)| Some((path, other.folded.get(folded)?)));
    let mut found: Vec<(&String, &String)> = both.filter(|(a, b)| a != b).collect();
    let folders: Vec<&String> = found.iter().map(|(path, _)| *path).collect();
    found.retain(|(path, _)| !above(path).any(|folder| folders.iter().any(|it| *it == folder)));
    let kind = |other: &str| format!("one file with {other} where case or accents do not count");
    found
        .into_iter()
        .map(|(path, other)| ConflictPath { path: path.clone(), kind: kind(other), lines: String::new() })
        .collect()
}

/// The folders of a path, from the nearest up.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(folder, _)| folder.rsplit_once('/')).map(|(folder, _)| folder)
}

/// What is kept of a forecast between calls.
struct KeptForecast {
    pairs: KeptAnswers<PairVerdict>,
    sides: KeptAnswers<SideFacts>,
}

impl KeptForecast {
    fn of(repo: &Repo) -> KeptForecast {
        KeptForecast {
            pairs: KeptAnswers::of(repo, "forecast.json"),
            sides: KeptAnswers::of(repo, "forecast-sides.json"),
        }
    }

    /// What each did.
    fn facts(&mut self, repo: &Repo, live: &[Live]) -> Result<Vec<SideFacts>> {
        let one = |it: &Live| {
            let key = verdicts::side_key(repo, &it.base, &it.tip)?;
            if let Some(known) = self.sides.get(&key) {
                return Ok(known);
            }
            let facts = SideFacts::read(repo, &it.base, &it.tip)?;
            self.sides.put(key, facts.clone());
            Ok(facts)
        };
        live.iter().map(one).collect()
    }

    fn keep(self) {
        self.pairs.keep();
        self.sides.keep();
    }
}

/// Every pair whose files meet, merged in memory by git itself, and read where git finds no conflict; what is known of the
/// same trees is not found out again. Pairs that meet in no file may still break each other: `ask` is asked where a name
/// alone does not say which one it is.
///
/// # Errors
/// Git cannot compare or merge.
pub fn meetings(
    repo: &Repo,
    live: &[Live],
    union: &[String],
    regenerate: &BTreeSet<String>,
    ask: &AskUses<'_>,
) -> Result<Vec<PredictedConflict>> {
    let files = live.iter().map(|it| Touched::by(repo, it)).collect::<Result<Vec<_>>>()?;
    let mut kept = KeptForecast::of(repo);
    let facts = kept.facts(repo, live)?;
    let settings = git::merge_settings(repo)?;
    let rules = format!("{union:?} {regenerate:?} {} 2", String::from_utf8_lossy(&settings));
    let mut found = Vec::new();
    let mut open: Vec<OpenPair> = Vec::new();
    for (a, b) in (0..live.len()).flat_map(|a| (a + 1..live.len()).map(move |b| (a, b))) {
        let files_of_both = files[a].meets(&files[b]);
        let pair = (live[a].tip.clone(), live[b].tip.clone());
        let mut verdict = PairVerdict::default();
        if files_of_both.is_empty() {
            let sides = SidesMerged { ours: &pair.0, theirs: &pair.1, merged: None };
            let clashes = semantic_clashes(repo, (&facts[a], &facts[b]), &sides)?;
            verdict.clashes = clashes.iter().map(as_conflict).collect();
        } else {
            let key = verdicts::key(repo, (&pair.0, &pair.1), &rules)?;
            match kept.pairs.get(&key) {
                Some(known) => verdict = known,
                None => open.push(OpenPair { found: found.len(), key, sides: (a, b), tips: pair }),
            }
        }
        let mut alike = alike(&files[a], &files[b]);
        let sides = SidesMerged { ours: &live[a].tip, theirs: &live[b].tip, merged: None };
        // Not kept with the pair: who answers may know more the next time.
        alike.extend(clashes_by_types(repo, (&facts[a], &facts[b]), &sides, ask).iter().map(as_conflict));
        if files_of_both.is_empty() && verdict.clashes.is_empty() && alike.is_empty() {
            continue;
        }
        let tasks = [live[a].task.clone(), live[b].task.clone()];
        found.push(PredictedConflict::new(tasks, files_of_both, verdict, alike));
    }
    let pairs: Vec<(Oid, Oid)> = open.iter().map(|it| it.tips.clone()).collect();
    for (it, (mut verdict, merged)) in open.into_iter().zip(merged_pairs(repo, &pairs, union, regenerate)?) {
        let (ours, theirs) = (&facts[it.sides.0], &facts[it.sides.1]);
        if let Some(tree) = merged {
            let sides = SidesMerged { ours: &it.tips.0, theirs: &it.tips.1, merged: Some(&tree) };
            let clashes = semantic_clashes(repo, (ours, theirs), &sides)?;
            verdict.clashes = clashes.iter().map(as_conflict).collect();
            // Of a name that would be there twice that is all there is to say.
            verdict.symbols = if clashes.is_empty() { same_symbols(ours, theirs) } else { Vec::new() };
        }
        found[it.found].take(&verdict);
        kept.pairs.put(it.key, verdict);
    }
    kept.keep();
    Ok(found)
}

/// Symbols that one task under way removed and another uses, by the work of both as it is: no merge is needed to see that,
/// so it is asked again and again.
///
/// # Errors
/// Git cannot compare.
pub fn foreseen_clashes(
    repo: &Repo,
    live: &[Live],
    ask: &AskUses<'_>,
) -> Result<Vec<([TaskId; 2], Vec<ConflictPath>)>> {
    let mut kept = KeptForecast::of(repo);
    let facts = kept.facts(repo, live)?;
    kept.sides.keep();
    let mut found = Vec::new();
    for (a, b) in (0..live.len()).flat_map(|a| (a + 1..live.len()).map(move |b| (a, b))) {
        let sides = SidesMerged { ours: &live[a].tip, theirs: &live[b].tip, merged: None };
        let mut clashes = semantic_clashes(repo, (&facts[a], &facts[b]), &sides)?;
        clashes.retain(|it| it.kind == ClashKind::Missing);
        clashes.extend(clashes_by_types(repo, (&facts[a], &facts[b]), &sides, ask));
        if !clashes.is_empty() {
            found.push(([live[a].task.clone(), live[b].task.clone()], clashes.iter().map(as_conflict).collect()));
        }
    }
    Ok(found)
}

/// A pair that has to be merged.
struct OpenPair {
    found: usize,
    key: String,
    sides: (usize, usize),
    tips: (Oid, Oid),
}

impl PredictedConflict {
    fn new(tasks: [TaskId; 2], files: Vec<String>, verdict: PairVerdict, clashes: Vec<ConflictPath>) -> Self {
        let mut new =
            PredictedConflict { tasks, files, paths: Vec::new(), by_rule: false, symbols: Vec::new(), clashes };
        new.take(&verdict);
        new
    }

    fn take(&mut self, verdict: &PairVerdict) {
        self.paths.clone_from(&verdict.paths);
        self.by_rule = verdict.by_rule;
        self.symbols.clone_from(&verdict.symbols);
        self.clashes.extend(verdict.clashes.iter().cloned());
    }
}

/// Merges pairs: one process for all, and one more for those that clash, where rules may solve that. With each the tree of
/// a clean merge.
fn merged_pairs(
    repo: &Repo,
    pairs: &[(Oid, Oid)],
    union: &[String],
    regenerate: &BTreeSet<String>,
) -> Result<Vec<(PairVerdict, Option<Oid>)>> {
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
        MergeOutcome::Clean { tree } => (PairVerdict::default(), Some(tree)),
        MergeOutcome::Conflict { tree, paths, .. } => {
            let paths = join::clashes(repo, &tree, &paths);
            let by_rule = ruled.next().is_some_and(|ruled| !left(ruled));
            (PairVerdict { paths, by_rule, ..PairVerdict::default() }, None)
        }
    };
    Ok(plain.into_iter().map(verdict).collect())
}
