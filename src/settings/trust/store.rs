//! Where records lie: `$XDG_STATE_HOME/git-orca/trust/<repository>.json`, one file a repository, readable by its
//! owner only. Never inside the repository's own folders, where agents can write.

use std::fs;
use std::io::{ErrorKind as IoKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::records::FORMAT;
use super::{Records, Repository};
use crate::model::{Error, ErrorKind, Result};

/// Where this program keeps what only the user may change: `git-orca` in the user's state folder. Every fence hides it.
///
/// # Errors
/// [`ErrorKind::Environment`] without a usable folder.
pub fn state_folder(state_home: Option<&Path>, home: Option<&Path>) -> Result<PathBuf> {
    let absolute = |path: &&Path| path.is_absolute();
    match (state_home.filter(absolute), home.filter(absolute)) {
        (Some(state), _) => Ok(state.join("git-orca")),
        (None, Some(home)) => Ok(home.join(".local/state/git-orca")),
        (None, None) => {
            let cause = "neither XDG_STATE_HOME nor HOME is an absolute path";
            Err(Error::new(ErrorKind::Environment, "finding the folder for trust records", cause)
                .hint("export HOME=/path/to/your/home"))
        }
    }
}

/// The file with the records of `repository`. `state_home` is `XDG_STATE_HOME`, `home` is `HOME`; relative ones do
/// not count, as the XDG base directory specification demands.
///
/// # Errors
/// [`ErrorKind::Environment`] without a usable folder, or with one inside the repository.
pub fn path(state_home: Option<&Path>, home: Option<&Path>, repository: &Repository) -> Result<PathBuf> {
    let doing = "finding the folder for trust records";
    let folder = state_folder(state_home, home)?.join("trust");
    // The nearest folder that exists, so that links in the path cannot hide where it leads.
    let real = folder.ancestors().find_map(|part| part.canonicalize().ok()).unwrap_or_else(|| folder.clone());
    let worktree = repository.common_dir.parent().filter(|_| repository.common_dir.ends_with(".git"));
    if real.starts_with(&repository.common_dir) || worktree.is_some_and(|worktree| inside(&real, worktree)) {
        let cause = format!("`{}` lies in the repository, where agents can write", folder.display());
        return Err(Error::new(ErrorKind::Environment, doing, cause)
            .hint("export XDG_STATE_HOME=/a/folder/outside/the/repository"));
    }
    Ok(folder.join(format!("{}.json", repository.key())))
}

/// Whether `path` is below `worktree`, but for a home folder that is itself a repository (dotfiles): there the state
/// folder is always below.
fn inside(path: &Path, worktree: &Path) -> bool {
    path.starts_with(worktree) && !worktree.join(".local").exists()
}

/// The records in `file`; none if there is no such file.
///
/// # Errors
/// [`ErrorKind::Corrupt`] if it cannot be understood (nothing is trusted then), [`ErrorKind::Environment`] if it
/// cannot be read.
pub fn load(file: &Path, repository: &Repository) -> Result<Records> {
    let doing = || format!("reading the trust records `{}`", file.display());
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == IoKind::NotFound => return Ok(Records::new(repository.clone())),
        Err(error) => return Err(Error::new(ErrorKind::Environment, doing(), error.to_string())),
    };
    let corrupt = |cause: String| {
        let again = format!("rm '{}'   and answer again: git orca trust", file.display());
        Error::new(ErrorKind::Corrupt, doing(), cause).hint(again)
    };
    let records: Records = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
    if records.format != FORMAT {
        return Err(corrupt(format!("it has format {}, not {FORMAT}", records.format)));
    }
    if records.repository != *repository {
        return Err(corrupt("it belongs to another repository".to_owned()));
    }
    Ok(records)
}

/// Replaces `file` by `records`, whole or not at all.
///
/// # Errors
/// [`ErrorKind::Environment`] if it cannot be written.
pub fn save(file: &Path, records: &Records) -> Result<()> {
    write(file, records).map_err(|error| {
        let doing = format!("writing the trust records `{}`", file.display());
        Error::new(ErrorKind::Environment, doing, error.to_string())
            .hint("export XDG_STATE_HOME=/a/folder/you/can/write")
    })
}

fn write(file: &Path, records: &Records) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut new, records)?;
    new.write_all(b"\n")?;
    new.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::trust::Item;

    fn repository(folder: &Path) -> Repository {
        Repository { common_dir: folder.join("repo/.git"), root: None }
    }

    #[test]
    fn what_is_saved_is_loaded_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let repository = repository(folder.path());
        let file = path(Some(&folder.path().join("state")), None, &repository).unwrap();
        let mut records = load(&file, &repository).unwrap();
        assert!(records.items.is_empty());
        records.agree(&[Item::new("gates.test.run", "cargo test")], jiff::Timestamp::from_second(1).unwrap());
        save(&file, &records).unwrap();
        save(&file, &records).unwrap();
        assert_eq!(load(&file, &repository).unwrap(), records);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let names: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
    }

    #[test]
    fn broken_or_foreign_records_trust_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let repository = repository(folder.path());
        let file = folder.path().join("records.json");
        let foreign = Records::new(Repository { common_dir: "/elsewhere/.git".into(), root: None });
        let newer = Records { format: FORMAT + 1, ..Records::new(repository.clone()) };
        let texts = ["{".to_owned(), serde_json::to_string(&foreign).unwrap(), serde_json::to_string(&newer).unwrap()];
        for text in texts {
            fs::write(&file, &text).unwrap();
            let error = load(&file, &repository).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Corrupt, "{text}");
            assert!(error.hints[0].contains("git orca trust"));
        }
    }

    #[test]
    fn never_inside_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let repository = repository(&root);
        fs::create_dir_all(&repository.common_dir).unwrap();
        for inside in ["repo", "repo/.git/state"] {
            let error = path(Some(&root.join(inside)), None, &repository).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Environment, "{inside}");
        }
        assert!(path(Some(Path::new("relative")), None, &repository).is_err());
        let home = path(Some(Path::new("relative")), Some(&root), &repository).unwrap();
        assert!(home.starts_with(root.join(".local/state/git-orca/trust")));
    }
}
