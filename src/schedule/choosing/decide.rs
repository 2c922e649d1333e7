//! The decision: what to do, given what is.

use super::derive::standings;
use super::{candidates, checks, ending, ends, questions, replays, starts, train, words};
use crate::schedule::facts::{Action, TaskStatus, View};
use crate::schedule::rules::surroundings;

/// What to do now. Empty or only `Wake` when nothing is to be done until something happens.
pub fn decide(view: &View<'_>) -> Vec<Action> {
    if view.state.finished.is_some() {
        return Vec::new();
    }
    let standings = standings(view.course, view.state, view.now);
    if view.state.stop.is_some() {
        return ending::stop(view);
    }
    let mut actions = ends::decide(view, &standings);
    actions.extend(candidates::decide(view));
    actions.extend(words::decide(view));
    actions.extend(train::decide(view, &standings));
    actions.extend(replays::decide(view, &standings));
    actions.extend(questions::decide(view, &standings));
    let pauses = surroundings::pauses(view.course, view.state);
    actions.extend(pauses.into_iter().map(|(gate, why)| Action::PauseForGate { gate, why }));
    actions.extend(checks::again(view));
    if !view.state.is_paused() {
        actions.extend(checks::decide(view, &standings));
        actions.extend(starts::decide(view, &standings));
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
