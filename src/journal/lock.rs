//! One writer for all runs of a repository: an flock that dies with its process, so that no lock is ever stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::model::{Error, Result};

/// Proof that this process is the only one that writes runs of the repository.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock, or `None` when another process has it.
    ///
    /// # Errors
    /// The lock file cannot be made or locked.
    pub fn take(path: &Path) -> Result<Option<RunLock>> {
        loop {
            let file = opened(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(cause)) => return Err(failed(path, cause)),
            }
            if guards(path, &file)? {
                return Ok(Some(RunLock { _file: file }));
            }
        }
    }

    /// Whether a process has the lock. Asks without writing, so that it works where the file can only be read, inside a
    /// fence; what cannot be asked is held by nobody.
    pub fn is_held(path: &Path) -> bool {
        let Ok(file) = File::open(path) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Takes the lock once nobody else has it.
    ///
    /// # Errors
    /// The lock file cannot be made or locked.
    pub fn wait(path: &Path) -> Result<RunLock> {
        loop {
            let file = opened(path)?;
            file.lock().map_err(|cause| failed(path, cause))?;
            if guards(path, &file)? {
                return Ok(RunLock { _file: file });
            }
        }
    }
}

fn failed(path: &Path, cause: std::io::Error) -> Error {
    Error::failed(format!("locking `{}`", path.display()), cause)
}

fn opened(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|cause| failed(path, cause))
}

/// The file may have been deleted between open and lock: then the lock guards nothing.
fn guards(path: &Path, file: &File) -> Result<bool> {
    Ok(file.metadata().map_err(|cause| failed(path, cause))?.nlink() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_and_a_deleted_file_guards_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = RunLock::take(&path).unwrap().unwrap();
        assert!(RunLock::take(&path).unwrap().is_none());
        assert!(RunLock::is_held(&path));
        drop(first);
        assert!(!RunLock::is_held(&path));
        assert!(RunLock::take(&path).unwrap().is_some());
    }
}
