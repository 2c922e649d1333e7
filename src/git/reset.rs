//! Preparing a slot for an attempt, whatever state the last one left it in (FACTS 0: 34 dirty states).
//!
//! All processes of the last attempt must be dead and its work saved. A slot that does not verify is [`Unclean`]: throw
//! it away and make a new one.

use std::fs;
use std::io;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::files::{make_writable, read_file, remove, replace};
use super::index::{IndexFile, hex, hiding_nothing, holds, trusted};
use super::left_out::remove_left_out;
use super::slot::{Slot, write_head};
use super::slot_index;
use super::sparse::Sparse;
use super::submodule;
use super::survey::{Exact, Survey, still_exact, survey};
use super::worktree::{drop_nested, trash};
use super::{Repo, read};
use crate::model::{Error, Oid, Result};

/// What a slot's `HEAD` is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotHead {
    /// A commit.
    Detached(Oid),
    /// The branch `name` (short), which the caller has created or moved to `at` before: refs move in the caller's
    /// transactions only. A branch that is elsewhere makes the slot [`Unclean`].
    Branch {
        /// Short name.
        name: String,
        /// Where it stands.
        at: Oid,
    },
}

impl SlotHead {
    /// The commit.
    pub fn commit(&self) -> &Oid {
        match self {
            SlotHead::Detached(at) | SlotHead::Branch { at, .. } => at,
        }
    }
}

/// What happens to the files that git ignores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ignored {
    /// They stay: build caches keep warm.
    Keep,
    /// Only those stay that a glob matches, with all below a matched folder; for gates. A pattern counts from the top
    /// of the worktree, may end in `/`, and its `*` stops at `/`.
    Only(Vec<String>),
}

/// A slot that could not be made clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclean {
    /// The slot's name.
    pub slot: String,
    /// What is in the way.
    pub why: String,
}

impl std::fmt::Display for Unclean {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "worktree `{}` cannot be made clean: {}", self.slot, self.why)
    }
}

impl std::error::Error for Unclean {}

/// What a slot's entry keeps. Everything else in it is state of some operation (rebase, bisect, sparse checkout, a
/// configuration, refs or a log of its own) and goes.
const KEPT: [&str; 6] = ["HEAD", "commondir", "gitdir", "index", "locked", "modules"];

/// Makes a slot hold exactly the files of `to`, with `HEAD` as asked, and proves it.
///
/// Usually one git process; none when the slot holds them already.
///
/// # Errors
/// The slot cannot be proved clean.
pub fn reset_slot(repo: &Repo, slot: &Slot, to: &SlotHead, ignored: &Ignored) -> Result<(), Unclean> {
    reset_known_slot(repo, slot, to, ignored, None)
}

/// As [`reset_slot`]. Files that were just now proved to be as they should stay are not looked at again.
///
/// # Errors
/// As [`reset_slot`].
pub fn reset_known_slot(
    repo: &Repo,
    slot: &Slot,
    to: &SlotHead,
    ignored: &Ignored,
    known: Option<&Exact>,
) -> Result<(), Unclean> {
    let unclean = |why: String| Unclean { slot: slot.name.clone(), why };
    let keep = KeepSet::new(ignored).map_err(|error| unclean(error.to_string()))?;
    let attempt = |known| {
        scrub(repo, slot).and_then(|()| head_is(repo, slot, to)).and_then(|()| files_are(repo, slot, to, &keep, known))
    };
    let Err(first) = attempt(known) else { return Ok(()) };
    // Once more, after what a first try cannot get over: read-only folders and an index that git trips on.
    tracing::debug!(slot = slot.name, why = %first, "second try of a reset");
    make_writable(&slot.path);
    let _may_be_missing = fs::remove_file(slot.admin.join("index"));
    attempt(None).map_err(|error| unclean(error.to_string()))
}

fn io_error(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let doing = format!("{doing} `{}`", path.display());
    move |error| Error::failed(doing, error)
}

/// Removes every trace of unfinished operations, and makes the folder and its entry point at each other again.
fn scrub(repo: &Repo, slot: &Slot) -> Result<()> {
    let meta = fs::symlink_metadata(&slot.path).map_err(io_error("looking at", &slot.path))?;
    if !meta.is_dir() {
        return Err(Error::failed(format!("looking at `{}`", slot.path.display()), "it is not a folder any more"));
    }
    for item in fs::read_dir(&slot.admin).map_err(io_error("reading", &slot.admin))?.flatten() {
        if !KEPT.iter().any(|&name| item.file_name() == name) {
            remove(&item.path()).map_err(io_error("removing", &item.path()))?;
        }
    }
    if let Some(sparse) = Sparse::of(slot) {
        sparse.write(slot).map_err(io_error("writing the patterns of", &slot.path))?;
    }
    link_keys(repo, slot).map_err(io_error("linking the keys of git-crypt into", &slot.admin))?;
    drop_nested(repo, slot).map_err(io_error("removing worktrees inside", &slot.path))?;
    restore(&slot.admin.join("commondir"), "../..\n")?;
    restore(&slot.admin.join("gitdir"), &format!("{}\n", slot.path.join(".git").display()))?;
    let dot_git = slot.path.join(".git");
    let wanted = format!("gitdir: {}\n", slot.admin.display());
    let is_file = fs::symlink_metadata(&dot_git).is_ok_and(|meta| meta.is_file());
    if is_file && read_file(&dot_git).is_ok_and(|found| found == wanted.as_bytes()) {
        return Ok(());
    }
    if fs::symlink_metadata(&dot_git).is_ok() {
        trash(slot, &dot_git).map_err(io_error("moving away", &dot_git))?;
    }
    fs::write(&dot_git, wanted).map_err(io_error("writing", &dot_git))
}

