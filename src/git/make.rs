//! Making a repository: for the demo.

use std::path::Path;

use super::{Call, Repo};
use crate::model::Result;

/// Makes a repository in `folder`, whose files become its first commit on `main`. Its identity is its own, so that it
/// works for people who have not told git their name.
///
/// # Errors
/// Git refuses.
pub fn make_repository(folder: &Path, message: &str) -> Result<Repo> {
    let call = |args: &[&str]| Call::found_from(folder, "making a repository").args(args).run().map(drop);
    call(&["init", "-q", "-b", "main"])?;
    for (key, value) in [("user.name", "git orca demo"), ("user.email", "demo@localhost"), ("commit.gpgsign", "false")]
    {
        call(&["config", key, value])?;
    }
    call(&["add", "-A"])?;
    call(&["commit", "-q", "-m", message])?;
    Repo::discover(folder)
}

/// The first-parent history of `branch` down to `base`, as `git log --graph` draws it.
///
/// # Errors
/// Git refuses.
pub fn history(repo: &Repo, branch: &str, base: &str) -> Result<String> {
    let call = repo.git_here("drawing the history");
    let range = [branch.to_owned(), format!("^{base}^@")];
    let out = call
        .args(["log", "--graph", "--first-parent", "--oneline", "--decorate=short", "--decorate-refs=refs/heads"])
        .args(range)
        .run()?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
