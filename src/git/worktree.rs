//! Slots: worktrees of the pool. Making, listing, detaching and removing them; `reset.rs` prepares one for an attempt.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Repo;
use super::checkouts::{CheckoutEntry, LOCK_REASON, entries, is_ours, pointed_at};
use super::files::{make_writable, read_text, replace};
use super::slot::{Slot, write_head};
use crate::model::{Error, ErrorKind, Oid, Result};

/// How often a worktree is added while others are being removed.
const TRIES: usize = 5;

/// Makes a slot `parent/name` at `base`, without files: [`super::reset_slot`] checks them out, which may run for several
/// slots at once. Adding is done one at a time, whoever calls.
///
/// # Errors
/// The folder exists or cannot be made, or git refuses, for instance because a ghost has the name: see
/// [`recover_ghosts`].
pub fn create_slot(repo: &Repo, parent: &Path, name: &str, base: &Oid) -> Result<Slot> {
    let doing = format!("making the worktree `{}`", parent.join(name).display());
    super::pool_folder::make_pool_folder(parent)?;
    let parent = parent.canonicalize().map_err(|error| Error::failed(doing.clone(), error))?;
    let path = parent.join(name);
    if path.symlink_metadata().is_ok() {
        return Err(Error::new(ErrorKind::Environment, doing, "the folder exists already"));
    }
    let call = repo
        .git(doing.clone())
        .writes()
        .config("worktree.useRelativePaths=false")
        .args(["worktree", "add", "-q", "--no-checkout", "--detach", "--lock", "--reason", LOCK_REASON])
        .arg(&path)
        .arg(base.as_str());
    let mut tries = TRIES;
    while let Err(error) = repo.alone(|| call.run()) {
        tries -= 1;
        // Adding reads all entries; another program may remove one just then.
        let removed = error.cause.contains("Invalid path") && path.symlink_metadata().is_err();
        if tries == 0 || !removed {
            return Err(error);
        }
    }
    let admin = pointed_at(&path.join(".git")).map_err(|error| Error::failed(doing, error))?;
    Ok(Slot { name: name.to_owned(), path, admin })
}

/// Whether a slot's `.git` is what we wrote there.
pub fn points_home(slot: &Slot) -> bool {
    let dot_git = slot.path.join(".git");
    dot_git.symlink_metadata().is_ok_and(|meta| meta.is_file())
        && pointed_at(&dot_git).is_ok_and(|admin| admin == slot.admin)
}

/// The slots below `parent`, those whose folder is gone left out, sorted by name.
pub fn slots(repo: &Repo, parent: &Path) -> Vec<Slot> {
    ours_below(repo, parent).into_iter().filter(|slot| slot.path.is_dir()).collect()
}

fn ours_below(repo: &Repo, parent: &Path) -> Vec<Slot> {
    let real = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
    let ours = |entry: &CheckoutEntry| entry.path.parent() == Some(&real) && is_ours(&entry.admin);
    let slot = |entry: CheckoutEntry| {
        let name = entry.path.file_name()?.to_string_lossy().into_owned();
        Some(Slot { name, path: entry.path, admin: entry.admin })
    };
    entries(repo).into_iter().filter(ours).filter_map(slot).collect()
}

/// The slot `name` below `parent` whose folder somebody removed: git keeps its entry, since it is locked.
pub fn ghost(repo: &Repo, parent: &Path, name: &str) -> Option<Slot> {
    let is_ghost = |slot: &Slot| slot.name == name && slot.path.symlink_metadata().is_err();
    ours_below(repo, parent).into_iter().find(is_ghost)
}

/// Removes the entries of our slots below `parent` whose folder is gone: a crashed run leaves them locked, and a branch
/// that they have checked out cannot be used elsewhere. Nobody else's entry is touched: `git worktree prune` deleted
/// that of a user's worktree whose disk was away. Gives the names.
///
/// # Errors
/// An entry cannot be removed.
pub fn recover_ghosts(repo: &Repo, parent: &Path) -> Result<Vec<String>> {
    let ghosts = ours_below(repo, parent).into_iter().filter(|slot| slot.path.symlink_metadata().is_err());
    ghosts.map(|slot| drop_entry(repo, &slot).map(|()| slot.name)).collect()
}

/// Removes the entries of worktrees that an agent made inside its slot: their folders go with the next reset, and their
/// branches would stay taken.
pub(super) fn drop_nested(repo: &Repo, slot: &Slot) -> io::Result<()> {
    let nested = |entry: &CheckoutEntry| entry.path != slot.path && entry.path.starts_with(&slot.path);
    entries(repo).iter().filter(|entry| nested(entry)).try_for_each(|entry| fs::remove_dir_all(&entry.admin))
}

/// Not while one is added: that reads them all.
fn drop_entry(repo: &Repo, slot: &Slot) -> Result<()> {
    match repo.alone(|| fs::remove_dir_all(&slot.admin)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::failed(format!("removing `{}`", slot.admin.display()), error))
        }
        _ => Ok(()),
    }
}

/// Detaches a slot from its branch, where it stands: the branch is free for the user, the files stay as they are.
///
/// # Errors
/// `HEAD` cannot be read or written, or names a branch that does not exist.
pub fn detach_slot(repo: &Repo, slot: &Slot) -> Result<()> {
    let doing = format!("detaching the worktree `{}`", slot.path.display());
    let head = slot.head_text().map_err(|error| Error::failed(doing.clone(), error))?;
    let Some(branch) = head.strip_prefix("ref: ") else { return Ok(()) };
    let Some(commit) = repo.read_ref(branch)? else {
        return Err(Error::new(ErrorKind::NotFound, doing, format!("its branch `{branch}` does not exist")));
    };
    write_head(slot, commit.as_str()).map_err(|error| Error::failed(doing, error))
}

