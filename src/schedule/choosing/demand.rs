//! What a run could use of the machine.

use jiff::Timestamp;

use super::derive::standings;
use crate::journal::{RunState, TaskState};
use crate::schedule::facts::{Capacity, RunContext, TaskStatus, View};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::budget::Ledger;
use crate::schedule::rules::candidates::due_rivals;
use crate::schedule::rules::speculation;

/// What a run could use now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Agents that run.
    pub running: u32,
    /// Tasks that could start.
    pub ready: u32,
    /// Memory that an agent of this run takes, bytes: of ten, nine took no more. 0 when none has ended yet.
    pub memory: u64,
}

/// What a run could use now.
pub fn demand(course: &RunContext, state: &RunState, now: Timestamp) -> Demand {
    let running = state.tasks.iter().flat_map(TaskState::under_way).filter(|it| it.is_working()).count() as u32;
    if state.finished.is_some() || state.stop.is_some() || state.is_paused() {
        return Demand { running, ready: 0, memory: 0 };
    }
    let standings = standings(course, state, now);
    let view = View { course, state, capacity: Capacity::of(0, 0), now };
    let candidate = speculation::open_candidate(&view);
    let ledger = Ledger::new(course, state);
    let ready = |i: usize| {
        if approvals::to_start(course, state, course.info.layers[i]) != Leave::Given {
            return 0;
        }
        let early = || candidate.as_ref().is_some_and(|it| it.base_of(&view, &standings, i).is_some());
        let soon = matches!(&standings[i], TaskStatus::Backoff(until) if *until <= now);
        let rivals = due_rivals(&view, &ledger, &standings[i], i).len();
        rivals.max(usize::from(soon || standings[i] == TaskStatus::Ready || early()))
    };
    let ready = (0..standings.len()).map(ready).sum::<usize>() as u32;
    let mut taken: Vec<u64> =
        state.tasks.iter().flat_map(TaskState::all_attempts).map(|it| it.max_rss).filter(|rss| *rss > 0).collect();
    taken.sort_unstable();
    let memory = taken.get((taken.len() * 9).div_ceil(10).saturating_sub(1)).copied().unwrap_or(0);
    Demand { running, ready, memory }
}
