//! What the schedule's mode holds back.

use crate::model::{ApproveMode, ScheduleMode};
use crate::schedule::facts::{StartWait, TaskStatus, View};

/// What the schedule's mode holds back.
pub enum StartGate {
    None,
    Layer(u32),
    One {
        busy: bool,
    },
    /// Nothing but this task, and not before the others are through.
    Alone {
        task: usize,
        busy: bool,
    },
}

impl StartGate {
    pub fn new(view: &View<'_>, standings: &[TaskStatus]) -> StartGate {
        let busy = || standings.iter().any(TaskStatus::is_busy);
        if let Some(i) = alone(view, standings) {
            return StartGate::Alone { task: i, busy: busy() };
        }
        let by_layer = view.course.info.options.approve == ApproveMode::Layer;
        match view.course.info.options.schedule {
            ScheduleMode::Ready if !by_layer => StartGate::None,
            ScheduleMode::Ready | ScheduleMode::Layered => {
                // What waits, waits for a task of a lower layer, or of a higher one where the plan has changed since it
                // began: that one is not held back for it.
                let moving = |status: &TaskStatus| !status.is_over() && *status != TaskStatus::Waiting;
                let layers = standings.iter().zip(&view.course.info.layers).filter(|(status, _)| moving(status));
                StartGate::Layer(layers.map(|(_, layer)| *layer).min().unwrap_or(u32::MAX))
            }
            ScheduleMode::Sequential => StartGate::One { busy: busy() },
        }
    }

    /// Whether a task's layer has come.
    pub fn reaches(&self, view: &View<'_>, i: usize) -> bool {
        !matches!(self, StartGate::Layer(lowest) if view.course.info.layers[i] > *lowest)
    }

    /// What a task that it does not let start waits for.
    pub fn wait(&self) -> StartWait {
        match self {
            StartGate::None => StartWait::Agents,
            StartGate::Layer(lowest) => StartWait::Layer(*lowest),
            StartGate::One { .. } => StartWait::Turn,
            StartGate::Alone { .. } => StartWait::Alone,
        }
    }

    pub fn lets(&self, view: &View<'_>, i: usize, started: usize) -> bool {
        // Who has agents at work already may be joined by more of its own.
        let joins = || view.state.tasks[i].round.is_some();
        match self {
            StartGate::None => true,
            // What has begun goes on, also where a task of an earlier layer is tried again meanwhile: that one may wait for
            // what this one holds.
            StartGate::Layer(_) => self.reaches(view, i) || view.state.tasks[i].has_attempts(),
            StartGate::One { busy } => started == 0 && (!busy || joins()),
            StartGate::Alone { task, busy } => *task == i && (!busy || joins()),
        }
    }
}

/// Clashes after which a task runs alone, so that nothing can land beneath it once more (DESIGN 5).
const CLASHES: usize = 2;

/// The task that is to run alone: one that clashed again and again and could start, or is on its way.
fn alone(view: &View<'_>, standings: &[TaskStatus]) -> Option<usize> {
    let clashed = |i: &usize| {
        let attempts = &view.state.tasks[*i].attempts;
        attempts.iter().filter(|attempt| attempt.conflict.is_some()).count() >= CLASHES
    };
    (0..standings.len()).find(|i| (standings[*i] == TaskStatus::Ready || standings[*i].is_busy()) && clashed(i))
}
