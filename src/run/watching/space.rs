//! Agents that fill the disk: ended before it is full, and their temporary files taken away, so that everybody else and
//! the saving of their own work go on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{disk_free, disk_size};
use crate::run::run_env::RunEnv;

/// Between two looks at the disk. A look is one system call.
const LOOK: Duration = Duration::from_millis(250);

/// The disk must keep a twentieth of its size, at most this: what journal, snapshots and commits need in a while.
const MOST_ROOM: u64 = 512 << 20;

fn room_needed(path: &Path) -> u64 {
    (disk_size(path).unwrap_or(0) / 20).min(MOST_ROOM)
}

fn is_short(path: &Path) -> bool {
    disk_free(path).is_ok_and(|free| free < room_needed(path))
}

/// Returns when an attempt's temporary folder is what fills the disk: there is too little room, and taking the folder
/// away would give enough.
pub async fn filling(tmp: &Path) {
    loop {
        tokio::time::sleep(LOOK).await;
        if is_short(tmp) && is_the_cause(tmp) {
            return;
        }
    }
}

fn is_the_cause(tmp: &Path) -> bool {
    disk_free(tmp).unwrap_or(u64::MAX).saturating_add(size_of(tmp)) >= 2 * room_needed(tmp)
}

/// After an attempt: empties its temporary folder if that is what fills the disk, and says so.
pub fn relieve(site: &RunEnv, tmp: &Path) -> Option<String> {
    if !is_short(tmp) && !site.is_disk_full() || !is_the_cause(tmp) {
        return None;
    }
    let size = size_of(tmp);
    for item in std::fs::read_dir(tmp).into_iter().flatten().flatten() {
        // What cannot be removed goes with the next use of the slot.
        let _ = crate::git::discard(&item.path());
    }
    Some(format!("it filled the disk: {} MiB of temporary files, which were removed", size >> 20))
}

/// Bytes of all files below a folder; links are not followed.
pub fn size_of(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (mut todo, mut size) = (vec![PathBuf::from(folder)], 0);
    while let Some(folder) = todo.pop() {
        for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(meta) = item.path().symlink_metadata() else { continue };
            size += meta.blocks() * 512;
            if meta.is_dir() {
                todo.push(item.path());
            }
        }
    }
    size
}
