//! A journal has one writer. What anybody else does to its file while the writer lives is noticed: what was appended is
//! taken back, a file that was replaced is put back; what was changed inside cannot be undone, and ends the run.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::model::{Error, ErrorKind, Result, crash};

/// Most of what was appended that is shown: the beginning tells what it was.
const SHOWN: usize = 80;

/// The file of a journal, and how its writer left it.
#[derive(Debug)]
pub struct JournalWatch {
    path: PathBuf,
    left: Mutex<LeftJournal>,
}

#[derive(Debug)]
struct LeftJournal {
    file: File,
    stamp: FileStamp,
    digest: Sha256,
    /// What others did since it was last asked for, in words.
    found: Vec<String>,
}

/// What changes with every change of a file, and cannot be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    inode: (u64, u64),
    len: u64,
    changed: (i64, i64),
}

impl From<&Metadata> for FileStamp {
    fn from(data: &Metadata) -> FileStamp {
        FileStamp { inode: (data.dev(), data.ino()), len: data.len(), changed: (data.ctime(), data.ctime_nsec()) }
    }
}

/// The digest of the first `len` bytes of a file.
fn digest_of(file: &mut File, len: u64) -> std::io::Result<Sha256> {
    let mut digest = Sha256::new();
    file.seek(SeekFrom::Start(0))?;
    std::io::copy(&mut file.take(len), &mut digest)?;
    Ok(digest)
}

impl JournalWatch {
    /// Watches the open `file` at `path`, which its writer has just made or read.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn new(path: &Path, mut file: File) -> std::io::Result<Arc<JournalWatch>> {
        let data = file.metadata()?;
        let digest = digest_of(&mut file, data.len())?;
        let left = LeftJournal { file, stamp: FileStamp::from(&data), digest, found: Vec::new() };
        Ok(Arc::new(JournalWatch { path: path.to_owned(), left: Mutex::new(left) }))
    }

    fn left(&self) -> MutexGuard<'_, LeftJournal> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends in one write; `waits`: until it and everything before is on the disk.
    ///
    /// # Errors
    /// The disk refuses, or somebody changed what cannot be put back.
    pub(super) fn append(&self, bytes: &[u8], waits: bool) -> Result<()> {
        let doing = || format!("writing the journal `{}`", self.path.display());
        let mut left = self.left();
        self.put_right(&mut left)?;
        crash::point("journal.write");
        if let Err(cause) = left.file.write_all(bytes) {
            // A partial line would hide everything written after it: take it back before saying so.
            let _ = left.file.set_len(left.stamp.len);
            return Err(Error::failed(doing(), cause).hint("free some disk space, then: git orca resume"));
        }
        crash::point("journal.written");
        if waits {
            left.file.sync_data().map_err(|e| Error::failed(doing(), e))?;
            crash::point("journal.synced");
        }
        left.digest.update(bytes);
        let len = left.stamp.len + bytes.len() as u64;
        let data = left.file.metadata().map_err(|e| Error::failed(doing(), e))?;
        // Were it longer, somebody wrote between: found by the next look.
        left.stamp = FileStamp { len, ..FileStamp::from(&data) };
        Ok(())
    }

    /// What others did to the file since the last call, in words; it is as its writer left it now.
    ///
    /// # Errors
    /// Somebody changed what cannot be put back: the run must end.
    pub fn tampered(&self) -> Result<Vec<String>> {
        let mut left = self.left();
        self.put_right(&mut left)?;
        Ok(std::mem::take(&mut left.found))
    }

    fn put_right(&self, left: &mut LeftJournal) -> Result<()> {
        let doing = || format!("looking after the journal `{}`", self.path.display());
        let failed = |e: std::io::Error| Error::failed(doing(), e);
        let there = std::fs::symlink_metadata(&self.path).ok().map(|data| FileStamp::from(&data));
        if there == Some(left.stamp) {
            return Ok(());
        }
        let held = FileStamp::from(&left.file.metadata().map_err(failed)?);
        let len = left.stamp.len;
        let same = digest_of(&mut left.file, len).map_err(failed)?.finalize() == left.digest.clone().finalize();
        if held.len < len || !same {
            return Err(Error::new(ErrorKind::Corrupt, doing(), "somebody changed entries that git orca wrote")
                .hint("its work is kept by refs: git orca salvage list")
                .hint("git orca execute --new starts over"));
        }
        if held.len > len {
            let mut more = Vec::new();
            left.file.seek(SeekFrom::Start(len)).map_err(failed)?;
            (&mut left.file).take(SHOWN as u64).read_to_end(&mut more).map_err(failed)?;
            let shown: String = String::from_utf8_lossy(&more).chars().filter(|c| !c.is_control()).collect();
            left.found.push(format!("{} bytes appended to the journal of the run (`{shown}`)", held.len - len));
            left.file.set_len(len).map_err(failed)?;
        }
        if there.map(|there| there.inode) != Some(held.inode) {
            left.found.push("the journal of the run replaced or removed".to_owned());
            left.file = self.put_back(&mut left.file).map_err(failed)?;
        }
        left.file.sync_data().map_err(failed)?;
        left.stamp = FileStamp::from(&left.file.metadata().map_err(failed)?);
        Ok(())
    }

    /// A new file at the path with what the one that is held has.
    fn put_back(&self, held: &mut File) -> std::io::Result<File> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        held.seek(SeekFrom::Start(0))?;
        std::io::copy(held, &mut new)?;
        new.persist(&self.path).map_err(|error| error.error)?;
        OpenOptions::new().read(true).append(true).open(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> (tempfile::TempDir, PathBuf, Arc<JournalWatch>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let file = OpenOptions::new().create_new(true).append(true).read(true).open(&path).unwrap();
        let watch = JournalWatch::new(&path, file).unwrap();
        watch.append(b"one\n", true).unwrap();
        (folder, path, watch)
    }

    #[test]
    fn what_was_appended_is_taken_back_and_told_once() {
        let (_folder, path, watch) = watched();
        assert!(watch.tampered().unwrap().is_empty());
        std::fs::write(&path, "one\n{\"seq\":9}\n").unwrap();
        let told = watch.tampered().unwrap();
        assert_eq!(told, ["10 bytes appended to the journal of the run (`{\"seq\":9}`)"]);
        assert!(watch.tampered().unwrap().is_empty());
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"theirs\n").unwrap();
        watch.append(b"two\n", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(watch.tampered().unwrap().len(), 1, "found while writing, told afterwards");
    }

    #[test]
    fn a_journal_that_was_replaced_or_removed_is_put_back() {
        let (folder, path, watch) = watched();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(watch.tampered().unwrap(), ["the journal of the run replaced or removed"]);
        std::fs::write(folder.path().join("other"), "theirs\n").unwrap();
        std::fs::rename(folder.path().join("other"), &path).unwrap();
        watch.append(b"two\n", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(watch.tampered().unwrap().len(), 1);
    }

    #[test]
    fn what_cannot_be_put_back_ends_the_run() {
        for change in ["eno\n", "o", ""] {
            let (_folder, path, watch) = watched();
            std::fs::write(&path, change).unwrap();
            assert_eq!(watch.tampered().unwrap_err().kind, ErrorKind::Corrupt, "{change:?}");
            assert!(watch.append(b"two\n", true).is_err());
        }
    }
}
