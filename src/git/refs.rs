//! Moving refs: several together or none, each only from the value it is expected to have. Every move of ours goes
//! through here and `snapshot.rs`, so that the [`Ledger`](super::ledger::Ledger) knows it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Repo;
use super::files::{self, sync_files};
use super::slot::{Slot, write_head};
use crate::model::{Error, ErrorKind, Oid, Result, crash};
use crate::process::Dialogue;

/// One ref that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefChange {
    /// Full name: `refs/…`.
    pub name: String,
    /// The value it must have; none: it must not exist.
    pub old: Option<Oid>,
    /// The value it gets.
    pub new: Oid,
}

/// A ref that was not where it was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Full name.
    pub name: String,
    /// The value it should have had; none: it should not have existed.
    pub expected: Option<Oid>,
    /// The value it has; none: it does not exist.
    pub found: Option<Oid>,
}

/// Why no ref moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefError {
    /// Somebody else moved these. Look again and decide again.
    Moved(Vec<Moved>),
    /// Anything else: a lock, a name that is in the way of another, a full disk.
    Failed(Error),
}

impl From<RefError> for Error {
    fn from(error: RefError) -> Error {
        match error {
            RefError::Failed(error) => error,
            RefError::Moved(refs) => {
                let say = |oid: &Option<Oid>| oid.as_ref().map_or("missing".to_owned(), |oid| oid.short().to_owned());
                let one = |it: &Moved| format!("`{}` is {}, not {}", it.name, say(&it.found), say(&it.expected));
                let cause = refs.iter().map(one).collect::<Vec<_>>().join("; ");
                Error::new(ErrorKind::Busy, "moving refs", cause)
            }
        }
    }
}

impl std::fmt::Display for RefError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Error::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for RefError {}

const ZERO: &str = "0000000000000000000000000000000000000000";

/// One step of a transaction.
struct Step<'a> {
    name: &'a str,
    /// The value it must have (none: it must not exist), where that matters.
    expected: Option<Option<&'a Oid>>,
    /// The value it gets; none: it goes.
    new: Option<&'a Oid>,
}

impl<'a> Step<'a> {
    fn moves(change: &'a RefChange) -> Self {
        Step { name: &change.name, expected: Some(change.old.as_ref()), new: Some(&change.new) }
    }

    fn forces((name, new): &'a (String, Oid)) -> Self {
        Step { name, expected: None, new: Some(new) }
    }

    fn deletes((name, old): &'a (String, Oid)) -> Self {
        Step { name, expected: Some(Some(old)), new: None }
    }

    /// As `update-ref -z --stdin` takes it.
    fn line(&self) -> String {
        let old = self.expected.map_or("", |old| old.map_or(ZERO, Oid::as_str));
        match self.new {
            Some(new) => format!("update {}\0{new}\0{old}\0", self.name),
            None => format!("delete {}\0{old}\0", self.name),
        }
    }
}

/// Moves all of `changes`, or none. All get reflogs. An empty list is done at once.
///
/// "None" is what other writers see. A crash in the middle of the renames can leave a subset: the journal's intent rolls
/// it forward, by calling this again for those that have not moved.
///
/// # Errors
/// [`RefError::Moved`] when a ref is not where it was expected; anything else is [`RefError::Failed`].
pub fn transact(repo: &Repo, changes: &[RefChange]) -> Result<(), RefError> {
    update(repo, &changes.iter().map(Step::moves).collect::<Vec<_>>())
}

/// Deletes refs that have these values, all or none. Unlike [`transact`] this needs the lock of `packed-refs`, which a
/// user's git may hold for a moment: never part of a landing.
///
/// # Errors
/// As [`transact`].
pub fn delete_refs(repo: &Repo, refs: &[(String, Oid)]) -> Result<(), RefError> {
    update(repo, &refs.iter().map(Step::deletes).collect::<Vec<_>>())
}

