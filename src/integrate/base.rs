//! What a task starts from where that is to be its dependencies and nothing else: their work merged on the side.

use jiff::Timestamp;

use super::names;
use crate::git::{self, MergeOutcome, MergeRules, Repo};
use crate::model::{Oid, Result, RunId};

/// Everything that such a base depends on.
#[derive(Debug, Clone)]
pub struct BaseJob {
    /// The run.
    pub run: RunId,
    /// What the dependencies left, in the plan's order; not empty.
    pub of: Vec<Oid>,
    /// Globs of files whose conflicts are solved by taking both sides' lines.
    pub union: Vec<String>,
    /// Time of the commits.
    pub when: Timestamp,
}

/// The commit that holds all of it, kept by a ref; or the paths that clash: none, where two of them have several last
/// commits in common, so that git might count changes twice.
///
/// # Errors
/// Git failed.
pub fn base(repo: &Repo, job: &BaseJob) -> Result<std::result::Result<Oid, Vec<String>>> {
    git::write_again(|_| {
        let made = base_once(repo, job)?;
        if let (Ok(commit), Some(first)) = (&made, job.of.first()) {
            git::check_written(repo, first, commit)?;
        }
        Ok(made)
    })
}

fn base_once(repo: &Repo, job: &BaseJob) -> Result<std::result::Result<Oid, Vec<String>>> {
    let rules = MergeRules { union: job.union.clone(), ..MergeRules::default() };
    let Some((first, others)) = job.of.split_first() else { return Ok(Err(Vec::new())) };
    let mut all = first.clone();
    for other in others {
        if repo.is_ancestor(other, &all)? {
            continue;
        }
        if repo.is_ancestor(&all, other)? {
            all = other.clone();
            continue;
        }
        if repo.merge_bases(&all, other)? > 1 {
            return Ok(Err(Vec::new()));
        }
        match git::merge_one(repo, &all, other, &rules)? {
            MergeOutcome::Conflict { paths, .. } => return Ok(Err(paths.into_iter().map(|it| it.path).collect())),
            MergeOutcome::Clean { tree } => {
                let message = format!("Merge what a task builds on\n\nOrca-Run: {}\n", job.run);
                all = git::commit_tree(repo, &tree, &[all, other.clone()], &message, job.when)?;
            }
        }
    }
    git::force_refs(repo, &[(names::side(&job.run, &all), all.clone())])?;
    Ok(Ok(all))
}
