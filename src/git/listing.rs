//! What differs in a slot from its `HEAD`: found through a private index, so that a busy agent's own is neither read
//! half-way nor locked.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::Repo;
use super::embedded::{self, Links, Pointers};
use super::files::{copy_file, real_kind, remove};
use super::index::{Entry, IndexFile, holds, trusted};
use super::left_out::mark_left_out;
use super::odd::{PassedBy, pass_by, refuse_odd_entry};
use super::slot::Slot;
use super::slot_index;
use super::sparse::Sparse;
use super::survey::{Survey, as_path, survey};
use crate::model::{Error, Oid, Result};

/// Files larger than this are recorded, not saved: 512 MiB, from where on git itself stops comparing contents.
pub(super) const OVERSIZE: u64 = 512 << 20;

/// What differs. Paths are relative to the slot, as bytes, sorted.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Files and links that are new or changed.
    pub(super) changed: BTreeSet<Vec<u8>>,
    /// Paths of `HEAD` that are not there any more.
    pub(super) deleted: BTreeSet<Vec<u8>>,
    /// Submodules whose pointer is to be another one.
    pub(super) pointers: BTreeMap<Vec<u8>, Oid>,
    /// Submodules whose checkout holds what `HEAD` does not name: another commit, or edits.
    pub(super) submodules: BTreeSet<Vec<u8>>,
    /// Submodules with edits that no commit holds.
    pub(super) edited_inside: BTreeSet<Vec<u8>>,
    /// Links to repositories that `.gitmodules` does not name and that lie in the slot alone: nobody else could ever
    /// fetch what they point to.
    pub(super) orphans: BTreeSet<Vec<u8>>,
    /// Path and reason of what cannot be saved.
    pub(super) left_out: Vec<(String, String)>,
    /// The index of `HEAD`, when a look at every file proved that the slot holds that and nothing else.
    pub(super) exact: Option<IndexFile>,
    /// What git was led past, and is as long as the listing is used.
    passed: PassedBy,
}

impl Listing {
    pub(super) fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// A path that differs.
    pub(super) fn first(&self) -> Option<&Vec<u8>> {
        let files = self.changed.iter().chain(&self.deleted).chain(self.pointers.keys());
        files.chain(&self.submodules).chain(&self.orphans).next()
    }

    pub(super) fn leave_out(&mut self, path: &[u8], why: impl Into<String>) {
        self.left_out.push((String::from_utf8_lossy(path).into_owned(), why.into()));
    }

    fn take_passed(&mut self, passed: PassedBy) {
        for (path, kind) in &passed.odd {
            self.leave_out(path.as_os_str().as_bytes(), format!("a {kind}, which git does not store"));
        }
        self.passed = passed;
    }

    /// Puts the files of a repository inside the slot in the place of a link to it.
    pub(super) fn take_files_inside(&mut self, slot: &Slot, folder: Vec<u8>) {
        let inside = files_inside(slot, &folder);
        self.pointers.remove(&folder);
        self.deleted.insert(folder);
        self.changed.extend(inside.changed);
        self.left_out.extend(inside.left_out);
    }
}

