//! Copies whole folders: by reflinks where the file system can share the blocks of two files until one of them changes
//! (btrfs, XFS, APFS), else byte by byte. Never by hard links: what an agent writes into one would change the other.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct TreeCopy {
    /// Files.
    pub(super) files: u64,
    /// Their size.
    pub(super) bytes: u64,
    /// Files that share their blocks with what they were copied from.
    pub(super) shared: u64,
    /// Whether the file system was asked and shares none.
    refused: bool,
}

impl TreeCopy {
    /// Copies with times and modes, which package managers and compilers compare. Links are copied as links; what is
    /// neither file, link nor folder is left out.
    pub(super) fn copy(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let meta = fs::symlink_metadata(from)?;
        if meta.is_symlink() {
            return symlink(fs::read_link(from)?, to);
        }
        if meta.is_dir() {
            fs::create_dir(to)?;
            for item in fs::read_dir(from)? {
                let name = item?.file_name();
                self.copy(&from.join(&name), &to.join(&name))?;
            }
            fs::set_permissions(to, meta.permissions())?;
            // One that may not be read keeps the time at which it was made.
            return fs::File::open(to).map_or(Ok(()), |folder| folder.set_modified(meta.modified()?));
        }
        if !meta.is_file() {
            return Ok(());
        }
        self.file(from, to)?;
        self.files += 1;
        self.bytes += meta.len();
        // A file that may not be written can still be given its time by who owns it, once it is writable.
        let file = fs::File::options().write(true).open(to).or_else(|_| fs::File::open(to))?;
        file.set_modified(meta.modified()?)
    }

    fn file(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if !self.refused {
            match share(from, to) {
                Ok(()) => {
                    self.shared += 1;
                    return Ok(());
                }
                Err(_) => self.refused = self.shared == 0,
            }
        }
        fs::copy(from, to).map(drop)
    }

    /// Whether all files share their blocks.
    pub(super) fn is_shared(&self) -> bool {
        self.shared == self.files
    }
}

/// Makes `to` a file that shares the blocks of `from`.
#[cfg(target_os = "linux")]
fn share(from: &Path, to: &Path) -> io::Result<()> {
    let source = fs::File::open(from)?;
    let target = fs::File::options().write(true).create(true).truncate(true).open(to)?;
    rustix::fs::ioctl_ficlone(&target, &source)?;
    target.set_permissions(source.metadata()?.permissions())
}

/// `fs::copy` shares them by itself there, where it can.
#[cfg(not(target_os = "linux"))]
fn share(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    /// A tree of all kinds, copied within `place`.
    fn copied(place: &Path) -> TreeCopy {
        let (from, to) = (place.join("from"), place.join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/tool"), vec![b'x'; 200_000]).unwrap();
        fs::set_permissions(from.join("a/b/tool"), fs::Permissions::from_mode(0o555)).unwrap();
        fs::write(from.join("empty"), "").unwrap();
        fs::hard_link(from.join("a/b/tool"), from.join("again")).unwrap();
        symlink("../a/b/tool", from.join("a/link")).unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        fs::File::open(from.join("a/b")).unwrap().set_modified(old).unwrap();
        let mut copy = TreeCopy::default();
        copy.copy(&from, &to).unwrap();
        assert_eq!((copy.files, copy.bytes), (3, 400_000));
        let meta = fs::metadata(to.join("a/b/tool")).unwrap();
        assert_eq!((meta.permissions().mode() & 0o777, meta.nlink()), (0o555, 1), "never a hard link");
        assert_eq!(fs::metadata(to.join("a/b")).unwrap().modified().unwrap(), old);
        assert_eq!(fs::read_link(to.join("a/link")).unwrap(), Path::new("../a/b/tool"));
        // What one writes the other does not see.
        fs::set_permissions(to.join("again"), fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(to.join("again"), "mine").unwrap();
        assert_eq!(fs::metadata(from.join("again")).unwrap().len(), 200_000);
        assert_eq!(fs::metadata(to.join("a/b/tool")).unwrap().len(), 200_000);
        copy
    }

    #[test]
    fn a_tree_is_copied_whole_whatever_the_file_system_can() {
        let dir = tempfile::tempdir().unwrap();
        let copy = copied(dir.path());
        assert!(copy.is_shared() || copy.shared == 0, "{copy:?}");
    }

    /// The memory file system shares no blocks: the refusal of the first file is the last question.
    #[cfg(target_os = "linux")]
    #[test]
    fn where_nothing_can_be_shared_copies_are_made() {
        let Ok(dir) = tempfile::tempdir_in("/dev/shm") else { return };
        let copy = copied(dir.path());
        assert!(!copy.is_shared() && copy.shared == 0 && copy.refused, "{copy:?}");
        // Nor between two file systems.
        let here = tempfile::tempdir().unwrap();
        fs::write(here.path().join("one"), "one").unwrap();
        let mut over = TreeCopy::default();
        over.copy(&here.path().join("one"), &dir.path().join("one")).unwrap();
        assert_eq!((over.files, over.shared), (1, 0));
        assert_eq!(fs::read_to_string(dir.path().join("one")).unwrap(), "one");
    }
}
