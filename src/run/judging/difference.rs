//! What a gate judges, gathered from the repository.

use std::collections::BTreeSet;

use super::job::CheckJob;
use crate::gate::{Diff, Said, TreeFiles, TreeKind};
use crate::git::{self, CommitFiles, Repo};
use crate::journal::Subject;
use crate::model::{Oid, Result};

/// Commits that are looked at, newest first: an attempt has a handful, a run's result some hundreds.
const MAX_COMMITS: usize = 1000;

/// The difference that a check judges. `root` is the commit that the run began with.
///
/// # Errors
/// A commit is missing.
pub fn gather(repo: &Repo, job: &CheckJob, root: &Oid) -> Result<Diff> {
    let between = git::commits_between(repo, &job.base, &job.commit)?;
    Ok(Diff {
        kind: match job.subject {
            Subject::Attempt(_) | Subject::Phase(_) | Subject::Commit(_) => TreeKind::Task,
            Subject::Batch { .. } | Subject::Layer { .. } => TreeKind::Merged,
            Subject::Final(_) => TreeKind::Final,
            Subject::Base(_) => TreeKind::Base,
        },
        commits: between
            .into_iter()
            .take(MAX_COMMITS)
            .map(|(oid, _)| said(repo, &job.base, oid))
            .collect::<Result<_>>()?,
        task: job.task.clone(),
        tests_first: matches!(job.subject, Subject::Phase(_)),
        expected_red: job.expected_red.clone(),
        known_red: job.known_red.clone(),
        root: TreeFiles::new(CommitFiles::new(repo, root)?),
        ..between_trees(repo, &job.base, &job.commit)?
    })
}

/// What differs between two commits, and nothing of what was said or asked.
///
/// # Errors
/// A commit is missing.
pub fn between_trees(repo: &Repo, base: &Oid, head: &Oid) -> Result<Diff> {
    let old = TreeFiles::new(CommitFiles::new(repo, base)?);
    Ok(Diff {
        base: base.clone(),
        head: head.clone(),
        kind: TreeKind::Task,
        files: git::file_diffs(repo, base, head)?,
        commits: Vec::new(),
        task: None,
        tests_first: false,
        expected_red: BTreeSet::new(),
        known_red: None,
        clashes: Vec::new(),
        new: TreeFiles::new(CommitFiles::new(repo, head)?),
        root: old.clone(),
        old,
    })
}

fn said(repo: &Repo, base: &Oid, oid: Oid) -> Result<Said> {
    let info = repo.commit_info(&oid)?;
    let files = TreeFiles::new(CommitFiles::new(repo, &oid)?);
    let mut said = Said { oid, subject: info.subject, body: info.body, files, changed: Vec::new() };
    if said.trailer("Orca-Phase").is_some() {
        let changes = repo.changed(base, &said.oid)?;
        said.changed =
            changes.into_iter().flat_map(|change| change.old_path.into_iter().chain([change.path])).collect();
    }
    Ok(said)
}
