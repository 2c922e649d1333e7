//! Tasks that start before what they wait for has landed (`[run] speculate`): on a candidate whose gates have not spoken.
//!
//! What was made so lands as it is only if that very commit became the head. Else it is carried onto what landed, without
//! anything of the candidate, and judged again; where it clashes there, the task is done again. Nothing of a candidate that
//! was given up comes into a head's history.

use crate::graph::TaskIx;
use crate::journal::{AttemptOutcome, BatchPhase, Footing, Head, RunState};
use crate::model::{BaseMode, Oid, Role, TaskId};
use crate::schedule::facts::{EXCLUSIVE, Gates, TaskStatus, View, merged_gates, merged_subjects, together};

use super::base_red;
use super::deadline::{self, TimeLeft};
use super::late;

/// A candidate that work may start on.
#[derive(Debug)]
pub struct OpenCandidate<'a> {
    /// Its batch.
    pub batch: u32,
    heads: &'a [Head],
    tasks: Vec<&'a TaskId>,
}

/// The candidate whose gates have not spoken, where the run is to start tasks on it: everything of it merged cleanly, and
/// nothing speaks against it, as it does against parts of one that was red.
pub fn open_candidate<'a>(view: &View<'a>) -> Option<OpenCandidate<'a>> {
    let options = &view.course.info.options;
    if !options.speculate || options.base != BaseMode::Head {
        return None;
    }
    let batch = view.state.batch.as_ref().filter(|batch| !batch.is_split && batch.without.is_empty())?;
    let BatchPhase::Checking { heads, landed } = &batch.phase else { return None };
    let says: Vec<Gates> = merged_subjects(view.state)
        .iter()
        .map(|(subject, _)| {
            together(view.state, subject, late::awaited(view.course, view.state, subject, merged_gates(view.course)))
        })
        .collect();
    let is_clean = landed.len() == batch.tasks.len();
    let is_open = !says.contains(&Gates::Red) && says.contains(&Gates::Open);
    let tasks = landed.iter().map(|done| &done.task).collect();
    (is_clean && is_open).then_some(OpenCandidate { batch: batch.n, heads, tasks })
}

impl OpenCandidate<'_> {
    /// What a task would start on; none for one that waits for something else, or that is not worth the risk: it is done in
    /// phases or by several at once, was tried before, or holds paths for itself until it has landed.
    pub fn base_of(&self, view: &View<'_>, standings: &[TaskStatus], i: usize) -> Option<Oid> {
        let (course, state) = (view.course, view.state);
        let in_turn = course.is_staged(i) || course.contest(i).is_some();
        if standings[i] != TaskStatus::Waiting || course.people[i] || in_turn {
            return None;
        }
        let task = &course.info.tasks[i];
        let lost = state.tasks[i].attempts.iter().all(|it| it.failure().is_some_and(|(class, _)| !class.counts()));
        let in_time = !matches!(deadline::of_start(state, i, view.now), TimeLeft::Over(_));
        let provider = course.provider(course.agent_for(i, Role::Code));
        let served = state.providers.get(provider).is_none_or(|it| it.broken.is_none());
        let shared = !task.needs.keys().any(|name| name.starts_with(EXCLUSIVE));
        let fair = lost && in_time && served && shared && base_red::against(course, state, i).is_empty();
        (fair && self.has_all_before(view, standings, i)).then(|| self.head(state, course.info.layers[i]))
    }

    /// Whether all that a task waits for has landed or is in the candidate.
    fn has_all_before(&self, view: &View<'_>, standings: &[TaskStatus], i: usize) -> bool {
        let before = view.course.graph.dependencies(TaskIx(i as u32));
        before.into_iter().map(TaskIx::index).all(|n| {
            matches!(standings[n], TaskStatus::Landed | TaskStatus::Skipped)
                || self.tasks.contains(&&view.course.info.tasks[n].id)
        })
    }

    /// The candidate's head of a layer, or the landed one where that is nearer.
    fn head(&self, state: &RunState, layer: u32) -> Oid {
        let landed = state.head(layer);
        let own = self.heads.iter().rev().find(|head| head.layer <= layer);
        own.filter(|own| own.layer >= landed.layer).unwrap_or(landed).commit.clone()
    }
}

/// Whether a task's work is to be carried onto what landed.
pub fn is_replayable(state: &RunState, i: usize) -> bool {
    let task = &state.tasks[i];
    task.last().is_some_and(|last| {
        let left = matches!(last.ended, Some((_, AttemptOutcome::Committed { .. })));
        left && matches!(last.footing, Footing::Refused(_)) && last.replaying.is_none() && !task.retry_asked
    })
}

/// Whether a running attempt works on what was given up, and something that it waits for is not even on its way any more.
pub fn is_in_vain(view: &View<'_>, standings: &[TaskStatus], i: usize) -> bool {
    let comes = |n: usize| {
        use TaskStatus::{Landed, Landing, Passed, Skipped};
        matches!(standings[n], Landed | Skipped | Passed | Landing)
    };
    let before = || view.course.graph.dependencies(TaskIx(i as u32)).into_iter().map(TaskIx::index);
    view.state.tasks[i].open().is_some_and(|open| open.is_unfounded()) && !before().all(comes)
}
