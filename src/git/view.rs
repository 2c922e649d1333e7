//! What an agent inside the fence sees as the repository's shared folder: everything as it is and closed, but for a stash,
//! a `packed-refs` and a configuration of its own.
//!
//! git deletes even a ref of one worktree (`CHERRY_PICK_HEAD`, the state of a rebase) under the lock of `packed-refs`, and
//! keeps one stash for all worktrees. In a view of its own an agent has both, and reaches neither the user's nor another's.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Repo;
use super::files::{discard, read_text};
use super::slot::Slot;
use crate::model::{Error, Oid, Result};

/// A folder that takes the place of another, with some of that one's content shown in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitView {
    /// Where it is seen: the shared folder.
    pub at: PathBuf,
    /// What is seen there; the agent's own.
    pub own: PathBuf,
    /// Paths of the shared folder that are seen in it as they are.
    pub shown: Vec<PathBuf>,
    /// Where nothing can be made.
    pub shut: Vec<PathBuf>,
}

/// Copied: the agent may change its copy.
const CONFIG: &str = "config";

/// Copied, with the agent's branch in it, and copied again whenever the repository's own changes.
const PACKED: &str = "packed-refs";

/// Folders of which the parts are shown, so that something of the agent's can lie beside them.
const OPENED: [&str; 3] = ["refs", "logs", "logs/refs"];

/// Never shown.
const OWN: [&str; 2] = ["refs/stash", "logs/refs/stash"];

/// A collection would remove what others are about to name, and packing refs remove those of other tasks: what was packed
/// would be seen by this agent only.
const SHUT: [&str; 2] = ["gc.pid.lock", "packed-refs.new"];

/// Where the view of the slot `name` below `parent` lies.
fn folder_of(parent: &Path, name: &str) -> PathBuf {
    parent.join(".tmp").join(format!("{name}.git"))
}

/// Makes a view for a slot below `parent`. A stash that lies in an earlier one
/// of the same attempt stays.
///
/// # Errors
/// The disk refuses.
pub(super) fn make_view(repo: &Repo, parent: &Path, slot: &Slot) -> Result<GitView> {
    let (common, own) = (repo.common_dir(), folder_of(parent, &slot.name));
    let fail = |e: io::Error| Error::failed(format!("making a view of `{}`", common.display()), e);
    let mut shown = Vec::new();
    for folder in std::iter::once("").chain(OPENED) {
        fs::create_dir_all(own.join(folder)).map_err(fail)?;
        for item in fs::read_dir(common.join(folder)).into_iter().flatten().flatten() {
            let path = Path::new(folder).join(item.file_name());
            let is = |names: &[&str]| names.iter().any(|name| path == Path::new(name));
            if !is(&[PACKED, CONFIG]) && !is(&OPENED) && !is(&OWN) && path.extension().is_none_or(|end| end != "lock") {
                shown.push(item.path());
            }
        }
    }
    // Not what an earlier command of the attempt made of it.
    replace_file(&own.join(CONFIG), &fs::read(common.join(CONFIG)).map_err(fail)?).map_err(fail)?;
    copy_packed(repo, parent, slot).map_err(fail)?;
    let shut = SHUT.iter().map(|name| common.join(name)).collect();
    Ok(GitView { at: common.to_owned(), own, shown, shut })
}

/// What tells one state of the refs in a slot's view from the next: `packed-refs`, and the file of the slot's branch. The
/// branch is part of it so that the view knows each commit before somebody can pack it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedStamp([Option<(u64, u64, i64, i64)>; 2]);

