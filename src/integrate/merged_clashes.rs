//! What merges broke though git saw no conflict, looked for in the tree that became of them.

use super::by_types::{AskUses, clashes_by_types};
use super::semantic::{SideFacts, SidesMerged, semantic_clashes};
use crate::git::{self, Repo};
use crate::model::{Oid, Result};
use crate::source::SemanticClash;

/// What the merges from `base` to `commit` broke and still is so in that tree, sorted. Merges that the commits `landed` have
/// are left aside: nobody answers for them now. `ask` is asked where a name alone does not say which one it is.
///
/// # Errors
/// Git cannot read the merges.
pub fn merged_clashes(
    repo: &Repo,
    base: &Oid,
    commit: &Oid,
    landed: &[Oid],
    ask: &AskUses<'_>,
) -> Result<Vec<SemanticClash>> {
    let tree = repo.tree_of(commit)?;
    let mut found: Vec<SemanticClash> = Vec::new();
    // What is known of the head that a merge made, counted from a base.
    let mut known: Option<(Oid, Oid, SideFacts)> = None;
    for merge in git::merges_between(repo, base, commit, landed)? {
        let parents = repo.commit_info(&merge)?.parents;
        let [ours, theirs] = parents.as_slice() else { continue };
        let Some(base) = repo.merge_base(ours, theirs)? else { continue };
        let sides = SidesMerged { ours, theirs, merged: Some(&tree) };
        let mut here = match known.take().filter(|(head, from, _)| head == ours && *from == base) {
            Some((.., facts)) => facts,
            None => SideFacts::read(repo, &base, ours)?,
        };
        let there = SideFacts::read(repo, &base, theirs)?;
        // All its steps together did at least what the head did. Reading the head as a whole for each of many merges would
        // cost more with each.
        if may_clash(repo, (&here, &there), &sides)? {
            here = SideFacts::read(repo, &base, ours)?;
            found.extend(semantic_clashes(repo, (&here, &there), &sides)?);
            found.extend(clashes_by_types(repo, (&here, &there), &sides, ask));
        }
        here.take_in(there);
        known = Some((merge, base, here));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn may_clash(repo: &Repo, (here, there): (&SideFacts, &SideFacts), sides: &SidesMerged<'_>) -> Result<bool> {
    let suspected = !here.suspects(there).is_empty() || !there.suspects(here).is_empty();
    Ok(suspected || !semantic_clashes(repo, (here, there), sides)?.is_empty())
}
