//! One pool of places for all runs on a machine.
//!
//! A place is a locked file. The lock goes with the process that holds it, however it ends, so there are no stale
//! places; and since the files are the user's, so is the pool.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::model::{Error, ErrorKind, Result};

/// The pool.
#[derive(Debug, Clone)]
pub struct Places {
    folder: PathBuf,
    total: u32,
}

/// A place that is ours until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the place back"]
pub struct HeldPlace {
    /// Which, from 0.
    pub number: u32,
    _lock: File,
}

impl Places {
    /// The user's pool, of which this run uses the first `total` places: `$XDG_RUNTIME_DIR/git-orca/places`, or
    /// `/tmp/git-orca-<uid>/places` where there is none.
    pub fn open(total: u32) -> Result<Places> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute());
        let own = match runtime.filter(|dir| dir.is_dir()) {
            Some(runtime) => runtime.join("git-orca"),
            None => PathBuf::from(format!("/tmp/git-orca-{}", nix::unistd::geteuid())),
        };
        Places::open_in(&own, total)
    }

    /// A pool in `own`, a folder that is made when missing. Refused when it is somebody else's or open to others: in
    /// `/tmp` anybody may have made it first.
    pub fn open_in(own: &Path, total: u32) -> Result<Places> {
        private_folder(own)?;
        let folder = own.join("places");
        private_folder(&folder)?;
        Ok(Places { folder, total })
    }

    /// Places that this run may use.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// A folder beside that of the places.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.with_file_name(name)
    }

    /// Takes up to `n` free places. Fewer, or none, when the others are taken; never waits.
    pub fn try_take(&self, n: u32) -> Result<Vec<HeldPlace>> {
        let mut held = Vec::new();
        for number in 0..self.total {
            if held.len() >= n as usize {
                break;
            }
            held.extend(self.try_one(number)?);
        }
        Ok(held)
    }

    /// How many places nobody holds. Looked at without taking one, which would keep a run from it.
    pub fn free(&self) -> u32 {
        let is_free = |number: &u32| {
            let Ok(file) = File::open(self.folder.join(format!("{number}.lock"))) else { return true };
            !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
        };
        (0..self.total).filter(is_free).count() as u32
    }

    fn try_one(&self, number: u32) -> Result<Option<HeldPlace>> {
        let path = self.folder.join(format!("{number}.lock"));
        let failed = |e: std::io::Error| Error::failed(format!("taking the place `{}`", path.display()), e);
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(why)) => return Err(failed(why)),
        }
        // Cleaners of temporary folders remove files; a lock on a removed file is no place. It is free next time.
        let on_disk = lock.metadata().map_err(failed)?.nlink() > 0;
        Ok(on_disk.then_some(HeldPlace { number, _lock: lock }))
    }
}

pub(super) fn private_folder(folder: &Path) -> Result<()> {
    let doing = || format!("opening the folder of shared places `{}`", folder.display());
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(why) => return Err(Error::new(ErrorKind::Environment, doing(), why.to_string())),
    }
    let data = std::fs::symlink_metadata(folder).map_err(|e| Error::failed(doing(), e))?;
    let cause = if !data.is_dir() {
        "it is not a folder"
    } else if data.uid() != nix::unistd::geteuid().as_raw() {
        "it belongs to another user"
    } else if data.mode() & 0o077 != 0 {
        "others may use it"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Environment, doing(), cause)
        .hint(format!("ls -ld {0}; then remove it, or chmod 700 {0}", folder.display())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn numbers(held: &[HeldPlace]) -> Vec<u32> {
        held.iter().map(|place| place.number).collect()
    }

    #[test]
    fn runs_share_and_give_back() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("git-orca");
        let (one, two) = (Places::open_in(&own, 4).unwrap(), Places::open_in(&own, 3).unwrap());
        let first = one.try_take(2).unwrap();
        assert_eq!(numbers(&first), [0, 1]);
        let second = two.try_take(5).unwrap();
        assert_eq!(numbers(&second), [2], "only what is free, and only of the own total");
        assert_eq!(numbers(&one.try_take(5).unwrap()), [3]);
        drop(first);
        assert_eq!(numbers(&two.try_take(1).unwrap()), [0]);
    }

    #[test]
    fn a_removed_file_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::open_in(&dir.path().join("git-orca"), 1).unwrap();
        let held = places.try_take(1).unwrap();
        std::fs::remove_file(dir.path().join("git-orca/places/0.lock")).unwrap();
        // Two hold place 0 then. The pool is a courtesy between runs, not a lock that guards data.
        assert_eq!(numbers(&places.try_take(1).unwrap()), [0]);
        assert_eq!(numbers(&held), [0]);
    }

    #[test]
    fn only_a_private_folder() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(Places::open_in(&open, 1).unwrap_err().cause, "others may use it");
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(Places::open_in(&file, 1).unwrap_err().cause, "it is not a folder");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&open, &link).unwrap();
        assert_eq!(Places::open_in(&link, 1).unwrap_err().cause, "it is not a folder");
    }
}