impl PackedStamp {
    /// That of the repository now.
    pub fn of(repo: &Repo, slot: &Slot) -> PackedStamp {
        let stamp = |name: &str| {
            let meta = fs::metadata(repo.common_dir().join(name)).ok()?;
            Some((meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
        };
        let branch = slot.head_text().ok().and_then(|head| head.strip_prefix("ref: ").map(str::to_owned));
        PackedStamp([stamp(PACKED), branch.as_deref().and_then(stamp)])
    }
}

/// Copies `packed-refs` into the view of a slot, if it has one. Somebody who packs refs during the attempt takes their files
/// away: what is only in the file would be gone for the agent.
///
/// # Errors
/// The disk refuses.
pub fn copy_packed(repo: &Repo, parent: &Path, slot: &Slot) -> io::Result<()> {
    let own = folder_of(parent, &slot.name);
    if !own.is_dir() {
        return Ok(());
    }
    let mut text = match fs::read(repo.common_dir().join(PACKED)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    // The agent's branch is in a file of its own. Should that be packed away at the wrong moment, the branch must not look as
    // if it had no commit: the next one would begin a history of its own.
    let branch = slot.head_text().ok().and_then(|head| head.strip_prefix("ref: ").map(str::to_owned));
    if let Some((branch, at)) = branch.and_then(|branch| Some((branch.clone(), slot_commit(repo, &branch)?))) {
        text = with_ref(&text, &branch, &at);
    }
    replace_file(&own.join(PACKED), &text)
}

fn slot_commit(repo: &Repo, branch: &str) -> Option<Oid> {
    repo.read_ref(branch).ok().flatten()
}

/// The file with this ref in its place: git looks names up by their order.
fn with_ref(packed: &[u8], name: &str, at: &Oid) -> Vec<u8> {
    let name_of = |line: &[u8]| line.splitn(2, |byte| *byte == b' ').nth(1).map(<[u8]>::to_vec);
    let new = format!("{at} {name}\n").into_bytes();
    if packed.is_empty() {
        return [b"# pack-refs with: sorted \n".as_slice(), &new].concat();
    }
    let mut text = Vec::with_capacity(packed.len() + new.len());
    let mut is_in = false;
    let mut is_replaced = false;
    for line in packed.split_inclusive(|byte| *byte == b'\n') {
        let is_ref = !matches!(line.first(), Some(b'#' | b'^'));
        if !is_ref && (is_replaced && line.first() == Some(&b'^')) {
            continue;
        }
        let found = name_of(line.strip_suffix(b"\n").unwrap_or(line)).filter(|_| is_ref);
        is_replaced = found.as_deref() == Some(name.as_bytes());
        if !is_in && found.is_some_and(|found| found.as_slice() >= name.as_bytes()) {
            text.extend_from_slice(&new);
            is_in = true;
        }
        if !is_replaced {
            text.extend_from_slice(line);
        }
    }
    if !is_in {
        text.extend_from_slice(&new);
    }
    text
}

/// Puts a file in the place of another: whoever reads that meanwhile sees the one or the other.
fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Removes the view of a slot that was used before.
///
/// # Errors
/// The disk refuses.
pub fn forget_view(parent: &Path, name: &str) -> io::Result<()> {
    discard(&folder_of(parent, name))
}

/// What an agent put onto the stash of its view, newest first: it is nowhere else.
pub fn stashed(parent: &Path, name: &str) -> Vec<Oid> {
    let own = folder_of(parent, name);
    let log = read_text(&own.join("logs/refs/stash")).unwrap_or_default();
    let mut found: Vec<Oid> = log.lines().rev().filter_map(|line| line.split(' ').nth(1)?.parse().ok()).collect();
    found.extend(read_text(&own.join("refs/stash")).ok().and_then(|text| text.trim().parse::<Oid>().ok()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    #[test]
    fn a_ref_stands_in_its_place_among_the_packed() {
        let (a, b, c, new) = (oid('a'), oid('b'), oid('c'), oid('d'));
        let head = "# pack-refs with: peeled fully-peeled sorted \n";
        let before = format!("{head}{a} refs/heads/a\n{b} refs/heads/m\n^{c}\n{c} refs/tags/z\n");
        let rows = [
            (
                "refs/heads/k",
                format!("{head}{a} refs/heads/a\n{new} refs/heads/k\n{b} refs/heads/m\n^{c}\n{c} refs/tags/z\n"),
            ),
            ("refs/heads/m", format!("{head}{a} refs/heads/a\n{new} refs/heads/m\n{c} refs/tags/z\n")),
            ("refs/heads/a", format!("{head}{new} refs/heads/a\n{b} refs/heads/m\n^{c}\n{c} refs/tags/z\n")),
            ("refs/zz", format!("{before}{new} refs/zz\n")),
        ];
        for (name, after) in rows {
            assert_eq!(String::from_utf8(with_ref(before.as_bytes(), name, &new)).unwrap(), after, "{name}");
        }
        let only = String::from_utf8(with_ref(b"", "refs/heads/k", &new)).unwrap();
        assert_eq!(only, format!("# pack-refs with: sorted \n{new} refs/heads/k\n"));
    }
}
