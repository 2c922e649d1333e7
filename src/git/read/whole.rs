//! Whether what was written can be read: looked up anew, past all that an open repository keeps in memory.

use std::path::Path;

use git2::{ObjectType, Repository, Tree};

use crate::model::Oid;

/// Whether every object is there that `head` has and `base` has not. What cannot be told counts as missing.
pub(in crate::git) fn is_whole_since(common: &Path, base: &Oid, head: &Oid) -> bool {
    look(common, base, head).unwrap_or(false)
}

fn look(common: &Path, base: &Oid, head: &Oid) -> Result<bool, git2::Error> {
    let repo = Repository::open(common)?;
    let mut walk = repo.revwalk()?;
    walk.push(git2::Oid::from_str(head.as_str())?)?;
    walk.hide(git2::Oid::from_str(base.as_str())?)?;
    for id in walk {
        let commit = repo.find_commit(id?)?;
        let before = commit.parents().next().map(|parent| parent.tree()).transpose()?;
        if !is_tree_whole(&repo, before.as_ref(), &commit.tree()?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is as it was `before` is not looked at.
fn is_tree_whole(repo: &Repository, before: Option<&Tree<'_>>, after: &Tree<'_>) -> Result<bool, git2::Error> {
    let objects = repo.odb()?;
    for entry in after {
        let known = before.and_then(|tree| tree.get_name_bytes(entry.name_bytes()));
        if known.as_ref().is_some_and(|known| known.id() == entry.id()) {
            continue;
        }
        let is_there = match entry.kind() {
            Some(ObjectType::Tree) => {
                let below = known.and_then(|known| repo.find_tree(known.id()).ok());
                is_tree_whole(repo, below.as_ref(), &repo.find_tree(entry.id())?)?
            }
            Some(ObjectType::Blob) => objects.exists(entry.id()),
            // The commit of a submodule lies in a repository of its own.
            _ => true,
        };
        if !is_there {
            return Ok(false);
        }
    }
    Ok(true)
}
