//! What is carried onto what landed, since the candidate that it was made on did not.

use crate::journal::{CheckState, Subject};
use crate::model::AttemptId;
use crate::schedule::facts::{Action, TaskStatus, View};
use crate::schedule::rules::speculation;

/// Work to carry now: all that it waits for has landed, and no gate looks at it as it was any more.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let state = view.state;
    let tasks = (0..standings.len()).filter(|i| standings[*i] == TaskStatus::Gating);
    let due = tasks.filter(|i| speculation::is_replayable(state, *i));
    let action = |i: usize| {
        let last = state.tasks[i].last()?;
        let attempt = AttemptId { task: view.course.info.tasks[i].id.clone(), n: last.n };
        let subject = Subject::Attempt(attempt.clone());
        let is_judged = state.checks_of(&subject).any(|(_, check)| check.state == CheckState::Open);
        let onto = state.head(view.course.info.layers[i]).commit.clone();
        (!is_judged).then_some(Action::Replay { attempt, onto })
    };
    due.filter_map(action).collect()
}
