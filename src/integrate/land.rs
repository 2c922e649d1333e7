//! Moving refs: the truth and its views in one transaction, each with its expected old value.

use std::collections::BTreeMap;

use super::names;
use crate::git::{self, RefChange, Repo};
use crate::journal::{Head, HeldBack};
use crate::model::{Error, ErrorKind, Oid, Result, RunId};

/// Moves the heads of a run from `before` to `after` (heads that change, lowest layer first) and lets the branches
/// follow. A branch that is checked out somewhere, or that somebody moved, is left alone and reported.
///
/// Idempotent: what has moved already is not moved again.
///
/// # Errors
/// Git failed, or a head of the run has a value that nobody journalled; nothing was moved then.
pub fn land(repo: &Repo, run: &RunId, before: &BTreeMap<u32, Head>, after: &[Head]) -> Result<Vec<HeldBack>> {
    let now: BTreeMap<String, Oid> = known_refs(repo, run, after)?;
    let mut changes = Vec::new();
    let mut held_back = Vec::new();
    for head in after {
        let old = before.get(&head.layer).map(|head| &head.commit);
        let name = names::head(run, head.layer);
        changes.extend(
            step(&now, name, old, &head.commit)
                .map_err(|found| moved(&names::head(run, head.layer), found.as_ref()))?,
        );
        let branch = names::layer_branch(run, head.layer);
        follow(repo, &now, branch, old, &head.commit, &mut changes, &mut held_back)?;
    }
    if let Some(top) = after.last() {
        let old = before.values().next_back().map(|head| &head.commit);
        follow(repo, &now, names::integration_branch(run), old, &top.commit, &mut changes, &mut held_back)?;
    }
    git::transact(repo, &changes)?;
    Ok(held_back)
}

/// The values of the refs that may move. Only those are read: a run of ten thousand tasks has ten thousands of others.
fn known_refs(repo: &Repo, run: &RunId, after: &[Head]) -> Result<BTreeMap<String, Oid>> {
    let mut names = vec![names::full(&names::integration_branch(run))];
    for head in after {
        names.extend([names::head(run, head.layer), names::full(&names::layer_branch(run, head.layer))]);
    }
    let mut known = BTreeMap::new();
    for name in names {
        if let Some(value) = repo.read_ref(&name)? {
            known.insert(name, value);
        }
    }
    Ok(known)
}

/// The change that brings a ref from `old` to `new`; none when it is there already; its value when it is elsewhere.
fn step(
    now: &BTreeMap<String, Oid>,
    name: String,
    old: Option<&Oid>,
    new: &Oid,
) -> Result<Option<RefChange>, Option<Oid>> {
    let found = now.get(&name);
    if found == Some(new) {
        return Ok(None);
    }
    if found != old {
        return Err(found.cloned());
    }
    Ok(Some(RefChange { name, old: old.cloned(), new: new.clone() }))
}

fn follow(
    repo: &Repo,
    now: &BTreeMap<String, Oid>,
    branch: String,
    old: Option<&Oid>,
    new: &Oid,
    changes: &mut Vec<RefChange>,
    held_back: &mut Vec<HeldBack>,
) -> Result<()> {
    match step(now, names::full(&branch), old, new) {
        Ok(None) => {}
        Ok(Some(change)) => match repo.checked_out(&branch) {
            None => changes.push(change),
            Some(place) => held_back.push(HeldBack { why: format!("checked out in {}", place.display()), branch }),
        },
        Err(found) => {
            // A view that fell behind (it was checked out) catches up once it is free; one that somebody moved stays.
            let behind = found.as_ref().is_some_and(|found| repo.is_ancestor(found, new).unwrap_or(false));
            match (behind, repo.checked_out(&branch)) {
                (true, None) => changes.push(RefChange { name: names::full(&branch), old: found, new: new.clone() }),
                (true, Some(place)) => {
                    held_back.push(HeldBack { why: format!("checked out in {}", place.display()), branch });
                }
                (false, _) => held_back.push(HeldBack { why: "somebody moved or deleted it".to_owned(), branch }),
            }
        }
    }
    Ok(())
}

fn moved(name: &str, found: Option<&Oid>) -> Error {
    let found = found.map_or("is gone".to_owned(), |oid| format!("is at {oid}"));
    Error::new(
        ErrorKind::Environment,
        "landing passed tasks",
        format!("`{name}` {found}, which no step of this run made"),
    )
    .hint(format!("see who moved it: git reflog show {name}"))
}

/// Moves a user's branch from `old` to `new`, keeping the old value by a ref of the run. Gives the reason when the
/// branch is left alone.
///
/// # Errors
/// Git failed.
pub fn move_branch(repo: &Repo, run: &RunId, branch: &str, old: &Oid, new: &Oid) -> Result<Option<String>> {
    let name = names::full(branch);
    let found = repo.read_ref(&name)?;
    if found.as_ref() == Some(new) {
        return Ok(None);
    }
    if found.as_ref() != Some(old) {
        let found = found.map_or("gone".to_owned(), |oid| format!("at {}", oid.short()));
        return Ok(Some(format!("`{branch}` is {found}, not at {} as at the start", old.short())));
    }
    if let Some(place) = repo.checked_out(branch) {
        return Ok(Some(format!("`{branch}` is checked out in {}", place.display())));
    }
    if !repo.is_ancestor(old, new)? {
        return Ok(Some(format!("`{branch}` is not an ancestor of the result")));
    }
    git::force_refs(repo, &[(names::old(run, branch), old.clone())])?;
    git::transact(repo, &[RefChange { name, old: Some(old.clone()), new: new.clone() }])?;
    Ok(None)
}
