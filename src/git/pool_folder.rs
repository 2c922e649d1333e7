//! The folder that holds the worktrees of a pool: where it may be, and that no repository around it sees what lies in it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Repo;
use super::checkouts::own_worktrees;
use crate::model::{Error, ErrorKind, Result};

/// Hides everything in the folder, this file too.
const IGNORE_ALL: &str = "# Worktrees of git orca: no other repository needs to see them.\n*\n";

/// What a pool has besides its worktrees.
const OWN_ENTRIES: [&str; 4] = [".trash", ".tmp", ".setup", "aside"];

/// What hides them; the name begins so while the file is being written.
const HIDES: &str = ".gitignore";

/// What is known of a folder that is to hold worktrees.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PoolFacts {
    /// A checkout of this repository that the folder is the root of, or that lies inside it.
    holds_checkout: Option<PathBuf>,
    /// The checkout, of whatever repository, that the folder lies in.
    inside: Option<PathBuf>,
    /// Something in it that no pool has.
    foreign: Option<String>,
}

/// Checks that worktrees may be made in `parent`: it holds no checkout of the user's, and where it lies in one (of this
/// repository or of one around it) it is a folder of its own, which git there can be kept from seeing.
///
/// # Errors
/// It may not, with what to type.
pub fn check_pool_folder(repo: &Repo, parent: &Path) -> Result<()> {
    let facts = PoolFacts {
        holds_checkout: own_worktrees(repo).into_iter().find(|tree| tree.starts_with(real(parent))),
        inside: checkout_around(&real(parent)),
        foreign: foreign_entry(parent),
    };
    let Some(cause) = objection(&facts) else { return Ok(()) };
    Err(Error::new(ErrorKind::Usage, format!("putting worktrees into `{}`", parent.display()), cause)
        .hint("leave the setting out: worktrees are then beside the repository, in ../<repo>.orca")
        .hint("git config orca.worktreeDir /another/folder"))
}

fn objection(facts: &PoolFacts) -> Option<String> {
    let inside = facts.inside.as_ref();
    if let Some(tree) = facts.holds_checkout.as_ref().filter(|_| inside.is_some()) {
        return Some(format!("it holds the checkout `{}`, where git would list every worktree as new", tree.display()));
    }
    let foreign = facts.foreign.as_ref().filter(|_| inside.is_some())?;
    let around = inside.map(|tree| tree.display().to_string()).unwrap_or_default();
    Some(format!("it lies in the checkout `{around}` and holds other files (`{foreign}`), so git there would see them"))
}

/// Makes the folder, and hides it from repositories around it as long as nothing but worktrees lies in it.
///
/// # Errors
/// It cannot be made or written.
pub(super) fn make_pool_folder(parent: &Path) -> Result<()> {
    let doing = || format!("making the folder `{}`", parent.display());
    fs::create_dir_all(parent).map_err(|error| Error::failed(doing(), error))?;
    let hides = parent.join(HIDES);
    if hides.symlink_metadata().is_ok() || foreign_entry(parent).is_some() {
        return Ok(());
    }
    // Several worktrees are made at once: each writes a file of its own, and the first one stays.
    let write = || -> io::Result<()> {
        let mut new = tempfile::Builder::new().prefix(HIDES).tempfile_in(parent)?;
        new.write_all(IGNORE_ALL.as_bytes())?;
        match new.persist_noclobber(&hides) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
            _ => Ok(()),
        }
    };
    write().map_err(|error| Error::failed(doing(), error))
}

/// Removes the file that hides a pool, when nothing else is left of it.
pub fn forget_pool_folder(parent: &Path) {
    let hides = parent.join(HIDES);
    let alone = fs::read_dir(parent).is_ok_and(|items| items.flatten().all(|item| item.path() == hides));
    if alone && fs::read_to_string(&hides).is_ok_and(|text| text == IGNORE_ALL) {
        let _stays_hidden = fs::remove_file(&hides);
    }
}

/// The first thing in a folder that is neither a linked worktree nor what a pool has besides.
fn foreign_entry(parent: &Path) -> Option<String> {
    let foreign = |item: &fs::DirEntry| {
        let name = item.file_name();
        let own = OWN_ENTRIES.iter().any(|own| name == *own) || name.to_string_lossy().starts_with(HIDES);
        let text = || fs::read_to_string(item.path().join(".git")).unwrap_or_default();
        !own && !text().contains("/worktrees/")
    };
    let mut names: Vec<String> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(foreign)
        .map(|item| item.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.into_iter().next()
}

/// The root of the checkout that a folder, there or not yet, lies in.
fn checkout_around(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|place| place.join(".git").exists()).map(Path::to_owned)
}

/// A path with its links resolved, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|place| Some((place, place.canonicalize().ok()?)));
    let Some((place, real)) = there else { return path.to_owned() };
    path.strip_prefix(place).map_or_else(|_| real.clone(), |rest| real.join(rest))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git, write};
    use super::*;

    #[test]
    fn a_folder_in_a_checkout_has_to_be_its_own() {
        let path = |text: &str| Some(PathBuf::from(text));
        let table = [
            (None, None, None, true),
            (None, None, Some("other"), true),
            (path("/r"), None, Some("r"), true),
            (path("/o/r"), path("/o"), Some("r"), false),
            (path("/r"), path("/r"), Some("src"), false),
            (None, path("/r"), None, true),
            (None, path("/r"), Some("a.rs"), false),
        ];
        for (holds_checkout, inside, foreign, fits) in table {
            let facts = PoolFacts { holds_checkout, inside, foreign: foreign.map(str::to_owned) };
            assert_eq!(objection(&facts).is_none(), fits, "{facts:?}");
        }
    }

    #[test]
    fn many_at_once_make_one() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..20 {
            let pool = folder.path().join(n.to_string());
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| make_pool_folder(&pool).unwrap());
                }
            });
            let left: Vec<_> = fs::read_dir(&pool).unwrap().flatten().map(|item| item.file_name()).collect();
            assert_eq!(left, [HIDES]);
        }
    }

    #[test]
    fn what_lies_around_a_pool_does_not_see_it_and_its_own_files_are_told_apart() {
        let fixture = Fixture::new();
        let repo = fixture.repo();
        let root = fixture.root();
        let head = repo.head().unwrap().commit;
        check_pool_folder(&repo, &root.join("trees")).unwrap();
        super::super::create_slot(&repo, &root.join("trees"), "s", &head).unwrap();
        assert_eq!(git(&root, &["status", "--porcelain", "--untracked-files=all"]), "");
        check_pool_folder(&repo, &root.join("trees")).unwrap();
        for bad in [root.clone(), root.join("src"), root.join(".")] {
            let error = check_pool_folder(&repo, &bad).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage, "{error:?}");
        }
        // Beside the repository nothing sees it, unless that is a repository, too.
        let beside = fixture.dir.path().canonicalize().unwrap();
        check_pool_folder(&repo, &beside).unwrap();
        git(&beside, &["init", "-q"]);
        assert!(check_pool_folder(&repo, &beside).is_err());
        check_pool_folder(&repo, &beside.join("repo.orca")).unwrap();
        write(&beside, "repo.orca/mine.txt", "mine");
        assert!(check_pool_folder(&repo, &beside.join("repo.orca")).is_err());
        make_pool_folder(&beside.join("repo.orca")).unwrap();
        assert!(!beside.join("repo.orca/.gitignore").exists(), "the user's folder stays as it is");
    }
}
