//! A merge in the middle, in a slot: for whoever is to solve what git could not.

use std::collections::BTreeSet;
use std::fs;

use super::files::read_file;
use super::slot::Slot;
use super::slot_index;
use super::{ConflictPath, MarkerWidth, Repo, StagedEntry, hunks};
use crate::model::{Error, Oid, Result};

/// A merge that git could not finish.
#[derive(Debug, Clone)]
pub struct Unfinished<'a> {
    /// What is merged into the slot's `HEAD`.
    pub theirs: &'a Oid,
    /// What git made of it, markers and all.
    pub tree: &'a Oid,
    /// The index entries of what is in conflict, as [`MergeOutcome`](super::MergeOutcome) has them.
    pub stages: &'a [StagedEntry],
    /// The message that the merge commit begins with.
    pub message: &'a str,
}

/// Puts a clean slot into the middle of a merge, as `git merge` leaves it: what git merged is staged, what it could not
/// is unmerged, with markers in the files. No hook, driver or rule is asked once more.
///
/// # Errors
/// Git cannot write the files, or a path is one that cannot be told to git.
pub fn begin_merge(repo: &Repo, slot: &Slot, merge: &Unfinished<'_>) -> Result<()> {
    let doing = "putting both sides into a worktree";
    if merge.stages.iter().any(|entry| entry.path.contains(['\u{fffd}', '\n'])) {
        return Err(Error::failed(doing, "a path in conflict is not UTF-8"));
    }
    let call = || repo.git_in(slot, doing).writes();
    call().args(["read-tree", "-m", "-u", "HEAD", merge.tree.as_str()]).run()?;
    let paths: BTreeSet<&str> = merge.stages.iter().map(|entry| entry.path.as_str()).collect();
    let none = "0".repeat(merge.theirs.as_str().len());
    let mut lines: String = paths.iter().map(|path| format!("0 {none}\t{path}\0")).collect();
    lines.extend(merge.stages.iter().map(|entry| format!("{entry}\0")));
    call().args(["update-index", "-z", "--index-info"]).stdin(lines).run()?;
    let write =
        |name: &str, text: &str| fs::write(slot.admin.join(name), text).map_err(|error| Error::failed(doing, error));
    write("MERGE_MSG", merge.message)?;
    write("MERGE_MODE", "no-ff")?;
    write("MERGE_HEAD", &format!("{}\n", merge.theirs))
}

/// Stages what was solved in a slot's merge and not staged: files that had markers and have none any more. What never had
/// any stays unmerged, since nothing shows that somebody decided it.
///
/// # Errors
/// Git cannot write.
pub fn stage_solved(repo: &Repo, slot: &Slot, conflicted: &Oid, known: &[ConflictPath]) -> Result<()> {
    let index = slot_index::read(repo, slot).unwrap_or_default();
    let paths = index.unmerged.iter().map(|path| String::from_utf8_lossy(path).into_owned());
    let solved = paths.filter(|path| {
        let width = known.iter().find(|it| it.path == *path).map_or_else(MarkerWidth::default, |it| it.width);
        let had = hunks(repo, conflicted, path, width).is_ok_and(|hunks| !hunks.is_empty());
        let text = read_file(&slot.path.join(path)).ok();
        had && text.is_some_and(|bytes| width.left_in(&String::from_utf8_lossy(&bytes)).is_empty())
    });
    let listed: Vec<u8> = solved.flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
    if listed.is_empty() {
        return Ok(());
    }
    let call = repo.git_in(slot, "staging what was solved").writes().config("core.safecrlf=false");
    call.args(["update-index", "-z", "--add", "--stdin"]).stdin(listed).run().map(drop)
}
