//! Commits of trees that are there already.

use std::io;

use jiff::Timestamp;

use super::Repo;
use crate::model::{Error, Oid, Result};
use crate::process::Dialogue;

/// Writes a commit of `tree`. Author and committer are the user's identity, at `when` (UTC).
///
/// # Errors
/// Git has no identity to use, or cannot write.
pub fn commit_tree(repo: &Repo, tree: &Oid, parents: &[Oid], message: &str, when: Timestamp) -> Result<Oid> {
    let doing = "writing a commit";
    let text = text(repo, tree, parents, message, when)?;
    let fail = |error: io::Error| Error::failed(doing, error);
    let folder = tempfile::tempdir().map_err(fail)?;
    std::fs::write(folder.path().join("commit"), text).map_err(fail)?;
    let file = folder.path().join("commit").into_os_string();
    let call = repo.unsynced(repo.git(doing)).writes().args([
        "hash-object",
        "-w",
        "-t",
        "commit",
        "--no-filters",
        "--stdin-paths",
    ]);
    let request = [file.as_encoded_bytes(), b"\n"].concat();
    let ask = |git: &mut Dialogue| {
        git.say(&request)?;
        git.hear()
    };
    repo.commit_session().ask(&call, ask, || None)?.parse()
}

/// The object as `git commit-tree` would write it.
fn text(repo: &Repo, tree: &Oid, parents: &[Oid], message: &str, when: Timestamp) -> Result<String> {
    let (author, committer) = names(repo)?;
    let date = when.as_second();
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let end = if message.ends_with('\n') { "" } else { "\n" };
    Ok(format!(
        "tree {tree}\n{parents}author {author} {date} +0000\ncommitter {committer} {date} +0000\n\n{message}{end}"
    ))
}

fn names(repo: &Repo) -> Result<&(String, String)> {
    let known = repo.commit_names();
    if let Some(names) = known.get() {
        return Ok(names);
    }
    let name = |variable: &str| -> Result<String> {
        let line = repo.git("asking for your identity").args(["var", variable]).line()?;
        let end = line.rfind('>').ok_or_else(|| Error::failed("reading your identity", &line))?;
        Ok(line[..=end].to_owned())
    };
    let names = (name("GIT_AUTHOR_IDENT")?, name("GIT_COMMITTER_IDENT")?);
    Ok(known.get_or_init(|| names))
}
