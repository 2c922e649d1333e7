//! Sparse worktrees: a slot that has only part of its commit's files. Which part comes from us and lies beside the slot,
//! where no agent writes; what an agent makes of its own patterns meanwhile is its business. The user's configuration is
//! never written: git is told by the settings of each call, and the patterns lie below the slot's own git folder.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::files::{read_file, read_text, remove, replace};
use super::slot::Slot;
use crate::model::{Error, Result, SparsePatterns};

/// Where git looks for patterns, below a git folder.
pub(super) const PATTERNS: &str = "info/sparse-checkout";

/// Where it is noted what of a slot's commit is checked out.
fn note_of(worktree: &Path) -> Option<PathBuf> {
    Some(worktree.parent()?.join(".sparse").join(worktree.file_name()?))
}

/// The part of a commit that a worktree has.
#[derive(Debug)]
pub(super) struct Sparse {
    patterns: SparsePatterns,
    globs: GlobSet,
    /// By pattern: whether it is about folders only, and whether it takes in or leaves out.
    kinds: Vec<(bool, bool)>,
    /// What was found out about folders: most entries share theirs.
    folders: RefCell<HashMap<Vec<u8>, bool>>,
}

impl Sparse {
    /// What was noted for a slot; none where it has all of its commit.
    pub(super) fn of(slot: &Slot) -> Option<Sparse> {
        noted(&slot.path).map(Sparse::new)
    }

    /// Its own patterns, as an agent may have changed them.
    pub(super) fn of_agent(slot: &Slot) -> Option<Sparse> {
        read_text(&slot.admin.join(PATTERNS)).ok().map(|text| Sparse::new(SparsePatterns::read(text)))
    }

    fn new(patterns: SparsePatterns) -> Sparse {
        let mut globs = GlobSetBuilder::new();
        let mut kinds = Vec::new();
        for line in patterns.text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (line, takes_in) = line.strip_prefix('!').map_or((line, true), |rest| (rest, false));
            let (line, folders) = line.strip_suffix('/').map_or((line, false), |rest| (rest, true));
            let anchored = match line.strip_prefix('/') {
                Some(rest) => rest.to_owned(),
                None if line.contains('/') => line.to_owned(),
                None => format!("**/{line}"),
            };
            let glob = GlobBuilder::new(&anchored).literal_separator(true).backslash_escape(true).build();
            // What is no pattern matches nothing, as with git.
            if let Ok(glob) = glob {
                globs.add(glob);
                kinds.push((folders, takes_in));
            }
        }
        let globs = globs.build().unwrap_or_else(|_| GlobSet::empty());
        Sparse { patterns, globs, kinds, folders: RefCell::default() }
    }

    /// Whether a worktree with these patterns has `path`: the last pattern about it or about the nearest folder above.
    pub(super) fn includes(&self, path: &[u8]) -> bool {
        self.last_about(path, false).unwrap_or_else(|| self.includes_folder(above(path)))
    }

    fn includes_folder(&self, folder: &[u8]) -> bool {
        if folder.is_empty() {
            return false;
        }
        if let Some(&known) = self.folders.borrow().get(folder) {
            return known;
        }
        let is = self.last_about(folder, true).unwrap_or_else(|| self.includes_folder(above(folder)));
        self.folders.borrow_mut().insert(folder.to_vec(), is);
        is
    }

    fn last_about(&self, path: &[u8], is_folder: bool) -> Option<bool> {
        let matching = self.globs.matches(OsStr::from_bytes(path));
        let about = matching.into_iter().map(|n| self.kinds[n]).filter(|(folders, _)| is_folder || !folders);
        about.last().map(|(_, takes_in)| takes_in)
    }

    /// Puts the patterns where git looks for them in a slot.
    pub(super) fn write(&self, slot: &Slot) -> io::Result<()> {
        fs::create_dir_all(slot.admin.join("info"))?;
        replace(&slot.admin.join(PATTERNS), self.patterns.text.as_bytes())
    }
}

fn above(path: &[u8]) -> &[u8] {
    path.iter().rposition(|&byte| byte == b'/').map_or(&[], |end| &path[..end])
}

fn noted(worktree: &Path) -> Option<SparsePatterns> {
    Some(SparsePatterns::read(read_text(&note_of(worktree)?).ok()?))
}

fn settings(patterns: &SparsePatterns) -> Vec<(String, String)> {
    [
        ("core.sparseCheckout", "true"),
        ("core.sparseCheckoutCone", if patterns.cone { "true" } else { "false" }),
        ("index.sparse", "false"),
        ("sparse.expectFilesOutsideOfPatterns", "false"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

/// Settings with which git respects the patterns of a worktree of ours; none where it is whole.
pub fn sparse_settings(worktree: &Path) -> Vec<(String, String)> {
    noted(worktree).as_ref().map(settings).unwrap_or_default()
}

/// Notes which part of its commits a slot is to have from its next reset on; none for all of them.
///
/// # Errors
/// The disk refuses.
pub fn set_sparse(slot: &Slot, patterns: Option<&SparsePatterns>) -> Result<()> {
    let Some(note) = note_of(&slot.path) else { return Ok(()) };
    let write = || match patterns {
        None => remove(&note),
        Some(patterns) => {
            fs::create_dir_all(note.parent().unwrap_or(&note))?;
            replace(&note, patterns.text.as_bytes())
        }
    };
    write().map_err(|e| Error::failed(format!("noting which files `{}` is to have", slot.name), e))
}

/// Of `paths` those that a worktree with these patterns lacks.
pub fn left_out_of<'a>(patterns: &SparsePatterns, paths: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let sparse = Sparse::new(patterns.clone());
    paths.into_iter().filter(|path| !sparse.includes(path.as_bytes())).collect()
}

/// The bytes of a slot's patterns, for a repository of its own that a gate is shown.
pub(super) fn patterns_file(slot: &Slot) -> Option<Vec<u8>> {
    read_file(&slot.admin.join(PATTERNS)).ok()
}
