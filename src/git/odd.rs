//! What an agent can leave that is neither file, link nor folder, and on which a program that opens it would wait for
//! ever: pipes, sockets, devices. Found without opening anything, and taken away once nobody works in the slot.

use std::fs::{self, File, FileType};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::files::{make_writable, remove};
use super::slot::Slot;
use crate::model::{Error, ErrorKind, Result};

/// Files that git itself opens wherever they lie in a worktree.
const OPENED_BY_GIT: [&str; 3] = [".gitignore", ".gitattributes", ".gitmodules"];

/// Something that git or we would wait on, if it were opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Its path in the slot; that of something in the slot's entry begins with `.git/`.
    pub path: String,
    /// What it is, in one word.
    pub kind: &'static str,
}

impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.path, self.kind)
    }
}

/// What kind of special file it is; none for files, links and folders.
pub(super) fn special(kind: FileType) -> Option<&'static str> {
    [
        (kind.is_fifo(), "pipe"),
        (kind.is_socket(), "socket"),
        (kind.is_char_device(), "device"),
        (kind.is_block_device(), "device"),
    ]
    .into_iter()
    .find_map(|(is, word)| is.then_some(word))
}

/// What one look through a whole slot found.
#[derive(Debug, Default)]
pub struct LookedThrough {
    /// What was removed.
    pub odd: Vec<Odd>,
    /// The folders with a repository inside, relative to the slot.
    pub repositories: Vec<PathBuf>,
}

/// Removes every special file from `slot` and its entry, gives folders back that their owner may not enter, and says what
/// was removed, and where other repositories lie. Nothing that holds bytes is touched. All processes that worked there must
/// be dead.
///
/// # Errors
/// The slot's folder is no folder any more, or something cannot be removed.
pub fn remove_odd(slot: &Slot) -> Result<LookedThrough> {
    is_folder(slot)?;
    let mut found = LookedThrough::default();
    let mut take = |path: &Path| {
        let folder = path.parent().and_then(|folder| folder.strip_prefix(&slot.path).ok());
        let own = folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.iter().any(|part| part == ".git"));
        found.repositories.extend(own.map(Path::to_owned));
    };
    let odd = [(&slot.path, "", odd_below(&slot.path, true, &mut take))];
    for (top, shown, odd) in odd.into_iter().chain([(&slot.admin, ".git/", odd_below(&slot.admin, true, &mut |_| {}))])
    {
        for (path, kind) in odd {
            remove(&path).map_err(|e| Error::failed(format!("removing the {kind} `{}`", path.display()), e))?;
            let inside = path.strip_prefix(top).unwrap_or(&path);
            found.odd.push(Odd { path: format!("{shown}{}", inside.display()), kind });
        }
    }
    Ok(found)
}

/// Refuses to have git look into a slot whose entry has something in it that git would wait for. For slots in which somebody
/// works.
///
/// # Errors
/// There is such a file, or the slot's folder is no folder any more.
pub(super) fn refuse_odd_entry(slot: &Slot) -> Result<()> {
    is_folder(slot)?;
    refuse_first(slot, odd_below(&slot.admin, false, &mut |_| {}))
}

/// What git is kept from waiting for, as long as this lives.
#[derive(Debug, Default)]
pub(super) struct PassedBy {
    /// Special files that have one of the names that git opens, relative to the slot.
    pub(super) odd: Vec<(PathBuf, &'static str)>,
    /// Both ends of the pipes among them that stand for ignore files: whoever opens one reads it as empty at once.
    held: Vec<File>,
}

impl PassedBy {
    /// Whether git must not compare files there: it would read attributes from what has no end.
    pub(super) fn misleads(&self) -> bool {
        self.odd.iter().any(|(path, _)| !is_ignore_file(path))
    }
}

/// Lets git list untracked files below these paths of a slot, whatever lies there under the name of an ignore file. For slots
/// in which somebody works: nothing is removed. Git takes an ignore file that has no size for an empty one, and of the
/// others reads none while it lists.
///
/// # Errors
/// Inside a repository of its own there is something that git would read there, or a pipe cannot be held.
pub(super) fn pass_by<'a>(slot: &Slot, paths: impl IntoIterator<Item = &'a Path>) -> Result<PassedBy> {
    let mut passed = PassedBy::default();
    for path in paths {
        for (odd, kind) in odd_at(&slot.path.join(path)).into_iter().filter(|(path, _)| is_opened_by_git(path)) {
            if is_ignore_file(&odd) {
                passed.held.extend((kind == "pipe").then(|| hold(&odd)).flatten());
            } else if in_own_repository(slot, &odd) {
                refuse_first(slot, [(odd.clone(), kind)])?;
            }
            passed.odd.push((odd.strip_prefix(&slot.path).unwrap_or(&odd).to_owned(), kind));
        }
    }
    Ok(passed)
}

