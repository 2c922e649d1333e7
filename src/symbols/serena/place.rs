//! Where Serena stands: a worktree of ours, and a home folder of hers that is not the user's.

use std::io;
use std::path::{Path, PathBuf};

use crate::git::{self, Ignored, Repo, Slot, SlotHead};
use crate::model::Oid;

/// The name of her worktree among ours.
const NAME: &str = "symbols";

/// What she works with.
#[derive(Debug, Clone)]
pub struct SerenaPlace {
    /// The folder of our worktrees.
    pub worktrees: PathBuf,
    /// For her settings and logs.
    pub home: PathBuf,
    /// Her program; the error says why there is none.
    pub program: Result<PathBuf, String>,
    /// The user's `PATH`.
    pub path: String,
}

impl SerenaPlace {
    /// Her worktree.
    pub(super) fn worktree(&self) -> PathBuf {
        let parent = self.worktrees.canonicalize().unwrap_or_else(|_| self.worktrees.clone());
        parent.join(NAME)
    }

    /// Puts the files of `commit` there. What the repository itself would tell her is left out: it could name programs.
    ///
    /// # Errors
    /// One line on why that cannot be.
    pub(super) fn stand_at(&self, repo: &Repo, commit: &Oid, servers: &[String]) -> Result<(), String> {
        let failed = |error: crate::model::Error| format!("{}: {}", error.doing, error.cause);
        std::fs::create_dir_all(&self.worktrees).map_err(|error| error.to_string())?;
        let head = SlotHead::Detached(commit.clone());
        let reset = |slot: &Slot| git::reset_slot(repo, slot, &head, &Ignored::Keep);
        let known = git::find_slot(repo, &self.worktrees, NAME).map_err(failed)?;
        let is_ready = match &known {
            Some(slot) => {
                forget(&slot.path).map_err(|error| error.to_string())?;
                reset(slot).is_ok()
            }
            None => false,
        };
        if !is_ready {
            if let Some(slot) = known.or_else(|| git::ghost(repo, &self.worktrees, NAME)) {
                git::remove_slot(repo, &slot).map_err(failed)?;
            }
            let slot = git::create_slot(repo, &self.worktrees, NAME, commit).map_err(failed)?;
            reset(&slot).map_err(|unclean| unclean.to_string())?;
        }
        tell(&self.worktree(), servers).map_err(|error| format!("her settings cannot be written: {error}"))
    }

    /// Takes the worktree away.
    pub(super) fn clear(&self, repo: &Repo) {
        let found = git::find_slot(repo, &self.worktrees, NAME);
        if let Err(error) = found.and_then(|slot| slot.map_or(Ok(()), |slot| git::remove_slot(repo, &slot))) {
            tracing::debug!(%error, "the worktree that symbols are looked up in stays");
        }
        git::empty_trash(&self.worktrees);
    }
}

/// Takes away what lies in her folder, ours or the repository's.
fn forget(worktree: &Path) -> io::Result<()> {
    let folder = worktree.join(".serena");
    match folder.symlink_metadata() {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(folder),
        Ok(_) => std::fs::remove_file(folder),
        Err(_) => Ok(()),
    }
}

/// Writes what she is told: which servers to start, and to change nothing.
fn tell(worktree: &Path, servers: &[String]) -> io::Result<()> {
    forget(worktree)?;
    let folder = worktree.join(".serena");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(".gitignore"), "*\n")?;
    std::fs::write(folder.join("project.yml"), project(servers))
}

/// `languages` is what 1.x calls them; 2.x knows the word still.
fn project(servers: &[String]) -> String {
    let is_name = |name: &&String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let names: Vec<&str> = servers.iter().filter(is_name).map(String::as_str).collect();
    format!(
        "project_name: \"git-orca\"\nlanguages: [{}]\nread_only: true\nignore_all_files_in_gitignore: true\n",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn she_is_told_what_to_start_and_nothing_by_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(".serena");
        std::fs::create_dir_all(own.join("memories")).unwrap();
        std::fs::write(own.join("project.yml"), "languages: [evil]").unwrap();
        tell(folder.path(), &["python_jedi".to_owned(), "a, b]".to_owned()]).unwrap();
        let told = std::fs::read_to_string(own.join("project.yml")).unwrap();
        assert!(told.contains("languages: [python_jedi]\nread_only: true\n"), "{told}");
        assert!(!own.join("memories").exists());
        std::fs::remove_dir_all(&own).unwrap();
        std::os::unix::fs::symlink("/nowhere", &own).unwrap();
        tell(folder.path(), &[]).unwrap();
        assert!(own.symlink_metadata().unwrap().is_dir(), "a link leads her nowhere");
    }
}
