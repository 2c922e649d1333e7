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
    for merge in git::merges_between(repo, base, commit, landed)? {
        let parents = repo.commit_info(&merge)?.parents;
        let [ours, theirs] = parents.as_slice() else { continue };
        let Some(base) = repo.merge_base(ours, theirs)? else { continue };
        let facts = (SideFacts::read(repo, &base, ours)?, SideFacts::read(repo, &base, theirs)?);
        let sides = SidesMerged { ours, theirs, merged: Some(&tree) };
        found.extend(semantic_clashes(repo, (&facts.0, &facts.1), &sides)?);
        found.extend(clashes_by_types(repo, (&facts.0, &facts.1), &sides, ask));
    }
    found.sort();
    found.dedup();
    Ok(found)
}
