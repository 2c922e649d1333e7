//! What others can get of submodules: asked of the addresses that were there before any agent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::Repo;
use super::call::Call;
use crate::model::{Oid, Result};

/// Whether others can get a commit that a submodule's pointer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetchable {
    /// Yes.
    Yes,
    /// The address that `.gitmodules` gives does not have it.
    No,
    /// Nobody could say.
    Unchecked(String),
}

/// A submodule of which worktrees do not have everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmoduleLack {
    /// Its folder.
    pub path: String,
    /// What is missing.
    pub why: WhySubmoduleLacks,
}

/// What a submodule lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhySubmoduleLacks {
    /// The user has not initialised it: worktrees have an empty folder.
    Uninitialised,
    /// Its address does not answer.
    OutOfReach {
        /// What git said.
        said: String,
        /// Whether the user's own clone has the commit all the same.
        is_here: bool,
    },
}

/// How long the address of a submodule is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// As [`PATIENCE`], before a run begins.
const PATIENCE_AT_START: Duration = Duration::from_secs(5);

/// Addresses that are asked at the same time.
const AT_ONCE: usize = 8;

/// What the submodules of `commit` lack here: those that nobody initialised, and those whose address does not answer, each
/// address asked once.
///
/// # Errors
/// Git's configuration cannot be read.
pub fn submodules_lacking(repo: &Repo, commit: &Oid) -> Result<Vec<SubmoduleLack>> {
    let mut lacks = Vec::new();
    let mut asked: BTreeMap<String, Vec<(String, String, Oid)>> = BTreeMap::new();
    let named = names_at(repo, commit);
    if named.is_empty() {
        return Ok(lacks);
    }
    let config = repo.config()?;
    for (path, name) in named {
        let Some(at) = repo.link_at(commit, path.as_bytes()) else { continue };
        match config.get(&format!("submodule.{name}.url")) {
            None => lacks.push(SubmoduleLack { path, why: WhySubmoduleLacks::Uninitialised }),
            Some(_) => {
                asked.entry(address(repo, commit, &name).unwrap_or_default()).or_default().push((path, name, at))
            }
        }
    }
    let addresses: Vec<&String> = asked.keys().collect();
    let mut silent: BTreeMap<&String, String> = BTreeMap::new();
    for some in addresses.chunks(AT_ONCE) {
        let said = std::thread::scope(|scope| {
            let asking: Vec<_> =
                some.iter().map(|url| scope.spawn(|| tips_at(repo, url, PATIENCE_AT_START).err())).collect();
            asking.into_iter().map(|one| one.join().ok().flatten()).collect::<Vec<_>>()
        });
        silent.extend(some.iter().zip(said).filter_map(|(url, said)| Some((*url, said?))));
    }
    for (url, said) in silent {
        for (path, name, at) in &asked[url] {
            let is_here = has(repo, name, at);
            lacks.push(SubmoduleLack {
                path: path.clone(),
                why: WhySubmoduleLacks::OutOfReach { said: said.clone(), is_here },
            });
        }
    }
    Ok(lacks)
}

/// Asks once more whether others can get what a pointer of a submodule names. `base` is a commit that no agent made.
pub fn pointer_fetchable(repo: &Repo, base: &Oid, path: &str, at: &Oid) -> Fetchable {
    let Some(name) = names_at(repo, base).remove(path) else {
        return Fetchable::Unchecked("the agent chose its address".to_owned());
    };
    let store = store(repo, &name);
    let in_store = |args: &[&str]| {
        let call = Call::found_from(&store, "looking into a submodule's clone").env("GIT_DIR", &store).args(args);
        call.run().is_ok_and(|out| args[0] == "merge-base" || !out.is_empty())
    };
    let contains = ["for-each-ref", "--count=1", "--contains", at.as_str(), "refs/remotes", "refs/tags"];
    if store.is_dir() && in_store(&contains) {
        return Fetchable::Yes;
    }
    let is_ancestor = |tip: &Oid| in_store(&["merge-base", "--is-ancestor", at.as_str(), tip.as_str()]);
    asked(repo, base, &name, at, &is_ancestor)
}

/// Asked once, from here. Only addresses that were there before the agent are asked: another could be anything.
pub(super) fn asked(repo: &Repo, start: &Oid, name: &str, at: &Oid, is_ancestor: &dyn Fn(&Oid) -> bool) -> Fetchable {
    let Some(url) = address(repo, start, name) else {
        return Fetchable::Unchecked("the agent chose its address".to_owned());
    };
    match tips_at(repo, &url, PATIENCE) {
        Err(cause) => Fetchable::Unchecked(cause),
        Ok(tips) if tips.contains(at) || tips.iter().any(is_ancestor) => Fetchable::Yes,
        Ok(_) => Fetchable::No,
    }
}

/// What branches and tags of an address name, or why it does not say.
fn tips_at(repo: &Repo, url: &str, patience: Duration) -> std::result::Result<BTreeSet<Oid>, String> {
    let call = Call::found_from(repo.work_tree(), "asking a submodule's address").patience(patience);
    let out = call.args(["ls-remote", "--", url]).run().map_err(|error| error.cause)?;
    let text = String::from_utf8_lossy(&out).into_owned();
    Ok(text.lines().filter_map(|line| line.split('\t').next()?.parse().ok()).collect())
}

/// The address of a submodule as it was before the agent: the user's own, else that of `.gitmodules` where it began.
pub(super) fn address(repo: &Repo, start: &Oid, name: &str) -> Option<String> {
    let key = format!("submodule.{name}.url");
    let own = repo.git("reading git's configuration").args(["config", "--get", &key]).line();
    let blob = format!("{start}:.gitmodules");
    let read = || repo.git("reading `.gitmodules`").args(["config", "--blob", &blob, "--get", &key]).line();
    own.or_else(|_| read()).ok()
}

/// Names of submodules by path, from the `.gitmodules` of a commit.
fn names_at(repo: &Repo, commit: &Oid) -> BTreeMap<String, String> {
    if repo.file_at(commit, ".gitmodules").is_err() {
        return BTreeMap::new();
    }
    let blob = format!("{commit}:.gitmodules");
    let call = repo.git("reading `.gitmodules`");
    let call = call.args(["config", "--blob", &blob, "-z", "--get-regexp", r"^submodule\..*\.path$"]);
    let out = call.run().unwrap_or_default();
    let text = String::from_utf8_lossy(&out);
    let pair = |record: &str| {
        let (key, path) = record.split_once('\n')?;
        let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
        Some((path.to_owned(), name.to_owned()))
    };
    text.split('\0').filter_map(pair).collect()
}

/// The user's own clone of a submodule, where there is one.
fn store(repo: &Repo, name: &str) -> PathBuf {
    repo.common_dir().join("modules").join(name)
}

fn has(repo: &Repo, name: &str, at: &Oid) -> bool {
    let store = store(repo, name);
    let call = Call::found_from(&store, "looking into a submodule's clone").env("GIT_DIR", &store);
    store.is_dir() && call.args(["cat-file", "-e", at.as_str()]).run().is_ok()
}