/// Lists what differs in `slot` from commit `head`, writing an index of `head` to `private`. `start` is the commit whose
/// submodules are checked out there, as far as nobody has moved them.
///
/// # Errors
/// Git cannot list, or would wait for ever for something in the slot's entry or in a repository inside. Files that come and
/// go meanwhile are no errors.
pub(super) fn list(repo: &Repo, slot: &Slot, head: &Oid, start: &Oid, private: &Path) -> Result<Listing> {
    refuse_odd_entry(slot)?;
    let mut seen = None;
    let sparse = Sparse::of(slot);
    let own = copy_file(&slot.admin.join("index"), private).ok().and_then(|()| trusted(private, sparse.as_ref()));
    let tree = repo.tree_of(head)?;
    match &own {
        // Under churn a folder may vanish in the middle: then git lists everything.
        Some(index) if holds(index, &tree) => seen = survey(&slot.path, index).ok(),
        _ => index_of(repo, slot, head, private, own.is_some() && sparse.is_none())?,
    }
    if seen.as_ref().is_some_and(Survey::is_exact) {
        return Ok(Listing { exact: own, ..Listing::default() });
    }
    let index = IndexFile::read(private).map_err(|error| Error::failed("reading a private index", error))?;
    let passed = passed_by(slot, seen.as_ref())?;
    if passed.misleads() && seen.is_none() {
        // Git would read attributes to compare; we compare by ourselves.
        seen = Some(survey(&slot.path, &index).map_err(|error| Error::failed("comparing the files", error))?);
    }
    let mine = slot_index::read(repo, slot).unwrap_or_default();
    let links = Links::of(slot, &index, &mine);
    let skipped = skipped_in(&mine).chain(skipped_in(&index)).collect();
    let mut reader = Reader { slot, skipped, index: &index, links, found: Listing::default() };
    let unknown = seen.as_ref().is_none_or(|seen| !seen.unknown.is_empty());
    let mut paths = if unknown { git_lists(repo, slot, private, seen.is_none())? } else { Vec::new() };
    if let Some(seen) = seen {
        paths.extend(seen.different.into_iter().chain(seen.gone));
    }
    let clean = match passed.misleads() {
        true => HashSet::new(),
        false => behind_filters(repo, slot, private, &index, &paths)?,
    };
    for path in paths.iter().filter(|path| !clean.contains(*path)) {
        reader.take(path, 0);
    }
    for entry in index.entries.iter().filter(|entry| entry.is_gitlink()) {
        reader.take_submodule(entry, repo.link_at(start, &entry.path));
    }
    reader.found.take_passed(passed);
    Ok(reader.found)
}

/// What git has to be led past where it looks: all of a survey's other paths are files of the index, or gone.
fn passed_by(slot: &Slot, seen: Option<&Survey>) -> Result<PassedBy> {
    let Some(seen) = seen else { return pass_by(slot, [Path::new("")]) };
    let others: Vec<PathBuf> = seen.different.iter().chain(&seen.gitlinks).map(|path| as_path(path)).collect();
    pass_by(slot, seen.unknown.iter().chain(&others).map(PathBuf::as_path))
}

/// The paths of `listed` whose files are, behind filters and conversions of line ends, what the index has. Bytes and
/// times do not tell that: only git knows what it would store.
fn behind_filters(
    repo: &Repo,
    slot: &Slot,
    private: &Path,
    index: &IndexFile,
    listed: &[Vec<u8>],
) -> Result<HashSet<Vec<u8>>> {
    let tracked: Vec<&Vec<u8>> = listed.iter().filter(|path| index.entry(path).is_some()).collect();
    let has_rules = |path: &[u8]| path.ends_with(b".gitattributes");
    let converts = || {
        repo.may_convert()
            || slot.path.join(".gitattributes").exists()
            || index.entries.iter().any(|entry| has_rules(&entry.path))
    };
    let is_large =
        |path: &&Vec<u8>| fs::symlink_metadata(slot.path.join(as_path(path))).is_ok_and(|meta| meta.len() > OVERSIZE);
    if tracked.is_empty() || !converts() || tracked.iter().any(is_large) {
        return Ok(HashSet::new());
    }
    let call = repo.git_in(slot, "comparing files behind filters").index(private).config("core.safecrlf=false");
    let call = call.args(["diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--no-renames"]);
    let differ: HashSet<Vec<u8>> = split(&call.arg("--ignore-submodules=all").run()?).into_iter().collect();
    Ok(tracked.into_iter().filter(|path| !differ.contains(*path)).cloned().collect())
}

/// Makes `private` an index of `head`. `warm`: it is a sound copy of the slot's own, whose entries keep their recorded
/// times where they are the same.
fn index_of(repo: &Repo, slot: &Slot, head: &Oid, private: &Path, warm: bool) -> Result<()> {
    if !warm {
        remove(private).map_err(|error| Error::failed("removing a private index", error))?;
    }
    let read = repo.git_in(slot, "reading the committed files").index(private);
    read.args(["read-tree", "--reset", head.as_str()]).run()?;
    mark_left_out(repo, slot, private, &slot_index::read(repo, slot).unwrap_or_default())
}

/// Untracked paths, and the modified ones where those are not known already.
fn git_lists(repo: &Repo, slot: &Slot, private: &Path, modified: bool) -> Result<Vec<Vec<u8>>> {
    let call = repo.git_in(slot, "listing what is not committed").index(private);
    let call = call.args(["ls-files", "-z", "--others", "--exclude-standard"]);
    let call = if modified { call.arg("--modified") } else { call };
    Ok(split(&call.run()?))
}

