//! What merges broke though git saw no conflict, as findings of the review gate on the merged tree.

use super::job::CheckJob;
use crate::integrate::{merged_clashes, names};
use crate::journal::Subject;
use crate::model::{Finding, GateKind, Oid, Result};
use crate::run::run_env::RunEnv;
use crate::run::symbol_lines::tell_complaint;
use crate::source::SemanticClash;
use crate::symbols::SymbolName;

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
    let ask = |commit: &Oid, symbols: &[SymbolName]| site.symbols.known_by_types(commit, symbols);
    let found = merged_clashes(repo, &job.base, &job.commit, &landed, &ask)?;
    tell_complaint(site);
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
