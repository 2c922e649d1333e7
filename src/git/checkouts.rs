//! The checkouts of a repository that git knows of: the user's own, and the slots that are ours.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Repo;
use super::files::read_text;

/// The reason in a slot's `locked` file. It keeps `git worktree prune` of anybody away from the slot, and it is how we
/// know our own entries.
pub(super) const LOCK_REASON: &str = "git orca slot";

/// Where a `.git` file points.
pub(super) fn pointed_at(dot_git: &Path) -> io::Result<PathBuf> {
    let text = read_text(dot_git)?;
    let target = text.trim_end().strip_prefix("gitdir: ").ok_or(io::ErrorKind::InvalidData)?;
    let folder = dot_git.parent().unwrap_or(Path::new("/"));
    folder.join(target).canonicalize()
}

/// One entry below `worktrees`: its folder and the worktree it says it belongs to.
pub(super) struct CheckoutEntry {
    pub(super) admin: PathBuf,
    pub(super) path: PathBuf,
}

/// All of them, sorted by path.
pub(super) fn entries(repo: &Repo) -> Vec<CheckoutEntry> {
    let folder = repo.common_dir().join("worktrees");
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let entry = |admin: PathBuf| {
        let text = read_text(&admin.join("gitdir")).ok()?;
        let path = admin.join(text.trim_end()).parent()?.to_owned();
        Some(CheckoutEntry { path, admin })
    };
    let mut all: Vec<CheckoutEntry> = found.flatten().filter_map(|item| entry(item.path())).collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// Whether an entry below `worktrees` is a slot's.
pub(super) fn is_ours(admin: &Path) -> bool {
    read_text(&admin.join("locked")).is_ok_and(|reason| reason.trim() == LOCK_REASON)
}

/// Whether an entry below `worktrees` is somebody else's.
pub(super) fn is_foreign(admin: &Path) -> bool {
    !is_ours(admin)
}

/// The folders of linked worktrees that are not ours.
pub(super) fn foreign_worktrees(repo: &Repo) -> Vec<PathBuf> {
    entries(repo).into_iter().filter(|entry| is_foreign(&entry.admin)).map(|entry| entry.path).collect()
}

/// The checkouts that are people's: the main one, then the linked ones that are there and not ours.
pub fn own_worktrees(repo: &Repo) -> Vec<PathBuf> {
    let linked = foreign_worktrees(repo).into_iter().filter(|path| path.is_dir());
    repo.main_tree().map(Path::to_owned).into_iter().chain(linked).collect()
}

/// Whether a folder is the root of a checkout of this repository.
pub fn is_worktree(repo: &Repo, path: &Path) -> bool {
    repo.main_tree() == Some(path) || entries(repo).iter().any(|entry| entry.path == path)
}

/// The full name of the branch that the checkout at `path` stands on.
pub fn branch_of(repo: &Repo, path: &Path) -> Option<String> {
    let main = (repo.main_tree() == Some(path)).then(|| repo.common_dir().to_owned());
    let admin = main.or_else(|| entries(repo).into_iter().find(|entry| entry.path == path).map(|entry| entry.admin))?;
    let text = read_text(&admin.join("HEAD")).ok()?;
    text.trim().strip_prefix("ref: ").map(str::to_owned)
}
