//! Saving what an agent has, while it works: nothing of the slot is changed or locked.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;

use super::baseline::{Baseline, unstage_set_up};
use super::commit::commit_tree;
use super::files::copy_file;
use super::index::{holds, trusted};
use super::listing::{self, Listing};
use super::pruned::{check_written, write_again};
use super::slot::Slot;
use super::sparse::Sparse;
use super::survey::as_path;
use super::{Repo, refs};
use crate::model::{Error, Oid, Result};

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where the slot's `HEAD` stood; not covered by the snapshot's ref when `commit` is none.
    pub head: Oid,
    /// A commit on top of `head` with everything the agent has; none when nothing differs from `head`.
    pub commit: Option<Oid>,
    /// A commit of what is staged, where that differs from `head` and from the files. Second parent of `commit`.
    pub staged: Option<Oid>,
    /// Path and reason of what could not be saved.
    pub left_out: Vec<(String, String)>,
}

/// Files up to this size are read whole, so that one that shrinks meanwhile is saved as it was at some moment.
const WHOLE: u64 = 8 << 20;

/// Saves everything in `slot` that git does not ignore and that differs from its `HEAD` (from `base`, when `HEAD` names
/// nothing) as a commit, and moves `ref_name` there, wherever it was: snapshots are ours, the old value stays in the
/// reflog. What is as setup left it (`baseline`) is left out. Bytes are saved as they lie in the files, without filters. Embedded repositories and changed submodules are
/// saved as plain files.
///
/// Safe at any time: while files change, during a rebase or merge, with a locked or damaged index.
///
/// # Errors
/// Git cannot list, or not write.
pub fn snapshot(
    repo: &Repo,
    slot: &Slot,
    base: &Oid,
    baseline: &Baseline,
    ref_name: &str,
    message: &str,
    when: Timestamp,
) -> Result<Snapshot> {
    write_again(|_| {
        let made = snapshot_once(repo, slot, base, baseline, (ref_name, message, when))?;
        made.commit.iter().try_for_each(|commit| check_written(repo, &made.head, commit))?;
        Ok(made)
    })
}

fn snapshot_once(
    repo: &Repo,
    slot: &Slot,
    base: &Oid,
    baseline: &Baseline,
    (ref_name, message, when): (&str, &str, Timestamp),
) -> Result<Snapshot> {
    let scratch = tempfile::tempdir().map_err(|error| Error::failed("making a folder for a snapshot", error))?;
    let head = slot.head(repo).ok().flatten().unwrap_or_else(|| base.clone());
    let mut found = listing::list(repo, slot, &head, base, &scratch.path().join("index"))?;
    baseline.take_out(slot, &mut found);
    let folders = std::mem::take(&mut found.submodules).into_iter().chain(std::mem::take(&mut found.orphans));
    for folder in folders.collect::<Vec<_>>() {
        found.take_files_inside(slot, folder);
    }
    let staged = staged_tree(repo, slot, &head, baseline, scratch.path(), &mut found)?;
    let mut commit = None;
    if !found.is_empty() {
        let author = repo.author();
        let text = Text { ref_name, message, when, author };
        commit = Some(import(repo, slot, &head, &text, &mut found)?);
    }
    let staged = match (staged, &commit) {
        (Some(tree), Some(commit)) if repo.tree_of(commit)? == tree => None,
        (staged, _) => staged,
    };
    let Some(tree) = staged else { return Ok(Snapshot { head, commit, staged: None, left_out: found.left_out }) };
    let index = commit_tree(repo, &tree, std::slice::from_ref(&head), "What was staged", when)?;
    let files = repo.tree_of(commit.as_ref().unwrap_or(&head))?;
    let both = commit_tree(repo, &files, &[head.clone(), index.clone()], message, when)?;
    refs::force(repo, ref_name, &both)?;
    Ok(Snapshot { head, commit: Some(both), staged: Some(index), left_out: found.left_out })
}

/// The tree of the slot's index, if it differs from that of `head`.
fn staged_tree(
    repo: &Repo,
    slot: &Slot,
    head: &Oid,
    baseline: &Baseline,
    scratch: &Path,
    found: &mut Listing,
) -> Result<Option<Oid>> {
    let tree = repo.tree_of(head)?;
    let copy = scratch.join("staged");
    if copy_file(&slot.admin.join("index"), &copy).is_err() {
        return Ok(None);
    }
    if trusted(&copy, Sparse::of(slot).as_ref()).is_some_and(|index| holds(&index, &tree)) {
        return Ok(None);
    }
    unstage_set_up(repo, slot, head, baseline, &copy)?;
    match repo.git_in(slot, "saving what is staged").index(&copy).writes().arg("write-tree").line() {
        Ok(written) => Ok(Some(written.parse()?).filter(|written| *written != tree)),
        // Unmerged entries make no tree; they are those of commits, which are safe.
        Err(error) => {
            found.left_out.push(("(staged)".to_owned(), error.cause));
            Ok(None)
        }
    }
}

