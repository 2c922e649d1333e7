//! What merges broke though git saw no conflict, as findings of the review gate on the merged tree.

use super::job::CheckJob;
use crate::git;
use crate::integrate::{SideFacts, SidesMerged, names, semantic_clashes};
use crate::journal::Subject;
use crate::model::{Finding, GateKind, Result};
use crate::run::run_env::RunEnv;
use crate::source::SemanticClash;

/// What the merges of a tree that is to land broke and still is so in it. Merges that landed before are nobody's now.
///
/// # Errors
/// Git cannot read the merges.
pub fn clashes(site: &RunEnv, job: &CheckJob) -> Result<Vec<Finding>> {
    let is_merged = matches!(job.subject, Subject::Batch { .. } | Subject::Layer { .. } | Subject::Final(_));
    if job.gate.kind != GateKind::Review || !is_merged {
        return Ok(Vec::new());
    }
    let repo = &site.repo;
    let heads = repo.list_refs(&names::full(&names::layer_folder(&site.info.run)))?;
    let landed: Vec<_> = heads.into_iter().map(|(_, head)| head).filter(|head| *head != job.commit).collect();
    let tree = repo.tree_of(&job.commit)?;
    let mut found: Vec<SemanticClash> = Vec::new();
    for merge in git::merges_between(repo, &job.base, &job.commit, &landed)? {
        let parents = repo.commit_info(&merge)?.parents;
        let [ours, theirs] = parents.as_slice() else { continue };
        let Some(base) = repo.merge_base(ours, theirs)? else { continue };
        let facts = (SideFacts::read(repo, &base, ours)?, SideFacts::read(repo, &base, theirs)?);
        let sides = SidesMerged { ours, theirs, merged: Some(&tree) };
        found.extend(semantic_clashes(repo, (&facts.0, &facts.1), &sides)?);
    }
    found.sort();
    found.dedup();
    Ok(found.iter().map(finding).collect())
}

fn finding(clash: &SemanticClash) -> Finding {
    Finding {
        file: clash.path.clone(),
        line: clash.line,
        rule: clash.kind.rule().to_owned(),
        message: format!("{}; the other: {}", clash.words(), clash.other),
        advice: clash.kind.advice().to_owned(),
    }
}
