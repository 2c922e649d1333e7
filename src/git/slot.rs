//! A worktree of the pool, and what its own entry says.

use std::io;
use std::path::PathBuf;

use super::files::{read_text, replace};
use crate::model::Oid;

/// A worktree of the pool. `admin` is known from its making on: what the slot's own `.git` says is never believed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Its name in the pool; the folder's name.
    pub name: String,
    /// The folder, absolute.
    pub path: PathBuf,
    /// Its entry below `$GIT_COMMON_DIR/worktrees`, absolute.
    pub admin: PathBuf,
}

impl Slot {
    /// The commit or symbolic ref in its `HEAD`, as the file says it.
    pub(super) fn head_text(&self) -> io::Result<String> {
        Ok(read_text(&self.admin.join("HEAD"))?.trim().to_owned())
    }

    /// Every commit that `HEAD` stood at since the slot was last reset, oldest first, each once: also those that an
    /// agent made and then left behind. The last ones are what it has now.
    pub fn head_history(&self) -> Vec<Oid> {
        let log = read_text(&self.admin.join("logs/HEAD")).unwrap_or_default();
        let mut seen = std::collections::HashSet::new();
        let new = log.lines().filter_map(|line| line.split(' ').nth(1)?.parse::<Oid>().ok());
        new.filter(|oid| oid.as_str().bytes().any(|digit| digit != b'0') && seen.insert(oid.clone())).collect()
    }
}

/// Makes a slot's `HEAD` say `text`: an object id, or `ref: ` and a full name.
pub(super) fn write_head(slot: &Slot, text: &str) -> io::Result<()> {
    if slot.head_text().is_ok_and(|found| found == text) {
        return Ok(());
    }
    replace(&slot.admin.join("HEAD"), format!("{text}\n").as_bytes())
}
