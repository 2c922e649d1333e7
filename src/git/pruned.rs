//! Objects that somebody prunes between the moment they are written and the moment a ref names them (`git gc --prune=now`
//! during a run): noticed by reading back, and written again.

use super::Repo;
use super::damage::reads_back;
use crate::model::{Error, ErrorKind, Oid, Result};

/// How often something is written at most: who prunes does not meet it every time.
const TRIES: usize = 8;

/// What is said of an object that is gone, or of a folder that was taken away under a file just being made in it.
const GONE: [&str; 20] = [
    "objects are gone",
    "invalid object",
    "bad object",
    "not a valid object",
    "missing object",
    "nonexistent object",
    "object not found",
    "packfile",
    "could not parse HEAD",
    "not something we can merge",
    "cannot store pack file",
    "failed to write commit object",
    "unable to index file",
    "can not be successfully peeled",
    "unable to read tree",
    "rror building trees",
    "unable to write file",
    "unable to create temporary file",
    "unable to rename temporary file",
    "failed to insert into database",
];

/// Whether something failed for objects that are gone.
pub fn is_of_pruning(error: &Error) -> bool {
    tells_of_pruning(&error.cause)
}

fn tells_of_pruning(text: &str) -> bool {
    GONE.iter().any(|words| text.contains(words))
}

/// Whether somebody's git failed, as this text has it, in a way that may come of pruning. What git says of an object that is
/// gone depends on who missed it: for a time in which somebody is known to have pruned.
pub fn may_tell_of_pruning(text: &str) -> bool {
    text.contains("fatal: ") || tells_of_pruning(text)
}

/// Writes, again and again where objects are gone meanwhile. `write` is told how often it has been tried before; what it
/// does must be harmless twice.
///
/// # Errors
/// Those of `write`.
pub fn write_again<T>(mut write: impl FnMut(usize) -> Result<T>) -> Result<T> {
    for tried in 0..TRIES - 1 {
        match write(tried) {
            Err(error) if is_of_pruning(&error) => {
                tracing::warn!(%error, "objects were pruned while they were written; they are written again");
            }
            done => return done,
        }
    }
    write(TRIES - 1)
}

/// Reads back what `head` has and `base` has not.
///
/// # Errors
/// Something of it is gone, or git cannot be asked.
pub fn check_written(repo: &Repo, base: &Oid, head: &Oid) -> Result<()> {
    if reads_back(repo, base, head)? {
        return Ok(());
    }
    let cause = "objects are gone that were just written: somebody prunes the repository (`git gc`, `git prune`)";
    Err(Error::new(ErrorKind::Environment, format!("reading back {}", head.short()), cause)
        .hint("git orca doctor   names refs that point to what is gone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pruned_is_written_again_and_other_errors_are_said_at_once() {
        let failing = |times: usize, cause: &'static str| {
            let mut tries = 0;
            let done = write_again(|tried| {
                assert_eq!(tried, tries);
                tries += 1;
                if tries > times { Ok(()) } else { Err(Error::failed("writing", cause)) }
            });
            (tries, done.is_ok())
        };
        let pruned = "`git write-tree` ended with exit code 128: error: invalid object 100644 0cfbf0 for 'a'";
        assert_eq!(failing(0, pruned), (1, true));
        assert_eq!(failing(3, pruned), (4, true));
        assert_eq!(failing(100, pruned), (TRIES, false));
        assert_eq!(failing(100, "the filter `x` failed"), (1, false));
    }
}
