//! A slot made ready: worktree at its commit, files copied, setup done, ports and TMPDIR of its own.

use std::path::{Path, PathBuf};

use super::ports::first_port;
use super::ready::Ready;
use super::slot_notes::{keep_foreign_commits, note_head};
use super::{fixtures, room, setup, teardown};
use crate::git::{self, Exact, Ignored, Slot, SlotHead};
use crate::integrate::names;
use crate::journal::Event;
use crate::model::{Error, ErrorKind, Oid, Result, SparsePatterns};
use crate::process;
use crate::run::run_env::RunEnv;

/// What a slot is for.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// An agent works on this branch, which is put at `start`. Ignored files stay: build caches are warm.
    Agent {
        /// The branch, without `refs/heads/`.
        branch: String,
        /// Where it begins.
        start: Oid,
        /// The part of the files that it has; none for all.
        sparse: Option<SparsePatterns>,
    },
    /// A command of the user's works on this commit. Of ignored files only `worktree.keep` stays.
    Gate {
        /// The commit.
        commit: Oid,
    },
    /// A gate judges this commit: as the other, in a place of its own whose path says nothing of us.
    Judge {
        /// The commit.
        commit: Oid,
        /// The part of the files that it has; none for all.
        sparse: Option<SparsePatterns>,
    },
}

impl Purpose {
    /// The folder of the slots for this purpose.
    fn parent<'a>(&self, site: &'a RunEnv) -> &'a Path {
        if matches!(self, Purpose::Judge { .. }) { &site.gate_slots } else { &site.slots }
    }

    /// The commit that the slot stands at.
    pub fn commit(&self) -> &Oid {
        match self {
            Purpose::Agent { start, .. } => start,
            Purpose::Gate { commit } | Purpose::Judge { commit, .. } => commit,
        }
    }

    fn sparse(&self) -> Option<&SparsePatterns> {
        match self {
            Purpose::Agent { sparse, .. } | Purpose::Judge { sparse, .. } => sparse.as_ref(),
            Purpose::Gate { .. } => None,
        }
    }
}

/// Puts a slot into the state its purpose needs. Blocking: git and files only; setup comes after.
///
/// A slot that somebody edited or uses, or that cannot be made clean, is put aside with everything in it, said, and made
/// anew.
///
/// # Errors
/// Not even a new slot can be made ready.
pub fn prepare(site: &RunEnv, name: &str, purpose: &Purpose) -> Result<Ready> {
    let parent = purpose.parent(site);
    if matches!(purpose, Purpose::Judge { .. }) {
        git::discard_stale_place(&site.repo, parent, name)?;
    }
    if let Some(slot) = git::find_slot(&site.repo, parent, name)? {
        keep_foreign_commits(site, &slot)?;
        let looked = site.looks.take(name).filter(|_| matches!(purpose, Purpose::Agent { .. }));
        let usable = match looked.map_or_else(|| idle(site, &slot, purpose), Ok) {
            Ok(known) => match tight(site, &slot, purpose) {
                false => made_ready(site, &slot, purpose, known.as_ref())?.map(Some),
                true => room::take_away(site, &slot).map(|()| Ok(None))?,
            },
            Err(why) => Err(why),
        };
        match usable {
            Ok(Some(ready)) => return Ok(ready),
            Ok(None) => git::empty_trash(parent),
            Err(why) => put_aside(site, &slot, &why)?,
        }
    }
    setup::forget(site, name);
    forget_removed(site, parent, name)?;
    let slot = git::create_slot(&site.repo, parent, name, purpose.commit())?;
    let doing = || format!("preparing the worktree `{}`", slot.path.display());
    made_ready(site, &slot, purpose, None)?.map_err(|why| Error::failed(doing(), why))
}

/// Whether an agent's worktree goes for the room that it takes; said before it does.
fn tight(site: &RunEnv, slot: &Slot, purpose: &Purpose) -> bool {
    let words = matches!(purpose, Purpose::Agent { .. }).then(|| room::tight(site, slot)).flatten();
    let is_tight = words.is_some();
    words.into_iter().for_each(|what| site.tell(Event::Noticed { attempt: None, what }));
    is_tight
}

/// Forgets a slot whose folder somebody removed by hand; the commits that it stood at stay reachable.
fn forget_removed(site: &RunEnv, parent: &Path, name: &str) -> Result<()> {
    let doing = || format!("making the folder of the worktrees `{}`", parent.display());
    std::fs::create_dir_all(parent).map_err(|e| Error::failed(doing(), e))?;
    let Some(ghost) = git::ghost(&site.repo, parent, name) else { return Ok(()) };
    keep_foreign_commits(site, &ghost)?;
    git::remove_slot(&site.repo, &ghost)?;
    let what = format!("worktree `{name}`: somebody removed its folder; it was made anew");
    site.tell(Event::Noticed { attempt: None, what });
    Ok(())
}

