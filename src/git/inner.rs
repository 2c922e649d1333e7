//! A repository inside a slot, looked at without trusting it: its own configuration was written by an agent and may name
//! programs (filters, monitors, drivers). Its objects and index are read, its configuration never is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::call::Call;
use super::files::{copy_file, read_text};
use super::slot::Slot;
use super::slot_index;
use super::survey::as_path;
use crate::model::{Error, Oid, Result};

/// Submodules of submodules are followed this deep.
const DEEPEST: usize = 8;

/// A repository inside a slot, seen through a git folder of our own.
pub(super) struct InnerView {
    /// Our git folder.
    own: TempDir,
    /// Its files.
    work: PathBuf,
    /// Its git folder.
    git_dir: PathBuf,
    /// Where it stands; none before its first commit.
    pub(super) head: Option<Oid>,
}

impl InnerView {
    /// Opens the repository at `path` in `slot`; none when there is none, or when its git folder lies elsewhere.
    pub(super) fn open(slot: &Slot, path: &[u8]) -> Option<InnerView> {
        InnerView::at(slot, &slot.path.join(as_path(path)))
    }

    fn at(slot: &Slot, work: &Path) -> Option<InnerView> {
        let git_dir = git_dir_of(work)?;
        let homes = [&slot.path, &slot.admin].map(|home| home.canonicalize().ok());
        if !homes.iter().flatten().any(|home| git_dir.starts_with(home)) || !git_dir.join("objects").is_dir() {
            return None;
        }
        let own = tempfile::tempdir().ok()?;
        let head = head_of(&git_dir);
        let make = || -> std::io::Result<()> {
            fs::create_dir_all(own.path().join("objects/info"))?;
            fs::create_dir_all(own.path().join("refs"))?;
            let objects = git_dir.join("objects");
            fs::write(own.path().join("objects/info/alternates"), format!("{}\n", objects.display()))?;
            let at = head.as_ref().map_or("ref: refs/heads/none".to_owned(), ToString::to_string);
            fs::write(own.path().join("HEAD"), format!("{at}\n"))?;
            fs::write(own.path().join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n")
        };
        make().ok()?;
        // Without an index of its own everything is new.
        let _may_be_missing = copy_file(&git_dir.join("index"), &own.path().join("index"));
        copy_shared_index(&git_dir, own.path());
        Some(InnerView { own, work: work.to_owned(), git_dir, head })
    }

    fn call(&self, doing: &str) -> Call {
        Call::found_from(&self.work, doing).env("GIT_DIR", self.own.path()).env("GIT_WORK_TREE", &self.work)
    }

    /// Whether files differ from its commit, in it or in repositories that are submodules of it.
    pub(super) fn is_dirty(&self, slot: &Slot) -> bool {
        self.is_dirty_to(slot, 0)
    }

    fn is_dirty_to(&self, slot: &Slot, depth: usize) -> bool {
        let call = self.call("looking into a repository inside a worktree");
        let call = call.args(["status", "--porcelain", "-z", "--untracked-files=all", "--ignore-submodules=all"]);
        // What cannot be looked at is not called clean.
        if call.run().is_ok_and(|out| out.is_empty()) {
            let moved = |(view, pointer): &(InnerView, Oid)| {
                view.head.as_ref() != Some(pointer) || depth < DEEPEST && view.is_dirty_to(slot, depth + 1)
            };
            return self.below(slot).iter().any(moved);
        }
        true
    }

    /// Its own submodules that are checked out, with the commits that its index names.
    pub(super) fn below(&self, slot: &Slot) -> Vec<(InnerView, Oid)> {
        let index =
            slot_index::read_by(&self.own.path().join("index"), || self.call("reading an index")).unwrap_or_default();
        let links = index.entries.iter().filter(|entry| entry.is_gitlink());
        links
            .filter_map(|entry| Some((InnerView::at(slot, &self.work.join(as_path(&entry.path)))?, entry.oid()?)))
            .collect()
    }

    /// A commit of what is not committed there, in our own folder; none where nothing is.
    ///
    /// # Errors
    /// Git cannot write.
    pub(super) fn commit_edits(&self, author: &(String, String), message: &str, seconds: i64) -> Result<Option<Oid>> {
        let doing = "keeping edits inside a submodule";
        let call = || self.call(doing).writes().config("core.safecrlf=false");
        // What cannot be read is left out; the rest is kept.
        call().args(["add", "-A", "--ignore-errors", "--", "."]).output()?;
        let tree: Oid = call().arg("write-tree").line()?.parse()?;
        let head = self.head.as_ref();
        if let Some(head) = head
            && call().args(["rev-parse", &format!("{head}^{{tree}}")]).line()? == tree.as_str()
        {
            return Ok(None);
        }
        let (name, mail) = author;
        let mut commit = call();
        for who in ["AUTHOR", "COMMITTER"] {
            commit = commit.env(&format!("GIT_{who}_NAME"), name).env(&format!("GIT_{who}_EMAIL"), mail);
            commit = commit.env(&format!("GIT_{who}_DATE"), format!("{seconds} +0000"));
        }
        let mut commit = commit.args(["commit-tree", tree.as_str(), "-m", message]);
        if let Some(head) = head {
            commit = commit.args(["-p", head.as_str()]);
        }
        Ok(Some(commit.line()?.parse()?))
    }

    /// Every commit that a branch, the stash or `HEAD` of it names.
    pub(super) fn tips(&self) -> BTreeSet<Oid> {
        let mut tips: BTreeSet<Oid> = self.head.iter().cloned().collect();
        let packed = read_text(&self.git_dir.join("packed-refs")).unwrap_or_default();
        let kept = |name: &str| name.starts_with("refs/heads/") || name == "refs/stash";
        let pairs = packed.lines().filter_map(|line| line.split_once(' ')).filter(|(_, name)| kept(name));
        tips.extend(pairs.filter_map(|(oid, _)| oid.parse::<Oid>().ok()));
        let mut todo = vec![self.git_dir.join("refs/heads"), self.git_dir.join("refs/stash")];
        while let Some(path) = todo.pop() {
            match fs::read_dir(&path) {
                Ok(items) => todo.extend(items.flatten().map(|item| item.path())),
                Err(_) => tips.extend(read_text(&path).ok().and_then(|text| text.trim().parse::<Oid>().ok())),
            }
        }
        tips
    }

    /// Its git folder.
    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The tips that reach commits which no ref of `store` reaches, nor `known`.
    ///
    /// # Errors
    /// Git cannot walk the history.
    pub(super) fn unknown_to(&self, store: &Path, tips: &BTreeSet<Oid>, known: Option<&Oid>) -> Result<BTreeSet<Oid>> {
        let doing = "comparing a repository inside a worktree with its store";
        let refs =
            Call::found_from(store, doing).env("GIT_DIR", store).args(["for-each-ref", "--format=%(objectname)"]);
        let refs = String::from_utf8_lossy(&refs.run()?).into_owned();
        let mut known: Vec<String> = refs.lines().map(str::to_owned).chain(known.map(ToString::to_string)).collect();
        let mut new = BTreeSet::new();
        for tip in tips {
            let mut asked: String = known.iter().map(|oid| format!("^{oid}\n")).collect();
            asked.push_str(&format!("{tip}\n"));
            let call = self.call(doing).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", store.join("objects"));
            let call = call.args(["rev-list", "-n", "1", "--ignore-missing", "--stdin"]);
            if !call.stdin(asked).run()?.is_empty() {
                new.insert(tip.clone());
                known.push(tip.to_string());
            }
        }
        Ok(new)
    }

    /// Whether a branch of a remote, or a tag, contains a commit, as far as this repository has fetched.
    pub(super) fn is_in_a_remote(&self, at: &Oid) -> bool {
        let packed = read_text(&self.git_dir.join("packed-refs")).unwrap_or_default();
        let theirs = |name: &str| name.starts_with("refs/remotes/") || name.starts_with("refs/tags/");
        let pairs = packed.lines().filter_map(|line| line.split_once(' ')).filter(|(_, name)| theirs(name));
        let mut tips: BTreeSet<Oid> = pairs.filter_map(|(oid, _)| oid.parse().ok()).collect();
        let mut todo = vec![self.git_dir.join("refs/remotes"), self.git_dir.join("refs/tags")];
        while let Some(path) = todo.pop() {
            match fs::read_dir(&path) {
                Ok(items) => todo.extend(items.flatten().map(|item| item.path())),
                Err(_) => tips.extend(read_text(&path).ok().and_then(|text| text.trim().parse::<Oid>().ok())),
            }
        }
        tips.iter().any(|tip| self.is_ancestor(at, tip))
    }

    /// Whether `a` is `b` or one of its ancestors, as far as this repository has both.
    pub(super) fn is_ancestor(&self, a: &Oid, b: &Oid) -> bool {
        let call = self.call("comparing commits of a submodule");
        call.args(["merge-base", "--is-ancestor", a.as_str(), b.as_str()]).run().is_ok()
    }

    /// Copies everything that `tips` reach and the refs of `store` do not into the repository `store`, as one pack.
    ///
    /// # Errors
    /// Git cannot read or write.
    pub(super) fn pack_into(&self, store: &Path, tips: &BTreeSet<Oid>) -> Result<()> {
        let doing = "keeping commits of a repository inside a worktree";
        let call = Call::found_from(store, doing).env("GIT_DIR", store);
        let known = call.clone().args(["for-each-ref", "--format=^%(objectname)"]).run()?;
        let lines: String = tips.iter().map(|tip| format!("{tip}\n")).collect();
        let stdin = [lines.as_bytes(), &known].concat();
        let objects = [self.own.path().join("objects"), self.git_dir.join("objects")];
        let both = std::env::join_paths(objects).map_err(|e| Error::failed(doing, e))?;
        let call = call.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", both).writes();
        let call = call.args(["pack-objects", "-q", "--revs"]).arg(store.join("objects/pack/pack"));
        call.stdin(stdin).run().map(drop)
    }
}

/// What an index that is split (`core.splitIndex`) builds on lies beside it.
fn copy_shared_index(from: &Path, to: &Path) {
    for item in fs::read_dir(from).into_iter().flatten().flatten() {
        if item.file_name().to_string_lossy().starts_with("sharedindex.") {
            // Without it git says that the index cannot be read: then everything is new.
            let _may_vanish = copy_file(&item.path(), &to.join(item.file_name()));
        }
    }
}

/// The git folder of a repository: a folder `.git`, or where a file of that name points.
fn git_dir_of(work: &Path) -> Option<PathBuf> {
    let dot_git = work.join(".git");
    let meta = fs::symlink_metadata(&dot_git).ok()?;
    if meta.is_dir() {
        return dot_git.canonicalize().ok();
    }
    let text = read_text(&dot_git).ok()?;
    work.join(text.trim_end().strip_prefix("gitdir: ")?).canonicalize().ok()
}

/// Where a git folder's `HEAD` stands.
fn head_of(git_dir: &Path) -> Option<Oid> {
    let text = read_text(&git_dir.join("HEAD")).ok()?;
    let Some(name) = text.trim().strip_prefix("ref: ") else { return text.trim().parse().ok() };
    if !name.starts_with("refs/") || name.contains("..") {
        return None;
    }
    let loose = read_text(&git_dir.join(name)).ok().and_then(|text| text.trim().parse().ok());
    loose.or_else(|| {
        let packed = read_text(&git_dir.join("packed-refs")).ok()?;
        packed.lines().find_map(|line| line.split_once(' ').filter(|(_, found)| *found == name)?.0.parse().ok())
    })
}
