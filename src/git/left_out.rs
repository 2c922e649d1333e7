//! What a sparse slot lacks because it is sparse, told from what somebody removed.

use std::io;
use std::path::Path;

use super::Repo;
use super::files::{real_kind, remove};
use super::index::{Entry, IndexFile};
use super::slot::Slot;
use super::sparse::Sparse;
use super::survey::as_path;
use crate::model::{Error, Result};

/// Marks in an index the entries that a sparse slot lacks because it is sparse, so that no one takes them for deleted.
/// What is there, what an agent removed from its own index, and what it removed after it had checked it out, is its work.
pub(super) fn mark_left_out(repo: &Repo, slot: &Slot, index: &Path, mine: &IndexFile) -> Result<()> {
    let Some(sparse) = Sparse::of(slot) else { return Ok(()) };
    let own = Sparse::of_agent(slot);
    let knows_any = mine.entries.iter().any(|entry| entry.skipped);
    let removed = |entry: &Entry| match mine.entry(&entry.path) {
        None => knows_any,
        Some(own_entry) => !own_entry.skipped && own.as_ref().is_some_and(|own| own.includes(&entry.path)),
    };
    let read = IndexFile::read(index).map_err(|e| Error::failed("reading an index", e))?;
    let outside = read.entries.iter().filter(|entry| !entry.skipped && !sparse.includes(&entry.path));
    let lacks = |entry: &&Entry| matches!(real_kind(&slot.path, &entry.path), Ok(None)) && !removed(entry);
    let lines: Vec<u8> = outside.filter(lacks).flat_map(|entry| [entry.path.as_slice(), b"\0"].concat()).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let call = repo.git_in(slot, "marking what a sparse worktree leaves out").index(index).writes();
    call.args(["update-index", "--skip-worktree", "-z", "--stdin"]).stdin(lines).run().map(drop)
}

/// Removes what lies where a sparse slot is to have nothing.
pub(super) fn remove_left_out(slot: &Slot, index: &IndexFile) -> io::Result<()> {
    let there = index.entries.iter().filter(|entry| entry.skipped && !entry.is_gitlink());
    let lies = |entry: &&Entry| matches!(real_kind(&slot.path, &entry.path), Ok(Some(_)));
    there.filter(lies).try_for_each(|entry| remove(&slot.path.join(as_path(&entry.path))))
}
