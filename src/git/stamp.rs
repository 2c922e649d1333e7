//! Whether a file or folder is as it was: told by one `stat`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// Seconds after which a change is not of the same tick any more, on any file system.
const SETTLED: u64 = 2;

/// What differs between two states of a file or folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PathStamp {
    inode: u64,
    pub(super) size: u64,
    pub(super) modified: (i64, i64),
    changed: (i64, i64),
    pub(super) mode: u32,
}

impl PathStamp {
    /// None: nothing is there. Links are not followed.
    pub(super) fn of(path: &Path) -> Option<PathStamp> {
        let meta = fs::symlink_metadata(path).ok()?;
        Some(PathStamp {
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            mode: meta.mode(),
        })
    }

    /// A stamp that no file has: the next look reads it again.
    pub(super) fn unlike_any_file(self) -> PathStamp {
        PathStamp { inode: 0, ..self }
    }

    /// Whether it is that of a file.
    pub(super) fn is_known(&self) -> bool {
        self.inode != 0
    }

    /// Whether nothing has changed for a while, so that a change from now on gives another stamp: times of files go by
    /// ticks of some milliseconds.
    pub(super) fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (seconds, _) = self.modified;
        u64::try_from(seconds).is_ok_and(|seconds| seconds + SETTLED < now.as_secs())
    }
}