struct Text<'a> {
    ref_name: &'a str,
    message: &'a str,
    when: Timestamp,
    author: (String, String),
}

fn import(repo: &Repo, slot: &Slot, head: &Oid, text: &Text<'_>, found: &mut Listing) -> Result<Oid> {
    let moving = repo.ledger().moving();
    let call = repo.git("saving a snapshot").writes().args(["fast-import", "--quiet", "--force", "--done"]);
    let out = call.run_fed(|pipe| {
        let mut pipe = io::BufWriter::with_capacity(1 << 16, pipe);
        header(&mut pipe, head, text)?;
        for path in &found.deleted {
            writeln!(pipe, "D {}", quoted(path))?;
        }
        for (path, at) in &found.pointers {
            writeln!(pipe, "M 160000 {at} {}", quoted(path))?;
        }
        for path in &found.changed {
            if let Err(why) = file(&mut pipe, &slot.path, path)? {
                found.left_out.push((String::from_utf8_lossy(path).into_owned(), why));
            }
        }
        pipe.write_all(b"\nget-mark :1\ndone\n")?;
        pipe.flush()
    })?;
    let commit: Oid = String::from_utf8_lossy(&out).trim().parse()?;
    moving.done([(text.ref_name.to_owned(), Some(commit.clone()))]);
    Ok(commit)
}

fn header(pipe: &mut impl Write, head: &Oid, text: &Text<'_>) -> io::Result<()> {
    let (name, mail) = &text.author;
    writeln!(pipe, "commit {}\nmark :1", text.ref_name)?;
    writeln!(pipe, "committer {name} <{mail}> {} +0000", text.when.as_second())?;
    writeln!(pipe, "data {}\n{}", text.message.len(), text.message)?;
    writeln!(pipe, "from {head}")
}

/// Writes one file into the stream. The inner error is why it was left out, before anything of it was written.
fn file(pipe: &mut impl Write, root: &Path, path: &[u8]) -> io::Result<Result<(), String>> {
    let full = root.join(as_path(path));
    let read = std::fs::symlink_metadata(&full).and_then(|meta| {
        if meta.is_symlink() {
            return Ok(("120000", Bytes::Whole(std::fs::read_link(&full)?.as_os_str().as_bytes().to_vec())));
        }
        let mode = if meta.permissions().mode() & 0o100 != 0 { "100755" } else { "100644" };
        // A pipe that has taken the file's place would block an ordinary open for ever.
        let file = nonblocking(&full)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("not a file any more"));
        }
        match meta.len() {
            size if size > listing::OVERSIZE => {
                Err(io::Error::other(format!("larger than {} MiB", listing::OVERSIZE >> 20)))
            }
            size if size > WHOLE => Ok((mode, Bytes::Streamed(file, size))),
            size => {
                let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
                file.take(WHOLE).read_to_end(&mut bytes)?;
                Ok((mode, Bytes::Whole(bytes)))
            }
        }
    });
    let (mode, bytes) = match read {
        Ok(read) => read,
        Err(error) => return Ok(Err(error.to_string())),
    };
    writeln!(pipe, "M {mode} inline {}", quoted(path))?;
    match bytes {
        Bytes::Whole(bytes) => {
            writeln!(pipe, "data {}", bytes.len())?;
            pipe.write_all(&bytes)?;
        }
        Bytes::Streamed(file, size) => {
            writeln!(pipe, "data {size}")?;
            let sent = io::copy(&mut file.take(size), pipe)?;
            // One that shrank while it was read: the length is promised already.
            io::copy(&mut io::repeat(0).take(size - sent), pipe)?;
        }
    }
    writeln!(pipe)?;
    Ok(Ok(()))
}

enum Bytes {
    Whole(Vec<u8>),
    Streamed(File, u64),
}

fn nonblocking(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = nix::fcntl::OFlag::O_NONBLOCK | nix::fcntl::OFlag::O_NOFOLLOW;
    std::fs::OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)
}

/// A path as `fast-import` takes it whatever bytes it has.
fn quoted(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len() + 2);
    text.push('"');
    for &byte in path {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text.push('"');
    text
}
