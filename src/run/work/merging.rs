//! An attempt that merges begins: both sides are put into its worktree.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::job::{AttemptJob, Done};
use super::keeping;
use super::outcome;
use super::setup;
use super::sides;
use crate::git::{self, Slot, Unfinished};
use crate::integrate::{Joined, names};
use crate::model::Result;
use crate::run::run_env::RunEnv;

/// Puts both sides into a worktree that is ready. Gives how the attempt ended where there is nothing left to solve.
pub fn begin(site: &RunEnv, job: &AttemptJob, slot: &Slot) -> Result<Option<Done>> {
    let Some(theirs) = sides::other_side(site, job)? else { return Ok(None) };
    let message = sides::message(site, job);
    match sides::joined(site, job, &theirs)? {
        Joined::Clash(clash) => {
            let merge = Unfinished { theirs: &theirs, tree: &clash.tree, stages: &clash.stages, message: &message };
            git::begin_merge(&site.repo, slot, &merge)?;
            Ok(None)
        }
        Joined::Clean { tree, .. } => {
            let parents = [job.start.clone(), theirs];
            let commit = git::commit_tree(&site.repo, &tree, &parents, &message, Timestamp::now())?;
            keeping::free(site, slot, setup::baseline(site, &job.task, slot, &job.start)?.is_empty())?;
            let branch = names::full(&job.branch(&site.info.run));
            git::force_refs(&site.repo, &[(branch, commit.clone())])?;
            keeping::keep(site, job, slot, &commit, &BTreeSet::new())?;
            let outcome = outcome::result(site, job, commit, false, true, None)?;
            Ok(Some(Done { outcome, salvage: None, max_rss: 0, cpu: 0.0, set_aside: None }))
        }
    }
}
