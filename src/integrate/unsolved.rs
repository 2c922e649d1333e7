//! What is left of a merge, and what solved the rest. A path counts as solved only by a [`Solution`]: one that names every
//! entry that git left of the path, and what stands there now. There is no other way to a clean merge.

use crate::git::{ConflictKind, ConflictPath, Repo, StagedEntry, TreeEntry};
use crate::model::{Oid, Result, Rung};

/// A path that a rung solved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Which.
    pub rung: Rung,
    /// The path.
    pub path: String,
    /// What git had left of it: one entry for each side that has it, and one for the base.
    pub replaced: Vec<StagedEntry>,
    /// What stands there now.
    pub put: TreeEntry,
}

/// A merge that is not through.
#[derive(Debug, Clone)]
pub(super) struct Unsolved {
    /// Everything that git merged, and markers in what it could not.
    pub(super) tree: Oid,
    /// What git says is in conflict.
    pub(super) paths: Vec<ConflictPath>,
    /// The entries that it left.
    pub(super) stages: Vec<StagedEntry>,
}

impl Unsolved {
    /// Whether nothing is left: no entry, and no path that git spoke of.
    pub(super) fn is_through(&self) -> bool {
        self.paths.is_empty() && self.stages.is_empty()
    }

    /// The entries of a path.
    pub(super) fn entries(&self, path: &str) -> Vec<StagedEntry> {
        self.stages.iter().filter(|entry| entry.path == path).cloned().collect()
    }

    /// The paths that a rung for contents may try: both sides have a regular file there, and nothing but what stands in it
    /// is in question. Links, modes, renames and files on one side only are no such thing.
    pub(super) fn files(&self) -> impl Iterator<Item = &ConflictPath> {
        let open = |it: &&ConflictPath| matches!(it.kind, ConflictKind::Contents | ConflictKind::Binary);
        self.paths.iter().filter(open).filter(|it| {
            let entries = self.entries(&it.path);
            entries.iter().all(StagedEntry::is_file) && mode_of(&entries).is_some()
        })
    }

    /// What a rung put at `path` in `tree`, where it is a file as the sides had it; none: it solved nothing there.
    pub(super) fn solution(&self, repo: &Repo, rung: Rung, path: &str, tree: &Oid) -> Result<Option<Solution>> {
        let replaced = self.entries(path);
        let put = repo.entry_in_tree(tree, path)?;
        let put = put.filter(|put| mode_of(&replaced).is_some_and(|mode| mode == put.mode));
        Ok(put.map(|put| Solution { rung, path: path.to_owned(), replaced, put }))
    }

    /// Goes on from `tree`, in which `solutions` hold. One that does not name all that git left of its path is dropped.
    pub(super) fn take(&mut self, tree: Oid, solutions: &[Solution]) {
        self.tree = tree;
        for solution in solutions.iter().filter(|it| !it.replaced.is_empty()) {
            if self.entries(&solution.path) == solution.replaced {
                self.stages.retain(|entry| entry.path != solution.path);
                self.paths.retain(|it| it.path != solution.path);
            }
        }
    }
}

/// The mode that a merge of both sides has; none where one side has nothing there, or both changed it differently.
pub(super) fn mode_of(entries: &[StagedEntry]) -> Option<&str> {
    let of = |stage| entries.iter().find(|entry| entry.stage == stage).map(|entry| entry.mode.as_str());
    let (ours, theirs) = (of(2)?, of(3)?);
    match of(1) {
        _ if ours == theirs => Some(ours),
        Some(base) if base == ours => Some(theirs),
        Some(base) if base == theirs => Some(ours),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::MarkerWidth;

    fn entry(stage: u8, mode: &str) -> StagedEntry {
        let oid = format!("{stage}").repeat(40).parse().unwrap();
        StagedEntry { mode: mode.into(), oid, stage, path: "f".into() }
    }

    fn left(kind: ConflictKind, stages: &[(u8, &str)]) -> Unsolved {
        let path = ConflictPath { path: "f".into(), kind, width: MarkerWidth::default() };
        let stages = stages.iter().map(|(stage, mode)| entry(*stage, mode)).collect();
        Unsolved { tree: "9".repeat(40).parse().unwrap(), paths: vec![path], stages }
    }

    #[test]
    fn only_files_with_one_mode_are_open_to_rungs() {
        const FILE: &str = "100644";
        const RUNS: &str = "100755";
        type Left<'a> = (ConflictKind, &'a [(u8, &'a str)], bool);
        let table: [Left<'_>; 9] = [
            (ConflictKind::Contents, &[(1, FILE), (2, FILE), (3, FILE)], true),
            (ConflictKind::Binary, &[(1, FILE), (2, FILE), (3, RUNS)], true),
            (ConflictKind::Contents, &[(2, FILE), (3, FILE)], true),
            (ConflictKind::Contents, &[(2, FILE), (3, RUNS)], false),
            (ConflictKind::Contents, &[(1, "120000"), (2, "120000"), (3, "120000")], false),
            (ConflictKind::Contents, &[(1, "160000"), (2, "160000"), (3, "160000")], false),
            (ConflictKind::Contents, &[(1, FILE), (2, FILE)], false),
            (ConflictKind::Contents, &[], false),
            (ConflictKind::Rename, &[(1, FILE), (2, FILE), (3, FILE)], false),
        ];
        for (kind, stages, open) in table {
            assert_eq!(left(kind.clone(), stages).files().count() == 1, open, "{kind:?} {stages:?}");
        }
    }

    #[test]
    fn what_does_not_name_every_entry_solves_nothing() {
        let stages: &[(u8, &str)] = &[(1, "100644"), (2, "100644"), (3, "100644")];
        let tree: Oid = "8".repeat(40).parse().unwrap();
        for (named, through) in [(3, true), (2, false), (0, false)] {
            let mut left = left(ConflictKind::Contents, stages);
            let put = TreeEntry { mode: "100644".into(), oid: tree.clone() };
            let replaced = left.stages[..named].to_vec();
            left.take(tree.clone(), &[Solution { rung: Rung::Remembered, path: "f".into(), replaced, put }]);
            assert_eq!(left.is_through(), through, "{named} named");
        }
    }
}
