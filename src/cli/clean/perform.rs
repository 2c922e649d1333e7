//! Removing what a plan says. Folders go by renaming first, so that a kill in the middle leaves no half of anything;
//! doing it again is harmless.

use std::path::Path;

use super::facts;
use super::plan::{CleanPlan, RunGo, Stays};
use crate::git;
use crate::integrate::names;
use crate::model::{Error, Result};
use crate::run::{FarSite, HubRemoval, remove_own_hub};
use crate::start::consent;
use crate::start::here::Here;

/// Removes the hubs of a plan, before the runs go that know of them. One that has work which nobody took in, or that does
/// not answer, is moved among what stays.
///
/// # Errors
/// The state folder cannot be used.
pub fn remove_hubs(here: &Here, plan: &mut CleanPlan) -> Result<()> {
    for far in std::mem::take(&mut plan.hubs) {
        let Some(site) = FarSite::open(Some(&far), &here.repo, &here.env)? else { continue };
        let (why, typed) = match remove_own_hub(&site, &here.repo, &here.env) {
            Ok(HubRemoval::Gone) => {
                plan.hubs.push(far);
                continue;
            }
            Ok(HubRemoval::Kept(why)) => (why, "git orca salvage list".to_owned()),
            Err(error) => (error.cause, format!("git orca doctor --executor {}", far.executor)),
        };
        plan.stays.push(Stays { what: format!("hub {}", far.hub), why, typed });
    }
    Ok(())
}

/// Removes everything in the plan but hubs. The writer's lock is held.
///
/// # Errors
/// The first thing that cannot be removed; what was removed before is gone.
pub fn remove(here: &Here, plan: &CleanPlan) -> Result<()> {
    let folders = facts::slot_folders(here);
    for (slot, _) in &plan.slots {
        for why in folders.iter().filter_map(|folder| crate::run::tear_down(folder, slot)) {
            tracing::warn!(worktree = slot.name, why, "what ends with it failed");
        }
        git::remove_slot(&here.repo, slot)?;
    }
    for scrap in &plan.scraps {
        delete(&scrap.path)?;
    }
    for run in &plan.runs {
        remove_run(here, run)?;
    }
    delete(&facts::trash(here))?;
    if here.store.runs().is_empty() {
        git::forget_stops(&here.repo)?;
        delete(&here.store.validations())?;
    }
    for folder in folders {
        git::empty_trash(&folder);
        git::empty_trash(&folder.join("aside"));
        drop_empty(&folder);
    }
    Ok(())
}

/// Refs first: a folder without refs is found again, refs without a folder would be too, but their journal is gone.
fn remove_run(here: &Here, run: &RunGo) -> Result<()> {
    git::delete_refs(&here.repo, &run.refs).map_err(Error::from)?;
    git::let_go_of_folder(&here.repo, &names::full(&names::task_folder(&run.run)));
    git::let_go_below(&here.repo, &names::full(&names::candidates_folder(&run.run)));
    let Some((folder, _)) = &run.folder else { return Ok(()) };
    let doing = |e: std::io::Error| Error::failed(format!("removing `{}`", folder.display()), e);
    let trash = facts::trash(here);
    std::fs::create_dir_all(&trash).map_err(doing)?;
    let place = trash.join(run.run.as_str());
    delete(&place)?;
    std::fs::rename(folder, &place).map_err(doing)?;
    consent::forget_allowance(here, &run.run);
    delete(&place)
}

fn delete(path: &Path) -> Result<()> {
    git::discard(path).map_err(|e| Error::failed(format!("removing `{}`", path.display()), e))
}

/// The folder of the worktrees itself, and what lies in it, once they hold nothing: `remove_dir` refuses others.
fn drop_empty(folder: &Path) {
    for below in [".trash", ".tmp", ".setup", "aside/.trash", "aside"] {
        let _holds_something = std::fs::remove_dir(folder.join(below));
    }
    git::forget_pool_folder(folder);
    let _holds_something = std::fs::remove_dir(folder);
}
