//! Which running agents end.

use crate::model::{AttemptId, TaskId};
use crate::schedule::facts::{Action, EndReason, TaskStatus, View};
use crate::schedule::rules::deadline::{self, TimeLeft};
use crate::schedule::rules::{budget, speculation};

/// Running attempts that have to end: a person said so, they go beyond a limit, or what they work on will not land.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let tasks = view.course.info.tasks.iter().zip(&view.state.tasks).enumerate();
    let open = tasks.flat_map(|(i, (task, facts))| {
        let working = facts.under_way().filter(|it| it.is_working() && !it.end_asked);
        working.map(move |attempt| (i, task, facts, attempt))
    });
    let mut actions = Vec::new();
    for (i, task, facts, attempt) in open {
        if facts.stopped || facts.skipped {
            actions.push(end(&task.id, attempt.n, EndReason::Person));
        } else if attempt.rival.is_some_and(|rival| facts.round != Some(rival.round)) {
            actions.push(end(&task.id, attempt.n, EndReason::Outdone));
        } else if speculation::is_in_vain(view, standings, i) {
            actions.push(end(&task.id, attempt.n, EndReason::Unfounded));
        } else if let Some(limit) = budget::exceeded(view.state, facts, attempt) {
            actions.push(end(&task.id, attempt.n, EndReason::Limit(limit)));
        } else {
            match deadline::of_attempt(view.state, facts, attempt, view.now) {
                TimeLeft::Unlimited => {}
                TimeLeft::Until(at) => actions.push(Action::Wake { at }),
                TimeLeft::Over(limit) => actions.push(end(&task.id, attempt.n, EndReason::Limit(limit))),
            }
        }
    }
    actions
}

/// The action that ends an attempt.
pub fn end(task: &TaskId, n: u32, why: EndReason) -> Action {
    Action::EndAttempt { attempt: AttemptId { task: task.clone(), n }, why }
}
