//! Where runs lie: `$GIT_COMMON_DIR/orca/` (DESIGN 4).

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::file::replay_file;
use super::{RunLock, RunState};
use crate::model::{AttemptId, Error, ErrorKind, Result, RunId, TaskId};

/// The folder of all runs of a repository.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// The paths of one run.
#[derive(Debug, Clone)]
pub struct RunPaths {
    /// The run.
    pub run: RunId,
    root: PathBuf,
}

/// Whether a journal has its first entry. One that has not was cut short before anything could be done.
fn has_begun(journal: &Path) -> bool {
    let Ok(file) = std::fs::File::open(journal) else { return false };
    let mut first = Vec::new();
    let read = std::io::BufReader::new(file).read_until(b'\n', &mut first);
    read.is_ok() && first.ends_with(b"\n")
}

fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::failed(format!("creating `{}`", folder.display()), e))
}

impl Store {
    /// The store of the repository with this common directory.
    pub fn new(common_dir: &Path) -> Store {
        Store { root: common_dir.join("orca") }
    }

    /// `orca/` itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What tasks took in earlier runs.
    pub fn history(&self) -> PathBuf {
        self.root.join("history.jsonl")
    }

    /// Issues that plans were read from, as the server gave them.
    pub fn issues(&self) -> PathBuf {
        self.root.join("issues")
    }

    /// Gate results by tree.
    pub fn gates(&self) -> PathBuf {
        self.root.join("gates")
    }

    /// Folder of the plans that are made of `-m`.
    pub fn messages(&self) -> PathBuf {
        self.root.join("messages")
    }

    /// Folder of what `validate` left: logs, by id.
    pub fn validations(&self) -> PathBuf {
        self.root.join("validate")
    }

    /// The paths of one validation, laid out like a run's.
    pub fn validation(&self, id: &RunId) -> RunPaths {
        RunPaths { run: id.clone(), root: self.validations().join(id.as_str()) }
    }

    /// Makes the folder, which nobody but the user may look into: prompts, logs and settings lie there.
    ///
    /// # Errors
    /// It cannot be made, or not be closed to others.
    pub fn make_private(&self) -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        make(&self.root)?;
        let close = || -> std::io::Result<()> {
            let mode = self.root.metadata()?.permissions().mode();
            let open = mode & 0o077 != 0;
            if open { std::fs::set_permissions(&self.root, std::fs::Permissions::from_mode(0o700)) } else { Ok(()) }
        };
        close().map_err(|e| Error::failed(format!("closing `{}` to others", self.root.display()), e))
    }

    /// Takes the writer's lock, or `None` when another process has it.
    ///
    /// # Errors
    /// The folder or the lock file cannot be made.
    pub fn lock(&self) -> Result<Option<RunLock>> {
        self.make_private()?;
        RunLock::take(&self.root.join("lock"))
    }

    /// Takes the writer's lock, after the process that has it has ended.
    ///
    /// # Errors
    /// The folder or the lock file cannot be made.
    pub fn lock_waiting(&self) -> Result<RunLock> {
        self.make_private()?;
        RunLock::wait(&self.root.join("lock"))
    }

    /// Whether a process writes a run now.
    pub fn is_locked(&self) -> bool {
        RunLock::is_held(&self.root.join("lock"))
    }

    /// All runs that have a journal, oldest first.
    pub fn runs(&self) -> Vec<RunId> {
        let entries = std::fs::read_dir(self.root.join("runs")).into_iter().flatten().flatten();
        let named = entries.filter(|entry| has_begun(&entry.path().join("journal.jsonl")));
        let mut runs: Vec<RunId> = named.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok()).collect();
        runs.sort_by_key(|run| (self.run(run).begun(), run.clone()));
        runs
    }

    /// The paths of a run.
    pub fn run(&self, run: &RunId) -> RunPaths {
        RunPaths { run: run.clone(), root: self.root.join("runs").join(run.as_str()) }
    }

    /// The run that is meant: the one named, else the last.
    ///
    /// # Errors
    /// There is none, or none of that name.
    pub fn find(&self, named: Option<&str>) -> Result<RunPaths> {
        let runs = self.runs();
        let doing = "looking for the run";
        match named {
            None => runs.last().map(|run| self.run(run)).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, doing, "there is no run in this repository yet")
                    .hint("git orca execute [PLAN]")
            }),
            Some(name) => {
                let fits: Vec<&RunId> = runs.iter().filter(|run| run.as_str().contains(name)).collect();
                match fits.iter().find(|run| run.as_str() == name).or(if fits.len() == 1 { fits.first() } else { None })
                {
                    Some(run) => Ok(self.run(run)),
                    None => {
                        let known: Vec<&str> = runs.iter().rev().take(5).map(RunId::as_str).collect();
                        Err(Error::new(ErrorKind::NotFound, doing, format!("there is no run `{name}`")).hint(format!(
                            "latest runs: {}",
                            if known.is_empty() { "none".into() } else { known.join(" ") }
                        )))
                    }
                }
            }
        }
    }
}

impl RunPaths {
    /// The run's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    /// Messages from other terminals.
    pub fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    /// A complete task.
    pub fn task_file(&self, task: &TaskId) -> PathBuf {
        self.root.join("tasks").join(format!("{task}.json"))
    }

    /// A task's result document.
    pub fn result_file(&self, task: &TaskId) -> PathBuf {
        self.root.join("results").join(format!("{task}.json"))
    }

    /// The prompt of an attempt.
    pub fn prompt_file(&self, attempt: &AttemptId) -> PathBuf {
        self.root.join("prompts").join(format!("{}.{}.md", attempt.task, attempt.n))
    }

    /// Folder of an attempt's logs, relative to [`RunPaths::root`].
    pub fn attempt_logs(attempt: &AttemptId) -> String {
        format!("logs/{}/{}", attempt.task, attempt.n)
    }

    /// Makes the folders of a new run.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn create(&self) -> Result<()> {
        for folder in ["tasks", "prompts", "logs", "inbox", "results"] {
            make(&self.root.join(folder))?;
        }
        Ok(())
    }

    /// The state as of now, without any lock.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn state(&self) -> Result<RunState> {
        replay_file(&self.journal())
    }

    /// When the journal was begun: file times, since a listing must not parse every journal.
    fn begun(&self) -> std::time::SystemTime {
        let data = std::fs::metadata(self.root.join("tasks")).or_else(|_| std::fs::metadata(self.journal()));
        data.and_then(|data| data.created().or_else(|_| data.modified())).unwrap_or(std::time::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_lies_there_is_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("orca");
        std::fs::create_dir(&root).unwrap();
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o775)).unwrap();
        let store = Store::new(folder.path());
        assert!(store.lock().unwrap().is_some());
        assert_eq!(root.metadata().unwrap().permissions().mode() & 0o777, 0o700, "also of an earlier version");
    }

    #[test]
    fn a_lock_is_seen_without_writing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert!(!store.is_locked());
        let lock = store.lock().unwrap();
        std::fs::set_permissions(folder.path().join("orca/lock"), std::fs::Permissions::from_mode(0o444)).unwrap();
        assert!(store.is_locked());
        drop(lock);
        assert!(!store.is_locked());
    }
}
