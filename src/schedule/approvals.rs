//! What a person is asked, and what waits for the answer.
//!
//! Questions are part of the state: any terminal answers them, also while nobody drives the run. One that is not
//! answered within two hours pauses the run (DESIGN 13); `resume` asks for as long again.

use jiff::SignedDuration;

use super::attempts::StartGate;
use super::decide::View;
use super::task_status::TaskStatus;
use super::{Action, RunContext};
use crate::journal::{Asked, Question, RunState};
use crate::model::{ApproveMode, Oid, Task, TaskId, TaskKind};
use crate::settings::trust::acceptance_command;

/// How long a question waits.
const PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// Whether only a person can do a task: it says so, or it only verifies and names nothing that could be run. Where the exit
/// status of the agent is evidence (`judged_by_exit`), the agent can do the latter.
pub fn needs_person(task: &Task, judged_by_exit: bool) -> bool {
    let nothing_to_run =
        || !judged_by_exit && !task.acceptance.iter().any(|criterion| acceptance_command(criterion).is_some());
    task.run.is_none()
        && match task.kind {
            TaskKind::Approval => true,
            TaskKind::Verify => nothing_to_run(),
            TaskKind::Change | TaskKind::Tests => false,
        }
}

/// Whether a question was answered with yes.
fn is_agreed(state: &RunState, question: &Question) -> bool {
    state.approvals.get(&question.id()).is_some_and(|it| it.question == *question && it.answer == Some(true))
}

/// Whether what a task left may land.
pub(super) fn may_land(course: &RunContext, state: &RunState, task: &TaskId, commit: &Oid) -> bool {
    if course.info.options.approve != ApproveMode::Task {
        return true;
    }
    let question = Question::Landing(task.clone());
    let shown = state.approvals.get(&question.id()).is_some_and(|it| it.digest == commit.as_str());
    shown && is_agreed(state, &question)
}

/// Whether a person agrees that a task needs no change.
pub(super) fn is_agreed_unchanged(state: &RunState, task: &TaskId) -> bool {
    let known = state.approvals.get(task.as_str());
    known.is_some_and(|it| matches!(it.question, Question::Unchanged { .. }) && it.answer == Some(true))
}

/// Whether a layer may start, or the plan at all.
pub(super) fn may_start(course: &RunContext, state: &RunState, layer: u32) -> bool {
    match course.info.options.approve {
        ApproveMode::None | ApproveMode::Task => true,
        ApproveMode::Plan => is_agreed(state, &Question::Plan),
        ApproveMode::Layer => is_agreed(state, &Question::Layer(layer)),
    }
}

/// Questions to put now, those that nobody answered in time, and when the next is overdue.
pub(super) fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let mut actions: Vec<Action> = questions(view, standings)
        .into_iter()
        .filter(|(question, digest)| is_new(view.state, question, digest))
        .map(|(question, digest)| Action::Ask(Asked { question, digest, deadline: view.now + PATIENCE }))
        .collect();
    for (id, approval) in view.state.approvals.iter().filter(|(_, it)| it.answer.is_none() && !it.expired) {
        actions.push(match approval.deadline <= view.now {
            true => Action::Expire { id: id.clone() },
            false => Action::Wake { at: approval.deadline },
        });
    }
    actions
}

/// Whether it has to be put: never before, or of another commit.
fn is_new(state: &RunState, question: &Question, digest: &str) -> bool {
    let known = state.approvals.get(&question.id()).filter(|it| it.question == *question);
    known.is_none_or(|it| matches!(question, Question::Landing(_)) && it.digest != digest)
}

fn claim(state: &RunState, i: usize) -> Option<&str> {
    state.tasks[i].last().and_then(|last| last.claim())
}

fn questions(view: &View<'_>, standings: &[TaskStatus]) -> Vec<(Question, String)> {
    let (course, state) = (view.course, view.state);
    let mut questions = Vec::new();
    let barrier = StartGate::new(view, standings);
    for (i, standing) in standings.iter().enumerate() {
        let task = &course.info.tasks[i];
        let layer = course.info.layers[i];
        match standing {
            TaskStatus::Ready | TaskStatus::AwaitsPerson if !barrier.reaches(view, i) => {}
            TaskStatus::Ready | TaskStatus::AwaitsPerson if !may_start(course, state, layer) => {
                questions.push(match course.info.options.approve {
                    ApproveMode::Plan => (Question::Plan, course.info.plan.digest.clone()),
                    _ => (Question::Layer(layer), state.head(layer).commit.to_string()),
                });
            }
            TaskStatus::AwaitsPerson => {
                questions.push((Question::Task(task.id.clone()), state.head(layer).commit.to_string()));
            }
            TaskStatus::AwaitsLanding if claim(state, i).is_some() => {
                let reason = claim(state, i).unwrap_or_default().to_owned();
                let commit = state.tasks[i].last().and_then(|last| last.result()).map(ToString::to_string);
                questions.push((Question::Unchanged { task: task.id.clone(), reason }, commit.unwrap_or_default()));
            }
            TaskStatus::AwaitsLanding => {
                let commit = state.tasks[i].last().and_then(|last| last.result()).map(ToString::to_string);
                questions.push((Question::Landing(task.id.clone()), commit.unwrap_or_default()));
            }
            _ => {}
        }
    }
    questions.dedup();
    questions
}
