//! What setup leaves in a slot is no work: which files they are, and telling them from what an agent made.
//!
//! A baseline is taken right after setup, before anybody works. A file that is still as it was then is not work. One that
//! was changed since is, less what setup put there: the change from setup's version is carried onto the committed one.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Repo;
use super::files::{discard, read_file};
use super::index::Entry;
use super::listing::{self, Listing};
use super::read::{hash_of, hashes_to_id};
use super::slot::Slot;
use super::slot_index;
use super::survey::as_path;
use crate::model::{Error, Oid, Result};

/// What setup left, by path in the worktree. Paths that are no text cannot be written down and count as work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The commit on which setup ran.
    commit: Option<Oid>,
    entries: BTreeMap<String, SetUpFile>,
    /// Where the contents lie of files that setup rewrote.
    #[serde(skip)]
    folder: PathBuf,
}

/// A file as setup left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SetUpFile {
    /// The hash of its bytes as they lie there; none where setup removed it.
    pub(super) raw: Option<Oid>,
    /// What git would store for it, filters applied.
    pub(super) stored: Option<Oid>,
    /// git's mode.
    pub(super) mode: u32,
    /// Whether its bytes are kept: setup rewrote a file of the commit.
    pub(super) kept: bool,
}

/// What became of a file that setup and the agent both wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Both {
    /// The agent's change without setup's, as it would lie in a worktree.
    Merged(Vec<u8>),
    /// The two cannot be told apart.
    Conflict,
}

const FILE: &str = "baseline.json";

/// Larger files that setup rewrote are not kept, so that a change of theirs counts whole.
const LARGEST: u64 = 8 << 20;

impl Baseline {
    /// Looks at what setup left in `slot`, and keeps it in `folder`, for the user's eyes only.
    ///
    /// # Errors
    /// The slot cannot be read, or the folder not be written.
    pub fn take(repo: &Repo, slot: &Slot, folder: &Path) -> Result<Baseline> {
        let fail = |e: std::io::Error| Error::failed("noting what setup left", e);
        discard(folder).map_err(fail)?;
        let head = slot.head(repo)?.ok_or_else(|| Error::failed("noting what setup left", "HEAD names no commit"))?;
        let scratch = tempfile::tempdir().map_err(fail)?;
        let found = listing::list(repo, slot, &head, &head, &scratch.path().join("index"))?;
        let mut baseline = Baseline { commit: Some(head.clone()), entries: BTreeMap::new(), folder: folder.to_owned() };
        if found.is_empty() {
            return Ok(baseline);
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        let texts = |paths: &mut dyn Iterator<Item = &Vec<u8>>| -> Vec<String> {
            paths.filter_map(|path| String::from_utf8(path.clone()).ok()).collect()
        };
        let changed = texts(&mut found.changed.iter());
        let stored = stored(repo, slot, &changed)?;
        for (n, path) in changed.iter().enumerate() {
            let full = slot.path.join(path);
            let Some((mode, raw)) = lies(&full) else { continue };
            let is_tracked = repo.file_at(&head, path).is_ok();
            let kept =
                is_tracked && fs::symlink_metadata(&full).is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST);
            if kept {
                fs::copy(&full, kept_at(folder, path)).map_err(fail)?;
            }
            let stored = stored.get(n).cloned().flatten();
            baseline.entries.insert(path.clone(), SetUpFile { raw: Some(raw), stored, mode, kept });
        }
        for path in texts(&mut found.deleted.iter()) {
            baseline.entries.insert(path, SetUpFile { raw: None, stored: None, mode: 0, kept: false });
        }
        let text = serde_json::to_vec(&baseline).map_err(|e| Error::failed("noting what setup left", e))?;
        let file = folder.join(FILE);
        fs::write(&file, text)
            .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o600)))
            .map_err(fail)?;
        Ok(baseline)
    }

    /// The baseline kept in `folder`; empty where none is, since setup left nothing that git sees then.
    ///
    /// # Errors
    /// One is there and cannot be read: then nobody can tell what is setup's.
    pub fn read(folder: &Path) -> Result<Baseline> {
        let file = folder.join(FILE);
        match fs::read(&file) {
            Ok(bytes) => {
                let read: Baseline = serde_json::from_slice(&bytes)
                    .map_err(|e| Error::failed(format!("reading what setup left from `{}`", file.display()), e))?;
                Ok(Baseline { folder: folder.to_owned(), ..read })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Baseline::default()),
            Err(error) => Err(Error::failed(format!("reading what setup left from `{}`", file.display()), error)),
        }
    }

    /// Whether setup left nothing that git would see.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether it changed files of the commit.
    pub fn rewrites(&self) -> bool {
        self.entries.values().any(|file| file.kept || file.raw.is_none())
    }

    /// The same without the paths of which `counts` says that they count whoever wrote them.
    #[must_use]
    pub fn without(mut self, counts: &dyn Fn(&str) -> bool) -> Baseline {
        self.entries.retain(|path, _| !counts(path));
        self
    }

    /// Adds files that setup left though git did not see them then.
    pub(super) fn add(&mut self, files: Vec<(String, SetUpFile)>) {
        for (path, file) in files {
            self.entries.entry(path).or_insert(file);
        }
    }

    /// The paths.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Takes out of `found` what is as setup left it. Gives the paths that both setup and somebody else wrote.
    pub(super) fn take_out(&self, slot: &Slot, found: &mut Listing) -> Vec<String> {
        let mut both = Vec::new();
        for (path, file) in &self.entries {
            let bytes = path.as_bytes();
            if file.raw.is_none() {
                found.deleted.remove(bytes);
            } else if found.changed.contains(bytes) {
                match lies(&slot.path.join(as_path(bytes))) {
                    Some((mode, raw)) if mode == file.mode && Some(&raw) == file.raw.as_ref() => {
                        found.changed.remove(bytes);
                    }
                    _ => both.push(path.clone()),
                }
            }
        }
        both
    }

    /// Whether what a commit or an index stores at `path` is what setup left there; `None` for what it removed.
    pub(super) fn is_set_ups(&self, path: &str, stored: Option<&Oid>) -> bool {
        self.entries.get(path).is_some_and(|file| file.stored.as_ref() == stored)
    }

    /// Somebody's version of a file less what setup did to it. All in the form in which they lie in a worktree.
    pub(super) fn less_set_up(&self, repo: &Repo, path: &str, committed: &[u8], theirs: &[u8]) -> Result<Both> {
        let kept = self.entries.get(path).is_some_and(|file| file.kept);
        let Some(base) = kept.then(|| read_file(&kept_at(&self.folder, path)).ok()).flatten() else {
            return Ok(Both::Conflict);
        };
        let doing = format!("separating setup's change of `{path}` from the agent's");
        let fail = |e: std::io::Error| Error::failed(doing.clone(), e);
        let scratch = tempfile::tempdir().map_err(fail)?;
        for (name, bytes) in [("ours", committed), ("base", base.as_slice()), ("theirs", theirs)] {
            fs::write(scratch.path().join(name), bytes).map_err(fail)?;
        }
        let call = repo.git(doing.clone()).args(["merge-file", "-p", "-q"]);
        let place = |name: &str| scratch.path().join(name);
        let output = call.arg(place("ours")).arg(place("base")).arg(place("theirs")).output()?;
        Ok(if output.success() { Both::Merged(output.stdout) } else { Both::Conflict })
    }
}

