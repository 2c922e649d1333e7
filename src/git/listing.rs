//! What differs in a slot from its `HEAD`: found through a private index, so that a busy agent's own is neither read
//! half-way nor locked.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Repo;
use super::call::Call;
use super::files::remove;
use super::index::{Entry, IndexFile, holds, trusted};
use super::slot::Slot;
use super::survey::{Survey, as_path, survey};
use crate::model::{Error, Oid, Result};

/// What differs. Paths are relative to the slot, as bytes, sorted.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Files, links and submodules that are new or changed.
    pub(super) changed: BTreeSet<Vec<u8>>,
    /// Paths of `HEAD` that are not there any more.
    pub(super) deleted: BTreeSet<Vec<u8>>,
    /// Submodules whose commit or content changed.
    pub(super) submodules: BTreeSet<Vec<u8>>,
    /// Path and reason of what cannot be saved.
    pub(super) left_out: Vec<(String, String)>,
    /// The index of `HEAD`, when a look at every file proved that the slot holds that and nothing else.
    pub(super) exact: Option<IndexFile>,
}

impl Listing {
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.deleted.is_empty() && self.submodules.is_empty()
    }

    pub(super) fn leave_out(&mut self, path: &[u8], why: impl Into<String>) {
        self.left_out.push((String::from_utf8_lossy(path).into_owned(), why.into()));
    }
}

/// Lists what differs in `slot` from commit `head`, writing an index of `head` to `private`.
///
/// # Errors
/// Git cannot list. Files that come and go meanwhile are no errors.
pub(super) fn list(repo: &Repo, slot: &Slot, head: &Oid, private: &Path) -> Result<Listing> {
    let mut seen = None;
    let own = copy_index(&slot.admin.join("index"), private).ok().and_then(|()| trusted(private));
    let tree = repo.tree_of(head)?;
    match &own {
        // Under churn a folder may vanish in the middle: then git lists everything.
        Some(index) if holds(index, &tree) => seen = survey(&slot.path, index).ok(),
        _ => index_of(repo, slot, head, private, own.is_some())?,
    }
    if seen.as_ref().is_some_and(Survey::is_exact) {
        return Ok(Listing { exact: own, ..Listing::default() });
    }
    let index = IndexFile::read(private).map_err(|error| Error::failed("reading a private index", error))?;
    let mut reader = Reader { slot, skipped: skipped_in(slot), index: &index, found: Listing::default() };
    let unknown = seen.as_ref().is_none_or(|seen| !seen.unknown.is_empty());
    let mut paths = if unknown { git_lists(repo, slot, private, seen.is_none())? } else { Vec::new() };
    if let Some(seen) = seen {
        paths.extend(seen.different.into_iter().chain(seen.gone));
    }
    for path in paths {
        reader.take(&path, 0);
    }
    for entry in index.entries.iter().filter(|entry| entry.is_gitlink()) {
        reader.take_submodule(entry);
    }
    Ok(reader.found)
}

/// Copies an index with its time: git takes entries younger than their index for uncertain, and a younger copy would
/// hide a change made in the same moment.
pub(super) fn copy_index(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let modified = source.metadata()?.modified()?;
    let mut copy = File::create(to)?;
    io::copy(&mut source, &mut copy)?;
    copy.set_modified(modified)
}

/// Makes `private` an index of `head`. `warm`: it is a sound copy of the slot's own, whose entries keep their recorded
/// times where they are the same.
fn index_of(repo: &Repo, slot: &Slot, head: &Oid, private: &Path, warm: bool) -> Result<()> {
    if !warm {
        remove(private).map_err(|error| Error::failed("removing a private index", error))?;
    }
    let read = repo.git_in(slot, "reading the committed files").index(private);
    read.args(["read-tree", "--reset", head.as_str()]).run().map(drop)
}

/// Untracked paths, and the modified ones where those are not known already.
fn git_lists(repo: &Repo, slot: &Slot, private: &Path, modified: bool) -> Result<Vec<Vec<u8>>> {
    let call = repo.git_in(slot, "listing what is not committed").index(private);
    let call = call.args(["ls-files", "-z", "--others", "--exclude-standard"]);
    let call = if modified { call.arg("--modified") } else { call };
    Ok(split(&call.run()?))
}

fn split(out: &[u8]) -> Vec<Vec<u8>> {
    out.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect()
}

/// Paths that the slot's own index says are not on disk on purpose: a sparse checkout of the agent deletes nothing.
fn skipped_in(slot: &Slot) -> HashSet<Vec<u8>> {
    let index = IndexFile::read(&slot.admin.join("index")).unwrap_or_default();
    index.entries.into_iter().filter(|entry| entry.skipped).map(|entry| entry.path).collect()
}

/// Embedded repositories in embedded repositories are followed this deep.
const DEEPEST: usize = 8;

struct Reader<'a> {
    slot: &'a Slot,
    skipped: HashSet<Vec<u8>>,
    index: &'a IndexFile,
    found: Listing,
}

