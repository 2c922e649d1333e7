//! Room on a disk.

use std::path::Path;

use crate::model::{Error, Result};

/// Bytes that this user may still write where `path` lies. `path` need not exist: its nearest folder that does is asked.
///
/// # Errors
/// The system does not tell.
pub fn disk_free(path: &Path) -> Result<u64> {
    let found = ask(path)?;
    Ok(found.blocks_available().saturating_mul(found.fragment_size()))
}

/// Bytes that the disk has where `path` lies, used or not.
///
/// # Errors
/// As [`disk_free`].
pub fn disk_size(path: &Path) -> Result<u64> {
    let found = ask(path)?;
    Ok(found.blocks().saturating_mul(found.fragment_size()))
}

fn ask(path: &Path) -> Result<nix::sys::statvfs::Statvfs> {
    let doing = || format!("asking for the room at `{}`", path.display());
    let there = path.ancestors().find(|part| part.exists()).unwrap_or(Path::new("/"));
    nix::sys::statvfs::statvfs(there).map_err(|e| Error::failed(doing(), e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_yet_is_answered_for_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (disk_free(folder.path()).unwrap(), disk_free(&folder.path().join("not/yet")).unwrap());
        assert!(here > 0 && there > 0);
    }
}
