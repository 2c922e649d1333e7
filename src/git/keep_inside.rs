//! Keeping what lies in repositories inside a slot and nowhere else: commits in submodules, edits in them, the history of
//! repositories that an agent created or cloned. A slot is used again; what is only there would go.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::call::Call;
use super::embedded::names_by_path;
use super::inner::InnerView;
use super::slot::Slot;
use super::submodule_reach::{Fetchable, address, asked};
use super::{Repo, refs};
use crate::model::{Error, Oid, Result};

/// What was kept of one repository inside a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptInside {
    /// Its folder in the slot.
    pub path: String,
    /// Whether it is a submodule that `.gitmodules` names.
    pub is_submodule: bool,
    /// Whether some of it was in no commit.
    pub has_edits: bool,
    /// The repository that keeps it.
    pub store: PathBuf,
    /// The ref there, for each thing that was kept.
    pub refs: Vec<String>,
}

/// Keeps what the repositories inside `slot` have and their stores do not, below `prefix` (`refs/orca/…`): of submodules in
/// the repository that the user's own checkout of them uses, of all others in this one. `start` is where the attempt began.
/// `met` are the folders with a repository inside, as [`super::remove_odd`] met them. All processes that worked there must be
/// dead. Ignored folders are not looked into.
///
/// # Errors
/// Something is there and cannot be kept: then the slot must not be used again.
pub fn keep_inside(
    repo: &Repo,
    slot: &Slot,
    met: &[PathBuf],
    start: &Oid,
    prefix: &str,
    message: &str,
    when: Timestamp,
) -> Result<Vec<KeptInside>> {
    let mut kept = Vec::new();
    for path in repositories(repo, slot, met)? {
        let Some(view) = InnerView::open(slot, &path) else { continue };
        let (store, is_submodule) = store_of(repo, slot, view.git_dir());
        let mut tips = view.tips();
        let edits =
            if view.is_dirty(slot) { view.commit_edits(&repo.author(), message, when.as_second())? } else { None };
        let edits = edits.filter(|_| is_submodule);
        tips.extend(edits.clone());
        let known = repo.link_at(start, &path);
        let new: BTreeSet<Oid> = view.unknown_to(&store, &tips, known.as_ref())?;
        if new.is_empty() {
            continue;
        }
        view.pack_into(&store, &new)?;
        let place = format!("{prefix}/{}-{}", kept.len() + 1, plain(&path));
        let named: Vec<(String, Oid)> =
            new.into_iter().enumerate().map(|(n, tip)| (format!("{place}/{n}"), tip)).collect();
        point_at(repo, &store, &named)?;
        kept.push(KeptInside {
            path: String::from_utf8_lossy(&path).into_owned(),
            is_submodule,
            has_edits: edits.is_some(),
            store,
            refs: named.into_iter().map(|(name, _)| name).collect(),
        });
    }
    Ok(kept)
}

/// A path as part of a ref's name.
fn plain(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect()
}

fn point_at(repo: &Repo, store: &Path, named: &[(String, Oid)]) -> Result<()> {
    if store == repo.common_dir() {
        return refs::force_refs(repo, named);
    }
    let lines: String = named.iter().map(|(name, oid)| format!("update {name} {oid}\n")).collect();
    let call = Call::found_from(store, "naming what a submodule has").env("GIT_DIR", store).writes();
    call.args(["update-ref", "--stdin"]).stdin(lines).run().map(drop)
}

/// The repository that keeps what a git folder has, and whether that belongs to a submodule that the user has as well.
fn store_of(repo: &Repo, slot: &Slot, git_dir: &Path) -> (PathBuf, bool) {
    let modules = slot.admin.join("modules");
    let inside = modules.canonicalize().ok().and_then(|modules| git_dir.strip_prefix(modules).ok().map(Path::to_owned));
    let Some(name) = inside else { return (repo.common_dir().to_owned(), false) };
    let own = repo.common_dir().join("modules").join(name);
    (if own.join("objects").is_dir() { own } else { repo.common_dir().to_owned() }, true)
}

