//! What working agents are handed of what people said.

use crate::model::AttemptId;
use crate::schedule::facts::{Action, View};
use crate::schedule::rules::words;

/// Each word that an agent that works does not know, once.
pub fn decide(view: &View<'_>) -> Vec<Action> {
    let tasks = view.course.info.tasks.iter().zip(&view.state.tasks);
    let handed = tasks.flat_map(|(task, facts)| {
        words::to_hand(facts).map(|(attempt, word)| Action::HandWord {
            attempt: AttemptId { task: task.id.clone(), n: attempt.n },
            message: word.message.clone(),
        })
    });
    handed.collect()
}
