//! Comparing a folder with an index, without git: what differs, and what lies there that the index does not know.
//!
//! Answers are one-sided. A path that is *not* reported as different is what git calls unmodified, by the rules of git
//! itself (recorded times, size, inode, and content where times prove nothing). A path that is reported may still be
//! clean, for instance behind a filter: then git is asked.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::index::{Entry, IndexFile, Stamp};
use super::read;

/// What a comparison found. Paths are relative to the folder, in no particular order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Entries that differ; perhaps (see above).
    pub(super) different: Vec<Vec<u8>>,
    /// Entries that should be there and are not, or only behind a link in place of one of their folders.
    pub(super) gone: Vec<Vec<u8>>,
    /// Topmost paths that the index does not know: untracked or ignored.
    pub(super) unknown: Vec<PathBuf>,
    /// Submodules.
    pub(super) gitlinks: Vec<Vec<u8>>,
}

impl Survey {
    /// Whether every entry is there as the index has it; submodules nobody can vouch for.
    pub(super) fn is_complete(&self) -> bool {
        self.different.is_empty() && self.gone.is_empty() && self.gitlinks.is_empty()
    }

    /// Whether the folder holds exactly the index, and nothing else.
    pub(super) fn is_exact(&self) -> bool {
        self.is_complete() && self.unknown.is_empty()
    }
}

/// That every file of a slot was just now as this index has it. Worth something only at once, while nobody works there.
#[derive(Debug, Clone)]
pub struct Exact(pub(super) IndexFile);

/// Compares the folder `root` with `index`. The `.git` at its top is not looked at.
///
/// # Errors
/// A folder cannot be read.
pub(super) fn survey(root: &Path, index: &IndexFile) -> io::Result<Survey> {
    let known: HashMap<&[u8], usize> =
        index.entries.iter().enumerate().map(|(n, entry)| (entry.path.as_slice(), n)).collect();
    let folders = folders_of(index);
    let mut found = Survey::default();
    let mut met = vec![false; index.entries.len()];
    let mut todo = vec![PathBuf::new()];
    while let Some(folder) = todo.pop() {
        for item in std::fs::read_dir(root.join(&folder))? {
            let item = item?;
            let path = folder.join(item.file_name());
            let bytes = path.as_os_str().as_bytes();
            if let Some(&n) = known.get(bytes) {
                met[n] = true;
                let entry = &index.entries[n];
                if entry.skipped {
                    // It should not be there.
                    found.different.push(bytes.to_vec());
                } else if entry.is_gitlink() {
                    found.gitlinks.push(bytes.to_vec());
                } else if item.metadata().map_or(true, |meta| differs(|| item.path(), &meta, entry, index.written)) {
                    found.different.push(bytes.to_vec());
                }
            }
            if folders.contains(bytes) && item.file_type()?.is_dir() {
                todo.push(path);
            } else if !known.contains_key(bytes) && bytes != b".git" {
                found.unknown.push(path);
            }
        }
    }
    let missed = index.entries.iter().zip(met).filter(|(entry, met)| !met && !entry.skipped);
    found.gone = missed.map(|(entry, _)| entry.path.clone()).collect();
    Ok(found)
}

/// Whether a folder that was just now exactly `before` is exactly `after`, once git has changed it: looks only at the
/// files whose entries differ. `false`: look at all of them.
pub(super) fn still_exact(root: &Path, before: &IndexFile, after: &IndexFile) -> bool {
    let (mut old, mut new) = (before.entries.iter().peekable(), after.entries.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return true,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.cmp(&new.path),
        };
        let gone = if order.is_le() { old.next() } else { None };
        let now = if order.is_ge() { new.next() } else { None };
        let holds = match (gone, now) {
            (Some(gone), None) => is_away(root, gone),
            (before, Some(now)) if now.skipped => before == Some(now) || is_away(root, now),
            (before, Some(now)) => before == Some(now) || is_as(root, now, after.written),
            (None, None) => false,
        };
        if !holds {
            return false;
        }
    }
}

fn is_away(root: &Path, entry: &Entry) -> bool {
    std::fs::symlink_metadata(root.join(as_path(&entry.path)))
        .is_err_and(|error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
}

fn is_as(root: &Path, entry: &Entry, index_written: Stamp) -> bool {
    let path = root.join(as_path(&entry.path));
    !entry.is_gitlink()
        && std::fs::symlink_metadata(&path).is_ok_and(|meta| !differs(|| path.clone(), &meta, entry, index_written))
}

/// A path as the system takes it.
pub(super) fn as_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec()))
}

/// All folders that hold an entry.
fn folders_of(index: &IndexFile) -> HashSet<&[u8]> {
    let mut folders = HashSet::new();
    for entry in &index.entries {
        let mut path = entry.path.as_slice();
        while let Some(end) = path.iter().rposition(|&byte| byte == b'/') {
            path = &path[..end];
            if !folders.insert(path) {
                break;
            }
        }
    }
    folders
}

fn differs(path: impl FnOnce() -> PathBuf, meta: &Metadata, entry: &Entry, index_written: Stamp) -> bool {
    if !same_kind(meta, entry.mode) {
        return true;
    }
    // Sizes are compared as an index has them, cut to 32 bits: a terabyte looks empty.
    if meta.len() > u64::from(u32::MAX) {
        return true;
    }
    let same = stamp(meta.mtime(), meta.mtime_nsec()) == entry.modified
        && stamp(meta.ctime(), meta.ctime_nsec()) == entry.changed
        && cut(meta.ino()) == entry.inode
        && cut(meta.size()) == entry.size;
    // A file changed again in the tick in which the index was written keeps its times: only its content tells.
    if same && entry.modified < index_written {
        return false;
    }
    cut(meta.size()) != entry.size || !same_content(&path(), meta, entry)
}

fn same_kind(meta: &Metadata, mode: u32) -> bool {
    match mode {
        0o120_000 => meta.is_symlink(),
        0o100_755 => meta.is_file() && meta.mode() & 0o100 != 0,
        _ => meta.is_file() && meta.mode() & 0o100 == 0,
    }
}

fn same_content(path: &Path, meta: &Metadata, entry: &Entry) -> bool {
    if meta.is_symlink() {
        return std::fs::read_link(path)
            .is_ok_and(|target| read::target_hashes_to(target.as_os_str().as_bytes(), &entry.blob));
    }
    read::hashes_to(path, &entry.blob)
}

fn stamp(seconds: i64, nanos: i64) -> Stamp {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "git cuts times to 32 bits as well")]
    (seconds as u32, nanos as u32)
}

#[expect(clippy::cast_possible_truncation, reason = "git cuts sizes and inodes to 32 bits as well")]
fn cut(number: u64) -> u32 {
    number as u32
}