/// Those of `met`, folders with a repository inside, that git does not ignore.
fn repositories(repo: &Repo, slot: &Slot, met: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    let mut found: Vec<Vec<u8>> = met.iter().map(|folder| folder.as_os_str().as_bytes().to_vec()).collect();
    if found.is_empty() {
        return Ok(found);
    }
    let call = repo.git_in(slot, "looking for repositories inside a worktree");
    let paths: Vec<u8> = found.iter().flat_map(|path| [path.as_slice(), b"\0"].concat()).collect();
    // Nothing ignored is exit code 1; anything else keeps all of them.
    let ignored = call.args(["check-ignore", "-z", "--stdin"]).stdin(paths).output()?.stdout;
    let ignored: BTreeSet<&[u8]> = ignored.split(|byte| *byte == 0).collect();
    found.retain(|path| !ignored.contains(path.as_slice()));
    found.sort();
    Ok(found)
}

/// The submodules whose pointer `head` has and `start` has not, with what others could fetch of it.
///
/// # Errors
/// The commits cannot be read.
pub fn moved_submodules(repo: &Repo, slot: &Slot, start: &Oid, head: &Oid) -> Result<Vec<(String, Oid, Fetchable)>> {
    let mut moved = Vec::new();
    for (path, name) in names_by_path(slot) {
        let at = repo.link_at(head, path.as_bytes());
        let Some(at) = at.filter(|at| Some(at) != repo.link_at(start, path.as_bytes()).as_ref()) else { continue };
        let fetchable = fetchable(repo, slot, start, &path, &name, &at);
        moved.push((path, at, fetchable));
    }
    Ok(moved)
}

/// How long a push into a submodule's repository may take.
const PUSH_PATIENCE: Duration = Duration::from_secs(120);

/// Pushes the commit that a moved submodule points to, which [`keep_inside()`] has kept, to `branch` at the submodule's
/// address. Nothing that is there is moved but that branch, and that only forward.
///
/// # Errors
/// The address is the agent's choice, or does not take it.
pub fn push_inside(repo: &Repo, slot: &Slot, start: &Oid, path: &str, at: &Oid, branch: &str) -> Result<()> {
    let doing = format!("pushing what submodule `{path}` points to");
    let name = names_by_path(slot).remove(path).unwrap_or_else(|| path.to_owned());
    let url = address(repo, start, &name).ok_or_else(|| Error::failed(doing.clone(), "the agent chose its address"))?;
    let view = InnerView::open(slot, path.as_bytes());
    let store = view.map_or_else(|| repo.common_dir().to_owned(), |view| store_of(repo, slot, view.git_dir()).0);
    let call = Call::found_from(&store, doing).env("GIT_DIR", &store).patience(PUSH_PATIENCE);
    call.args(["push", "--quiet", "--no-verify", "--", &url, &format!("{at}:refs/heads/{branch}")]).run().map(drop)
}

fn fetchable(repo: &Repo, slot: &Slot, start: &Oid, path: &str, name: &str, at: &Oid) -> Fetchable {
    let view = InnerView::open(slot, path.as_bytes());
    if view.as_ref().is_some_and(|view| view.is_in_a_remote(at)) {
        return Fetchable::Yes;
    }
    asked(repo, start, name, at, &|tip| view.as_ref().is_some_and(|view| view.is_ancestor(at, tip)))
}

impl KeptInside {
    /// What a person should know of it.
    pub fn in_words(&self) -> String {
        let what = match (self.is_submodule, self.has_edits) {
            (true, true) => "edits inside the submodule are not part of the result (they were not committed there)",
            (true, false) => "commits made inside the submodule",
            (false, _) => "the history of the repository inside the worktree",
        };
        let refs = self.refs.first().map(|name| name.rsplit_once('/').map_or(name.as_str(), |(place, _)| place));
        format!("`{}`: {what}; kept in `{}` below {}", self.path, self.store.display(), refs.unwrap_or_default())
    }
}
