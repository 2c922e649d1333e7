//! Committing what an agent left uncommitted.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::commit::commit_tree;
use super::index::IndexFile;
use super::listing::{self, Listing};
use super::slot::Slot;
use super::{Repo, hex, refs};
use crate::model::{Error, ErrorKind, Oid, Result};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftovers {
    /// Nothing was left.
    Nothing,
    /// Committed on top of the slot's `HEAD`; its branch moved there, and the slot is clean.
    Committed {
        /// The commit.
        commit: Oid,
        /// Path and reason of what could not be committed.
        left_out: Vec<(String, String)>,
    },
    /// Some merge was left in the middle: these paths have no one content.
    Unmerged(Vec<String>),
    /// An operation other than a merge was left in the middle (`rebase`, …), nothing unmerged: what is there is neither
    /// the old state nor the new one.
    InProgress(&'static str),
}

/// State files of operations that a commit would not conclude.
const OPERATIONS: [(&str, &str); 7] = [
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("sequencer", "cherry-pick"),
    ("BISECT_LOG", "bisect"),
    ("BISECT_START", "bisect"),
];

/// Commits everything in `slot` that git does not ignore and that `HEAD` lacks, with the user's filters applied;
/// embedded repositories become plain files, a moved submodule its new commit. A merge that was resolved but not
/// committed becomes the merge commit. Hooks do not run. All processes of the agent must be dead.
///
/// # Errors
/// Git cannot list or write, the branch was moved by somebody else, or `HEAD` names nothing.
pub fn commit_leftovers(repo: &Repo, slot: &Slot, message: &str, when: Timestamp) -> Result<Leftovers> {
    let index = IndexFile::read(&slot.admin.join("index")).unwrap_or_default();
    if !index.unmerged.is_empty() {
        let paths = index.unmerged.iter().map(|path| String::from_utf8_lossy(path).into_owned());
        return Ok(Leftovers::Unmerged(paths.collect()));
    }
    if let Some((_, name)) = OPERATIONS.iter().find(|(file, _)| slot.admin.join(file).exists()) {
        return Ok(Leftovers::InProgress(name));
    }
    let doing = "committing what is left";
    let head = slot.head(repo)?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, doing, format!("`HEAD` of worktree `{}` names no commit", slot.name))
    })?;
    let private = slot.admin.join("orca-index");
    let listed = listing::list(repo, slot, &head, &private)?;
    let merged = merge_heads(slot);
    if listed.is_empty() && merged.is_empty() {
        remove_scratch(&private);
        return Ok(Leftovers::Nothing);
    }
    let tree = write_tree(repo, slot, &listed, &private)?;
    if tree == repo.tree_of(&head)? && merged.is_empty() {
        remove_scratch(&private);
        return Ok(Leftovers::Nothing);
    }
    let parents: Vec<Oid> = std::iter::once(head.clone()).chain(merged).collect();
    let commit = commit_tree(repo, &tree, &parents, message, when)?;
    refs::move_head(repo, slot, &head, &commit)?;
    fs::rename(&private, slot.admin.join("index")).map_err(|error| Error::failed(doing, error))?;
    for name in ["MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE"] {
        remove_scratch(&slot.admin.join(name));
    }
    Ok(Leftovers::Committed { commit, left_out: listed.left_out })
}

/// Removes a file of ours, or of a merge that is concluded; what stays goes with the slot's next reset.
fn remove_scratch(file: &Path) {
    let _goes_later = fs::remove_file(file);
}

fn merge_heads(slot: &Slot) -> Vec<Oid> {
    let text = fs::read_to_string(slot.admin.join("MERGE_HEAD")).unwrap_or_default();
    text.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// Puts what was listed into the index at `private`, and writes its tree.
fn write_tree(repo: &Repo, slot: &Slot, listed: &Listing, private: &Path) -> Result<Oid> {
    let call = || {
        let call = repo.git_in(slot, "committing what is left").index(private).writes();
        call.config("core.safecrlf=false").config("core.splitIndex=false")
    };
    // Deletions first and apart: a file may have become a folder, or its folder a link.
    if !listed.deleted.is_empty() {
        let gone = |path: &Vec<u8>| [format!("0 {}\t", hex(&[0; 20])).as_bytes(), path.as_slice(), b"\0"].concat();
        let lines: Vec<u8> = listed.deleted.iter().flat_map(gone).collect();
        call().args(["update-index", "-z", "--index-info"]).stdin(lines).run()?;
    }
    let present = listed.changed.iter().chain(&listed.submodules);
    let paths: Vec<u8> = present.flat_map(|path| [path.as_slice(), b"\0"].concat()).collect();
    if !paths.is_empty() {
        call().args(["update-index", "-z", "--add", "--replace", "--stdin"]).stdin(paths).run()?;
    }
    call().arg("write-tree").line()?.parse()
}