/// The parts of an answer with `-z`.
pub(super) fn split(out: &[u8]) -> Vec<Vec<u8>> {
    out.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect()
}

/// Paths that an index says are not on disk on purpose: a sparse checkout, ours or the agent's, deletes nothing.
fn skipped_in(index: &IndexFile) -> impl Iterator<Item = Vec<u8>> + '_ {
    index.entries.iter().filter(|entry| entry.skipped).map(|entry| entry.path.clone())
}

/// Embedded repositories in embedded repositories are followed this deep.
const DEEPEST: usize = 8;

struct Reader<'a> {
    slot: &'a Slot,
    skipped: HashSet<Vec<u8>>,
    index: &'a IndexFile,
    links: Links,
    found: Listing,
}

impl Reader<'_> {
    /// Sorts one listed path in. A trailing `/` is how git lists an embedded repository.
    fn take(&mut self, path: &[u8], depth: usize) {
        if let Some(folder) = path.strip_suffix(b"/") {
            return self.take_embedded(folder, depth);
        }
        if self.index.entry(path).is_some_and(Entry::is_gitlink) {
            return;
        }
        let kind = real_kind(&self.slot.path, path);
        match (kind, self.index.entry(path).is_some()) {
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

    /// A submodule that was added and not committed; else the files of a repository inside the slot, as plain files:
    /// what its own rules ignore stays out, as does its `.git`.
    fn take_embedded(&mut self, folder: &[u8], depth: usize) {
        if depth == DEEPEST {
            return self.found.leave_out(folder, "repositories nested too deep");
        }
        if let Some(pointer) = self.links.added(self.slot, folder) {
            self.found.submodules.insert(folder.to_vec());
            self.found.pointers.insert(folder.to_vec(), pointer);
            return;
        }
        for path in embedded::files(self.slot, folder) {
            self.take(&[folder, b"/", &path].concat(), depth + 1);
        }
    }

    /// `start`: what the attempt began with there.
    fn take_submodule(&mut self, entry: &Entry, start: Option<Oid>) {
        match real_kind(&self.slot.path, &entry.path) {
            Ok(None) if !self.skipped.contains(&entry.path) => drop(self.found.deleted.insert(entry.path.clone())),
            Ok(Some(kind)) if kind.is_dir() => self.take_link(entry, start),
            Ok(Some(_)) => drop(self.found.changed.insert(entry.path.clone())),
            Ok(None) => {}
            Err(error) => self.found.leave_out(&entry.path, error.to_string()),
        }
    }

    fn take_link(&mut self, entry: &Entry, start: Option<Oid>) {
        let path = entry.path.clone();
        let inside = embedded::look_inside(self.slot, &path);
        let head = entry.oid();
        let pointers = Pointers {
            staged: self.links.staged(&path).or_else(|| head.clone()),
            checkout: inside.as_ref().and_then(|inside| inside.head.clone()),
            start: start.clone(),
            head: head.clone(),
        };
        let differs = inside.as_ref().is_some_and(|inside| inside.dirty || inside.head != head);
        if inside.is_some() && !self.links.is_named(&path) && (differs || start != head) {
            self.found.orphans.insert(path);
            return;
        }
        if let Some(wanted) = pointers.wanted() {
            self.found.pointers.insert(path.clone(), wanted);
        }
        if inside.is_some_and(|inside| inside.dirty) {
            self.found.edited_inside.insert(path.clone());
        }
        // A checkout that is only behind the commit holds nothing of anybody's.
        if differs && (self.found.edited_inside.contains(&path) || pointers.checkout != start) {
            self.found.submodules.insert(path);
        }
    }
}

/// The files in a submodule or embedded repository of `slot`, as paths in the slot.
pub(super) fn files_inside(slot: &Slot, folder: &[u8]) -> Listing {
    let index = IndexFile::default();
    let links = Links::default();
    let mut reader = Reader { slot, skipped: HashSet::new(), index: &index, links, found: Listing::default() };
    reader.take_embedded(folder, 0);
    reader.found
}

/// Names that git refuses to store, since they would be a `.git` on some system.
fn is_forbidden(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/')
        .any(|part| part.eq_ignore_ascii_case(b".git") || part.eq_ignore_ascii_case(b"git~1"))
}
