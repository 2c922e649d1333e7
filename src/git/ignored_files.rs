//! What lay ignored in a slot before anybody worked there is no work either, however it comes into a commit: by
//! `git add --force`, or since an agent changed what git ignores.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Repo;
use super::baseline::{Baseline, SetUpFile, lies, stored};
use super::files::read_file;
use super::listing::split;
use super::read::hash_of;
use super::slot::Slot;
use super::slot_index;
use crate::model::{Error, Oid, RepoPath, Result};

/// Ignored files that setup made or that were copied into a slot, as far as they must be known again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IgnoredFiles {
    /// Topmost paths of what setup made.
    products: Vec<String>,
    /// When setup had made them, by the clock of the file system in seconds and nanoseconds: nobody sets the time of a
    /// file's last change back.
    made: Option<(i64, i64)>,
    /// Those that are files and no folders (`.env`), with what lay there: known again also where they are gone.
    files: BTreeMap<String, SetUpFile>,
    /// Copied files, with where from.
    #[serde(skip)]
    copied: BTreeMap<String, PathBuf>,
}

/// Larger single files are known by their times only.
const LARGEST: u64 = 1 << 20;

impl IgnoredFiles {
    /// Notes what setup, which has just ended, left at these topmost paths of a slot.
    ///
    /// # Errors
    /// The slot cannot be read.
    pub fn note(repo: &Repo, slot: &Slot, products: &[String]) -> Result<IgnoredFiles> {
        let doing = || format!("noting what setup left in `{}`", slot.name);
        if products.is_empty() {
            return Ok(IgnoredFiles::default());
        }
        let stamp = tempfile::NamedTempFile::new_in(&slot.admin).map_err(|e| Error::failed(doing(), e))?;
        let made = changed_at(stamp.path()).ok_or_else(|| Error::failed(doing(), "a file has no time"))?;
        let is_small =
            |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_dir() && meta.len() <= LARGEST);
        let single: Vec<String> = products.iter().filter(|path| is_small(&slot.path.join(path))).cloned().collect();
        let files = as_they_lie(repo, slot, &single)?;
        Ok(IgnoredFiles { products: products.to_vec(), made: Some(made), files, ..IgnoredFiles::default() })
    }

    /// The same with files that were copied into a slot from these paths of a checkout.
    #[must_use]
    pub fn with_copies<'p>(mut self, checkout: &Path, paths: impl Iterator<Item = &'p RepoPath>) -> IgnoredFiles {
        self.copied = paths.map(|path| (path.to_string(), checkout.join(path.as_str()))).collect();
        self
    }

    /// The same with paths that were brought into a slot whole, all of them by that time.
    #[must_use]
    pub fn with_folders(mut self, paths: Vec<String>, at: Option<(i64, i64)>) -> IgnoredFiles {
        if !paths.is_empty() {
            self.products.extend(paths);
            self.made = self.made.max(at);
        }
        self
    }

    /// What lay at a path that is known one by one, now that somebody asks for it.
    fn known_at(&self, slot: &Slot, path: &str) -> Option<SetUpFile> {
        self.files.get(path).cloned().or_else(|| {
            let raw = Some(hash_of(&read_file(self.copied.get(path)?).ok()?));
            let mode = lies(&slot.path.join(path)).map_or(0o100_644, |(mode, _)| mode);
            Some(SetUpFile { stored: raw.clone(), raw, mode, kept: false })
        })
    }

    fn may_hold(&self, path: &str) -> bool {
        let is_below =
            |top: &String| path.strip_prefix(top.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.files.contains_key(path) || self.copied.contains_key(path) || self.products.iter().any(is_below)
    }
}

impl Baseline {
    /// The same with those of these files that came into a commit, the index or view of git since `start`, and still are as
    /// they were.
    ///
    /// # Errors
    /// Git cannot list what is new.
    pub fn with_ignored(mut self, repo: &Repo, slot: &Slot, start: &Oid, known: &IgnoredFiles) -> Result<Baseline> {
        if known.products.is_empty() && known.copied.is_empty() {
            return Ok(self);
        }
        let new = new_paths(repo, slot, start, known)?;
        let mut found: Vec<(String, SetUpFile)> = Vec::new();
        let mut old: Vec<String> = Vec::new();
        for path in new {
            let at = changed_at(&slot.path.join(&path));
            match known.known_at(slot, &path) {
                Some(file) => found.push((path, file)),
                None if at.zip(known.made).is_some_and(|(at, made)| at <= made) => old.push(path),
                None => {}
            }
        }
        found.extend(as_they_lie(repo, slot, &old)?);
        self.add(found);
        Ok(self)
    }
}

/// Paths that may be of those known, that `start` lacks, and that a commit since then added, the index has, or git sees as
/// untracked.
fn new_paths(repo: &Repo, slot: &Slot, start: &Oid, known: &IgnoredFiles) -> Result<Vec<String>> {
    let mut paths: BTreeSet<Vec<u8>> = BTreeSet::new();
    if let Some(head) = slot.head(repo)?.filter(|head| head != start) {
        let call = repo.git("listing what an agent's commits add").args(["log", "--format=", "--name-only", "-z"]);
        let call = call.args(["--no-renames", "--diff-filter=A", "--no-ext-diff", "--no-textconv"]);
        let added = call.args([head.as_str(), &format!("^{start}"), "--"]).run()?;
        paths.extend(split(&added).into_iter().map(|path| path.trim_ascii_start().to_vec()));
    }
    paths.extend(slot_index::read(repo, slot).unwrap_or_default().entries.into_iter().map(|entry| entry.path));
    let untracked = repo.git_in(slot, "listing what is not committed");
    paths.extend(split(&untracked.args(["ls-files", "-z", "--others", "--exclude-standard"]).run()?));
    let texts = paths.into_iter().filter_map(|path| String::from_utf8(path).ok());
    let texts = texts.filter(|path| known.may_hold(path));
    Ok(texts.filter(|path| repo.entry_at(start, path.as_bytes()).is_none()).collect())
}

/// What lies at these paths of a slot.
fn as_they_lie(repo: &Repo, slot: &Slot, paths: &[String]) -> Result<BTreeMap<String, SetUpFile>> {
    let there: Vec<(String, (u32, Oid))> =
        paths.iter().filter_map(|path| Some((path.clone(), lies(&slot.path.join(path))?))).collect();
    let names: Vec<String> = there.iter().map(|(path, _)| path.clone()).collect();
    let stored = stored(repo, slot, &names)?;
    let files = there.into_iter().zip(stored);
    Ok(files
        .map(|((path, (mode, raw)), stored)| (path, SetUpFile { raw: Some(raw), stored, mode, kept: false }))
        .collect())
}

fn changed_at(path: &Path) -> Option<(i64, i64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.ctime(), meta.ctime_nsec()))
}
