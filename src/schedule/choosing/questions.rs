//! What a person is asked.
//!
//! Questions are part of the state: any terminal answers them, also while nobody drives the run. One that is not
//! answered in time, two hours by default (DESIGN 13), waits on while everything else continues, or is answered as
//! `[approvals.*]` says; `resume` asks for as long again. One about the base waits for nothing: a run that it stops is
//! over, and the answer goes on with it.

use jiff::SignedDuration;

use super::start_gate::StartGate;
use crate::journal::{Approval, Asked, Question, RunState};
use crate::schedule::facts::{Action, TaskStatus, View};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::base_red;
use crate::schedule::rules::unanswered::{self, Unanswered};

/// Questions to put now, those that nobody answered in time, and when the next is overdue.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let mut actions: Vec<Action> = questions(view, standings)
        .into_iter()
        .filter(|(question, digest)| is_new(view.state, question, digest))
        .map(|(question, digest)| {
            Action::Ask(Asked { deadline: view.now + patience(view, &question), question, digest })
        })
        .collect();
    let by_pull = approvals::asks_server(view.course);
    // A review takes as long as it takes, and whoever reads about a red base has ended the run.
    let is_timed = |question: &Question| match question {
        Question::Layer(_) => !by_pull,
        question => !matches!(question, Question::BaseRed { .. }),
    };
    let waits = |it: &Approval| it.answer.is_none() && !it.expired && is_timed(&it.question);
    for (id, approval) in view.state.approvals.iter().filter(|(_, it)| waits(it)) {
        actions.push(match approval.deadline <= view.now {
            true => match unanswered::fall_back(view.course, view.state, approval) {
                Unanswered::Waits => Action::Expire { id: id.clone() },
                Unanswered::Answered(answer) => Action::FallBack(answer),
            },
            false => Action::Wake { at: approval.deadline },
        });
    }
    actions
}

/// How long a question waits. The one about a red base waits for nothing, and its time is never looked at.
fn patience(view: &View<'_>, question: &Question) -> SignedDuration {
    let rule = question.kind().map(|kind| view.course.info.options.approvals.of(kind)).unwrap_or_default();
    SignedDuration::from_secs(i64::try_from(rule.timeout).unwrap_or(i64::MAX / 2))
}

/// Whether it has to be put: never before, or of another commit.
fn is_new(state: &RunState, question: &Question, digest: &str) -> bool {
    let known = state.approvals.get(&question.id()).filter(|it| it.question == *question);
    known.is_none_or(|it| matches!(question, Question::Landing(_)) && it.digest != digest)
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
            TaskStatus::Ready | TaskStatus::AwaitsPerson => {
                let head = || state.head(layer).commit.to_string();
                match approvals::to_start(course, state, layer) {
                    Leave::Wanted(Question::Plan) => {
                        questions.push((Question::Plan, course.info.plan.digest.clone()));
                    }
                    Leave::Wanted(question) => questions.push((question, head())),
                    Leave::Given if *standing == TaskStatus::AwaitsPerson => {
                        questions.push((Question::Task(task.id.clone()), head()));
                    }
                    Leave::Given => {}
                }
            }
            TaskStatus::AwaitsLanding => {
                let last = state.tasks[i].last();
                let commit = last.and_then(|last| last.result()).map(ToString::to_string);
                let question = match last.and_then(|last| last.claim()) {
                    Some(reason) => Question::Unchanged { task: task.id.clone(), reason: reason.to_owned() },
                    None => Question::Landing(task.id.clone()),
                };
                questions.push((question, commit.unwrap_or_default()));
            }
            _ => {}
        }
    }
    let stopped = |i: &usize| standings[*i] == TaskStatus::BaseRed;
    let base = base_red::question(course, state, (0..standings.len()).filter(stopped));
    questions.extend(base.map(|question| (question, course.info.base.to_string())));
    questions.dedup();
    questions
}
