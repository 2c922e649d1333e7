//! A worktree of the user's own, in which a person mends what an agent left: opened, committed, closed by git itself.
//! Hooks stay out: with a relative `core.hooksPath` they would be files that an agent wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Repo;
use super::call::Call;
use super::checkouts::{branch_of, own_worktrees};
use crate::model::{Oid, Result};

/// The branches that people have checked out, and where: the worktrees that were opened by hand among them.
pub fn opened_by_hand(repo: &Repo) -> BTreeMap<String, PathBuf> {
    let branch = |path: &PathBuf| branch_of(repo, path)?.strip_prefix("refs/heads/").map(str::to_owned);
    own_worktrees(repo).into_iter().filter_map(|path| Some((branch(&path)?, path))).collect()
}

/// Opens a worktree at `path` on `branch`, which is moved to `from` first where that is given.
///
/// # Errors
/// The folder is there already, the branch is checked out elsewhere, or git refuses.
pub fn begin_by_hand(repo: &Repo, path: &Path, branch: &str, from: Option<&Oid>) -> Result<()> {
    if let Some(parent) = path.parent() {
        super::pool_folder::make_pool_folder(parent)?;
    }
    let call = repo.git(format!("opening the worktree `{}`", path.display())).writes().args(["worktree", "add", "-q"]);
    let call = match from {
        Some(commit) => call.args(["-B", branch]).arg(path).arg(commit.as_str()),
        None => call.arg(path).arg(branch),
    };
    repo.alone(|| call.run()).map(drop)
}

/// The files of the worktree at `path` that still have conflict markers.
///
/// # Errors
/// Git cannot read the worktree.
pub fn unsolved_by_hand(path: &Path) -> Result<Vec<String>> {
    let call = there(path, "looking for unsolved conflicts");
    let out = call.args(["diff", "--name-only", "--diff-filter=U", "--relative", "-z"]).run()?;
    let names = out.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let names = names.map(|name| String::from_utf8_lossy(name).into_owned());
    let marked = |name: &String| {
        let text = std::fs::read(path.join(name)).unwrap_or_default();
        text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> "))
    };
    Ok(names.filter(marked).collect())
}

/// Begins the merge of `other` in the worktree at `path`; the files that conflict.
///
/// # Errors
/// Git cannot begin it.
pub fn merge_by_hand(path: &Path, other: &str) -> Result<Vec<String>> {
    // What conflicts is no failure: that is what is looked for.
    there(path, "merging by hand").writes().args(["merge", "-q", "--no-commit", "--no-ff", other]).output()?;
    unsolved_by_hand(path)
}

/// Commits everything that differs in the worktree at `path`, by the user; a merge under way becomes the commit. The tip.
///
/// # Errors
/// Git refuses, for instance because it knows no identity.
pub fn commit_by_hand(path: &Path, message: &str) -> Result<Oid> {
    let doing = "committing what you changed";
    there(path, doing).writes().args(["add", "-A"]).run()?;
    let is_merge = there(path, doing).args(["rev-parse", "-q", "--verify", "MERGE_HEAD"]).output()?.success();
    let differs = !there(path, doing).args(["diff", "--cached", "--quiet"]).output()?.success();
    if differs || is_merge {
        there(path, doing).writes().args(["commit", "-q", "-F", "-"]).stdin(message.as_bytes()).run()?;
    }
    there(path, doing).args(["rev-parse", "--verify", "HEAD"]).line()?.parse()
}

/// Closes the worktree at `path`: nothing in it is uncommitted. With `keep` only its branch is let go.
///
/// # Errors
/// Git refuses, because something changed meanwhile.
pub fn close_by_hand(repo: &Repo, path: &Path, keep: bool) -> Result<()> {
    let doing = format!("closing the worktree `{}`", path.display());
    if keep {
        return there(path, &doing).writes().args(["checkout", "-q", "--detach"]).run().map(drop);
    }
    let call = repo.git(doing).writes().args(["worktree", "remove"]).arg(path);
    repo.alone(|| call.run()).map(drop)
}

fn there(path: &Path, doing: &str) -> Call {
    Call::found_from(path, doing)
}
