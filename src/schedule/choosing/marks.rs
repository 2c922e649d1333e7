//! When landed tasks are marked in the plan: once their layer has closed and the train stands, so that nothing is merged
//! onto heads that are about to get one more commit.

use crate::journal::{Marking, MarkingPhase};
use crate::schedule::facts::{Action, TaskStatus, View};

/// The next step of marking. `Some(None)`: it is on its way, the train waits.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Option<Option<Action>> {
    match &view.state.marking {
        Some(Marking { phase: MarkingPhase::Made(_), .. }) => Some(Some(Action::LandMarks)),
        Some(_) => Some(None),
        None => wanted(view, standings).map(|upto| Some(Action::Mark { upto })),
    }
}

/// Whether marks are still to be set or on their way: what is judged once at the end waits for them.
pub fn is_pending(view: &View<'_>, standings: &[TaskStatus]) -> bool {
    decide(view, standings).is_some()
}

/// The last closed layer, when tasks up to it have landed that nobody has tried to mark.
fn wanted(view: &View<'_>, standings: &[TaskStatus]) -> Option<u32> {
    let state = view.state;
    if view.course.info.marked.is_empty() || state.batch.is_some() || !state.groups.is_empty() {
        return None;
    }
    let layers = &view.course.info.layers;
    let unfinished = standings.iter().zip(layers).filter(|(standing, _)| !standing.is_over());
    let lowest = unfinished.map(|(_, layer)| *layer).min().unwrap_or(u32::MAX);
    let tasks = view.course.info.tasks.iter().zip(&state.tasks).zip(layers);
    let fresh = tasks.filter(|((task, facts), _)| task.is_written() && facts.landed.is_some() && facts.mark.is_none());
    fresh.map(|(_, layer)| *layer).filter(|layer| *layer < lowest).max()
}
