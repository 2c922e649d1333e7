//! What gates say together, and what needs none.

use super::run_context::RunContext;
use crate::journal::{Attempt, AttemptOutcome, BatchPhase, Head, RunState, Subject};
use crate::model::{GateDef, GateKind, GatePhase, TaskId, Verdict};
use crate::settings::trust::acceptance_command;

/// Gates that judge what attempts leave.
pub fn task_gates(course: &RunContext) -> impl Iterator<Item = &GateDef> {
    course.info.options.gates.iter().filter(|gate| matches!(gate.on, GatePhase::Task | GatePhase::Both))
}

/// What gates say of a subject as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gates {
    Open,
    Green,
    Red,
}

/// The verdict of `gates` together: red is only said when all have spoken, so that an agent gets all findings at once.
pub fn together<'a>(state: &RunState, subject: &Subject, gates: impl Iterator<Item = &'a GateDef>) -> Gates {
    let mut all = Gates::Green;
    for gate in gates {
        match state.judgement(subject, &gate.name) {
            None => return Gates::Open,
            Some(judgement) if !judgement.is_let_through(gate) => all = Gates::Red,
            Some(_) => {}
        }
    }
    all
}

/// The gates that judge what an attempt left. A tree that did not change was judged before; but where an agent says that
/// nothing needs changing, the task's own acceptance commands have to show it.
pub fn gates_of<'c>(course: &'c RunContext, i: usize, attempt: &Attempt) -> Vec<&'c GateDef> {
    let task = &course.info.tasks[i];
    let executable = || task.acceptance.iter().any(|criterion| acceptance_command(criterion).is_some());
    match (is_no_change(attempt), attempt.claim()) {
        (false, _) => task_gates(course).collect(),
        (true, Some(_)) if executable() => {
            task_gates(course).filter(|gate| gate.kind == GateKind::Acceptance).collect()
        }
        (true, _) => Vec::new(),
    }
}

/// Whether a gate passed a subject: not only let it through.
pub fn passes(state: &RunState, subject: &Subject, gate: &GateDef) -> bool {
    state.judgement(subject, &gate.name).is_some_and(|judgement| judgement.verdict == Verdict::Pass)
}

/// Gates that judge merged trees.
pub fn merged_gates(course: &RunContext) -> impl Iterator<Item = &GateDef> {
    course.info.options.gates.iter().filter(|gate| matches!(gate.on, GatePhase::Merged | GatePhase::Both))
}

/// Whether an attempt verified and changed nothing: its tree is one that was gated before.
pub fn is_no_change(attempt: &Attempt) -> bool {
    matches!(attempt.ended, Some((_, AttemptOutcome::NoChange { .. })))
}

/// The candidates of the batch that are gated: the lowest layer that changes by a task of its own, and the top, which
/// everybody builds on in the end. The ones between are gated when their layer closes.
pub fn merged_subjects(state: &RunState) -> Vec<(Subject, Head)> {
    let Some(batch) = &state.batch else { return Vec::new() };
    let BatchPhase::Checking { heads, .. } = &batch.phase else { return Vec::new() };
    let mut gated: Vec<&Head> = heads.first().into_iter().collect();
    if let (Some(low), Some(top)) = (heads.first(), heads.last())
        && low.tree != top.tree
    {
        gated.push(top);
    }
    let named = |head: &Head| (Subject::Batch { batch: batch.n, layer: head.layer }, head.clone());
    gated.into_iter().map(named).collect()
}

/// Whether a task is in the batch that is on its way: nothing else is done with it until that is decided.
pub fn is_landing(state: &RunState, id: &TaskId) -> bool {
    let Some(batch) = state.batch.as_ref().filter(|batch| batch.tasks.iter().any(|task| task.task == *id)) else {
        return false;
    };
    // What clashed while merging is in the batch's list, but no longer on its way.
    match &batch.phase {
        BatchPhase::Merging => true,
        BatchPhase::Checking { landed, .. } | BatchPhase::Landing { landed, .. } => {
            landed.iter().any(|task| task.task == *id)
        }
    }
}
