//! Where a slot was left, and commits that somebody else made in it since.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::git::{self, Repo, Slot};
use crate::integrate::names;
use crate::model::{Error, Oid, Result};
use crate::run::run_env::RunEnv;

/// What a slot's HEAD was when it was last left: any other commit there is a person's, or a gate's.
pub fn left_at(slots: &Path, name: &str) -> PathBuf {
    slots.join(".setup").join(format!("{name}.head"))
}

/// Notes where a slot is left.
pub fn note_head(site: &RunEnv, slot: &Slot) -> Result<()> {
    note_where_left(&site.repo, &site.slots, slot)
}

/// Notes where a slot is left whose notes lie below `slots`.
///
/// # Errors
/// It stands nowhere, or the note cannot be written.
pub fn note_where_left(repo: &Repo, slots: &Path, slot: &Slot) -> Result<()> {
    let head = git::slot_head(repo, slot)?;
    let note = left_at(slots, &slot.name);
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(slots.join(".setup"))?;
        std::fs::write(&note, head.as_str())
    };
    write().map_err(|e| Error::failed(format!("noting where `{}` is left", slot.name), e))
}

/// Commits that were made in an idle slot stay reachable.
pub fn keep_foreign_commits(site: &RunEnv, slot: &Slot) -> Result<()> {
    let Ok(head) = git::slot_head(&site.repo, slot) else { return Ok(()) };
    let noted = std::fs::read_to_string(left_at(&site.slots, &slot.name)).unwrap_or_default();
    if noted == head.as_str() {
        return Ok(());
    }
    let commits: BTreeSet<Oid> =
        slot.head_history().into_iter().chain([head]).filter(|commit| site.repo.tree_of(commit).is_ok()).collect();
    let refs = commits.into_iter().map(|commit| (names::found(&site.info.run, &slot.name, &commit), commit));
    git::force_refs(&site.repo, &refs.collect::<Vec<_>>())
}