/// Where git-crypt keeps the keys of an unlocked repository.
const KEYS: &str = "git-crypt";

/// Up to its version 0.7 git-crypt looks for its keys in the worktree's own folder: without them no file can be checked out.
fn link_keys(repo: &Repo, slot: &Slot) -> io::Result<()> {
    let keys = repo.common_dir().join(KEYS);
    if keys.is_dir() { std::os::unix::fs::symlink(keys, slot.admin.join(KEYS)) } else { Ok(()) }
}

fn restore(file: &Path, text: &str) -> Result<()> {
    if fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file())
        && read_file(file).is_ok_and(|found| found == text.as_bytes())
    {
        return Ok(());
    }
    let _may_be_missing = remove(file);
    replace(file, text.as_bytes()).map_err(io_error("writing", file))
}

fn head_is(repo: &Repo, slot: &Slot, to: &SlotHead) -> Result<()> {
    let head = slot.admin.join("HEAD");
    let text = match to {
        SlotHead::Detached(at) => at.as_str().to_owned(),
        SlotHead::Branch { name, at } => {
            let full = format!("refs/heads/{name}");
            let found = repo.read_ref(&full)?;
            if found.as_ref() != Some(at) {
                let is = found.map_or("missing".to_owned(), |oid| format!("at {}", oid.short()));
                return Err(Error::failed(
                    format!("checking out `{name}`"),
                    format!("it is {is}, not at {}", at.short()),
                ));
            }
            format!("ref: {full}")
        }
    };
    if !fs::symlink_metadata(&head).is_ok_and(|meta| meta.is_file()) {
        let _may_be_missing = remove(&head);
    }
    write_head(slot, &text).map_err(io_error("writing", &head))
}

fn files_are(repo: &Repo, slot: &Slot, to: &SlotHead, keep: &KeepSet, known: Option<&Exact>) -> Result<()> {
    let holds_all = |index: &IndexFile| {
        Ok::<bool, Error>(
            known.is_some_and(|Exact(before)| still_exact(&slot.path, before, index))
                || is_clean(repo, slot, index, keep)?,
        )
    };
    let tree = repo.tree_of(to.commit())?;
    let file = slot.admin.join("index");
    let sparse = Sparse::of(slot);
    match hiding_nothing(&file, sparse.as_ref()) {
        Some(index) if holds(&index, &tree) && read::index_is_whole(&file) => {
            if holds_all(&index)? {
                return Ok(());
            }
        }
        Some(_) => {}
        // Whether entries are marked as they should be git sees to, when the slot is to be sparse.
        None if sparse.is_some() && slot_index::read(repo, slot).is_ok_and(|index| index.open) => {}
        None => remove(&file).map_err(io_error("removing", &file))?,
    }
    let doing = format!("resetting the worktree `{}`", slot.path.display());
    let git = repo.git_in(slot, doing).writes().config("checkout.workers=0");
    let from = known.filter(|_| sparse.is_none()).and_then(|Exact(before)| before.tree);
    // Where every file was just now seen to be as the index has it, only those that differ are touched.
    let moves = |from: [u8; 20]| git.clone().args(["read-tree", "-m", "-u", &hex(&from), tree.as_str()]);
    if from.is_none_or(|from| moves(from).run().is_err()) {
        git.args(["reset", "-q", "--hard", to.commit().as_str()]).run()?;
    }
    remove(&slot.admin.join("ORIG_HEAD")).map_err(io_error("removing", &slot.admin.join("ORIG_HEAD")))?;
    match hiding_nothing(&file, sparse.as_ref()) {
        Some(index) if holds(&index, &tree) && holds_all(&index)? => Ok(()),
        _ => strictly_clean(repo, slot, keep),
    }
}

/// Whether the files are those of the index, once what may not stay is removed. `false`: git has to look.
fn is_clean(repo: &Repo, slot: &Slot, index: &IndexFile, keep: &KeepSet) -> Result<bool> {
    let found = survey(&slot.path, index).map_err(io_error("reading", &slot.path))?;
    if !found.is_complete() {
        return Ok(false);
    }
    let left = remove_unknown(slot, &found, keep)?;
    match keep {
        KeepSet::Ignored if left => nothing_untracked(repo, slot),
        _ => Ok(true),
    }
}

