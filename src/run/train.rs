//! Merging and landing, between the state and `integrate`.

use jiff::Timestamp;

use super::site::Site;
use crate::integrate::{self, BaseJob, Candidate, LandedWork, MergeJob};
use crate::journal::{AttemptOutcome, BatchPhase, Event, Head, RunState, SideBase};
use crate::model::{AttemptId, GatePhase, Oid, Result};

/// What merging a batch depends on; none when the batch is not being merged.
pub fn merge_job(state: &RunState, n: u32) -> Option<MergeJob> {
    let batch = state.batch.as_ref().filter(|batch| batch.n == n && batch.phase == BatchPhase::Merging)?;
    let candidate = |task: &crate::journal::BatchTask| {
        let i = state.index(&task.task)?;
        let attempt = AttemptId { task: task.task.clone(), n: state.tasks[i].last()?.n };
        let title = state.info.tasks[i].title.clone();
        let carried = state.tasks[i].carried.clone();
        let base = &state.tasks[i].last()?.base;
        let side = state.bases.values().any(|made| *made == SideBase::Made(base.clone())).then(|| base.clone());
        Some(Candidate { attempt, title, layer: task.layer, commit: task.commit.clone(), side, carried })
    };
    let landed = state.tasks.iter().zip(&state.info.tasks).filter(|(facts, _)| facts.landed_commit.is_some());
    let landed = landed.filter_map(|(facts, task)| {
        let last = facts.last()?;
        let Some((_, AttemptOutcome::Committed { commit, .. })) = &last.ended else { return None };
        Some(LandedWork { task: task.id.clone(), base: last.base.clone(), result: commit.clone() })
    });
    Some(MergeJob {
        run: state.info.run.clone(),
        batch: n,
        root: state.root.clone(),
        heads: state.heads.clone(),
        tasks: batch.tasks.iter().filter_map(candidate).collect(),
        landed: landed.collect(),
        union: state.info.options.conflicts.union.clone(),
        regenerate: state.info.options.conflicts.regenerate.keys().cloned().collect(),
        gated: state.info.options.gates.iter().any(|gate| matches!(gate.on, GatePhase::Merged | GatePhase::Both)),
        when: Timestamp::now(),
    })
}

/// Merges.
///
/// # Errors
/// Git failed.
pub fn merge(site: &Site, job: &MergeJob) -> Result<Event> {
    let made = |commit: &Oid, paths: &[String]| super::regenerate::regenerate(site, job.batch, commit, paths);
    let done = integrate::merge(&site.repo, job, &made)?;
    Ok(Event::Merged { batch: job.batch, heads: done.heads, landed: done.landed, conflicts: done.conflicts })
}

/// What a base of its own depends on.
pub fn base_job(state: &RunState, of: Vec<Oid>) -> BaseJob {
    let union = state.info.options.conflicts.union.clone();
    BaseJob { run: state.info.run.clone(), of, union, when: state.at }
}

/// Makes it.
///
/// # Errors
/// Git failed.
pub fn base(site: &Site, job: BaseJob) -> Result<Event> {
    let made = integrate::base(&site.repo, &job)?;
    let paths = made.as_ref().err().cloned().unwrap_or_default();
    Ok(Event::BaseMade { of: job.of, commit: made.ok(), paths })
}

/// What landing a batch depends on: the landed heads and those that follow.
#[derive(Debug)]
pub struct LandJob {
    batch: u32,
    before: std::collections::BTreeMap<u32, Head>,
    after: Vec<Head>,
}

/// What landing a batch depends on; none when it is not landing.
pub fn land_job(state: &RunState, n: u32) -> Option<LandJob> {
    let batch = state.batch.as_ref().filter(|batch| batch.n == n)?;
    let BatchPhase::Landing { heads, .. } = &batch.phase else { return None };
    Some(LandJob { batch: n, before: state.heads.clone(), after: heads.clone() })
}

/// Lands.
///
/// # Errors
/// Git failed, or a head was moved by somebody.
pub fn land(site: &Site, job: LandJob) -> Result<Event> {
    let held_back = integrate::land(&site.repo, &site.info.run, &job.before, &job.after)?;
    Ok(Event::Landed { batch: job.batch, held_back })
}
