//! What gates say together, and what needs none.

use super::run_context::RunContext;
use crate::journal::{Attempt, AttemptOutcome, RunState, Subject};
use crate::model::{GateDef, GatePhase};

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
            Some(judgement) if !gate.lets_through(judgement.verdict) => all = Gates::Red,
            Some(_) => {}
        }
    }
    all
}

/// Gates that judge merged trees.
pub fn merged_gates(course: &RunContext) -> impl Iterator<Item = &GateDef> {
    course.info.options.gates.iter().filter(|gate| matches!(gate.on, GatePhase::Merged | GatePhase::Both))
}

/// Whether an attempt verified and changed nothing: its tree is one that was gated before.
pub fn is_no_change(attempt: &Attempt) -> bool {
    matches!(attempt.ended, Some((_, AttemptOutcome::NoChange { .. })))
}
