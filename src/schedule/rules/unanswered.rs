//! What becomes of a question that nobody answered in time.

use crate::journal::{Answer, Approval, Question, RunState, Subject};
use crate::model::{ApprovalFallback, AttemptId, GateDef, Oid, TaskId, Verdict};
use crate::schedule::facts::{RunContext, merged_gates, task_gates};

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// What it is about waits on.
    Waits,
    /// The settings answer.
    Answered(Answer),
}

/// What the settings say of this question.
pub fn fall_back(course: &RunContext, state: &RunState, approval: &Approval) -> Unanswered {
    let Some(kind) = approval.question.kind() else { return Unanswered::Waits };
    let yes = match course.info.options.approvals.of(kind).fallback {
        ApprovalFallback::Pause => return Unanswered::Waits,
        ApprovalFallback::Reject => false,
        ApprovalFallback::Approve if has_passed(course, state, approval) => true,
        ApprovalFallback::Approve => return Unanswered::Waits,
    };
    let note = if yes { "nobody answered in time, and every gate passed" } else { "nobody answered in time" };
    Unanswered::Answered(Answer {
        id: approval.question.id(),
        digest: Some(approval.digest.clone()),
        yes,
        note: Some(note.to_owned()),
        ..Answer::default()
    })
}

/// Whether every gate passed what is asked about: at least one, and none that merely let it through.
fn has_passed(course: &RunContext, state: &RunState, approval: &Approval) -> bool {
    match &approval.question {
        Question::Landing(task) => {
            let last = state.index(task).and_then(|i| state.tasks[i].last());
            last.is_some_and(|last| is_green(course, state, &Subject::Attempt(attempt_of(task, last.n))))
        }
        Question::Layer(layer) => is_green_below(course, state, *layer),
        _ => false,
    }
}

fn attempt_of(task: &TaskId, n: u32) -> AttemptId {
    AttemptId { task: task.clone(), n }
}

/// Whether every gate of tasks judged a subject, and passed it or does not concern it; one at least passed.
fn is_green(course: &RunContext, state: &RunState, subject: &Subject) -> bool {
    let verdicts: Vec<Option<Verdict>> =
        task_gates(course).map(|gate| Some(state.judgement(subject, &gate.name)?.verdict)).collect();
    let all = verdicts.iter().all(|it| it.is_some_and(Verdict::lets_through));
    all && verdicts.contains(&Some(Verdict::Pass))
}

/// Whether all that landed below a layer, and the head that the layer starts from, passed every gate.
fn is_green_below(course: &RunContext, state: &RunState, layer: u32) -> bool {
    let below = |i: &usize| course.info.layers[*i] < layer;
    let tasks: Vec<usize> = (0..state.tasks.len()).filter(below).collect();
    let landed = tasks.iter().all(|i| state.tasks[*i].landed.is_some());
    let green = |i: &usize| {
        let last = state.tasks[*i].last();
        last.is_some_and(|last| {
            is_green(course, state, &Subject::Attempt(attempt_of(&course.info.tasks[*i].id, last.n)))
        })
    };
    let tree = &state.head(layer.saturating_sub(1)).tree;
    let passed = |gate: &GateDef, tree: &Oid| state.passed.contains(&(gate.name.clone(), tree.clone()));
    let merged = merged_gates(course).all(|gate| state.but_for_marks(tree).any(|tree| passed(gate, tree)));
    !tasks.is_empty() && landed && merged && tasks.iter().all(green)
}
