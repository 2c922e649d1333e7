//! Ignored files that worktrees need (`.env`, certificates): `.worktreeinclude` and `worktree.copy`, copied from the
//! user's checkout.

use std::path::{Path, PathBuf};

use crate::model::{Error, ErrorKind, RepoPath, Result};

/// The files to bring along.
#[derive(Debug, Clone, Default)]
pub struct Copies {
    from: PathBuf,
    files: Vec<RepoPath>,
}

impl Copies {
    /// Finds the ignored files of the checkout `from` that match one of `globs`. `ignored` lists the files there that
    /// git ignores.
    ///
    /// # Errors
    /// A glob is malformed.
    pub fn find(from: &Path, globs: &[String], ignored: impl FnOnce() -> Result<Vec<String>>) -> Result<Copies> {
        if globs.is_empty() {
            return Ok(Copies::default());
        }
        let mut set = globset::GlobSetBuilder::new();
        for glob in globs {
            let anchored = glob.trim_start_matches('/');
            // As in .gitignore, a name without a slash matches at any depth, and a folder all that is in it.
            let deep =
                if glob.trim_end_matches('/').contains('/') { anchored.to_owned() } else { format!("**/{anchored}") };
            for text in [deep.trim_end_matches('/').to_owned(), format!("{}/**", deep.trim_end_matches('/'))] {
                let doing = || format!("reading the pattern `{glob}` of files to copy");
                let glob = globset::GlobBuilder::new(&text).literal_separator(true).build();
                set.add(glob.map_err(|e| Error::new(ErrorKind::Usage, doing(), e.kind().to_string()))?);
            }
        }
        let set = set.build().map_err(|e| Error::failed("reading the patterns of files to copy", e))?;
        let matching = ignored()?.into_iter().filter(|path| set.is_match(path));
        Ok(Copies { from: from.to_owned(), files: matching.filter_map(|path| path.parse().ok()).collect() })
    }

    /// These files of a folder.
    pub fn of(from: &Path, files: Vec<RepoPath>) -> Copies {
        Copies { from: from.to_owned(), files }
    }

    /// What is in them now; those that have vanished, or are no files, are left out.
    pub fn contents(&self) -> Vec<(RepoPath, Vec<u8>)> {
        let is_file = |path: &PathBuf| std::fs::symlink_metadata(path).is_ok_and(|data| data.is_file());
        let read = |file: &RepoPath| {
            let path = Some(self.from.join(file.as_str())).filter(is_file)?;
            Some((file.clone(), std::fs::read(path).ok()?))
        };
        self.files.iter().filter_map(read).collect()
    }

    /// The checkout that they come from.
    pub fn checkout(&self) -> &Path {
        &self.from
    }

    /// Their paths there, and in each worktree.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.iter()
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is nothing to copy.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Copies them into a worktree, over what is there. A file that has vanished meanwhile is left out; links are not
    /// followed, so that nothing outside the checkout comes along.
    ///
    /// # Errors
    /// The worktree cannot be written.
    pub fn put(&self, worktree: &Path) -> Result<()> {
        for file in &self.files {
            let (from, to) = (self.from.join(file.as_str()), worktree.join(file.as_str()));
            let Ok(data) = std::fs::symlink_metadata(&from) else { continue };
            if !data.is_file() {
                continue;
            }
            let doing = |e: std::io::Error| Error::failed(format!("copying `{file}` into `{}`", worktree.display()), e);
            if leads_elsewhere(worktree, file) {
                tracing::warn!(%file, worktree = %worktree.display(), "not copied: one of its folders is a link");
                continue;
            }
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder).map_err(doing)?;
            }
            if std::fs::symlink_metadata(&to).is_ok_and(|data| data.is_symlink()) {
                std::fs::remove_file(&to).map_err(doing)?;
            }
            std::fs::copy(&from, &to).map_err(doing)?;
        }
        Ok(())
    }
}

/// Whether a folder on the way to `file` is anything but a folder: an agent may have put a link there.
pub(super) fn leads_elsewhere(worktree: &Path, file: &RepoPath) -> bool {
    let folders = Path::new(file.as_str()).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.into_iter().any(|folder| std::fs::symlink_metadata(worktree.join(folder)).is_ok_and(|data| !data.is_dir()))
}

/// Patterns of a `.worktreeinclude` file: one a line, `#` begins a comment.
pub fn patterns(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_files_that_match_come_along() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for path in [".env", "app/.env", "certs/a/b.pem", "target/big"] {
            let full = from.path().join(path);
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, path).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", from.path().join("certs/link")).unwrap();
        let ignored =
            || Ok([".env", "app/.env", "certs/a/b.pem", "certs/link", "target/big"].map(str::to_owned).to_vec());
        let globs = patterns("# secrets\n.env\n\n/certs/\n");
        let copies = Copies::find(from.path(), &globs, ignored).unwrap();
        copies.put(to.path()).unwrap();
        assert_eq!(std::fs::read_to_string(to.path().join("app/.env")).unwrap(), "app/.env");
        assert!(to.path().join("certs/a/b.pem").exists());
        let outside = tempfile::tempdir().unwrap();
        std::fs::remove_dir_all(to.path().join("app")).unwrap();
        std::os::unix::fs::symlink(outside.path(), to.path().join("app")).unwrap();
        copies.put(to.path()).unwrap();
        assert!(!outside.path().join(".env").exists(), "written through a link");
        assert!(!to.path().join("certs/link").exists() && !to.path().join("target").exists());
    }
}
