//! What can be asked of a slot between two uses.

use std::collections::BTreeSet;
use std::path::Path;

use super::Repo;
use super::baseline::Baseline;
use super::files::read_text;
use super::files::remove;
use super::listing;
use super::slot::{Slot, write_head};
use super::slot_index;
use super::survey::{Exact, survey};
use super::worktree::slots;
use crate::model::{Error, ErrorKind, Oid, Result};

/// The slot `name` below `parent`, if it is in the pool.
///
/// # Errors
/// Something else lies in its place.
pub fn find_slot(repo: &Repo, parent: &Path, name: &str) -> Result<Option<Slot>> {
    let found = slots(repo, parent).into_iter().find(|slot| slot.name == name);
    let path = parent.join(name);
    if found.is_none() && path.symlink_metadata().is_ok() {
        let doing = format!("making the worktree `{}`", path.display());
        return Err(Error::new(ErrorKind::Environment, doing, "something that git orca did not make is in its place")
            .hint(format!("mv {0} {0}.old", path.display())));
    }
    Ok(found)
}

/// What a look into a slot found.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// A path that is no longer as the slot's `HEAD` has it, or that git neither knows nor ignores.
    pub edited: Option<String>,
    /// The proof that the slot holds the files of its `HEAD` and nothing else, not even what git ignores.
    pub exact: Option<Exact>,
}

/// Looks at every file of `slot`.
///
/// # Errors
/// The slot is too broken to be asked.
pub fn look(repo: &Repo, slot: &Slot) -> Result<Look> {
    let head = slot_head(repo, slot)?;
    let scratch = tempfile::tempdir().map_err(|e| Error::failed("making a folder for a comparison", e))?;
    let found = listing::list(repo, slot, &head, &head, &scratch.path().join("index"))?;
    let edited = found.first().map(|path| String::from_utf8_lossy(path).into_owned());
    Ok(Look { edited, exact: found.exact.map(Exact) })
}

/// A path in `slot` that is no longer as its `HEAD` has it, or that git neither knows nor ignores.
///
/// # Errors
/// The slot is too broken to be asked.
pub fn edited(repo: &Repo, slot: &Slot) -> Result<Option<String>> {
    Ok(look(repo, slot)?.edited)
}

/// What a gate did to the tree it was to judge: a tracked path that is no longer as in `commit`, or `HEAD` when that
/// moved. New files do not count: tests and builds write what projects forget to ignore. Neither do the paths of
/// `except`, nor what is as setup left it.
///
/// # Errors
/// The slot is too broken to be asked.
pub fn disturbed(
    repo: &Repo,
    slot: &Slot,
    commit: &Oid,
    baseline: &Baseline,
    except: &dyn Fn(&str) -> bool,
) -> Result<Option<String>> {
    if slot_head(repo, slot)? != *commit || !clone_stands_at(slot, commit) {
        return Ok(Some("HEAD".to_owned()));
    }
    let scratch = tempfile::tempdir().map_err(|e| Error::failed("making a folder for a comparison", e))?;
    let mut found = listing::list(repo, slot, commit, commit, &scratch.path().join("index"))?;
    baseline.take_out(slot, &mut found);
    let tracked = |path: &&Vec<u8>| repo.file_at(commit, &String::from_utf8_lossy(path)).is_ok();
    let all = found.deleted.iter().chain(found.changed.iter().filter(tracked));
    Ok(all.map(|path| String::from_utf8_lossy(path).into_owned()).find(|path| !except(path)))
}

/// Whether the repository of its own that a gate was shown in place of the slot's `.git`, if it was, still stands there.
fn clone_stands_at(slot: &Slot, commit: &Oid) -> bool {
    let dot_git = slot.path.join(".git");
    if !dot_git.is_dir() {
        return true;
    }
    let head = read_text(&dot_git.join("HEAD")).unwrap_or_default();
    let stands = match head.trim().strip_prefix("ref: ") {
        Some(name) => read_text(&dot_git.join(name)).unwrap_or_default(),
        None => head,
    };
    stands.trim() == commit.as_str()
}

/// The topmost paths in `slot` that its index does not know: untracked or ignored. Paths that are no text are left out.
///
/// # Errors
/// The slot cannot be read.
pub fn unknown_paths(repo: &Repo, slot: &Slot) -> Result<BTreeSet<String>> {
    let fail = |e: std::io::Error| Error::failed(format!("looking into the worktree `{}`", slot.name), e);
    let index = slot_index::read(repo, slot).map_err(fail)?;
    let found = survey(&slot.path, &index).map_err(fail)?;
    Ok(found.unknown.into_iter().filter_map(|path| path.into_os_string().into_string().ok()).collect())
}

/// Forgets the index of a slot, which may name objects that are gone. Its files stay as they are.
///
/// # Errors
/// It cannot be removed.
pub fn forget_index(slot: &Slot) -> Result<()> {
    remove(&slot.admin.join("index")).map_err(|e| Error::failed(format!("removing the index of `{}`", slot.name), e))
}

