//! Committing what an agent left uncommitted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::baseline::{Baseline, Both};
use super::commit::commit_tree;
use super::files::{read_file, read_text};
use super::index::hex;
use super::left_out::mark_left_out;
use super::listing::{self, Listing};
use super::pruned::{check_written, write_again};
use super::slot::Slot;
use super::slot_index;
use super::survey::as_path;
use super::{Repo, refs};
use crate::model::{Error, ErrorKind, Oid, Result};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftovers {
    /// Nothing was left.
    Nothing,
    /// Committed on top of the slot's `HEAD`; its branch moved there, and the slot is clean but for what setup left.
    Committed {
        /// The commit.
        commit: Oid,
        /// Path and reason of what could not be committed.
        left_out: Vec<(String, String)>,
        /// What a person should know of it.
        told: Vec<LeftoverNote>,
    },
    /// Nothing that can be committed: path and reason.
    NotStorable(Vec<(String, String)>),
    /// Some merge was left in the middle: these paths have no one content.
    Unmerged(Vec<String>),
    /// An operation other than a merge was left in the middle (`rebase`, …), nothing unmerged: what is there is neither
    /// the old state nor the new one.
    InProgress(&'static str),
}

impl Leftovers {
    fn nothing_but(left_out: Vec<(String, String)>) -> Leftovers {
        if left_out.is_empty() { Leftovers::Nothing } else { Leftovers::NotStorable(left_out) }
    }
}

/// Something about what was committed for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftoverNote {
    /// A repository inside the worktree became plain files: its link could not be fetched by anybody.
    Unlinked(String),
    /// Setup and the agent both wrote it, and the two could not be told apart: it is the agent's version.
    Mixed(String),
}

/// What a commit on an agent's behalf is made of.
#[derive(Debug, Clone, Copy)]
pub struct LeftoverRules<'a> {
    /// The commit from which the attempt started.
    pub start: &'a Oid,
    /// What setup left, which is no work.
    pub baseline: &'a Baseline,
    /// The message.
    pub message: &'a str,
    /// When.
    pub when: Timestamp,
    /// Whether only files that the index knows count: what a hook wrote beside them is none of the commit's.
    pub known_only: bool,
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

/// Commits everything in `slot` that git does not ignore, that `HEAD` lacks and that is not setup's, with the user's
/// filters applied; embedded repositories become plain files, a moved submodule its new commit. A merge that was resolved
/// but not committed becomes the merge commit. Hooks do not run. All processes of the agent must be dead.
///
/// # Errors
/// Git cannot list or write, the branch was moved by somebody else, or `HEAD` names nothing.
pub fn commit_leftovers(repo: &Repo, slot: &Slot, rules: &LeftoverRules<'_>) -> Result<Leftovers> {
    let before = slot.head(repo).ok().flatten();
    write_again(|tried| {
        if let Some(before) = before.as_ref().filter(|_| tried > 0) {
            // What the index takes for written may be what is gone.
            refs::force_head(repo, slot, before)?;
            stage_commit(repo, slot, before)?;
        }
        commit_once(repo, slot, rules)
    })
}

fn commit_once(repo: &Repo, slot: &Slot, rules: &LeftoverRules<'_>) -> Result<Leftovers> {
    let index = slot_index::read(repo, slot).unwrap_or_default();
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
    let mut listed = listing::list(repo, slot, &head, rules.start, &private)?;
    let mut told = Vec::new();
    for folder in std::mem::take(&mut listed.orphans) {
        told.push(LeftoverNote::Unlinked(String::from_utf8_lossy(&folder).into_owned()));
        listed.take_files_inside(slot, folder);
    }
    // Edits inside submodules are kept by whoever keeps their commits; here only pointers count.
    listed.submodules.clear();
    leave_out_large(slot, &mut listed);
    if rules.known_only {
        let known: BTreeSet<&[u8]> = index.entries.iter().map(|entry| entry.path.as_slice()).collect();
        listed.changed.retain(|path| known.contains(path.as_slice()));
    }
    let mixed = less_set_up(repo, slot, &head, rules.baseline, &mut listed, &mut told)?;
    let merged = merge_heads(slot);
    if listed.is_empty() && mixed.is_empty() && merged.is_empty() {
        remove_scratch(&private);
        return Ok(Leftovers::nothing_but(listed.left_out));
    }
    let tree = write_tree(repo, slot, &listed, &mixed, &private)?;
    if tree == repo.tree_of(&head)? && merged.is_empty() {
        remove_scratch(&private);
        return Ok(Leftovers::nothing_but(listed.left_out));
    }
    let parents: Vec<Oid> = std::iter::once(head.clone()).chain(merged).collect();
    let commit = commit_tree(repo, &tree, &parents, rules.message, rules.when)?;
    refs::move_head(repo, slot, &head, &commit)?;
    check_written(repo, &head, &commit)?;
    fs::rename(&private, slot.admin.join("index")).map_err(|error| Error::failed(doing, error))?;
    for name in ["MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE"] {
        remove_scratch(&slot.admin.join(name));
    }
    Ok(Leftovers::Committed { commit, left_out: listed.left_out, told })
}

/// Gives the commit at a slot's `HEAD` another message: one of ours, that nobody else has yet.
///
/// # Errors
/// Git cannot write, or the branch was moved by somebody else.
pub fn reword_head(repo: &Repo, slot: &Slot, message: &str, when: Timestamp) -> Result<()> {
    let doing = "giving a commit another message";
    let head = slot.head(repo)?.ok_or_else(|| Error::failed(doing, "HEAD names no commit"))?;
    let info = repo.commit_info(&head)?;
    let commit = commit_tree(repo, &info.tree, &info.parents, message, when)?;
    refs::move_head(repo, slot, &head, &commit)
}

