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
        let doing = || format!("locking `{}`", path.display());
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)
                .map_err(|e| Error::failed(doing(), e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(cause)) => return Err(Error::failed(doing(), cause)),
            }
            // The file may have been deleted between open and lock: then the lock guards nothing.
            if file.metadata().map_err(|e| Error::failed(doing(), e))?.nlink() > 0 {
                return Ok(Some(RunLock { _file: file }));
            }
        }
    }
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
        drop(first);
        assert!(RunLock::take(&path).unwrap().is_some());
    }
}
