//! What waits for a person's yes.

use crate::journal::{Question, RunState};
use crate::model::{ApproveMode, Oid, TaskId};
use crate::schedule::facts::RunContext;

/// Whether a person's leave is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// It is, or none is needed.
    Given,
    /// It is not: this is to be asked.
    Wanted(Question),
}

/// Whether a question was answered with yes.
fn is_agreed(state: &RunState, question: &Question) -> bool {
    state.approvals.get(&question.id()).is_some_and(|it| it.question == *question && it.answer == Some(true))
}

fn leave(state: &RunState, question: Question) -> Leave {
    if is_agreed(state, &question) { Leave::Given } else { Leave::Wanted(question) }
}

/// Whether what a task left may land.
pub fn to_land(course: &RunContext, state: &RunState, task: &TaskId, commit: &Oid) -> Leave {
    if course.info.options.approve != ApproveMode::Task {
        return Leave::Given;
    }
    let question = Question::Landing(task.clone());
    let shown = state.approvals.get(&question.id()).is_some_and(|it| it.digest == commit.as_str());
    if shown { leave(state, question) } else { Leave::Wanted(question) }
}

/// Whether a person agrees that a task needs no change, for the reason that its agent gives.
pub fn to_leave_unchanged(state: &RunState, task: &TaskId, reason: &str) -> Leave {
    leave(state, Question::Unchanged { task: task.clone(), reason: reason.to_owned() })
}

/// Whether a layer may start, or the plan at all.
pub fn to_start(course: &RunContext, state: &RunState, layer: u32) -> Leave {
    match course.info.options.approve {
        ApproveMode::None | ApproveMode::Task => Leave::Given,
        ApproveMode::Plan => leave(state, Question::Plan),
        ApproveMode::Layer if asks_server(course) && layer_below(state, layer).is_none() => Leave::Given,
        ApproveMode::Layer => leave(state, Question::Layer(layer)),
    }
}

/// Whether the server answers for layers, by its reviews.
pub fn asks_server(course: &RunContext) -> bool {
    let options = &course.info.options;
    options.opens_pulls && options.approve == ApproveMode::Layer
}

/// The next lower layer that has landed work: the one whose pull request is reviewed before this layer starts.
pub fn layer_below(state: &RunState, layer: u32) -> Option<u32> {
    let landed = state.info.layers.iter().zip(&state.tasks).filter(|(_, task)| task.is_in_heads());
    landed.map(|(of, _)| *of).filter(|of| *of < layer).max()
}
