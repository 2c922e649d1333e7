//! Submodules of a slot: those that the user has initialised are checked out, the others are empty folders, as in the
//! user's own checkout. Nothing is written to the shared configuration.

use std::fs;

use super::Repo;
use super::call::Call;
use super::embedded::names_by_path;
use super::files::remove;
use super::slot::Slot;
use super::slot_index;
use super::survey::as_path;
use crate::model::{Error, Result};

/// Brings all submodules of a slot to the commits that its index names.
///
/// # Errors
/// One cannot be cloned, fetched or reset.
pub(super) fn reset(repo: &Repo, slot: &Slot) -> Result<()> {
    let index = slot_index::read(repo, slot).map_err(|e| Error::failed("reading the index", e))?;
    let gitlinks: Vec<&[u8]> =
        index.entries.iter().filter(|e| e.is_gitlink() && !e.skipped).map(|e| e.path.as_slice()).collect();
    if gitlinks.is_empty() {
        return Ok(());
    }
    let names = names_by_path(slot);
    let config = repo.config()?;
    let mut wanted = Vec::new();
    for link in gitlinks {
        let path = String::from_utf8_lossy(link).into_owned();
        match names.get(&path).filter(|name| config.contains_key(&format!("submodule.{name}.url"))) {
            Some(name) => wanted.push((name.clone(), path)),
            None => empty(slot, link)?,
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    // From the user's own clone when it has the commit, which needs no network; else from where it came.
    if update(repo, slot, &wanted, true).is_err() {
        update(repo, slot, &wanted, false)?;
    }
    let call = Call::found_from(&slot.path, "resetting submodules");
    call.args(["submodule", "--quiet", "foreach", "--recursive", "git reset -q --hard && git clean -ffdq"]).run()?;
    Ok(())
}

fn empty(slot: &Slot, link: &[u8]) -> Result<()> {
    let folder = slot.path.join(as_path(link));
    let fail = |error| Error::failed(format!("emptying `{}`", folder.display()), error);
    remove(&folder).map_err(fail)?;
    fs::create_dir_all(&folder).map_err(fail)
}

fn update(repo: &Repo, slot: &Slot, wanted: &[(String, String)], local: bool) -> Result<()> {
    let mut call = Call::found_from(&slot.path, "checking out submodules").writes();
    for (name, _) in wanted {
        let clone = repo.common_dir().join("modules").join(name);
        if local && clone.is_dir() {
            call =
                call.config(format!("submodule.{name}.url={}", clone.display())).config("protocol.file.allow=always");
        }
    }
    call = call.args(["submodule", "--quiet", "update", "--init", "--recursive", "--force", "--"]);
    call.args(wanted.iter().map(|(_, path)| path)).run().map(drop)
}
