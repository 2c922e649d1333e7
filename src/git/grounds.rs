//! Which places of a repository a fenced command in a slot needs, and which are nobody's but the user's and ours.

use std::fs;
use std::path::{Path, PathBuf};

use super::Repo;
use super::checkouts::foreign_worktrees;
use super::refs::hold_folder;
use super::slot::Slot;
use super::view::{GitView, make_view};
use crate::model::{Error, FenceKind, Result};

/// Places of a repository, as a command in one of its slots must see them; absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotGrounds {
    /// The user's checkouts, the shared folder, all slots.
    pub protected: Vec<PathBuf>,
    /// What working in the slot writes; inside `protected`.
    pub open: Vec<PathBuf>,
    /// What it does not, though it lies inside `open`.
    pub frozen: Vec<PathBuf>,
    /// What is seen in place of the shared folder, where the fence can do that.
    pub view: Option<GitView>,
}

/// The places for `slot`, one of those below `parent`. With `branches` (`refs/heads/orca/…`, a folder of refs) it may
/// commit to the branches there: git writes a lock beside the ref, so that one branch alone cannot be opened.
///
/// Packs stay closed: a commit writes loose objects only, and nothing of the history can be deleted or repacked.
/// Landlock cannot close what lies in something open, so that for it every folder of loose objects is opened by itself.
///
/// # Errors
/// The folders of the branches or objects cannot be made.
pub fn slot_grounds(
    repo: &Repo,
    parent: &Path,
    slot: &Slot,
    branches: Option<&str>,
    kind: FenceKind,
) -> Result<SlotGrounds> {
    let common = repo.common_dir();
    let objects = common.join("objects");
    let made = |folder: &PathBuf| {
        fs::create_dir_all(folder).map_err(|e| Error::failed(format!("making `{}`", folder.display()), e))
    };
    let mut open = vec![slot.path.clone(), slot.admin.clone(), common.join("lfs")];
    if kind == FenceKind::Landlock {
        let loose: Vec<PathBuf> = (0..=255_u8).map(|first| objects.join(format!("{first:02x}"))).collect();
        loose.iter().filter(|folder| !folder.is_dir()).try_for_each(made)?;
        open.extend(loose);
    } else {
        open.push(objects);
    }
    if let Some(branches) = branches {
        hold_folder(repo, branches).map_err(|e| Error::failed(format!("making the folder `{branches}`"), e))?;
        open.extend([common.join(branches), common.join("logs").join(branches)]);
    }
    // A gate's is a repository of its own.
    let dot_git = Some(slot.path.join(".git")).filter(|path| !path.is_dir());
    let mut frozen = vec![
        slot.admin.join("commondir"),
        slot.admin.join("gitdir"),
        slot.admin.join("locked"),
        common.join("objects/pack"),
        common.join("objects/info"),
    ];
    frozen.extend(dot_git);
    let mut protected = vec![repo.work_tree().to_owned(), common.to_owned(), parent.to_owned()];
    protected.extend(repo.main_tree().map(Path::to_owned));
    protected.extend(foreign_worktrees(repo));
    // Whoever commits needs more than to read: what git locks in the shared folder is its own there.
    let view = match branches.filter(|_| kind == FenceKind::Bwrap) {
        Some(_) => Some(make_view(repo, parent, slot)?),
        None => None,
    };
    Ok(SlotGrounds { protected, open, frozen, view })
}