/// The inner error says why this slot cannot be used; another one may do.
fn made_ready(site: &RunEnv, slot: &Slot, purpose: &Purpose, known: Option<&Exact>) -> Result<Result<Ready, String>> {
    git::set_sparse(slot, purpose.sparse())?;
    if let Purpose::Agent { branch, start, .. } = purpose {
        place_branch(site, slot, branch, start)?;
    }
    let (head, ignored) = match purpose {
        Purpose::Agent { branch, start, .. } => {
            (SlotHead::Branch { name: branch.clone(), at: start.clone() }, Ignored::Keep)
        }
        Purpose::Gate { commit } | Purpose::Judge { commit, .. } => {
            (SlotHead::Detached(commit.clone()), Ignored::Only(site.info.options.worktree.keep.clone()))
        }
    };
    if let Err(unclean) = git::reset_known_slot(&site.repo, slot, &head, &ignored, known) {
        return Ok(Err(unclean.to_string()));
    }
    note_head(site, slot)?;
    site.copies.put(&slot.path)?;
    fixtures::bring(site, purpose.parent(site), slot)?;
    let tmp = fresh_tmp(purpose.parent(site), &slot.name)?;
    Ok(Ok(Ready { port: first_port(&site.marker.repo, &slot.name), tmp, slot: slot.clone() }))
}

pub fn put_aside(site: &RunEnv, slot: &Slot, why: &str) -> Result<()> {
    if let Some(why) = teardown::tear_down(&site.slots, slot) {
        site.tell(Event::Noticed { attempt: None, what: format!("worktree `{}`: {why}", slot.name) });
    }
    let place = git::set_aside_slot(&site.repo, slot)?;
    let what = format!("worktree `{}`: {why}; it is at `{}` now, and a new one was made", slot.name, place.display());
    site.tell(Event::Noticed { attempt: None, what });
    Ok(())
}

/// Puts a task's branch where its attempt begins. What it pointed to before stays reachable: an attempt's result has a ref
/// of its own, anything else is a person's and gets one.
fn place_branch(site: &RunEnv, slot: &Slot, branch: &str, at: &Oid) -> Result<()> {
    let elsewhere = || site.repo.checked_out(branch).filter(|place| *place != slot.path);
    // A worktree of ours whose attempt the journal has lost (a damaged last line): its files stay as they are, and are
    // looked at before it is used again.
    let ours =
        elsewhere().and_then(|place| git::slots(&site.repo, &site.slots).into_iter().find(|it| it.path == place));
    if let Some(other) = ours {
        git::detach_slot(&site.repo, &other)?;
    }
    if let Some(place) = elsewhere() {
        let doing = format!("putting branch `{branch}` at {}", at.short());
        return Err(Error::new(ErrorKind::Environment, doing, format!("it is checked out in {}", place.display()))
            .hint(format!("git -C {} switch --detach", place.display())));
    }
    let mut refs = vec![(names::full(branch), at.clone())];
    if let Some(tip) = site.repo.read_ref(&names::full(branch))?
        && !site.repo.is_ancestor(&tip, at)?
    {
        refs.push((names::found(&site.info.run, branch.rsplit('/').next().unwrap_or(branch), &tip), tip));
    }
    git::force_refs(&site.repo, &refs)
}

/// A person may have looked at a slot and begun to mend something there: that is theirs now. What lies in a gate's slot
/// was made by gates, or by a reset that was cut short. The error says who uses it; else what is known of its files.
fn idle(site: &RunEnv, slot: &Slot, purpose: &Purpose) -> Result<Option<Exact>, String> {
    if let Some(pid) = process::working_in(&slot.path) {
        return Err(format!("process {pid} has its working folder in it"));
    }
    match purpose {
        Purpose::Gate { .. } | Purpose::Judge { .. } => Ok(None),
        Purpose::Agent { .. } => unedited(site, slot),
    }
}

fn unedited(site: &RunEnv, slot: &Slot) -> Result<Option<Exact>, String> {
    match git::look(&site.repo, slot) {
        Ok(look) => match look.edited {
            Some(path) => Err(format!("somebody edited `{path}` in it")),
            None => Ok(look.exact),
        },
        // What cannot be looked at may hold work.
        Err(error) => Err(format!("its state cannot be read ({})", error.cause)),
    }
}

/// Looks into a slot that an attempt has just left, for whoever uses it at once.
pub fn look_ahead(site: &RunEnv, name: &str) {
    site.looks.look(name, || {
        let slot = git::find_slot(&site.repo, &site.slots, name).ok()??;
        let free = process::working_in(&slot.path).is_none();
        if free { unedited(site, &slot).ok() } else { None }
    });
}

fn fresh_tmp(slots: &Path, name: &str) -> Result<PathBuf> {
    let tmp = slots.join(".tmp").join(name);
    let doing = |e: std::io::Error| Error::failed(format!("making the folder `{}`", tmp.display()), e);
    git::discard(&tmp).map_err(doing)?;
    git::forget_view(slots, name).map_err(doing)?;
    std::fs::create_dir_all(&tmp).map_err(doing)?;
    Ok(tmp)
}
