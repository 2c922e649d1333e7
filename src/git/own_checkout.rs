//! The user's checkout, changed because the user asked for it (`take`, `undo`): by git itself, with the user's own
//! configuration, hooks and signing. Whatever stands in the way is asked first; nothing of the user's is overwritten.

use super::Repo;
use super::call::Call;
use crate::model::{Error, ErrorKind, Oid, Result};

/// What a checkout can be in the middle of, by the file in its git folder.
const UNFINISHED: [(&str, &str, &str); 6] = [
    ("MERGE_HEAD", "a merge", "git merge --continue, or git merge --abort"),
    ("rebase-merge", "a rebase", "git rebase --continue, or git rebase --abort"),
    ("rebase-apply", "a rebase", "git rebase --continue, or git rebase --abort"),
    ("CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --continue, or git cherry-pick --abort"),
    ("REVERT_HEAD", "a revert", "git revert --continue, or git revert --abort"),
    ("BISECT_LOG", "a bisection", "git bisect reset"),
];

/// A commit that is made in the user's checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCommit {
    /// Its tree.
    pub tree: Oid,
    /// Its message.
    pub message: String,
    /// `Name <mail>` and the date as git prints it raw; none: the user, now.
    pub author: Option<(String, String)>,
}

/// What the checkout is in the middle of, and what ends it.
pub fn unfinished_work(repo: &Repo) -> Option<(&'static str, &'static str)> {
    let there = |file: &str| repo.git_dir().join(file).symlink_metadata().is_ok();
    UNFINISHED.iter().find(|(file, _, _)| there(file)).map(|(_, what, typed)| (*what, *typed))
}

/// The paths that are staged: what `HEAD` and the index do not agree on.
///
/// # Errors
/// Git cannot tell.
pub fn staged_paths(repo: &Repo) -> Result<Vec<String>> {
    let call = plain(repo, "looking for staged changes");
    let out = call.args(["diff", "--cached", "--name-only", "-z", "--no-renames"]).run()?;
    let paths = out.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
}

/// Moves the branch and the files forward.
///
/// # Errors
/// Git refuses; nothing has changed then.
pub fn fast_forward(repo: &Repo, to: &Oid) -> Result<()> {
    plain(repo, "moving your branch forward").writes().args(["merge", "-q", "--ff-only", to.as_str()]).run().map(drop)
}

/// Merges a commit into the branch that is checked out.
///
/// # Errors
/// Git refuses, or a hook does; nothing has changed then.
pub fn merge_here(repo: &Repo, theirs: &Oid, message: &str) -> Result<()> {
    let call = plain(repo, "merging the result").writes();
    let merged = call.args(["merge", "-q", "--no-ff", "--no-edit", "-m", message, theirs.as_str()]).run();
    if merged.is_err() && unfinished_work(repo).is_some() {
        plain(repo, "taking the merge back").writes().args(["merge", "--abort"]).run()?;
    }
    merged.map(drop)
}

/// Makes commits on top of `HEAD`, whose index is clean, and brings the files along.
///
/// # Errors
/// Git refuses, or a hook does; the branch and the files are back where they were then.
pub fn commit_here(repo: &Repo, commits: &[OwnCommit]) -> Result<()> {
    let before = repo.head()?.commit;
    let made = commits.iter().try_for_each(|commit| commit_one(repo, commit));
    if made.is_err() {
        // The index of a commit that a hook refused goes first: `--keep` takes what it holds for the user's.
        let put = plain(repo, "unstaging").writes().args(["read-tree", "-m", "-u", "HEAD"]).run();
        put.and_then(|_| keep_reset(repo, &before))?;
    }
    made
}

fn commit_one(repo: &Repo, commit: &OwnCommit) -> Result<()> {
    let doing = "committing the result";
    plain(repo, doing).writes().args(["read-tree", "-m", "-u", "HEAD", commit.tree.as_str()]).run()?;
    let mut call = plain(repo, doing).writes().args(["commit", "-q", "--allow-empty", "-F", "-"]);
    if let Some((author, date)) = &commit.author {
        call = call.arg(format!("--author={author}")).arg(format!("--date={date}"));
    }
    let made = call.stdin(commit.message.as_bytes()).run();
    if made.is_err() {
        let head = repo.head()?.commit;
        plain(repo, "unstaging").writes().args(["read-tree", "-m", "-u", commit.tree.as_str(), head.as_str()]).run()?;
    }
    made.map(drop)
}

/// Puts the branch and the files that differ to `commit`; files that the user edited stay, or git refuses.
///
/// # Errors
/// Git refuses; nothing has changed then.
pub fn keep_reset(repo: &Repo, commit: &Oid) -> Result<()> {
    plain(repo, "putting your branch back").writes().args(["reset", "-q", "--keep", commit.as_str()]).run().map(drop)
}

/// `Name <mail>` and the date of a commit's author.
///
/// # Errors
/// There is no such commit.
pub fn author_of(repo: &Repo, commit: &Oid) -> Result<(String, String)> {
    let call = repo.git("reading an author");
    let line =
        call.args(["log", "-1", "--no-mailmap", "--date=raw", "--format=%an <%ae>%x00%ad", commit.as_str()]).line()?;
    let (author, date) = line
        .split_once('\0')
        .ok_or_else(|| Error::new(ErrorKind::Failed, "reading an author", format!("git said `{line}`")))?;
    Ok((author.to_owned(), date.to_owned()))
}

/// The trailers of the commits that `to` has and `from` lacks, oldest first, each once.
///
/// # Errors
/// Git cannot walk the history.
pub fn trailers_between(repo: &Repo, from: &Oid, to: &Oid) -> Result<Vec<String>> {
    let call = repo.git("reading trailers").args(["log", "--reverse", "--format=%(trailers:only,unfold)"]);
    let text = String::from_utf8_lossy(&call.args([to.as_str(), &format!("^{from}")]).run()?).into_owned();
    let mut trailers: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if !trailers.iter().any(|known| known == line) {
            trailers.push(line.to_owned());
        }
    }
    Ok(trailers)
}

/// Whether a commit that `tip` has and `since` lacks has this tree.
///
/// # Errors
/// Git cannot walk the history.
pub fn has_tree(repo: &Repo, since: &Oid, tip: &Oid, tree: &Oid) -> Result<bool> {
    let call = repo.git("looking for a tree in a history");
    let out = call.args(["log", "--format=%T", tip.as_str(), &format!("^{since}")]).run()?;
    Ok(String::from_utf8_lossy(&out).lines().any(|line| line == tree.as_str()))
}

fn plain(repo: &Repo, doing: &str) -> Call {
    repo.git_here(doing).plain()
}