/// Makes one commit of the last two of a slot, both of ours: with the tree of the last, and what else the one before has.
///
/// # Errors
/// Git cannot write, or the branch was moved by somebody else.
pub fn join_last_two(repo: &Repo, slot: &Slot, when: Timestamp) -> Result<()> {
    let doing = "making one commit of two";
    let last = slot.head(repo)?.ok_or_else(|| Error::failed(doing, "HEAD names no commit"))?;
    let info = repo.commit_info(&last)?;
    let [before] = info.parents.as_slice() else { return Ok(()) };
    let before = repo.commit_info(before)?;
    let commit =
        commit_tree(repo, &info.tree, &before.parents, &format!("{}\n\n{}", before.subject, before.body), when)?;
    refs::move_head(repo, slot, &last, &commit)
}

/// Stages exactly what a commit has in a slot, whatever its index held before.
///
/// # Errors
/// Git cannot read the commit.
pub fn stage_commit(repo: &Repo, slot: &Slot, commit: &Oid) -> Result<()> {
    let call = || repo.git_in(slot, "staging what a hook is asked about").writes();
    let file = slot.admin.join("index");
    let before = slot_index::read(repo, slot).unwrap_or_default();
    call().args(["read-tree", "--reset", commit.as_str()]).run()?;
    mark_left_out(repo, slot, &file, &before)?;
    // Exit code 1 says that some file differs: that is what setup left.
    call().args(["update-index", "-q", "--refresh"]).output().map(drop)
}

/// Removes a file of ours, or of a merge that is concluded; what stays goes with the slot's next reset.
fn remove_scratch(file: &Path) {
    let _goes_later = fs::remove_file(file);
}

fn merge_heads(slot: &Slot) -> Vec<Oid> {
    let text = read_text(&slot.admin.join("MERGE_HEAD")).unwrap_or_default();
    text.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// Takes out what is too large for git: hashing a sparse terabyte takes hours.
fn leave_out_large(slot: &Slot, listed: &mut Listing) {
    let size = |path: &Vec<u8>| fs::symlink_metadata(slot.path.join(as_path(path))).map_or(0, |meta| meta.len());
    let large: Vec<Vec<u8>> = listed.changed.iter().filter(|path| size(path) > listing::OVERSIZE).cloned().collect();
    for path in large {
        listed.changed.remove(&path);
        listed.leave_out(&path, format!("larger than {} MiB", listing::OVERSIZE >> 20));
    }
}

/// Takes setup's part out of what was listed. Gives the content of files from which only the agent's part is taken.
fn less_set_up(
    repo: &Repo,
    slot: &Slot,
    head: &Oid,
    baseline: &Baseline,
    listed: &mut Listing,
    told: &mut Vec<LeftoverNote>,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut mixed = BTreeMap::new();
    for path in baseline.take_out(slot, listed) {
        let theirs = read_file(&slot.path.join(&path)).ok();
        let call = repo.git_in(slot, format!("reading `{path}`"));
        let committed = call.args(["cat-file", "--filters", &format!("{head}:{path}")]).run().ok();
        let merged = match (committed, theirs) {
            (Some(committed), Some(theirs)) => baseline.less_set_up(repo, &path, &committed, &theirs)?,
            _ => Both::Conflict,
        };
        match merged {
            Both::Merged(bytes) => {
                listed.changed.remove(path.as_bytes());
                mixed.insert(path, bytes);
            }
            Both::Conflict => told.push(LeftoverNote::Mixed(path)),
        }
    }
    Ok(mixed)
}

/// Puts what was listed into the index at `private`, and writes its tree.
fn write_tree(
    repo: &Repo,
    slot: &Slot,
    listed: &Listing,
    mixed: &BTreeMap<String, Vec<u8>>,
    private: &Path,
) -> Result<Oid> {
    let call = || {
        let call = repo.unsynced(repo.git_in(slot, "committing what is left")).index(private).writes();
        call.config("core.safecrlf=false").config("core.splitIndex=false")
    };
    // Deletions first and apart: a file may have become a folder, or its folder a link.
    let gone = |path: &Vec<u8>| [format!("0 {}\t", hex(&[0; 20])).as_bytes(), path.as_slice(), b"\0"].concat();
    let moved = |(path, at): (&Vec<u8>, &Oid)| [format!("160000 {at}\t").as_bytes(), path.as_slice(), b"\0"].concat();
    let mut lines: Vec<u8> = listed.deleted.iter().flat_map(gone).collect();
    lines.extend(listed.pointers.iter().flat_map(moved));
    if !lines.is_empty() {
        call().args(["update-index", "-z", "--index-info"]).stdin(lines).run()?;
    }
    let paths: Vec<u8> = listed.changed.iter().flat_map(|path| [path.as_slice(), b"\0"].concat()).collect();
    if !paths.is_empty() {
        call().args(["update-index", "-z", "--add", "--replace", "--stdin"]).stdin(paths).run()?;
    }
    for (path, bytes) in mixed {
        let blob =
            call().args(["hash-object", "-w", "--stdin", &format!("--path={path}")]).stdin(bytes.clone()).line()?;
        let out = call().args(["ls-files", "-s", "-z", "--"]).arg(path).run()?;
        let mode = String::from_utf8_lossy(&out)
            .split(' ')
            .next()
            .filter(|mode| mode.len() == 6)
            .unwrap_or("100644")
            .to_owned();
        call().args(["update-index", "--cacheinfo", &format!("{mode},{blob},{path}")]).run()?;
    }
    call().arg("write-tree").line()?.parse()
}
