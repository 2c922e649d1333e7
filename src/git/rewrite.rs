//! Commits of an agent without what setup had left in its worktree: made again, with everything else of them as it was.

use std::collections::BTreeMap;

use super::Repo;
use super::baseline::{Baseline, Both, unstage_set_up};
use super::refs;
use super::slot::Slot;
use super::slot_index;
use crate::model::{Error, Oid, Result};

/// What became of an attempt's commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Old commits and what stands in their place; empty where none held anything of setup's.
    pub commits: BTreeMap<Oid, Oid>,
    /// Paths that setup and the agent both wrote and that could not be told apart: the agent's version stays.
    pub mixed: Vec<String>,
}

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PathEntry {
    mode: String,
    oid: Oid,
}

/// Whether a slot is in the middle of something: then its commits are not made again, since what is under way names them.
fn is_between(repo: &Repo, slot: &Slot) -> bool {
    let index = slot_index::read(repo, slot).unwrap_or_default();
    let begun = ["rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD", "sequencer", "BISECT_LOG"];
    !index.unmerged.is_empty() || begun.iter().any(|name| slot.admin.join(name).exists())
}

/// Takes out of the commits from `start` to the slot's `HEAD` what `baseline` says setup left, and moves the branch there.
/// Author, dates, message and parents stay; a signature, which would not hold any more, goes.
///
/// # Errors
/// Git cannot read or write, or the branch was moved by somebody else.
pub fn rewrite_without(repo: &Repo, slot: &Slot, start: &Oid, baseline: &Baseline) -> Result<Rewritten> {
    let mut done = Rewritten::default();
    if baseline.is_empty() || is_between(repo, slot) {
        return Ok(done);
    }
    let Some(head) = slot.head(repo)?.filter(|head| head != start) else { return Ok(done) };
    let call = repo.git("listing an agent's commits").args(["rev-list", "--topo-order", "--reverse"]);
    let listed = call.args([head.as_str(), &format!("^{start}")]).run()?;
    let commits: Vec<Oid> = String::from_utf8_lossy(&listed).lines().filter_map(|line| line.parse().ok()).collect();
    let mut work = Rewriting { repo, slot, start, baseline, mixed: Vec::new() };
    for commit in commits {
        let lines = work.replaced(&commit)?;
        let info = repo.commit_info(&commit)?;
        if lines.is_empty() && !info.parents.iter().any(|parent| done.commits.contains_key(parent)) {
            continue;
        }
        let tree = work.tree_of(&commit, lines)?;
        let new = work.commit_again(&commit, &tree, &done.commits)?;
        done.commits.insert(commit, new);
    }
    work.mixed.sort();
    work.mixed.dedup();
    done.mixed = work.mixed;
    if let Some(new) = done.commits.get(&head) {
        refs::move_head(repo, slot, &head, new)?;
        unstage_set_up(repo, slot, new, baseline, &slot.admin.join("index"))?;
    }
    Ok(done)
}

struct Rewriting<'a> {
    repo: &'a Repo,
    slot: &'a Slot,
    start: &'a Oid,
    baseline: &'a Baseline,
    mixed: Vec<String>,
}