/// Moves `changes` and deletes `gone`, all or none: for taking back what a run did, never for landing (deleting needs
/// the lock of `packed-refs`).
///
/// # Errors
/// As [`transact`].
pub fn put_back(repo: &Repo, changes: &[RefChange], gone: &[(String, Oid)]) -> Result<(), RefError> {
    update(repo, &changes.iter().map(Step::moves).chain(gone.iter().map(Step::deletes)).collect::<Vec<_>>())
}

/// Moves refs wherever they are, all in one transaction; old values stay in the reflogs. Only for refs that are ours alone:
/// nobody else's change may be lost by it.
///
/// # Errors
/// Git cannot write them.
pub fn force_refs(repo: &Repo, refs: &[(String, Oid)]) -> Result<()> {
    Ok(update(repo, &refs.iter().map(Step::forces).collect::<Vec<_>>())?)
}

/// Moves a ref wherever it is; its old value stays in the reflog.
pub(super) fn force(repo: &Repo, name: &str, new: &Oid) -> Result<()> {
    force_refs(repo, &[(name.to_owned(), new.clone())])
}

fn update(repo: &Repo, steps: &[Step<'_>]) -> Result<(), RefError> {
    if steps.is_empty() {
        return Ok(());
    }
    repo.sync_written().map_err(RefError::Failed)?;
    let moving = repo.ledger().moving();
    let call = repo.git("moving refs").writes().syncs_later().config("core.filesRefLockTimeout=1000");
    let call = call.args(["update-ref", "--create-reflog", "-m", "git orca", "-z", "--stdin"]);
    let lines: String = steps.iter().map(Step::line).collect();
    let exchange = |git: &mut Dialogue| {
        git.say(format!("start\0{lines}prepare\0").as_bytes())?;
        // Its answers are "start: ok" and so on. What it refuses ends it.
        git.hear()?;
        git.hear()?;
        crash::point("refs.prepared");
        git.say(b"commit\0")?;
        git.hear().map(drop)
    };
    let done = || steps.iter().all(|step| repo.read_ref(step.name).is_ok_and(|found| found.as_ref() == step.new));
    let Err(error) = repo.ref_session().ask(&call, exchange, || done().then_some(())) else {
        moving.done(steps.iter().map(|step| (step.name.to_owned(), step.new.cloned())));
        return sync(repo, steps).map_err(RefError::Failed);
    };
    drop(moving);
    let mut moved = Vec::new();
    for step in steps {
        let Some(expected) = step.expected else { continue };
        let found = repo.read_ref(step.name).map_err(RefError::Failed)?;
        if found.as_ref() != expected {
            moved.push(Moved { name: step.name.to_owned(), expected: expected.cloned(), found });
        }
    }
    Err(if moved.is_empty() { RefError::Failed(error) } else { RefError::Moved(moved) })
}

/// Waits until moved refs are on the disk: for all together, where git would wait for one after the other.
fn sync(repo: &Repo, steps: &[Step<'_>]) -> Result<()> {
    let files: Vec<PathBuf> = steps.iter().map(|step| repo.common_dir().join(step.name)).collect();
    sync_files(&files).map_err(|error| Error::failed("bringing refs to the disk", error))
}

/// Moves the branch that a slot has checked out, or its detached `HEAD`, from `old` to `new`.
pub(super) fn move_head(repo: &Repo, slot: &Slot, old: &Oid, new: &Oid) -> Result<()> {
    let head = slot.head_text().unwrap_or_default();
    if let Some(branch) = head.strip_prefix("ref: ") {
        return Ok(transact(repo, &[RefChange { name: branch.to_owned(), old: Some(old.clone()), new: new.clone() }])?);
    }
    repo.sync_written()?;
    let call = repo.git_in(slot, format!("moving `HEAD` of worktree `{}`", slot.name)).writes();
    call.args(["update-ref", "-m", "git orca", "HEAD", new.as_str(), old.as_str()]).run().map(drop)
}

/// Moves the branch that a slot has checked out, or its detached `HEAD`, to `to`, wherever it is.
pub(super) fn force_head(repo: &Repo, slot: &Slot, to: &Oid) -> Result<()> {
    let head = slot.head_text().unwrap_or_default();
    match head.strip_prefix("ref: ") {
        Some(branch) => force(repo, branch, to),
        None => {
            repo.sync_written()?;
            write_head(slot, to.as_str()).map_err(|e| Error::failed(format!("writing `HEAD` of `{}`", slot.name), e))
        }
    }
}

/// A file that git takes for the lock of a ref, and so for none of its refs.
const HELD: &str = "folder-of-a-run.lock";

/// Keeps a folder of refs there, though all of them may be packed meanwhile: git removes folders that it empties, and what
/// a fence has open inside would be gone with it.
///
/// # Errors
/// The disk refuses.
pub(super) fn hold_folder(repo: &Repo, folder: &str) -> io::Result<()> {
    for folder in [repo.common_dir().join(folder), repo.common_dir().join("logs").join(folder)] {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(HELD), "a run of git orca works here\n")?;
    }
    Ok(())
}

/// Lets git remove a folder of refs again, once nobody works in it.
pub fn let_go_of_folder(repo: &Repo, folder: &str) {
    for top in ["", "logs"] {
        let path = repo.common_dir().join(top).join(folder);
        let _may_be_gone = fs::remove_file(path.join(HELD));
        // What is in use is not empty.
        let empty = path.ancestors().take(2).take_while(|above| fs::remove_dir(above).is_ok());
        let _emptied = empty.count();
    }
}

/// The same for each folder in a folder of refs, and for that.
pub fn let_go_below(repo: &Repo, folder: &str) {
    let inner = fs::read_dir(repo.common_dir().join(folder)).into_iter().flatten().flatten();
    for name in inner.filter_map(|entry| entry.file_name().into_string().ok()) {
        let_go_of_folder(repo, &format!("{folder}/{name}"));
    }
    let_go_of_folder(repo, folder);
}

/// How long `packed-refs.lock` must have been untouched before it is taken for dead. Git holds it for milliseconds.
const PACKED_LOCK_AGE: Duration = Duration::from_secs(60);

/// Lock files that block every later landing. While nobody writes a run they were left by a killed git: then nobody can
/// own a lock below `refs/orca` or `refs/heads/orca`. `packed-refs.lock` may belong to the user's own git: it counts only
/// when it is a minute old.
pub fn stale_locks(repo: &Repo) -> Vec<PathBuf> {
    let mut stale = Vec::new();
    for folder in ["refs/orca", "refs/heads/orca", "refs/notes"] {
        locks_below(&repo.common_dir().join(folder), &mut stale);
    }
    stale.retain(|lock| !lock.starts_with(repo.common_dir().join("refs/notes")) || lock.ends_with("orca.lock"));
    let packed = repo.common_dir().join("packed-refs.lock");
    if age(&packed).is_some_and(|age| age > PACKED_LOCK_AGE) {
        stale.push(packed);
    }
    stale
}

/// Removes the [`stale_locks`]. Gives their paths. Nothing else is touched.
///
/// Safe only when the caller holds the run lock and all processes of the dead run are gone.
///
/// # Errors
/// A lock cannot be removed.
pub fn remove_stale_locks(repo: &Repo) -> Result<Vec<PathBuf>> {
    let stale = stale_locks(repo);
    for lock in &stale {
        files::remove(lock).map_err(|e| Error::failed(format!("removing `{}`", lock.display()), e))?;
    }
    Ok(stale)
}

fn age(file: &Path) -> Option<Duration> {
    SystemTime::now().duration_since(fs::metadata(file).ok()?.modified().ok()?).ok()
}

fn locks_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = item.path();
        if item.file_type().is_ok_and(|kind| kind.is_dir()) {
            locks_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "lock") && !path.ends_with(HELD) {
            found.push(path);
        }
    }
}
