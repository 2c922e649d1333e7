//! Which of several attempts of a task becomes the task's.

use crate::schedule::facts::{Action, View};
use crate::schedule::rules::budget::Ledger;
use crate::schedule::rules::candidates;

/// The choices that are due.
pub fn decide(view: &View<'_>) -> Vec<Action> {
    let competes = |i: &usize| !view.state.tasks[*i].rivals.is_empty();
    let mut tasks = (0..view.state.tasks.len()).filter(competes).peekable();
    if tasks.peek().is_none() {
        return Vec::new();
    }
    let ledger = Ledger::new(view.course, view.state);
    let chosen = tasks.filter_map(|i| candidates::choice(view, &ledger, i));
    chosen.map(|choice| Action::ChooseCandidate { attempt: choice.attempt, why: choice.why }).collect()
}