impl Reader<'_> {
    fn entry(&self, path: &[u8]) -> Option<&Entry> {
        let entries = &self.index.entries;
        entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok().map(|n| &entries[n])
    }

    /// Sorts one listed path in. A trailing `/` is how git lists an embedded repository.
    fn take(&mut self, path: &[u8], depth: usize) {
        if let Some(folder) = path.strip_suffix(b"/") {
            return self.take_embedded(folder, depth);
        }
        if self.entry(path).is_some_and(Entry::is_gitlink) {
            return;
        }
        let kind = real_kind(&self.slot.path, path);
        match (kind, self.entry(path).is_some()) {
            (Ok(Some(kind)), _) if kind.is_file() || kind.is_symlink() => {
                if is_forbidden(path) {
                    self.found.leave_out(path, "git does not store this name");
                } else {
                    self.found.changed.insert(path.to_vec());
                }
            }
            (Ok(None), true) if self.skipped.contains(path) => {}
            (Ok(_), true) => drop(self.found.deleted.insert(path.to_vec())),
            (Ok(None), false) => self.found.leave_out(path, "it vanished"),
            (Ok(Some(kind)), false) if kind.is_dir() => {}
            (Ok(Some(_)), false) => self.found.leave_out(path, "not a file, link or folder"),
            (Err(error), _) => self.found.leave_out(path, error.to_string()),
        }
    }

    /// The files of a repository inside the slot, as plain files: what its own rules ignore stays out, as does its
    /// `.git`.
    fn take_embedded(&mut self, folder: &[u8], depth: usize) {
        if depth == DEEPEST {
            return self.found.leave_out(folder, "repositories nested too deep");
        }
        let full = self.slot.path.join(as_path(folder));
        let own = full.join(".git");
        let call =
            Call::found_from(&full, "listing an embedded repository").env("GIT_CEILING_DIRECTORIES", &self.slot.path);
        let call = call.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = match call.run() {
            Ok(out) if own.exists() => split(&out),
            _ => walked(&full),
        };
        for path in listed {
            self.take(&[folder, b"/", &path].concat(), depth + 1);
        }
    }

    fn take_submodule(&mut self, entry: &Entry) {
        let full = self.slot.path.join(as_path(&entry.path));
        match real_kind(&self.slot.path, &entry.path) {
            Ok(None) if !self.skipped.contains(&entry.path) => drop(self.found.deleted.insert(entry.path.clone())),
            Ok(Some(kind)) if kind.is_dir() && full.join(".git").exists() => {
                let call = Call::found_from(&full, "looking at a submodule");
                let at = call.clone().args(["rev-parse", "HEAD"]).line().unwrap_or_default();
                let status = call.args(["status", "--porcelain", "-z", "--untracked-files=all"]).run();
                if at != super::hex(&entry.blob) || status.is_ok_and(|out| !out.is_empty()) {
                    self.found.submodules.insert(entry.path.clone());
                }
            }
            Ok(Some(kind)) if !kind.is_dir() => drop(self.found.changed.insert(entry.path.clone())),
            Ok(_) => {}
            Err(error) => self.found.leave_out(&entry.path, error.to_string()),
        }
    }
}

/// The files in a submodule or embedded repository of `slot`, as paths in the slot.
pub(super) fn files_inside(slot: &Slot, folder: &[u8]) -> Listing {
    let index = IndexFile::default();
    let mut reader = Reader { slot, skipped: HashSet::new(), index: &index, found: Listing::default() };
    reader.take_embedded(folder, 0);
    reader.found
}

/// All files below a folder that git cannot list, but for `.git`.
fn walked(top: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut todo = vec![PathBuf::new()];
    while let Some(folder) = todo.pop() {
        for item in fs::read_dir(top.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(item.file_name());
            if item.file_name() == ".git" {
                continue;
            }
            if item.file_type().is_ok_and(|kind| kind.is_dir()) {
                todo.push(path);
            } else {
                found.push(path.as_os_str().as_bytes().to_vec());
            }
        }
    }
    found
}

/// What lies at `path` below `root`; none when nothing does, also when one of its folders is a link or a file.
fn real_kind(root: &Path, path: &[u8]) -> io::Result<Option<fs::FileType>> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
    for end in ends {
        match fs::symlink_metadata(root.join(as_path(&path[..end]))) {
            Ok(meta) if meta.is_dir() => {}
            other => return other.map(|_| None).or_else(missing),
        }
    }
    fs::symlink_metadata(root.join(as_path(path))).map(|meta| Some(meta.file_type())).or_else(missing)
}

fn missing<T>(error: io::Error) -> io::Result<Option<T>> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
        _ => Err(error),
    }
}

/// Names that git refuses to store, since they would be a `.git` on some system.
fn is_forbidden(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/')
        .any(|part| part.eq_ignore_ascii_case(b".git") || part.eq_ignore_ascii_case(b"git~1"))
}
