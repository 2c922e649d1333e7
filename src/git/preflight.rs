//! What is asked before a run, so that it does not fail in the middle.

use std::fs;
use std::path::Path;

use super::Repo;
use crate::model::{Error, ErrorKind, Result};

/// Checks that a run could write what it needs: branches below `orca/`, commits, and worktrees below `parent`.
///
/// # Errors
/// The first thing that is in the way, with what to type.
pub fn preflight(repo: &Repo, parent: &Path) -> Result<()> {
    free_namespace(repo)?;
    known_identity(repo)?;
    super::pool_folder::check_pool_folder(repo, parent)?;
    writable_parent(parent)
}

/// A branch called `orca` leaves no room for branches called `orca/…`.
///
/// # Errors
/// There is one.
pub fn free_namespace(repo: &Repo) -> Result<()> {
    if repo.read_ref("refs/heads/orca")?.is_none() {
        return Ok(());
    }
    let cause = "your branch `orca` is in the way of the branches `orca/…` that git orca creates";
    Err(Error::new(ErrorKind::Environment, "creating branches", cause).hint("git branch -m orca orca-old"))
}

fn known_identity(repo: &Repo) -> Result<()> {
    if repo.identity().is_some() {
        return Ok(());
    }
    let cause = "git does not know your name and email address, so it cannot commit";
    Err(Error::new(ErrorKind::Environment, "asking for your identity", cause)
        .hint("git config --global user.name \"Your Name\"")
        .hint("git config --global user.email you@example.org"))
}

fn writable_parent(parent: &Path) -> Result<()> {
    let doing = format!("creating worktrees in `{}`", parent.display());
    let elsewhere = "git config orca.worktreeDir /another/folder";
    let fail = |cause: String| Error::new(ErrorKind::Environment, doing.clone(), cause).hint(elsewhere);
    if fs::symlink_metadata(parent).is_ok() && !parent.is_dir() {
        return Err(fail("a file is in its place".to_owned()));
    }
    let new = !parent.exists();
    fs::create_dir_all(parent).map_err(|error| fail(error.to_string()))?;
    // Permission bits do not tell: only trying does (read-only mounts, access lists, quotas).
    let tried = tempfile::NamedTempFile::new_in(parent).map(drop).map_err(|error| fail(error.to_string()));
    if new {
        // Only looked at so far: whoever says no afterwards finds nothing new. A folder that cannot go does no harm.
        let _ = fs::remove_dir(parent);
    }
    tried
}
