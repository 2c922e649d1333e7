//! The repository's own hooks as they were when a run began: no agent can change or plant one.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Repo;
use super::call::Call;
use super::files::{discard, read_file};
use crate::model::{Error, Oid, Result};

/// Hooks that have a say in a commit.
const ASKED: [&str; 3] = ["pre-commit", "prepare-commit-msg", "commit-msg"];

/// What says in the copy which folder of it git is to take.
const CHOSEN: &str = "hooks-path";

/// Hooks that were copied away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenHooks {
    /// The folder that git takes them from.
    pub folder: PathBuf,
}

impl FrozenHooks {
    /// Whether there is a hook of this name.
    pub fn has(&self, name: &str) -> bool {
        self.folder.join(name).metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    }
}

/// The hooks with a say in a commit that the user's checkout has now, by name.
///
/// # Errors
/// Git cannot be asked.
pub fn commit_hooks(repo: &Repo) -> Result<Vec<&'static str>> {
    let here = FrozenHooks { folder: folder_of(repo)? };
    Ok(ASKED.into_iter().filter(|name| here.has(name)).collect())
}

fn folder_of(repo: &Repo) -> Result<PathBuf> {
    let call = Call::found_from(repo.work_tree(), "looking for the repository's hooks").plain();
    call.args(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]).line().map(PathBuf::from)
}

/// Copies the hooks of the user's checkout to `to`: those that are tracked in the version of `base`. What was copied before
/// stays as it is. None where there are none that have a say in a commit.
///
/// # Errors
/// They cannot be read or copied.
pub fn freeze_hooks(repo: &Repo, base: &Oid, to: &Path) -> Result<Option<FrozenHooks>> {
    let doing = |e: io::Error| Error::failed("copying the repository's hooks", e);
    if !to.join(CHOSEN).exists() {
        discard(to).map_err(doing)?;
        fs::create_dir_all(to).map_err(doing)?;
        let chosen = copy_all(repo, base, to)?;
        fs::write(to.join(CHOSEN), chosen.to_string_lossy().as_bytes()).map_err(doing)?;
    }
    let chosen = String::from_utf8_lossy(&read_file(&to.join(CHOSEN)).map_err(doing)?).into_owned();
    let frozen = FrozenHooks { folder: to.join(chosen) };
    Ok(ASKED.iter().any(|name| frozen.has(name)).then_some(frozen))
}

/// Gives the folder of the hooks, relative to the copy.
fn copy_all(repo: &Repo, base: &Oid, to: &Path) -> Result<PathBuf> {
    let doing = |e: io::Error| Error::failed("copying the repository's hooks", e);
    let found = folder_of(repo)?;
    let inside = found.strip_prefix(repo.work_tree()).ok().filter(|_| !found.starts_with(repo.common_dir()));
    let Some(inside) = inside.filter(|inside| !inside.as_os_str().is_empty()) else {
        copy_folder(&found, &to.join("hooks"), &mut |_| true).map_err(doing)?;
        return Ok(PathBuf::from("hooks"));
    };
    // A hook of husky runs files beside its folder: the whole of what it lies in comes along.
    let top = PathBuf::from(inside.components().next().unwrap_or(std::path::Component::CurDir).as_os_str());
    let tracked = repo.files_with_blobs(base)?;
    let below = |path: &str| Path::new(path).starts_with(&top);
    for (path, blob) in tracked.iter().filter(|(path, _)| below(path)) {
        let file = to.join(path);
        fs::create_dir_all(file.parent().unwrap_or(to)).map_err(doing)?;
        fs::write(&file, repo.blob(blob)?).map_err(doing)?;
        let mode = repo.entry_at(base, path.as_bytes()).map_or(0o644, |(mode, _)| mode & 0o777);
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).map_err(doing)?;
    }
    // What is not tracked (husky makes its folder when it is installed) is the user's own.
    let mut is_new = |path: &Path| !to.join(&top).join(path).exists();
    copy_folder(&repo.work_tree().join(&top), &to.join(&top), &mut is_new).map_err(doing)?;
    Ok(inside.to_owned())
}

/// Copies the regular files below a folder, links followed, of which `wanted` says so; a folder that is not there is empty.
fn copy_folder(from: &Path, to: &Path, wanted: &mut dyn FnMut(&Path) -> bool) -> io::Result<()> {
    let mut todo = vec![PathBuf::new()];
    while let Some(folder) = todo.pop() {
        for item in fs::read_dir(from.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(item.file_name());
            let is_sample = path.extension().is_some_and(|end| end == "sample");
            if item.file_type().is_ok_and(|kind| kind.is_dir()) {
                todo.push(path);
            } else if !is_sample && wanted(&path) {
                let (Ok(bytes), Ok(meta)) = (read_file(&item.path()), fs::metadata(item.path())) else { continue };
                let file = to.join(&path);
                fs::create_dir_all(file.parent().unwrap_or(to))?;
                fs::write(&file, bytes)?;
                fs::set_permissions(&file, meta.permissions())?;
            }
        }
    }
    Ok(())
}
