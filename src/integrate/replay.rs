//! The work of an attempt that was made on a candidate which was given up, on what landed instead: its own commits only,
//! nothing of the candidate.

use jiff::Timestamp;

use super::names;
use crate::git::{self, MergeOutcome, MergeRules, Repo};
use crate::model::{AttemptId, Oid, Result, RunId};

/// Everything that carrying work elsewhere depends on.
#[derive(Debug, Clone)]
pub struct ReplayJob {
    /// The run.
    pub run: RunId,
    /// Whose work it is.
    pub attempt: AttemptId,
    /// What it was made on.
    pub base: Oid,
    /// What it left.
    pub result: Oid,
    /// What it is carried onto.
    pub onto: Oid,
    /// Globs of files whose conflicts are solved by taking both sides' lines.
    pub union: Vec<String>,
    /// Time of commits that only declare a base.
    pub when: Timestamp,
}

/// The work on its new base, kept by the attempt's ref, with its tree; or the paths that clash. What it left at first is kept
/// beside it.
///
/// # Errors
/// Git failed.
pub fn replay(repo: &Repo, job: &ReplayJob) -> Result<std::result::Result<(Oid, Oid), Vec<String>>> {
    let (mut from, mut at) = (job.base.clone(), job.onto.clone());
    for commit in own_commits(repo, job)? {
        match carried(repo, job, &from, &at, &commit)? {
            MergeOutcome::Conflict { paths, .. } => return Ok(Err(paths.into_iter().map(|it| it.path).collect())),
            MergeOutcome::Clean { tree } => at = git::commit_onto(repo, &commit, &tree, &at)?,
        }
        from = commit;
    }
    let kept = [
        (names::before_replay(&job.run, &job.attempt), job.result.clone()),
        (names::attempt(&job.run, &job.attempt), at.clone()),
    ];
    git::force_refs(repo, &kept)?;
    let tree = repo.tree_of(&at)?;
    Ok(Ok((at, tree)))
}

/// The commits to make again, oldest first: each one where every one follows on the one before, else the last for all.
fn own_commits(repo: &Repo, job: &ReplayJob) -> Result<Vec<Oid>> {
    let mut commits: Vec<Oid> =
        git::commits_between(repo, &job.base, &job.result)?.into_iter().map(|(commit, _)| commit).collect();
    commits.reverse();
    let mut before = &job.base;
    for commit in &commits {
        if repo.commit_info(commit)?.parents != [before.clone()] {
            return Ok(vec![job.result.clone()]);
        }
        before = commit;
    }
    Ok(commits)
}

/// What changed from `from` to `commit`, merged into `at`. What both have in common is declared by commits made for that,
/// since `merge-tree` takes no base before git 2.40, and since the histories hold the candidate.
fn carried(repo: &Repo, job: &ReplayJob, from: &Oid, at: &Oid, commit: &Oid) -> Result<MergeOutcome> {
    let make = |of: &Oid, parents: &[Oid]| {
        git::commit_tree(repo, &repo.tree_of(of)?, parents, "What work is carried over\n", job.when)
    };
    let base = [make(from, &[])?];
    let rules = MergeRules { union: job.union.clone(), ..MergeRules::default() };
    git::merge_one(repo, &make(at, &base)?, &make(commit, &base)?, &rules)
}
