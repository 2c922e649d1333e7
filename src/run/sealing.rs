//! Which key seals what a run keeps: the repository's own, in the user's state folder, where a fence hides it; one that
//! ends with the process, where attempts can read the user's files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::gate::{Seal, forget_key, key_file};
use crate::model::Result;
use crate::process::{is_launched_for, repo_digest};
use crate::settings::trust::store::state_folder;

/// The program's state folder by this environment.
///
/// # Errors
/// There is no usable one.
pub fn state_of(env: &BTreeMap<String, String>) -> Result<PathBuf> {
    let folder = |name: &str| env.get(name).map(Path::new);
    state_folder(folder("XDG_STATE_HOME"), folder("HOME"))
}

/// The seal of a repository by its own key. An attempt, a gate or a setup command that asks gets one that nobody
/// believes: it signs nothing.
///
/// # Errors
/// The key cannot be read or made.
pub fn lasting_seal(env: &BTreeMap<String, String>, common_dir: &Path) -> Result<Seal> {
    let repository = repo_digest(common_dir);
    if is_inside(common_dir) {
        return Seal::of_this_process(&repository);
    }
    Seal::kept(&key_file(&state_of(env)?, &repository), &repository)
}

/// Whether this process is an attempt's, a gate's or a setup command's of this repository.
pub fn is_inside(common_dir: &Path) -> bool {
    is_launched_for(&repo_digest(common_dir))
}

/// The seal of a run. Where its attempts are not fenced they can read any key, so that the repository's is forgotten, before
/// the first and after the last, and this process believes its own results alone.
///
/// # Errors
/// The key cannot be read, made or forgotten.
pub fn run_seal(env: &BTreeMap<String, String>, common_dir: &Path, fenced: bool) -> Result<Seal> {
    if fenced {
        return lasting_seal(env, common_dir);
    }
    forget_seal(env, common_dir)?;
    Seal::of_this_process(&repo_digest(common_dir))
}

/// Forgets the key of a repository: attempts without a fence have run.
///
/// # Errors
/// It is there and cannot be removed.
pub fn forget_seal(env: &BTreeMap<String, String>, common_dir: &Path) -> Result<()> {
    // Without a state folder there is no key.
    state_of(env).map_or(Ok(()), |state| forget_key(&key_file(&state, &repo_digest(common_dir))))
}
