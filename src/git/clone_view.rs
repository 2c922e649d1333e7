//! What a gate sees of git in its worktree: a repository of its own, as a clone has it. To us the folder stays one of our
//! worktrees; tests and programs that look find `.git` as a folder, a commit checked out, tags and `origin`, and can
//! commit there without touching anything of the user's. Objects come from the user's repository.

use std::fs;
use std::path::{Path, PathBuf};

use super::Repo;
use super::files::remove;
use super::slot::Slot;
use super::sparse::{patterns_file, sparse_settings};
use crate::model::{Error, Oid, Result};

/// Puts a repository of its own in the place of a slot's `.git`; the next reset takes it away again.
///
/// # Errors
/// The disk refuses, or refs cannot be read.
pub fn show_as_clone(repo: &Repo, slot: &Slot, commit: &Oid) -> Result<()> {
    let dot_git = slot.path.join(".git");
    let refs = shown_refs(repo)?;
    let make = || -> std::io::Result<()> {
        remove(&dot_git)?;
        for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
            fs::create_dir_all(dot_git.join(folder))?;
        }
        fs::write(
            dot_git.join("objects/info/alternates"),
            format!("{}\n", repo.common_dir().join("objects").display()),
        )?;
        fs::write(dot_git.join("config"), config(repo) + &sparse_config(slot))?;
        if let Some(patterns) = patterns_file(slot) {
            fs::write(dot_git.join("info/sparse-checkout"), patterns)?;
        }
        fs::write(dot_git.join("packed-refs"), refs)?;
        for name in ["info/exclude", "info/attributes", "shallow"] {
            copy(&repo.common_dir().join(name), &dot_git.join(name))?;
        }
        // With the times of the files that lie there: git need not read them again.
        copy(&slot.admin.join("index"), &dot_git.join("index"))?;
        fs::write(dot_git.join("HEAD"), format!("{commit}\n"))
    };
    make().map_err(|e| Error::failed(format!("making `{}` a repository of its own", dot_git.display()), e))
}

fn copy(from: &Path, to: &PathBuf) -> std::io::Result<()> {
    match fs::copy(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Tags, and the branches of `origin`: the user's own where there is no `origin`, as a clone of this repository would have
/// them. None of ours.
fn shown_refs(repo: &Repo) -> Result<String> {
    let mut refs = repo.list_refs("refs/tags/")?;
    let origin = repo.list_refs("refs/remotes/origin/")?;
    if origin.is_empty() {
        let heads = repo.list_refs("refs/heads/")?.into_iter();
        let theirs = heads.filter(|(name, _)| !name.starts_with("refs/heads/orca/"));
        refs.extend(theirs.map(|(name, oid)| (name.replace("refs/heads/", "refs/remotes/origin/"), oid)));
    }
    refs.extend(origin.into_iter().filter(|(name, _)| name != "refs/remotes/origin/HEAD"));
    refs.sort();
    Ok(refs.into_iter().map(|(name, oid)| format!("{oid} {name}\n")).collect())
}

fn config(repo: &Repo) -> String {
    let value = |key: &str| super::read::config_file_value(&repo.common_dir().join("config"), key);
    let format = value("extensions.objectformat").or_else(|| value("extensions.objectFormat"));
    let version = if format.is_some() { 1 } else { 0 };
    let url = value("remote.origin.url").map(|url| without_credentials(&url));
    let url = url.unwrap_or_else(|| repo.work_tree().display().to_string());
    let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let quoted = quote(&url);
    let mut text = format!(
        "[core]\n\trepositoryformatversion = {version}\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\
         [remote \"origin\"]\n\turl = \"{quoted}\"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
    );
    for key in ["autocrlf", "eol", "symlinks", "ignorecase", "precomposeunicode"] {
        if let Some(value) = value(&format!("core.{key}")) {
            text.push_str(&format!("[core]\n\t{key} = {value}\n"));
        }
    }
    // Tests that commit do so as whoever they are in the user's checkout.
    for key in ["name", "email"] {
        if let Some(value) = value(&format!("user.{key}")) {
            text.push_str(&format!("[user]\n\t{key} = \"{}\"\n", quote(&value)));
        }
    }
    if let Some(format) = format {
        text.push_str(&format!("[extensions]\n\tobjectformat = {format}\n"));
    }
    text
}

fn sparse_config(slot: &Slot) -> String {
    let settings = sparse_settings(&slot.path).into_iter();
    let line = |(key, value): (String, String)| {
        key.split_once('.').map(|(section, name)| format!("[{section}]\n\t{name} = {value}\n")).unwrap_or_default()
    };
    settings.map(line).collect()
}

/// An address without the name and password that may stand before its host: judged code reads this file.
fn without_credentials(url: &str) -> String {
    let parts = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"));
    let Some((scheme, rest)) = parts else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, git, try_git};
    use super::super::{Ignored, SlotHead, create_slot, reset_slot};
    use super::*;

    #[test]
    fn no_password_of_an_address_is_shown() {
        for (url, shown) in [
            ("https://ada:ghp_x@example.org/a/b.git", "https://example.org/a/b.git"),
            ("https://token@example.org", "https://example.org"),
            ("http://a:p@ss@example.org:8080/a@b", "http://example.org:8080/a@b"),
            ("https://example.org/a", "https://example.org/a"),
            ("ssh://git@example.org/a", "ssh://git@example.org/a"),
            ("git@example.org:a/b.git", "git@example.org:a/b.git"),
            ("/srv/a.git", "/srv/a.git"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn a_gate_finds_a_clean_clone_and_the_slot_stays_ours() {
        let fixture = Fixture::new();
        let (root, repo) = (fixture.root(), fixture.repo());
        git(&root, &["tag", "-a", "v1", "-m", "one"]);
        git(&root, &["branch", "orca/r/task/a"]);
        let commit: Oid = git(&root, &["rev-parse", "HEAD"]).parse().unwrap();
        let slot = create_slot(&repo, &fixture.dir.path().join("places"), "g1", &commit).unwrap();
        for _ in 0..2 {
            reset_slot(&repo, &slot, &SlotHead::Detached(commit.clone()), &Ignored::Keep).unwrap();
            show_as_clone(&repo, &slot, &commit).unwrap();
            let here = |args: &[&str]| git(&slot.path, args);
            assert!(slot.path.join(".git").is_dir());
            assert_eq!(here(&["status", "--porcelain"]), "");
            assert_eq!(here(&["rev-parse", "HEAD"]), commit.as_str());
            assert_eq!(here(&["describe"]), "v1");
            assert_eq!(here(&["branch", "-a", "--list", "*orca*"]), "");
            assert!(here(&["remote", "get-url", "origin"]).contains(root.to_str().unwrap()));
            fs::write(slot.path.join("new"), "x").unwrap();
            here(&["add", "new"]);
            here(&["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "of the gate's own"]);
            let made = here(&["rev-parse", "HEAD"]);
            assert!(!try_git(&root, &["cat-file", "-e", &made]).0, "it is no object of the user's");
            assert_eq!(git(&root, &["worktree", "list"]).lines().count(), 2);
        }
    }
}
