//! Repositories inside a slot: submodules, and what agents create or clone there.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::call::Call;
use super::index::IndexFile;
use super::inner::InnerView;
use super::slot::Slot;
use super::survey::as_path;
use crate::model::Oid;

/// The links to repositories that a slot knows: of its own index, and of `.gitmodules`.
#[derive(Debug, Default)]
pub(super) struct Links {
    staged: BTreeMap<Vec<u8>, Oid>,
    named: HashSet<Vec<u8>>,
}

impl Links {
    /// Those of a slot, whose commit has the index `head` and which has `own`. No process where there are none.
    pub(super) fn of(slot: &Slot, head: &IndexFile, own: &IndexFile) -> Links {
        let links = |index: &IndexFile| -> Vec<(Vec<u8>, Option<Oid>)> {
            let links = index.entries.iter().filter(|entry| entry.is_gitlink());
            links.map(|entry| (entry.path.clone(), entry.oid())).collect()
        };
        let staged: BTreeMap<Vec<u8>, Oid> =
            links(own).into_iter().filter_map(|(path, oid)| Some((path, oid?))).collect();
        if staged.is_empty() && links(head).is_empty() {
            return Links::default();
        }
        let named = names_by_path(slot).into_keys().map(String::into_bytes).collect();
        Links { staged, named }
    }

    /// What the slot's own index says.
    pub(super) fn staged(&self, path: &[u8]) -> Option<Oid> {
        self.staged.get(path).cloned()
    }

    /// Whether `.gitmodules` says where it comes from.
    pub(super) fn is_named(&self, path: &[u8]) -> bool {
        self.named.contains(path)
    }

    /// The commit of a submodule that was added and not committed; none for any other repository.
    pub(super) fn added(&self, slot: &Slot, path: &[u8]) -> Option<Oid> {
        let staged = self.staged(path).filter(|_| self.is_named(path))?;
        Some(look_inside(slot, path).and_then(|inside| inside.head).unwrap_or(staged))
    }
}

/// Where a submodule stands, by everybody who has a say in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pointers {
    /// The slot's `HEAD`.
    pub(super) head: Option<Oid>,
    /// The slot's index.
    pub(super) staged: Option<Oid>,
    /// The checkout; none where it is not checked out.
    pub(super) checkout: Option<Oid>,
    /// The commit from which the attempt started: where the checkout was put.
    pub(super) start: Option<Oid>,
}

impl Pointers {
    /// The pointer that is to be committed; none when `HEAD` has the right one. A checkout that nobody moved says
    /// nothing: git does not move it when it merges or when somebody stages another pointer.
    pub(super) fn wanted(&self) -> Option<Oid> {
        let moved = self.checkout.as_ref().filter(|at| Some(*at) != self.start.as_ref());
        let wanted = moved.or(self.staged.as_ref().filter(|_| self.staged != self.head));
        wanted.filter(|at| Some(*at) != self.head.as_ref()).cloned()
    }
}

/// What a look into a repository inside a slot found.
#[derive(Debug, Clone, Default)]
pub(super) struct Inside {
    /// Its commit; none before its first.
    pub(super) head: Option<Oid>,
    /// Whether it has changes that are not committed.
    pub(super) dirty: bool,
}

/// Looks into the repository at `path`; none when there is no repository.
pub(super) fn look_inside(slot: &Slot, path: &[u8]) -> Option<Inside> {
    let view = InnerView::open(slot, path)?;
    Some(Inside { head: view.head.clone(), dirty: view.is_dirty(slot) })
}

/// The files of a repository inside a slot, relative to it: those that it has or would add. What git cannot list is
/// walked.
pub(super) fn files(slot: &Slot, folder: &[u8]) -> Vec<Vec<u8>> {
    let full = slot.path.join(as_path(folder));
    let call = Call::found_from(&full, "listing an embedded repository").env("GIT_CEILING_DIRECTORIES", &slot.path);
    let call = call.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    match call.run() {
        Ok(out) if full.join(".git").exists() => {
            out.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect()
        }
        _ => walked(&full),
    }
}

/// All files below a folder that git cannot list, but for `.git`.
fn walked(top: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut todo = vec![PathBuf::new()];
    while let Some(folder) = todo.pop() {
        for item in fs::read_dir(top.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(item.file_name());
            if item.file_name() == ".git" {
                continue;
            }
            if item.file_type().is_ok_and(|kind| kind.is_dir()) {
                todo.push(path);
            } else {
                found.push(path.as_os_str().as_bytes().to_vec());
            }
        }
    }
    found
}

/// Names of submodules by path, from the slot's `.gitmodules`.
pub(super) fn names_by_path(slot: &Slot) -> BTreeMap<String, String> {
    if !slot.path.join(".gitmodules").symlink_metadata().is_ok_and(|meta| meta.is_file()) {
        return BTreeMap::new();
    }
    let call = Call::found_from(&slot.path, "reading `.gitmodules`");
    let call = call.args(["config", "-f", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$"]);
    let out = call.run().unwrap_or_default();
    let text = String::from_utf8_lossy(&out);
    let pair = |record: &str| {
        let (key, path) = record.split_once('\n')?;
        let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
        Some((path.to_owned(), name.to_owned()))
    };
    text.split('\0').filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// head, staged, checkout, start → what is to be committed.
    #[test]
    fn a_pointer_is_moved_only_by_who_moved_it() {
        let oid = |c: char| (c != '-').then(|| c.to_string().repeat(40).parse::<Oid>().unwrap());
        let table = [
            ("aaaa", '-', "nobody touched it"),
            ("aaba", 'b', "its checkout was moved"),
            ("bbaa", '-', "a merge brought the pointer, the checkout was not updated"),
            ("abaa", 'b', "staged without a checkout"),
            ("abba", 'b', "staged as it is checked out"),
            ("abca", 'c', "staged, then moved on"),
            ("bbba", '-', "committed"),
            ("bbca", 'c', "committed, then moved on"),
            ("aa-a", '-', "not checked out"),
            ("bb-a", '-', "committed and not checked out"),
            ("ab-a", 'b', "staged and not checked out"),
            ("bb--", '-', "new and committed"),
        ];
        for (row, wanted, why) in table {
            let mut letters = row.chars().map(oid);
            let mut next = || letters.next().flatten();
            let pointers = Pointers { head: next(), staged: next(), checkout: next(), start: next() };
            assert_eq!(pointers.wanted(), oid(wanted), "{why}");
        }
    }
}
