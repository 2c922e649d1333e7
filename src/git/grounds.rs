//! Which places of a repository a fenced command in a slot needs, and which are nobody's but the user's and ours.

use std::fs;
use std::path::{Path, PathBuf};

use super::Repo;
use super::worktree::{Slot, foreign_worktrees};
use crate::model::{Error, Result};

/// Places of a repository, as a command in one of its slots must see them; absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotGrounds {
    /// The user's checkouts, the shared folder, all slots.
    pub protected: Vec<PathBuf>,
    /// What working in the slot writes; inside `protected`.
    pub open: Vec<PathBuf>,
    /// What it does not, though it lies inside `open`.
    pub frozen: Vec<PathBuf>,
}

/// The places for `slot`, one of those below `parent`. With `branches` (`refs/heads/orca/…`, a folder of refs) it may
/// commit to the branches there: git writes a lock beside the ref, so that one branch alone cannot be opened.
///
/// Packs stay closed: a commit writes loose objects only, and nothing of the history can be deleted or repacked.
///
/// # Errors
/// The folders of the branches cannot be made.
pub fn slot_grounds(repo: &Repo, parent: &Path, slot: &Slot, branches: Option<&str>) -> Result<SlotGrounds> {
    let common = repo.common_dir();
    let mut open = vec![slot.path.clone(), slot.admin.clone(), common.join("objects"), common.join("lfs")];
    for folder in branches.iter().flat_map(|branches| [common.join(branches), common.join("logs").join(branches)]) {
        fs::create_dir_all(&folder).map_err(|e| Error::failed(format!("making `{}`", folder.display()), e))?;
        open.push(folder);
    }
    let frozen = vec![
        slot.path.join(".git"),
        slot.admin.join("commondir"),
        slot.admin.join("gitdir"),
        slot.admin.join("locked"),
        common.join("objects/pack"),
        common.join("objects/info"),
    ];
    let mut protected = vec![repo.work_tree().to_owned(), common.to_owned(), parent.to_owned()];
    protected.extend(foreign_worktrees(repo));
    Ok(SlotGrounds { protected, open, frozen })
}