/// What is odd at a path and below it.
fn odd_at(full: &Path) -> Vec<(PathBuf, &'static str)> {
    match fs::symlink_metadata(full).map(|meta| meta.file_type()) {
        Ok(kind) if kind.is_dir() => odd_below(full, false, &mut |_| {}),
        Ok(kind) => {
            special(kind).or_else(|| linked(full, kind)).map(|word| (full.to_owned(), word)).into_iter().collect()
        }
        Err(_) => Vec::new(),
    }
}

/// Both ends of a pipe, without waiting; none where it is gone or only a link to one, which git does not follow.
fn hold(pipe: &Path) -> Option<File> {
    let flags = (OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW).bits();
    fs::OpenOptions::new().read(true).write(true).custom_flags(flags).open(pipe).ok()
}

fn is_ignore_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == OPENED_BY_GIT[0])
}

/// Whether a path lies in a repository inside the slot, into which git looks as into any other.
fn in_own_repository(slot: &Slot, path: &Path) -> bool {
    let above = path.ancestors().skip(1).take_while(|folder| *folder != slot.path);
    above.into_iter().any(|folder| folder.join(".git").symlink_metadata().is_ok())
}

fn is_opened_by_git(path: &Path) -> bool {
    path.file_name().is_some_and(|name| OPENED_BY_GIT.iter().any(|&known| name == known))
}

fn refuse_first(slot: &Slot, odd: impl IntoIterator<Item = (PathBuf, &'static str)>) -> Result<()> {
    let Some((path, kind)) = odd.into_iter().next() else { return Ok(()) };
    let cause = format!("`{}` is a {kind}: git would wait for it", path.display());
    Err(Error::new(ErrorKind::Failed, format!("looking into the worktree `{}`", slot.name), cause))
}

fn is_folder(slot: &Slot) -> Result<()> {
    let doing = || format!("looking into the worktree `{}`", slot.name);
    match fs::symlink_metadata(&slot.path) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(Error::new(ErrorKind::Failed, doing(), "its folder was replaced by something else")),
        Err(error) => Err(Error::failed(doing(), error)),
    }
}

/// Special files below `top`, and links in an entry of a worktree to such. `open`: folders that may not be read are made
/// readable. Every `.git` on the way is `met`.
fn odd_below(top: &Path, open: bool, met: &mut dyn FnMut(&Path)) -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    let mut todo = vec![top.to_owned()];
    while let Some(folder) = todo.pop() {
        let listed = match fs::read_dir(&folder) {
            Err(error) if open && error.kind() == io::ErrorKind::PermissionDenied => {
                make_writable(&folder);
                fs::read_dir(&folder)
            }
            other => other,
        };
        for item in listed.into_iter().flatten().flatten() {
            let Ok(kind) = item.file_type() else { continue };
            if item.file_name() == ".git" {
                met(&item.path());
            }
            if kind.is_dir() {
                todo.push(item.path());
            } else if let Some(word) = special(kind).or_else(|| linked(&item.path(), kind)) {
                found.push((item.path(), word));
            }
        }
    }
    found
}

/// A link that leads to a special file: whoever opens its name waits as well. Links to `/dev` are common and harmless in
/// a worktree, where git reads links and never follows them, but for the files that it opens by name.
fn linked(path: &Path, kind: FileType) -> Option<&'static str> {
    let is_name = is_opened_by_git(path);
    let in_entry = path.components().any(|part| part.as_os_str() == "worktrees");
    if !kind.is_symlink() || !(is_name || in_entry) {
        return None;
    }
    special(fs::metadata(path).ok()?.file_type())
}
