//! Saved work: listed from its refs, and brought back without touching anything of the user's.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Repo;
use super::refs::{RefChange, transact};
use crate::model::{AttemptId, Error, ErrorKind, Oid, Result, RunId, TaskId};

/// Where all runs keep their refs.
const RUNS: &str = "refs/orca/runs/";

/// Why work was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SavedKind {
    /// What an attempt ended with.
    Attempt,
    /// The last snapshot of a slot while an attempt ran.
    Snapshot,
    /// What was found where it should not be: after a crash, or in refs that an agent moved.
    Salvage,
    /// A history that an attempt made and left behind.
    Left,
    /// What an attempt made of something that is not its own, and what was put back: other branches, the stash, files
    /// of the repository.
    Outside,
}

impl SavedKind {
    /// All kinds.
    pub const ALL: [SavedKind; 5] =
        [SavedKind::Attempt, SavedKind::Snapshot, SavedKind::Salvage, SavedKind::Left, SavedKind::Outside];

    /// Its folder in the refs of a run.
    pub fn word(self) -> &'static str {
        match self {
            SavedKind::Attempt => "attempt",
            SavedKind::Snapshot => "snapshot",
            SavedKind::Salvage => "salvage",
            SavedKind::Left => "left",
            SavedKind::Outside => "outside",
        }
    }

    /// Whether an attempt may have several, each with a name of its own below the attempt's.
    fn has_names(self) -> bool {
        matches!(self, SavedKind::Left | SavedKind::Outside)
    }

    /// The ref of this kind for an attempt: `refs/orca/runs/<run>/<kind>/<task>/<n>`, with a name below it where an
    /// attempt may have several.
    pub fn ref_name(self, run: &RunId, attempt: &AttemptId) -> String {
        format!("{RUNS}{run}/{}/{}/{}", self.word(), attempt.task, attempt.n)
    }
}

/// One piece of saved work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its ref.
    pub ref_name: String,
    /// The run.
    pub run: RunId,
    /// The task.
    pub task: TaskId,
    /// The attempt's number.
    pub attempt: u32,
    /// Which of several of one attempt: for [`SavedKind::Outside`] the ref that it moved, without `refs/`, or `files`;
    /// empty where there is one only.
    pub name: String,
    /// Why it was saved.
    pub kind: SavedKind,
    /// The commit.
    pub commit: Oid,
    /// Files changed since its base.
    pub files: usize,
    /// Lines added since its base.
    pub added: usize,
    /// Lines removed since its base.
    pub removed: usize,
    /// When it was committed.
    pub at: Timestamp,
}

/// All saved work of `run`, or of all runs, in the order of its refs. `base_of` tells from which commit an attempt
/// started; where it does not, what changed is counted from the first parent. Refs of other shapes are passed over.
///
/// # Errors
/// The refs, or a commit they name, cannot be read.
pub fn saved(
    repo: &Repo,
    run: Option<&RunId>,
    base_of: &dyn Fn(&RunId, &AttemptId) -> Option<Oid>,
) -> Result<Vec<Saved>> {
    let prefix = run.map_or(RUNS.to_owned(), |run| format!("{RUNS}{run}/"));
    let mut found = Vec::new();
    for (ref_name, commit) in repo.list_refs(&prefix)? {
        let Some((run, kind, id, name)) = parse(&ref_name) else { continue };
        let info = repo.commit_info(&commit)?;
        // What was kept from outside has nothing to do with where its attempt started.
        let changes = match base_of(&run, &id).filter(|_| kind != SavedKind::Outside) {
            Some(base) => repo.changed(&base, &commit)?,
            None => repo.changed_by(&commit)?,
        };
        let (added, removed) = changes.iter().fold((0, 0), |(a, r), change| (a + change.added, r + change.removed));
        let AttemptId { task, n } = id;
        let files = changes.len();
        let at = info.time;
        found.push(Saved { ref_name, run, task, attempt: n, name, kind, commit, files, added, removed, at });
    }
    Ok(found)
}

fn parse(name: &str) -> Option<(RunId, SavedKind, AttemptId, String)> {
    let mut parts = name.strip_prefix(RUNS)?.splitn(5, '/');
    let (run, kind, task, n) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let kind = SavedKind::ALL.into_iter().find(|known| known.word() == kind)?;
    let id = AttemptId { task: task.parse().ok()?, n: n.parse().ok()? };
    let below = parts.next();
    (below.is_some() == kind.has_names()).then_some((run.parse().ok()?, kind, id, below.unwrap_or_default().to_owned()))
}

/// Where saved work is brought back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreInto {
    /// A folder that does not exist yet, or is empty.
    Folder(PathBuf),
    /// A branch (short name) that does not exist yet.
    Branch(String),
}

/// Brings saved work back: all files of the commit into a folder, or the commit onto a new branch. Overwrites nothing.
///
/// # Errors
/// The folder has files in it, the branch exists, or its name is not valid.
pub fn restore(repo: &Repo, commit: &Oid, into: &RestoreInto) -> Result<()> {
    match into {
        RestoreInto::Folder(folder) => restore_folder(repo, commit, folder),
        RestoreInto::Branch(name) => restore_branch(repo, commit, name),
    }
}

fn restore_folder(repo: &Repo, commit: &Oid, folder: &Path) -> Result<()> {
    let doing = format!("restoring into `{}`", folder.display());
    let fail = |error: std::io::Error| Error::failed(doing.clone(), error);
    fs::create_dir_all(folder).map_err(fail)?;
    if fs::read_dir(folder).map_err(fail)?.next().is_some() {
        return Err(
            Error::new(ErrorKind::Usage, doing, "the folder is not empty").hint("name a folder that does not exist")
        );
    }
    let folder = folder.canonicalize().map_err(fail)?;
    let scratch = tempfile::tempdir().map_err(fail)?;
    let index = scratch.path().join("index");
    let call = || repo.git(doing.clone()).env("GIT_WORK_TREE", &folder).index(&index);
    call().args(["read-tree", commit.as_str()]).run()?;
    call().args(["checkout-index", "-a", "-q"]).arg(format!("--prefix={}/", folder.display())).run().map(drop)
}

fn restore_branch(repo: &Repo, commit: &Oid, name: &str) -> Result<()> {
    let doing = format!("restoring onto the branch `{name}`");
    if !Repo::is_branch_name(name) {
        return Err(Error::new(ErrorKind::Usage, doing, "not a valid name for a branch"));
    }
    let full = format!("refs/heads/{name}");
    if repo.read_ref(&full)?.is_some() {
        return Err(
            Error::new(ErrorKind::Usage, doing, "the branch exists").hint(format!("git branch -m {name} {name}-old"))
        );
    }
    Ok(transact(repo, &[RefChange { name: full, old: None, new: commit.clone() }])?)
}