impl Rewriting<'_> {
    /// Lines for `update-index` that take setup's part out of a commit's tree.
    fn replaced(&mut self, commit: &Oid) -> Result<Vec<u8>> {
        let mut lines = Vec::new();
        for path in self.baseline.paths() {
            let (old, new) = (self.entry(self.start, path), self.entry(commit, path));
            let (old, new) = (old.as_ref(), new.as_ref());
            if old == new {
                continue;
            }
            let wanted = if self.baseline.is_set_ups(path, new.map(|entry| &entry.oid)) {
                old.cloned()
            } else {
                match (old, new) {
                    (Some(old), Some(new)) => match self.less_set_up(path, old, new)? {
                        Some(entry) => Some(entry),
                        None => {
                            self.mixed.push(path.to_owned());
                            continue;
                        }
                    },
                    // New, and not as setup left it: told, and the agent's.
                    (None, Some(_)) => {
                        self.mixed.push(path.to_owned());
                        continue;
                    }
                    // Removed on purpose.
                    (_, None) => continue,
                }
            };
            if wanted.as_ref() != new {
                let (mode, oid) =
                    wanted.map_or(("0".to_owned(), "0".repeat(40)), |entry| (entry.mode, entry.oid.to_string()));
                lines.extend_from_slice(format!("{mode} {oid}\t{path}\0").as_bytes());
            }
        }
        Ok(lines)
    }

    fn less_set_up(&self, path: &str, old: &PathEntry, new: &PathEntry) -> Result<Option<PathEntry>> {
        let lies = |entry: &PathEntry| {
            let call = self.repo.git_in(self.slot, format!("reading `{path}`"));
            call.args(["cat-file", "--filters", &format!("--path={path}"), entry.oid.as_str()]).run()
        };
        match self.baseline.less_set_up(self.repo, path, &lies(old)?, &lies(new)?)? {
            Both::Conflict => Ok(None),
            Both::Merged(bytes) => {
                let call =
                    self.repo.git_in(self.slot, format!("writing `{path}`")).writes().config("core.safecrlf=false");
                let oid = call.args(["hash-object", "-w", "--stdin", &format!("--path={path}")]).stdin(bytes).line()?;
                Ok(Some(PathEntry { mode: new.mode.clone(), oid: oid.parse()? }))
            }
        }
    }

    fn entry(&self, commit: &Oid, path: &str) -> Option<PathEntry> {
        let (mode, oid) = self.repo.entry_at(commit, path.as_bytes())?;
        Some(PathEntry { mode: format!("{mode:06o}"), oid })
    }

    fn tree_of(&self, commit: &Oid, lines: Vec<u8>) -> Result<Oid> {
        if lines.is_empty() {
            return self.repo.tree_of(commit);
        }
        let scratch = tempfile::tempdir().map_err(|e| Error::failed("making a tree", e))?;
        let index = scratch.path().join("index");
        let call = || self.repo.git("making a commit without setup's files").index(&index).writes();
        call().args(["read-tree", commit.as_str()]).run()?;
        call().args(["update-index", "-z", "--index-info"]).stdin(lines).run()?;
        call().arg("write-tree").line()?.parse()
    }

    /// The same commit with another tree and the new parents.
    fn commit_again(&self, commit: &Oid, tree: &Oid, made: &BTreeMap<Oid, Oid>) -> Result<Oid> {
        let raw = self.repo.git("reading a commit").args(["cat-file", "commit", commit.as_str()]).run()?;
        let parent = |old: &str| {
            Some(made.iter().find(|(was, _)| was.as_str() == old).map_or(old, |(_, new)| new.as_str()).to_owned())
        };
        write_commit(self.repo, again(&raw, tree, parent))
    }
}

fn write_commit(repo: &Repo, text: Vec<u8>) -> Result<Oid> {
    let call = repo.git("writing a commit").writes();
    call.args(["hash-object", "-w", "-t", "commit", "--stdin"]).stdin(text).line()?.parse()
}

/// A commit once more, with another tree and on another parent, its only one. All else of it stays; a signature goes.
///
/// # Errors
/// Git cannot read or write.
pub fn commit_onto(repo: &Repo, commit: &Oid, tree: &Oid, parent: &Oid) -> Result<Oid> {
    let raw = repo.git("reading a commit").args(["cat-file", "commit", commit.as_str()]).run()?;
    let mut only = Some(parent.to_string());
    write_commit(repo, again(&raw, tree, |_| only.take()))
}

/// The object of a commit with another tree, and the parent that stands in the place of each; none: it has one less. Pure.
fn again(raw: &[u8], tree: &Oid, mut parent: impl FnMut(&str) -> Option<String>) -> Vec<u8> {
    let end = raw.windows(2).position(|pair| pair == b"\n\n").map_or(raw.len(), |at| at + 1);
    let (head, rest) = raw.split_at(end);
    let mut text = Vec::with_capacity(raw.len());
    let mut signature = false;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        signature = line.starts_with(b"gpgsig") || signature && line.starts_with(b" ");
        if signature {
            continue;
        }
        let words = String::from_utf8_lossy(line);
        match words.trim_end().split_once(' ') {
            Some(("tree", _)) => text.extend_from_slice(format!("tree {tree}\n").as_bytes()),
            Some(("parent", old)) => {
                let new = parent(old).map(|new| format!("parent {new}\n")).unwrap_or_default();
                text.extend_from_slice(new.as_bytes());
            }
            _ => text.extend_from_slice(line),
        }
    }
    text.extend_from_slice(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_keeps_all_but_tree_parents_and_signature() {
        let oid = |c: char| -> Oid { c.to_string().repeat(40).parse().unwrap() };
        let parent =
            |old: &str| Some(if old == oid('b').as_str() { oid('c') } else { old.parse().unwrap() }.to_string());
        let raw = format!(
            "tree {}\nparent {}\nparent {}\nauthor A <a@x> 1 +0200\ncommitter B <b@x> 2 +0000\ngpgsig -----BEGIN\n x\n \n -----END\nencoding latin1\n\nsubject\n\ntree is a word here\n",
            oid('a'),
            oid('b'),
            oid('d')
        );
        let expected = format!(
            "tree {}\nparent {}\nparent {}\nauthor A <a@x> 1 +0200\ncommitter B <b@x> 2 +0000\nencoding latin1\n\nsubject\n\ntree is a word here\n",
            oid('e'),
            oid('c'),
            oid('d')
        );
        assert_eq!(String::from_utf8(again(raw.as_bytes(), &oid('e'), parent)).unwrap(), expected);
    }
}
