//! What is read with libgit2: objects, refs, configuration, differences. Only this folder names `git2`.
//!
//! libgit2 reads; it never merges or writes here (FACTS 0: wrong clean merges, transactions that are not atomic).
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Reader`]: the opened repository; single files and hashes |
//! | `history.rs` | commits, and how they follow each other |
//! | `changes.rs`, `lines.rs` | what changed between trees: by path, or line by line |
//! | `contents.rs` | files in trees |
//! | `names.rs` | refs and notes |
//! | `whole.rs` | whether what was written can be read |

mod changes;
mod contents;
mod history;
mod lines;
mod names;
mod whole;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{ObjectType, Repository};

use crate::model::{Error, ErrorKind, Oid, Result};

pub use changes::{Change, ChangeKind};
pub(super) use contents::NamedBlobs;
pub use contents::{CommitFiles, TreeEntry};
pub use history::{CommitInfo, Head, Upstream};
pub use lines::{FileDiff, Line, file_diffs};
pub(super) use whole::is_whole_since;

/// The opened repository. One for all threads: opening costs more than any read.
pub(super) struct Reader(Mutex<Repository>);

fn failed(doing: &str) -> impl Fn(git2::Error) -> Error + '_ {
    move |error| {
        let kind = match error.code() {
            git2::ErrorCode::NotFound | git2::ErrorCode::UnbornBranch | git2::ErrorCode::InvalidSpec => {
                ErrorKind::NotFound
            }
            git2::ErrorCode::Ambiguous => ErrorKind::Usage,
            _ => ErrorKind::Failed,
        };
        Error::new(kind, doing, error.message().to_owned())
    }
}

fn ours(oid: git2::Oid) -> Result<Oid> {
    oid.to_string().parse()
}

fn theirs(oid: &Oid) -> Result<git2::Oid> {
    git2::Oid::from_str(oid.as_str()).map_err(failed("reading an object id"))
}

impl Reader {
    /// Opens the git folder of a worktree: its `HEAD` is meant by that word.
    pub(super) fn open(common: &Path) -> Result<Reader> {
        let doing = format!("opening the repository `{}`", common.display());
        let open = || {
            let repo = Repository::open(common)?;
            // Comparing trees looks attributes up in the user's index, which only git can read where it is split.
            repo.set_index(&mut git2::Index::new()?)?;
            Ok(repo)
        };
        Ok(Reader(Mutex::new(open().map_err(failed(&doing))?)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Repository> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `HEAD` names a branch without a commit.
    pub(super) fn is_unborn(&self) -> Result<bool> {
        match self.lock().head() {
            Ok(_) => Ok(false),
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => Ok(true),
            Err(error) => Err(failed("reading `HEAD`")(error)),
        }
    }
}

/// The version of libgit2 in use.
pub fn library_version() -> String {
    let (major, minor, patch) = git2::Version::get().libgit2_version();
    format!("{major}.{minor}.{patch}")
}

/// One value of one configuration file, without includes and the other levels.
pub(super) fn config_file_value(file: &Path, key: &str) -> Option<String> {
    git2::Config::open(file).ok()?.get_string(key).ok()
}

/// Whether a file hashes to this blob as it stands, without filters.
pub(super) fn hashes_to(file: &Path, blob: &[u8]) -> bool {
    git2::Oid::hash_file(ObjectType::Blob, file).is_ok_and(|oid| oid.as_bytes() == blob)
}

/// The blob that a file hashes to as it stands, without filters; none when it cannot be read.
pub(super) fn hashes_to_id(file: &Path) -> Option<Oid> {
    git2::Oid::hash_file(ObjectType::Blob, file).ok().and_then(|oid| ours(oid).ok())
}

/// The blob that these bytes hash to.
///
/// # Panics
/// Never: hashing bytes in memory cannot fail.
pub(super) fn hash_of(bytes: &[u8]) -> Oid {
    let oid = git2::Oid::hash_object(ObjectType::Blob, bytes)
        .and_then(|oid| ours(oid).map_err(|_| git2::Error::from_str("no id")));
    oid.expect("bytes in memory can be hashed")
}

/// Whether a link's target hashes to this blob.
pub(super) fn target_hashes_to(target: &[u8], blob: &[u8]) -> bool {
    git2::Oid::hash_object(ObjectType::Blob, target).is_ok_and(|oid| oid.as_bytes() == blob)
}

/// Whether an index file is whole: its structure and its checksum.
pub(super) fn index_is_whole(file: &Path) -> bool {
    git2::Index::open(file).is_ok()
}