/// The commit a slot stands at.
///
/// # Errors
/// Its `HEAD` cannot be read, or names no commit.
pub fn slot_head(repo: &Repo, slot: &Slot) -> Result<Oid> {
    slot.head(repo)?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "reading a worktree", format!("`HEAD` of `{}` names no commit", slot.name))
    })
}

/// The full name of the branch that a slot's `HEAD` names; none when it is detached.
///
/// # Errors
/// Its `HEAD` cannot be read.
pub fn slot_branch(slot: &Slot) -> Result<Option<String>> {
    let text = slot.head_text().map_err(|e| Error::failed(format!("reading `HEAD` of `{}`", slot.name), e))?;
    Ok(text.strip_prefix("ref: ").map(str::to_owned))
}

/// Lets a slot whose `HEAD` names nothing stand at `commit`; its files and index stay as they are.
///
/// # Errors
/// Its `HEAD` cannot be written.
pub fn stand_at(slot: &Slot, commit: &Oid) -> Result<()> {
    write_head(slot, commit.as_str()).map_err(|e| Error::failed(format!("writing `HEAD` of `{}`", slot.name), e))
}

/// Lets a slot's `HEAD` name a branch (full name) again; its files and index stay as they are.
///
/// # Errors
/// Its `HEAD` cannot be written.
pub fn stand_on(slot: &Slot, branch: &str) -> Result<()> {
    let text = format!("ref: {branch}");
    write_head(slot, &text).map_err(|e| Error::failed(format!("writing `HEAD` of `{}`", slot.name), e))
}

/// Whether git ignores a path of a slot, and has no files in it; `is_folder`: it is to be one.
pub fn is_ignored(repo: &Repo, slot: &Slot, path: &str, is_folder: bool) -> bool {
    let named = if is_folder { format!("{path}/") } else { path.to_owned() };
    let call = repo.git_in(slot, "asking what git ignores").args(["check-ignore", "-q", "--no-index", "--", &named]);
    let tracked = repo.git_in(slot, "asking what git has there").args(["ls-files", "-z", "--", path]).run();
    call.output().is_ok_and(|out| out.success()) && tracked.is_ok_and(|files| files.is_empty())
}

/// The paths in the user's checkout that git ignores.
///
/// # Errors
/// Git cannot list.
pub fn ignored_files(repo: &Repo) -> Result<Vec<String>> {
    let call = repo.git_here("listing the files that git ignores");
    let out = call.args(["ls-files", "-z", "--others", "--ignored", "--exclude-standard"]).run()?;
    let paths = out.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
}

impl Slot {
    /// The commit it stands at; none on a branch without a commit.
    ///
    /// # Errors
    /// Its `HEAD` cannot be read.
    pub fn head(&self, repo: &Repo) -> Result<Option<Oid>> {
        let text =
            self.head_text().map_err(|error| Error::failed(format!("reading `HEAD` of `{}`", self.name), error))?;
        match text.strip_prefix("ref: ") {
            Some(branch) => repo.read_ref(branch),
            None => text.parse().map(Some),
        }
    }
}

impl Repo {
    /// The first commit of the history of `HEAD`; the smallest id when there are several, none without a commit.
    ///
    /// # Errors
    /// Git cannot walk the history.
    pub fn first_commit(&self) -> Result<Option<Oid>> {
        let call = self.git_here("looking for the first commit");
        let out = call.args(["rev-list", "--max-parents=0", "HEAD", "--"]).run()?;
        let text = String::from_utf8_lossy(&out).into_owned();
        Ok(text.lines().filter_map(|line| line.parse().ok()).min())
    }
}

/// The commits that `to` has and `from` lacks, newest first, with their subjects.
///
/// # Errors
/// Git cannot walk the history.
pub fn commits_between(repo: &Repo, from: &Oid, to: &Oid) -> Result<Vec<(Oid, String)>> {
    let call = repo.git_here("listing commits");
    let out = call.args(["log", "-z", "--format=%H %s", to.as_str(), &format!("^{from}")]).run()?;
    let text = String::from_utf8_lossy(&out).into_owned();
    let commit =
        |record: &str| record.split_once(' ').and_then(|(oid, subject)| Some((oid.parse().ok()?, subject.to_owned())));
    Ok(text.split('\0').filter_map(commit).collect())
}

/// The merges that `to` has and neither `from` nor any of `without`, oldest first.
///
/// # Errors
/// Git cannot walk the history.
pub fn merges_between(repo: &Repo, from: &Oid, to: &Oid, without: &[Oid]) -> Result<Vec<Oid>> {
    let hidden: Vec<&Oid> = std::iter::once(from).chain(without).collect();
    repo.merges_since(&hidden, to)
}

/// The difference between two commits, as `git diff` shows it.
///
/// # Errors
/// Git refuses.
pub fn diff_text(repo: &Repo, from: &Oid, to: &Oid, colours: bool) -> Result<String> {
    let call = repo.git_here("comparing commits");
    let colour = if colours { "--color=always" } else { "--color=never" };
    let out = call.args(["diff", colour, from.as_str(), to.as_str()]).run()?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
