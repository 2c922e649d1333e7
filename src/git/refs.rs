//! Moving refs: several together or none, each only from the value it is expected to have. Every move of ours goes
//! through here and `snapshot.rs`, so that the [`Ledger`](super::ledger::Ledger) knows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Repo;
use super::worktree::Slot;
use crate::model::{Error, ErrorKind, Oid, Result, crash};

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

/// Moves all of `changes`, or none. All get reflogs. An empty list is done at once.
///
/// "None" is what other writers see. A crash in the middle of the renames can leave a subset: the journal's intent rolls
/// it forward, by calling this again for those that have not moved.
///
/// # Errors
/// [`RefError::Moved`] when a ref is not where it was expected; anything else is [`RefError::Failed`].
pub fn transact(repo: &Repo, changes: &[RefChange]) -> Result<(), RefError> {
    let old = |change: &RefChange| change.old.as_ref().map_or(ZERO, Oid::as_str).to_owned();
    let line = |change: &RefChange| format!("update {}\0{}\0{}\0", change.name, change.new, old(change));
    let expected: Vec<_> = changes.iter().map(|change| (change.name.clone(), change.old.clone())).collect();
    update(repo, &changes.iter().map(line).collect::<String>(), &expected, changes.iter().map(moved))
}

fn moved(change: &RefChange) -> (String, Option<Oid>) {
    (change.name.clone(), Some(change.new.clone()))
}

/// Deletes refs that have these values, all or none. Unlike [`transact`] this needs the lock of `packed-refs`, which a
/// user's git may hold for a moment: never part of a landing.
///
/// # Errors
/// As [`transact`].
pub fn delete_refs(repo: &Repo, refs: &[(String, Oid)]) -> Result<(), RefError> {
    let line = |(name, old): &(String, Oid)| format!("delete {name}\0{old}\0");
    let expected: Vec<_> = refs.iter().map(|(name, old)| (name.clone(), Some(old.clone()))).collect();
    update(repo, &refs.iter().map(line).collect::<String>(), &expected, refs.iter().map(deleted))
}

fn deleted((name, _): &(String, Oid)) -> (String, Option<Oid>) {
    (name.clone(), None)
}

/// Moves `changes` and deletes `gone`, all or none: for taking back what a run did, never for landing (deleting needs
/// the lock of `packed-refs`).
///
/// # Errors
/// As [`transact`].
pub fn put_back(repo: &Repo, changes: &[RefChange], gone: &[(String, Oid)]) -> Result<(), RefError> {
    let old = |change: &RefChange| change.old.as_ref().map_or(ZERO, Oid::as_str).to_owned();
    let moves = changes.iter().map(|change| format!("update {}\0{}\0{}\0", change.name, change.new, old(change)));
    let lines: String = moves.chain(gone.iter().map(|(name, old)| format!("delete {name}\0{old}\0"))).collect();
    let before = changes.iter().map(|change| (change.name.clone(), change.old.clone()));
    let expected: Vec<_> = before.chain(gone.iter().map(|(name, old)| (name.clone(), Some(old.clone())))).collect();
    update(repo, &lines, &expected, changes.iter().map(moved).chain(gone.iter().map(deleted)))
}

fn update(
    repo: &Repo,
    lines: &str,
    expected: &[(String, Option<Oid>)],
    moves: impl IntoIterator<Item = (String, Option<Oid>)>,
) -> Result<(), RefError> {
    if expected.is_empty() {
        return Ok(());
    }
    let moving = repo.ledger().moving();
    let call = repo.git("moving refs").writes().config("core.filesRefLockTimeout=1000");
    let call = call.args(["update-ref", "--create-reflog", "-m", "git orca", "-z", "--stdin"]);
    let done = call.run_fed(|git| {
        git.write_all(format!("start\0{lines}prepare\0").as_bytes())?;
        git.flush()?;
        crash::point("refs.prepared");
        git.write_all(b"commit\0")
    });
    let Err(error) = done else {
        moving.done(moves);
        return Ok(());
    };
    drop(moving);
    let mut moved = Vec::new();
    for (name, expected) in expected {
        let found = repo.read_ref(name).map_err(RefError::Failed)?;
        if &found != expected {
            moved.push(Moved { name: name.clone(), expected: expected.clone(), found });
        }
    }
    Err(if moved.is_empty() { RefError::Failed(error) } else { RefError::Moved(moved) })
}

/// Moves a ref wherever it is; its old value stays in the reflog.
pub(super) fn force(repo: &Repo, name: &str, new: &Oid) -> Result<()> {
    let moving = repo.ledger().moving();
    let call = repo.git(format!("moving `{name}`")).writes();
    call.args(["update-ref", "--create-reflog", "-m", "git orca", name, new.as_str()]).run()?;
    moving.done([(name.to_owned(), Some(new.clone()))]);
    Ok(())
}

/// Moves refs wherever they are, all in one transaction; old values stay in the reflogs. Only for refs that are ours alone:
/// nobody else's change may be lost by it.
///
/// # Errors
/// Git cannot write them.
pub fn force_refs(repo: &Repo, refs: &[(String, Oid)]) -> Result<()> {
    if refs.is_empty() {
        return Ok(());
    }
    let lines: String = refs.iter().map(|(name, new)| format!("update {name}\0{new}\0\0")).collect();
    let moving = repo.ledger().moving();
    let call = repo.git("keeping work by refs").writes().stdin(lines);
    call.args(["update-ref", "--create-reflog", "-m", "git orca", "-z", "--stdin"]).run()?;
    moving.done(refs.iter().map(|(name, new)| (name.clone(), Some(new.clone()))));
    Ok(())
}

/// Moves the branch that a slot has checked out, or its detached `HEAD`, from `old` to `new`.
pub(super) fn move_head(repo: &Repo, slot: &Slot, old: &Oid, new: &Oid) -> Result<()> {
    let branch = super::slot_branch(slot)?;
    let moving = repo.ledger().moving();
    let call = repo.git_in(slot, format!("moving `HEAD` of worktree `{}`", slot.name)).writes();
    call.args(["update-ref", "-m", "git orca", "HEAD", new.as_str(), old.as_str()]).run()?;
    moving.done(branch.map(|branch| (branch, Some(new.clone()))));
    Ok(())
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
        super::reset::remove(lock).map_err(|e| Error::failed(format!("removing `{}`", lock.display()), e))?;
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
        } else if path.extension().is_some_and(|extension| extension == "lock") {
            found.push(path);
        }
    }
}
