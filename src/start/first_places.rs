//! The worktrees of the first wave, made while somebody reads the question whether to begin: their files are there when the
//! answer is yes, and taken away again when it is no.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::consent::is_trusted;
use super::here::Here;
use super::prepare::Prepared;
use crate::git::{self, Ignored, Repo, Slot, SlotHead};
use crate::model::{Oid, Result};
use crate::run::note_where_left;

/// Worktrees that are being made.
#[derive(Debug)]
pub(super) struct FirstPlaces {
    repo: Repo,
    parent: PathBuf,
    /// Whether their folder is there for other reasons.
    was_there: bool,
    enough: Arc<AtomicBool>,
    making: JoinHandle<Vec<Slot>>,
}

impl FirstPlaces {
    /// Begins to make them. None where the repository wants to run something that nobody has agreed to yet, where agents
    /// work elsewhere, or where a worktree has a part of the files, which depends on its task.
    pub(super) fn begin(here: &Here, prepared: &Prepared) -> Option<FirstPlaces> {
        let options = &prepared.options;
        let is_plain = options.far.is_none() && options.worktree.patterns.is_none();
        if !is_plain || !is_trusted(here, &prepared.items) {
            return None;
        }
        let first = prepared.layers.iter().filter(|layer| **layer == 1).count();
        let count = first.min(options.jobs as usize);
        let (repo, parent, base) = (here.repo.clone(), prepared.slots.0.clone(), prepared.base.clone());
        let enough = Arc::new(AtomicBool::new(false));
        let (was_there, is_enough) = (parent.exists(), Arc::clone(&enough));
        let making = std::thread::Builder::new().name("first places".to_owned()).spawn({
            let (repo, parent) = (repo.clone(), parent.clone());
            move || make(&repo, &parent, &base, count, &is_enough)
        });
        Some(FirstPlaces { repo, parent, was_there, enough, making: making.ok()? })
    }

    /// The answer is yes: no more are begun, and those that are there stay.
    pub(super) fn keep(self) {
        self.enough.store(true, Ordering::Release);
        let _panicked = self.making.join();
    }

    /// The answer is no: everything is as it was.
    pub(super) fn take_away(self) {
        self.enough.store(true, Ordering::Release);
        for slot in self.making.join().unwrap_or_default() {
            if let Err(error) = git::remove_slot(&self.repo, &slot) {
                tracing::warn!(slot = slot.name, %error, "a worktree stays that nobody needs");
            }
            let _goes_with_its_folder =
                std::fs::remove_file(self.parent.join(".setup").join(format!("{}.head", slot.name)));
        }
        git::empty_trash(&self.parent);
        if !self.was_there {
            for own in [".setup", ".trash"] {
                let _not_empty = std::fs::remove_dir(self.parent.join(own));
            }
            git::forget_pool_folder(&self.parent);
            let _not_empty = std::fs::remove_dir(&self.parent);
        }
    }
}

/// Makes the worktrees that are not there yet, one after the other, at `base`.
fn make(repo: &Repo, parent: &Path, base: &Oid, count: usize, enough: &AtomicBool) -> Vec<Slot> {
    let mut made = Vec::new();
    // As the schedule names the first slots of attempts.
    for name in (1..=count).map(|n| format!("a{n}")) {
        if enough.load(Ordering::Acquire) {
            break;
        }
        let is_free = parent.join(&name).symlink_metadata().is_err() && git::ghost(repo, parent, &name).is_none();
        if !is_free {
            continue;
        }
        let Ok(slot) = git::create_slot(repo, parent, &name, base) else { break };
        let ready = fill(repo, parent, &slot, base);
        made.push(slot);
        // Whoever needs it makes it ready, and says what is wrong.
        if let Err(error) = ready {
            tracing::debug!(%error, "a worktree is not made ahead");
            break;
        }
    }
    made
}

fn fill(repo: &Repo, parent: &Path, slot: &Slot, base: &Oid) -> Result<()> {
    let filled = git::reset_slot(repo, slot, &SlotHead::Detached(base.clone()), &Ignored::Keep);
    filled.map_err(|unclean| crate::model::Error::failed("making a worktree ahead", unclean))?;
    note_where_left(repo, parent, slot)
}