/// Takes out of an index what was staged as setup left it: there stands then what `head` has.
pub(super) fn unstage_set_up(repo: &Repo, slot: &Slot, head: &Oid, baseline: &Baseline, index: &Path) -> Result<()> {
    let staged = slot_index::read_by(index, || repo.git_in(slot, "reading an index")).unwrap_or_default();
    let mut lines = String::new();
    for path in baseline.paths() {
        let oid = staged.entry(path.as_bytes()).and_then(Entry::oid);
        if baseline.is_set_ups(path, oid.as_ref()) {
            match repo.entry_at(head, path.as_bytes()) {
                Some((mode, oid)) => lines.push_str(&format!("{mode:06o} {oid}\t{path}\0")),
                None => lines.push_str(&format!("0 {}\t{path}\0", "0".repeat(40))),
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let call = repo.git_in(slot, "taking setup's files out of an index").index(index).writes();
    call.args(["update-index", "-z", "--index-info"]).stdin(lines).run().map(drop)
}

/// Names in the folder are hashes: paths have folders, and folders may be files to others.
fn kept_at(folder: &Path, path: &str) -> PathBuf {
    folder.join(format!("file-{}", hash_of(path.as_bytes())))
}

/// Mode and hash of what lies at a path, without filters; none when it is no file or link, or too large to be looked at.
pub(super) fn lies(full: &Path) -> Option<(u32, Oid)> {
    let meta = fs::symlink_metadata(full).ok()?;
    if meta.is_symlink() {
        use std::os::unix::ffi::OsStrExt;
        return Some((0o120_000, hash_of(fs::read_link(full).ok()?.as_os_str().as_bytes())));
    }
    if !meta.is_file() || meta.len() > listing::OVERSIZE {
        return None;
    }
    let mode = if meta.permissions().mode() & 0o100 != 0 { 0o100_755 } else { 0o100_644 };
    Some((mode, hashes_to_id(full)?))
}

/// What git would store for each of these files, filters applied and nothing written.
pub(super) fn stored(repo: &Repo, slot: &Slot, paths: &[String]) -> Result<Vec<Option<Oid>>> {
    let is_link = |path: &str| fs::symlink_metadata(slot.path.join(path)).is_ok_and(|meta| meta.is_symlink());
    let plain: Vec<&String> = paths.iter().filter(|path| !is_link(path) && !path.contains('\n')).collect();
    let mut hashes = Vec::new();
    if !plain.is_empty() {
        let lines: String = plain.iter().map(|path| format!("{path}\n")).collect();
        let call = repo.git_in(slot, "looking at what setup left").config("core.safecrlf=false");
        let out = call.args(["hash-object", "--stdin-paths"]).stdin(lines).run()?;
        hashes = String::from_utf8_lossy(&out).lines().map(|line| line.parse().ok()).collect();
    }
    let mut hashes = hashes.into_iter();
    let one = |path: &String| {
        if plain.contains(&path) { hashes.next().flatten() } else { lies(&slot.path.join(path)).map(|(_, raw)| raw) }
    };
    Ok(paths.iter().map(one).collect())
}