/// Removes what may never stay: for gates all that is not to be kept, else what git does not see (a `.git` inside a
/// folder, sockets, pipes). Gives whether anything unknown is left.
fn remove_unknown(slot: &Slot, found: &Survey, keep: &KeepSet) -> Result<bool> {
    let mut left = false;
    for path in &found.unknown {
        let full = slot.path.join(path);
        match keep {
            KeepSet::Matching(globs) => prune(&full, path, globs).map_err(io_error("removing", &full))?,
            KeepSet::Ignored if is_invisible(&full) => remove(&full).map_err(io_error("removing", &full))?,
            KeepSet::Ignored => left = true,
        }
    }
    Ok(left)
}

fn is_invisible(path: &Path) -> bool {
    let kind = fs::symlink_metadata(path).map(|meta| meta.file_type());
    let special = kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir() && !kind.is_symlink());
    special || path.file_name().is_some_and(|name| name == ".git")
}

fn nothing_untracked(repo: &Repo, slot: &Slot) -> Result<bool> {
    let list = repo.git_in(slot, "looking for untracked files");
    let list = list.args(["ls-files", "-z", "--others", "--exclude-standard", "--directory"]);
    if list.run()?.is_empty() {
        return Ok(true);
    }
    repo.git_in(slot, "removing untracked files").writes().args(["clean", "-ffdq"]).run()?;
    Ok(list.run()?.is_empty())
}

/// The proof by git itself, for everything that the quick one does not understand: submodules, filters, nested
/// repositories.
fn strictly_clean(repo: &Repo, slot: &Slot, keep: &KeepSet) -> Result<()> {
    submodule::reset(repo, slot)?;
    repo.git_in(slot, "removing untracked files").writes().args(["clean", "-ffdq"]).run()?;
    let index = trusted(&slot.admin.join("index"), Sparse::of(slot).as_ref())
        .ok_or_else(|| Error::failed("reading the index", "it hides changes from git"))?;
    remove_left_out(slot, &index).map_err(io_error("removing what is left out of", &slot.path))?;
    let found = survey(&slot.path, &index).map_err(io_error("reading", &slot.path))?;
    remove_unknown(slot, &found, keep)?;
    let status = repo.git_in(slot, "verifying the worktree");
    let status = status.args(["status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=none"]);
    let dirty = status.run()?;
    if dirty.is_empty() || is_always_dirty(repo, slot, &dirty, &status)? {
        return Ok(());
    }
    let shown: Vec<String> =
        dirty.split(|&b| b == 0).take(3).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    Err(Error::failed("verifying the worktree", format!("`git status` says {}", shown.join(" "))))
}

/// Whether these files are shown as modified even when freshly checked out. Some repositories hold files that their
/// own attributes say should be stored otherwise (line endings, LFS): no reset will ever change that.
fn is_always_dirty(repo: &Repo, slot: &Slot, dirty: &[u8], status: &super::call::Call) -> Result<bool> {
    let records = || dirty.split(|&byte| byte == 0).filter(|record| !record.is_empty());
    if !records().all(|record| record.starts_with(b" M ")) {
        return Ok(false);
    }
    let mut paths = Vec::new();
    for record in records() {
        let path = &record[3..];
        let full = slot.path.join(super::survey::as_path(path));
        if full.is_dir() {
            return Ok(false);
        }
        remove(&full).map_err(io_error("removing", &full))?;
        paths.extend_from_slice(path);
        paths.push(0);
    }
    let checkout = repo.git_in(slot, "checking files out again");
    checkout.args(["checkout-index", "-q", "-f", "-z", "--stdin"]).stdin(paths).run()?;
    Ok(status.run()? == dirty)
}

/// [`Ignored`], its globs read.
enum KeepSet {
    Ignored,
    Matching(GlobSet),
}

impl KeepSet {
    fn new(ignored: &Ignored) -> Result<Self> {
        let Ignored::Only(patterns) = ignored else { return Ok(KeepSet::Ignored) };
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let clean = pattern.trim_start_matches("./").trim_matches('/');
            for text in [clean.to_owned(), format!("{clean}/**")] {
                let glob = GlobBuilder::new(&text).literal_separator(true).build();
                set.add(glob.map_err(|error| Error::failed(format!("reading the pattern `{pattern}`"), error))?);
            }
        }
        let set = set.build().map_err(|error| Error::failed("reading `worktree.keep`", error))?;
        Ok(KeepSet::Matching(set))
    }
}

/// Removes `full` (`path` in the worktree) but for what `keep` matches.
fn prune(full: &Path, path: &Path, keep: &GlobSet) -> io::Result<()> {
    if keep.is_match(path) {
        return Ok(());
    }
    if keep.is_empty() || !fs::symlink_metadata(full)?.is_dir() {
        return remove(full);
    }
    for item in fs::read_dir(full)? {
        let name = item?.file_name();
        prune(&full.join(&name), &path.join(&name), keep)?;
    }
    match fs::remove_dir(full) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other,
    }
}