/// Takes a slot out of the pool at once: its folder goes to `.trash` beside it by renaming, its entry is removed. The
/// bytes are deleted by [`empty_trash`].
///
/// # Errors
/// The folder cannot be renamed, or the entry not be removed.
pub fn remove_slot(repo: &Repo, slot: &Slot) -> Result<()> {
    let doing = format!("removing the worktree `{}`", slot.path.display());
    if slot.path.symlink_metadata().is_ok() {
        trash(slot, &slot.path).map_err(|error| Error::failed(doing, error))?;
    }
    drop_entry(repo, slot)
}

/// Takes away what an earlier repository at this path left in the place of a slot that holds nobody's work: this one knows
/// nothing of it, and it points to us. Gives whether it did; what points elsewhere is left alone.
///
/// # Errors
/// The folder cannot be renamed.
pub fn discard_stale_place(repo: &Repo, parent: &Path, name: &str) -> Result<bool> {
    let path = parent.join(name);
    let common = repo.common_dir();
    let dot_git = path.join(".git");
    // What it points to is gone with the earlier repository: only the words are left to go by.
    let reads = |file: &Path| fs::read_to_string(file).unwrap_or_default();
    let pointer = reads(&dot_git);
    let pointer = pointer.trim_end().strip_prefix("gitdir: ").map(Path::new);
    let pointer = pointer.is_some_and(|admin| admin.starts_with(common.join("worktrees")));
    let shared = Path::new(reads(&dot_git.join("objects/info/alternates")).trim_end()) == common.join("objects");
    let known = slots(repo, parent).into_iter().any(|slot| slot.name == name);
    if known || !(pointer || shared) {
        return Ok(false);
    }
    let slot = Slot { name: name.to_owned(), path, admin: common.join("worktrees").join(name) };
    let doing = || format!("taking away `{}`, which an earlier repository left", slot.path.display());
    trash(&slot, &slot.path).map_err(|error| Error::failed(doing(), error))?;
    Ok(true)
}

/// Puts a slot aside that somebody edited or still uses: nothing is deleted. It becomes an ordinary, detached worktree
/// at `aside/` beside its old place. Gives the new place.
///
/// # Errors
/// The folder cannot be renamed.
pub fn set_aside_slot(repo: &Repo, slot: &Slot) -> Result<PathBuf> {
    let doing = format!("putting the worktree `{}` aside", slot.path.display());
    let fail = |error: io::Error| Error::failed(doing.clone(), error);
    // A branch that is gone leaves `HEAD` as it is: no reason to keep the slot in the pool.
    let _kept_as_is = detach_slot(repo, slot);
    let place = free_name(&beside(slot, "aside").map_err(fail)?, &slot.name);
    fs::rename(&slot.path, &place).map_err(fail)?;
    replace(&slot.admin.join("gitdir"), format!("{}\n", place.join(".git").display()).as_bytes()).map_err(fail)?;
    Ok(place)
}

/// Moves something of a slot out of the way, into the trash.
pub(super) fn trash(slot: &Slot, path: &Path) -> io::Result<()> {
    let folder = beside(slot, ".trash")?;
    let place = free_name(&folder, &slot.name);
    match fs::rename(path, &place) {
        // A folder that may not be written cannot be moved: its `..` would change.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            make_writable(path);
            fs::rename(path, &place)
        }
        other => other,
    }
}

fn beside(slot: &Slot, name: &str) -> io::Result<PathBuf> {
    let folder = slot.path.parent().unwrap_or(Path::new("/")).join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A name in `folder` that nobody has: by process and count, since two runs may share a parent folder.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let place = folder.join(format!("{name}.{}.{n}", std::process::id()));
        if place.symlink_metadata().is_err() {
            return place;
        }
    }
}

/// Deletes what lies in the trash of `parent`. Slow (0.5 s for 3,500 files): for a thread of its own. What cannot be
/// deleted now stays for the next time.
pub fn empty_trash(parent: &Path) {
    let Ok(items) = fs::read_dir(parent.join(".trash")) else { return };
    for item in items.flatten() {
        let path = item.path();
        if fs::remove_dir_all(&path).is_err() {
            make_writable(&path);
            let _next_time = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
}

impl Repo {
    /// The worktree that has `branch` (short name) checked out, or is in the middle of rebasing or bisecting it.
    pub fn checked_out(&self, branch: &str) -> Option<PathBuf> {
        let main =
            self.main_tree().map(|tree| CheckoutEntry { admin: self.common_dir().to_owned(), path: tree.to_owned() });
        main.into_iter().chain(entries(self)).find(|entry| has_branch(&entry.admin, branch)).map(|entry| entry.path)
    }
}

fn has_branch(admin: &Path, branch: &str) -> bool {
    let full = format!("refs/heads/{branch}");
    let says = |file: &str, text: &str| read_text(&admin.join(file)).is_ok_and(|found| found.trim() == text);
    says("HEAD", &format!("ref: {full}"))
        || says("rebase-merge/head-name", &full)
        || says("rebase-apply/head-name", &full)
        || says("BISECT_START", branch)
}
