//! The user's checkout and settings, asked of git itself: sparse checkouts, filters, `includeIf` and `git -c` are where
//! libgit2 differs. Our own settings are left out of these calls.

use std::collections::BTreeMap;

use super::Repo;
use super::call::Call;
use super::files::read_text;
use super::merge_driver::MergeDriver;
use super::sparse::PATTERNS;
use crate::model::{Oid, Result, SparsePatterns};

impl Repo {
    /// The paths with changes of the main worktree that no commit has: staged, unstaged, untracked; sorted.
    ///
    /// # Errors
    /// Git cannot read the worktree.
    pub fn uncommitted(&self) -> Result<Vec<String>> {
        let call = self.git_here("looking for uncommitted files").plain().args([
            "status",
            "--porcelain",
            "-z",
            "--no-renames",
            "--untracked-files=all",
        ]);
        let out = call.run()?;
        let mut paths: Vec<String> = out
            .split(|&byte| byte == 0)
            .filter_map(|record| record.get(3..))
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect();
        paths.sort();
        Ok(paths)
    }

    /// All effective values of git's configuration, keys as git prints them (section and name in lower case). Of a key
    /// that occurs several times the last value.
    ///
    /// # Errors
    /// A configuration file cannot be read.
    pub fn config(&self) -> Result<BTreeMap<String, String>> {
        let call = self.git_here("reading git's configuration").plain();
        let out = call.args(["config", "--list", "-z"]).run()?;
        let text = String::from_utf8_lossy(&out);
        let pair = |record: &str| match record.split_once('\n') {
            Some((key, value)) => (key.to_owned(), value.to_owned()),
            None => (record.to_owned(), "true".to_owned()),
        };
        Ok(text.split('\0').filter(|record| !record.is_empty()).map(pair).collect())
    }

    /// The patterns of the user's own checkout, where that is sparse.
    ///
    /// # Errors
    /// git's configuration cannot be read.
    pub fn own_sparse(&self) -> Result<Option<SparsePatterns>> {
        let config = self.config()?;
        let is_on =
            |key: &str| config.get(key).is_some_and(|value| matches!(value.as_str(), "true" | "1" | "yes" | "on"));
        if !is_on("core.sparsecheckout") {
            return Ok(None);
        }
        // Without a file git checks everything out.
        Ok(read_text(&self.git_dir().join(PATTERNS)).ok().map(SparsePatterns::read))
    }

    /// The name and mail address that commits get, or none when git would refuse to commit.
    pub fn identity(&self) -> Option<(String, String)> {
        let call = self.git_here("asking for your identity");
        let line = call.plain().args(["var", "GIT_AUTHOR_IDENT"]).line().ok()?;
        let (name, rest) = line.rsplit_once(" <")?;
        let (mail, _) = rest.rsplit_once('>')?;
        Some((name.to_owned(), mail.to_owned()))
    }

    /// Who notes and snapshots are by: the user, or the program itself where git knows nobody.
    pub(super) fn author(&self) -> (String, String) {
        self.identity().unwrap_or_else(|| ("git orca".to_owned(), "orca@localhost".to_owned()))
    }
}

/// The merge drivers that git is set up with, sorted by name. A repository's content cannot bring any: it says only, in
/// `.gitattributes`, which file is for which driver.
///
/// # Errors
/// A configuration file cannot be read.
pub fn merge_drivers(repo: &Repo) -> Result<Vec<MergeDriver>> {
    if let Some(known) = repo.drivers().get() {
        return Ok(known.clone());
    }
    let call = repo.git_here("reading git's configuration").plain();
    let out = call.args(["config", "-z", "--get-regexp", r"^merge\..*\.driver$"]).output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let driver = |entry: &str| {
        let (key, command) = entry.split_once('\n')?;
        let name = key.strip_prefix("merge.")?.strip_suffix(".driver")?;
        Some((name.to_owned(), command.to_owned()))
    };
    // Of several values the last one counts.
    let last: BTreeMap<String, String> = text.split('\0').filter_map(driver).collect();
    let drivers = last.into_iter().map(|(name, command)| MergeDriver { name, command }).collect();
    Ok(repo.drivers().get_or_init(|| drivers).clone())
}

/// What a merge depends on besides both sides: git's configuration for merges, and the repository's own attributes.
///
/// # Errors
/// A configuration file cannot be read.
pub fn merge_settings(repo: &Repo) -> Result<Vec<u8>> {
    let call = repo.git_here("reading git's configuration").plain();
    let mut text = call.args(["config", "-z", "--get-regexp", r"^merge\."]).output()?.stdout;
    text.extend(std::fs::read(repo.common_dir().join("info/attributes")).unwrap_or_default());
    Ok(text)
}

/// The branch (without `refs/heads/`; none when detached) and the commit that are checked out in `folder`, whichever
/// worktree that is.
///
/// # Errors
/// There is no commit.
pub fn checked_out_in(folder: &std::path::Path) -> Result<(Option<String>, Oid)> {
    let call = |words: &[&str]| Call::found_from(folder, "reading `HEAD`").plain().args(words).line();
    let commit = call(&["rev-parse", "--verify", "HEAD^{commit}"])?.parse()?;
    Ok((call(&["symbolic-ref", "--quiet", "--short", "HEAD"]).ok(), commit))
}
