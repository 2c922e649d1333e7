//! Room on a disk.

use std::path::Path;

use crate::model::{Error, Result};

/// Bytes that this user may still write where `path` lies. `path` need not exist: its nearest folder that does is asked.
///
/// # Errors
/// The system does not tell.
pub fn disk_free(path: &Path) -> Result<u64> {
    Ok(ask(path)?.bytes_free)
}

/// Bytes that the disk has where `path` lies, used or not.
///
/// # Errors
/// As [`disk_free`].
pub fn disk_size(path: &Path) -> Result<u64> {
    Ok(ask(path)?.bytes)
}

/// Room below which a disk counts as full, bytes: one commit with its log no longer fits for sure.
const NEEDED: u64 = 64 << 10;

/// Whether the file system of `path` (of its nearest folder that exists) has no room left, by bytes or by files. One
/// that does not tell is not full.
pub fn is_full(path: &Path) -> bool {
    let Ok(found) = ask(path) else { return false };
    found.bytes > 0 && found.bytes_free < NEEDED || found.files > 0 && found.files_free == 0
}

/// What a file system says of itself.
struct DiskSpace {
    bytes: u64,
    bytes_free: u64,
    files: u64,
    files_free: u64,
}

fn ask(path: &Path) -> Result<DiskSpace> {
    let there = path.ancestors().find(|part| part.exists()).unwrap_or(Path::new("/"));
    let found = nix::sys::statvfs::statvfs(there)
        .map_err(|e| Error::failed(format!("measuring the free space at `{}`", path.display()), e))?;
    let counts = [found.blocks(), found.blocks_available(), found.files(), found.files_available()].map(u64::from);
    let [blocks, blocks_free, files, files_free] = counts;
    let bytes = |blocks: u64| blocks.saturating_mul(found.fragment_size());
    Ok(DiskSpace { bytes: bytes(blocks), bytes_free: bytes(blocks_free), files, files_free })
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
