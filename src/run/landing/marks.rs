//! Marking the plan, between the state and `integrate`.

use std::collections::BTreeMap;

use crate::integrate::{self, MarkJob, ToMark};
use crate::journal::{Event, Head, Marking, MarkingPhase, RunState};
use crate::model::Result;
use crate::run::run_env::RunEnv;

/// What marking depends on; none when nothing is to be marked.
pub fn mark_job(state: &RunState) -> Option<MarkJob> {
    let upto = state.marking.as_ref().filter(|marking| marking.phase == MarkingPhase::Making)?.upto;
    let tasks = state.info.tasks.iter().zip(&state.tasks).zip(&state.info.layers);
    let fresh = tasks.filter(|((task, facts), layer)| {
        task.is_written() && facts.landed.is_some() && facts.mark.is_none() && **layer <= upto
    });
    Some(MarkJob {
        run: state.info.run.clone(),
        root: state.root.clone(),
        heads: state.heads.clone(),
        tasks: fresh.map(|((task, _), layer)| ToMark { task: task.clone(), layer: *layer }).collect(),
        plans: state.info.marked.clone(),
        when: state.at,
    })
}

/// Makes the commits.
///
/// # Errors
/// Git failed.
pub fn mark(site: &RunEnv, job: &MarkJob) -> Result<Event> {
    let done = integrate::mark(&site.repo, job)?;
    Ok(Event::MarksMade { heads: done.heads, tasks: done.tasks, left: done.left })
}

/// What moving the heads depends on.
#[derive(Debug)]
pub struct LandJob {
    before: BTreeMap<u32, Head>,
    after: Vec<Head>,
}

/// What moving the heads depends on; none when nothing is to be moved.
pub fn land_job(state: &RunState) -> Option<LandJob> {
    let Some(Marking { phase: MarkingPhase::Moving(marks), .. }) = &state.marking else { return None };
    Some(LandJob { before: state.heads.clone(), after: marks.heads.clone() })
}

/// Moves the heads.
///
/// # Errors
/// Git failed, or a head was moved by somebody.
pub fn land(site: &RunEnv, job: &LandJob) -> Result<Event> {
    let held_back = integrate::land(&site.repo, &site.info.run, &job.before, &job.after)?;
    Ok(Event::MarksLanded { held_back })
}
