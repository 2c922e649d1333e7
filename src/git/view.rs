//! What an agent inside the fence sees as the repository's shared folder: everything as it is and closed, but for a stash,
//! a `packed-refs` and a configuration of its own.
//!
//! git deletes even a ref of one worktree (`CHERRY_PICK_HEAD`, the state of a rebase) under the lock of `packed-refs`, and
//! keeps one stash for all worktrees. In a view of its own an agent has both, and reaches neither the user's nor another's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Repo;
use super::files::{discard, read_text};
use crate::model::{Error, Oid, Result};

/// A folder that takes the place of another, with some of that one's content shown in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitView {
    /// Where it is seen: the shared folder.
    pub at: PathBuf,
    /// What is seen there; the agent's own.
    pub own: PathBuf,
    /// Paths of the shared folder that are seen in it as they are.
    pub shown: Vec<PathBuf>,
    /// Where nothing can be made.
    pub shut: Vec<PathBuf>,
}

/// Copied: the agent may change its copy.
const COPIED: [&str; 2] = ["packed-refs", "config"];

/// Folders of which the parts are shown, so that something of the agent's can lie beside them.
const OPENED: [&str; 3] = ["refs", "logs", "logs/refs"];

/// Never shown.
const OWN: [&str; 2] = ["refs/stash", "logs/refs/stash"];

/// A collection would remove what others are about to name.
const SHUT: [&str; 1] = ["gc.pid.lock"];

/// Where the view of the slot `name` below `parent` lies.
fn folder_of(parent: &Path, name: &str) -> PathBuf {
    parent.join(".tmp").join(format!("{name}.git"))
}

/// Makes a fresh view for the slot `name` below `parent`.
///
/// # Errors
/// The disk refuses.
pub(super) fn make_view(repo: &Repo, parent: &Path, name: &str) -> Result<GitView> {
    let (common, own) = (repo.common_dir(), folder_of(parent, name));
    let fail = |e: io::Error| Error::failed(format!("making a view of `{}`", common.display()), e);
    discard(&own).map_err(fail)?;
    let mut shown = Vec::new();
    for folder in std::iter::once("").chain(OPENED) {
        fs::create_dir_all(own.join(folder)).map_err(fail)?;
        for item in fs::read_dir(common.join(folder)).into_iter().flatten().flatten() {
            let path = Path::new(folder).join(item.file_name());
            let is = |names: &[&str]| names.iter().any(|name| path == Path::new(name));
            if COPIED.iter().any(|name| path == Path::new(name)) {
                fs::copy(item.path(), own.join(&path)).map_err(fail)?;
            } else if !is(&OPENED) && !is(&OWN) && path.extension().is_none_or(|end| end != "lock") {
                shown.push(item.path());
            }
        }
    }
    let shut = SHUT.iter().map(|name| common.join(name)).collect();
    Ok(GitView { at: common.to_owned(), own, shown, shut })
}

/// Removes the view of a slot that was used before.
///
/// # Errors
/// The disk refuses.
pub fn forget_view(parent: &Path, name: &str) -> io::Result<()> {
    discard(&folder_of(parent, name))
}

/// What an agent put onto the stash of its view, newest first: it is nowhere else.
pub fn stashed(parent: &Path, name: &str) -> Vec<Oid> {
    let own = folder_of(parent, name);
    let log = read_text(&own.join("logs/refs/stash")).unwrap_or_default();
    let mut found: Vec<Oid> = log.lines().rev().filter_map(|line| line.split(' ').nth(1)?.parse().ok()).collect();
    found.extend(read_text(&own.join("refs/stash")).ok().and_then(|text| text.trim().parse::<Oid>().ok()));
    found
}
