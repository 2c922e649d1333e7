//! The index of a slot, of whatever kind its agent's git made it.

use std::io;
use std::path::Path;

use super::Repo;
use super::call::Call;
use super::files::copy_file;
use super::index::IndexFile;
use super::slot::Slot;

/// Reads the index of a slot. One that only git understands (split by `core.splitIndex`, sparse by `index.sparse`) is read
/// from a copy that git writes plainly: the agent's own stays as it is.
///
/// # Errors
/// It is missing, or git cannot read it either.
pub(super) fn read(repo: &Repo, slot: &Slot) -> io::Result<IndexFile> {
    read_by(&slot.admin.join("index"), || repo.git_in(slot, "reading an index"))
}

/// The same of any index file, with calls of git where it belongs.
///
/// # Errors
/// As [`read`].
pub(super) fn read_by(file: &Path, git: impl Fn() -> Call) -> io::Result<IndexFile> {
    match IndexFile::read(file) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
        read => return read,
    }
    let scratch = tempfile::tempdir()?;
    let copy = scratch.path().join("index");
    copy_file(file, &copy)?;
    // Another version than it has, so that git writes it at all.
    let version = if std::fs::read(&copy)?.get(7) == Some(&4) { "2" } else { "4" };
    let call = git().index(&copy).writes().args(["update-index", "--no-split-index", "--index-version", version]);
    call.run().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.cause))?;
    IndexFile::read(&copy)
}
