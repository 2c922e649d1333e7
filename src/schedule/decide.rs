//! The decision: what to do, given what is.

use jiff::Timestamp;

use super::task_status::TaskStatus;
use super::{Action, RunContext, approvals, attempts, checks, ending, standings, train};
use crate::journal::{BatchPhase, CheckState, MarkingPhase, RunState, SideBase};

/// What this machine gives the run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Agents at once.
    pub agents: u32,
    /// Gate commands at once.
    pub checks: u32,
}

/// Everything a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Constant for the run.
    pub course: &'a RunContext,
    /// The fold.
    pub state: &'a RunState,
    /// The machine.
    pub capacity: Capacity,
    /// The time.
    pub now: Timestamp,
}

/// What to do now. Empty or only `Wake` when nothing is to be done until something happens.
pub fn decide(view: &View<'_>) -> Vec<Action> {
    if view.state.finished.is_some() {
        return Vec::new();
    }
    let standings = standings(view.course, view.state, view.now);
    if view.state.stop.is_some() {
        return ending::stop(view);
    }
    let mut actions = attempts::ends(view);
    actions.extend(train::decide(view, &standings));
    actions.extend(approvals::decide(view, &standings));
    if !view.state.is_paused() {
        actions.extend(checks::decide(view, &standings));
        actions.extend(attempts::starts(view, &standings));
    }
    if actions.iter().all(|action| matches!(action, Action::Wake { .. })) {
        actions.extend(ending::decide(view, &standings));
    }
    one_wake(actions, &standings)
}

/// Of several times to wake the earliest is the one: whoever performs it knows only one.
fn one_wake(mut actions: Vec<Action>, standings: &[TaskStatus]) -> Vec<Action> {
    let asked = actions.iter().filter_map(|action| if let Action::Wake { at } = action { Some(*at) } else { None });
    let due = standings.iter().filter_map(|it| if let TaskStatus::Backoff(at) = it { Some(*at) } else { None });
    let earliest = asked.chain(due).min();
    actions.retain(|action| !matches!(action, Action::Wake { .. }));
    actions.extend(earliest.map(|at| Action::Wake { at }));
    actions
}

/// Intents without outcomes, as actions: what a resumed run reconciles or performs again.
pub fn open(state: &RunState) -> Vec<Action> {
    let made = state.bases.iter().filter(|(_, base)| **base == SideBase::Making);
    let mut actions: Vec<Action> = made.map(|(of, _)| Action::MakeBase { of: of.clone() }).collect();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        if let Some(attempt) = facts.open() {
            actions.push(Action::Attempt(Box::new(attempt.intended(&task.id))));
        }
    }
    for ((subject, gate), check) in &state.checks {
        if check.state == CheckState::Open {
            let (subject, gate) = (subject.clone(), gate.clone());
            actions.push(Action::Check { subject, gate, commit: check.commit.clone(), slot: check.slot.clone() });
        }
    }
    if let Some(batch) = &state.batch {
        let tasks = batch.tasks.iter().map(|task| task.task.clone()).collect();
        match batch.phase {
            BatchPhase::Merging => {
                actions.push(Action::Merge { batch: batch.n, tasks, without: batch.without.clone() });
            }
            BatchPhase::Checking { .. } => {}
            BatchPhase::Landing { .. } => actions.push(Action::Land { batch: batch.n }),
        }
    }
    match state.marking.as_ref().map(|marking| (marking.upto, &marking.phase)) {
        Some((upto, MarkingPhase::Making)) => actions.push(Action::Mark { upto }),
        Some((_, MarkingPhase::Moving(_))) => actions.push(Action::LandMarks),
        Some((_, MarkingPhase::Made(_))) | None => {}
    }
    if state.into == Some((false, None))
        && let Some((branch, old)) = &state.info.options.into
        && let Ok(old) = old.parse()
    {
        actions.push(Action::Into { branch: branch.clone(), old, new: state.top().commit.clone() });
    }
    if state.deploy == Some(None) {
        actions.push(Action::Deploy);
    }
    actions
}
