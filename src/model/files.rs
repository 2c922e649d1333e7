//! A tree of files to read from: a folder, a commit (in `git`), a map in tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Error, ErrorKind, Result};

/// Largest file that is read whole, bytes. A plan of 10,000 tasks has about 2 MB; 64 MiB bounds hostile input.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// Read access below one root. Paths are relative, with `/`, and cannot leave the root.
pub trait Files {
    /// The paths of the regular files below `folder` (empty for the root), sorted. Does not follow links to folders.
    fn list(&self, folder: &str) -> Result<Vec<String>>;

    /// The bytes of a file. Refuses paths that leave the root and files over [`MAX_FILE_BYTES`].
    fn read(&self, path: &str) -> Result<Vec<u8>>;

    /// Whether `path` is a file.
    fn exists(&self, path: &str) -> bool {
        self.read(path).is_ok()
    }
}

/// Files of a folder on disk.
#[derive(Debug, Clone)]
pub struct FolderFiles {
    root: PathBuf,
}

/// Entries looked at in one listing: a guard against `node_modules` at the wrong place, not a limit anyone meets.
const MAX_LISTED: usize = 200_000;

impl FolderFiles {
    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        FolderFiles { root: root.into() }
    }

    fn inside(&self, path: &str) -> Result<PathBuf> {
        let clean = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let full = self.root.join(path);
        let doing = || format!("reading `{path}`");
        if !clean {
            return Err(Error::new(ErrorKind::Environment, doing(), "the path leaves the folder"));
        }
        let root = self.root.canonicalize().map_err(|e| Error::failed(doing(), e))?;
        let real = full.canonicalize().map_err(|e| Error::new(ErrorKind::NotFound, doing(), e.to_string()))?;
        if !real.starts_with(&root) {
            return Err(Error::new(ErrorKind::Environment, doing(), "the link leaves the folder"));
        }
        Ok(real)
    }
}

impl Files for FolderFiles {
    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut todo = vec![if folder.is_empty() { self.root.clone() } else { self.inside(folder)? }];
        let base = todo[0].clone();
        while let Some(dir) = todo.pop() {
            let entries =
                std::fs::read_dir(&dir).map_err(|e| Error::failed(format!("listing `{}`", dir.display()), e))?;
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                let path = entry.path();
                // What lies in a worktree or repository of its own is not this one's, as its commits show it.
                let is_own = || std::fs::symlink_metadata(path.join(".git")).is_ok();
                if kind.is_dir() && (entry.file_name() == ".git" || is_own()) {
                    continue;
                }
                if kind.is_dir() {
                    todo.push(path);
                } else if kind.is_file()
                    && let Ok(below) = path.strip_prefix(&base)
                {
                    let below = below.to_string_lossy().replace('\\', "/");
                    found.push(if folder.is_empty() {
                        below
                    } else {
                        format!("{}/{below}", folder.trim_end_matches('/'))
                    });
                }
                if found.len() > MAX_LISTED {
                    break;
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        let real = self.inside(path)?;
        let doing = format!("reading `{path}`");
        let size = std::fs::metadata(&real).map_err(|e| Error::failed(doing.clone(), e))?;
        if !size.is_file() {
            return Err(Error::new(ErrorKind::Environment, doing, "not a regular file"));
        }
        if size.len() > MAX_FILE_BYTES {
            return Err(Error::new(ErrorKind::Environment, doing, format!("larger than {} MiB", MAX_FILE_BYTES >> 20)));
        }
        std::fs::read(&real).map_err(|e| Error::failed(doing, e))
    }

    fn exists(&self, path: &str) -> bool {
        self.inside(path).is_ok_and(|real| real.is_file())
    }
}

/// Files of a map, for tests and for documents that are already in memory.
#[derive(Debug, Clone, Default)]
pub struct MapFiles(pub BTreeMap<String, Vec<u8>>);

impl Files for MapFiles {
    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_end_matches('/')) };
        Ok(self.0.keys().filter(|path| path.starts_with(&prefix)).cloned().collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("reading `{path}`"), "no such file"))
    }
}
