//! Answering the threads of a review once what was done for them has landed and is published.

use serde_json::Value;

use super::forge::{Forge, PullState};
use super::own_words::is_marked;
use super::stack::Stack;
use crate::journal::{RunState, TaskState};
use crate::model::{Oid, Result, TaskId};

/// What marks an answer of ours.
const ANSWER: &str = "<!-- git-orca:answer ";

/// Whether a remark of a server's carries the mark of an answer.
pub(super) fn is_answer(value: &Value) -> bool {
    value["body"].as_str().is_some_and(|body| is_marked(body, ANSWER))
}

/// An answer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAnswer {
    /// The pull request.
    pub pull: u64,
    /// The remark.
    pub remark: u64,
    /// What marks it: the same work answers once.
    pub marker: String,
    /// Its text.
    pub body: String,
}

/// The answers that are due: to what was given to tasks whose work for it has landed. Pure.
pub fn due_answers(state: &RunState) -> Vec<DueAnswer> {
    let mut due = Vec::new();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        for (n, review) in facts.reviews.iter().enumerate() {
            let Some((attempt, commit)) = dealt_with(facts, n) else { continue };
            let marker = format!("{ANSWER}run={} task={} attempt={attempt} -->", state.info.run, task.id);
            let body = format!("{}\n{marker}", words(&task.id, facts, n, attempt, commit));
            let one = |remark: &u64| DueAnswer {
                pull: review.pull,
                remark: *remark,
                marker: marker.clone(),
                body: body.clone(),
            };
            due.extend(review.remarks.iter().map(one));
        }
    }
    due
}

/// The attempt that dealt with the `n`-th review, once that has landed, and its commit.
fn dealt_with(facts: &TaskState, n: usize) -> Option<(u32, &Oid)> {
    let review = facts.reviews.get(n)?;
    let (landed, upto) = match facts.reviews.get(n + 1) {
        Some(next) => (next.landed.is_some(), next.after),
        None => (facts.landed.is_some(), u32::MAX),
    };
    let made = facts.attempts.iter().rev().filter(|it| it.n > review.after && it.n <= upto && landed);
    made.filter_map(|it| Some((it.n, it.result()?))).next()
}

fn words(task: &TaskId, facts: &TaskState, n: usize, attempt: u32, commit: &Oid) -> String {
    let start = facts.attempts.iter().find(|it| it.n == attempt).map(|it| &it.base);
    let again = if n > 0 { " again" } else { "" };
    match start == Some(commit) {
        true => format!("{task} looked at this{again} in attempt {attempt} and changed nothing."),
        false => format!("Dealt with{again} in {commit}, by attempt {attempt} of {task}."),
    }
}

/// Writes the answers that are due on open pull requests of a stack which is published as it is. Gives their number.
///
/// # Errors
/// The server refuses or cannot be reached; the next call goes on.
pub fn answer_reviews(forge: &dyn Forge, state: &RunState, stack: &Stack) -> Result<usize> {
    let mut written = 0;
    let due = due_answers(state);
    for layer in stack.layers.iter().filter(|layer| layer.held.is_none()) {
        let Some(pull) = layer.pull.as_ref().filter(|pull| pull.state == PullState::Open) else { continue };
        let here: Vec<&DueAnswer> = due.iter().filter(|answer| answer.pull == pull.number).collect();
        if here.is_empty() {
            continue;
        }
        let there = forge.remarks(pull.number)?;
        for answer in here {
            let mut replies = there.iter().filter(|remark| remark.in_reply_to == Some(answer.remark));
            if !replies.any(|remark| remark.is_answer && remark.body.contains(&answer.marker)) {
                forge.answer(answer.pull, answer.remark, &answer.marker, &answer.body)?;
                written += 1;
            }
        }
    }
    Ok(written)
}
