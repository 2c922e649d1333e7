//! The phases of a task that is done by a fresh agent each (`--tdd staged`): design, test, code, refactor, then the gates.
//!
//! Which phase is next is derived from the attempts, so that a run killed between two phases goes on with the right
//! one. A phase that fails is tried again by itself, from where the phase before it ended. When gates refuse the whole,
//! one phase mends it: the tests where the proof lacks some, else the code.

use super::ladder::{self, LadderStep};
use crate::journal::{Attempt, RunState, Subject, TaskState};
use crate::model::{AttemptId, GateDef, GateKind, Oid, Role};
use crate::schedule::facts::{PERSON, PHASES, RunContext, is_no_change, task_gates};

/// Rules of the tdd gate that blame the code, not the tests.
const OF_CODE: [&str; 6] = ["test", "broken", "base-test", "test-settings", "coverage-excluded", ""];

/// Tests of a test phase that have to be run before the coder starts: they must fail, and for the right reason. The proof
/// at the end stays; this one only saves the work that would follow on tests that prove nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct RedProof<'a> {
    /// The test phase.
    pub attempt: AttemptId,
    /// What it left.
    pub commit: Oid,
    /// The gate that tells.
    pub gate: &'a GateDef,
}

/// The proof that a task waits for. Once the code is there, tests that were mended are proved by the whole alone.
pub fn unproved<'a>(course: &'a RunContext, state: &RunState, i: usize) -> Option<RedProof<'a>> {
    let task = &state.tasks[i];
    if !course.is_staged(i) || state.format < 2 || task.retry_asked {
        return None;
    }
    let gate = course.info.options.gates.iter().find(|gate| gate.kind == GateKind::Tdd)?;
    let last = task.last().filter(|last| last.role == Role::Test && !last.proved && !is_void(last))?;
    let commit = last.result()?.clone();
    let codes = |it: &Attempt| matches!(it.role, Role::Code | Role::Refactor | Role::Retry) && it.result().is_some();
    if cycle(task).any(codes) {
        return None;
    }
    let attempt = AttemptId { task: course.info.tasks[i].id.clone(), n: last.n };
    let judged = state.judgement(&Subject::Phase(attempt.clone()), &gate.name).is_some();
    (!judged).then_some(RedProof { attempt, commit, gate })
}

/// The phase that a task is in, while it is not yet with its gates: the one that runs, else the next one.
pub fn phase(course: &RunContext, state: &RunState, i: usize) -> Option<Role> {
    let task = &state.tasks[i];
    if !course.is_staged(i) || task.landed.is_some() {
        return None;
    }
    match task.open() {
        Some(attempt) => Some(attempt.role),
        None if unproved(course, state, i).is_some() => Some(Role::Test),
        None => missing(course, state, i),
    }
}

/// What the next attempt of a task is asked to do.
pub fn next_role(course: &RunContext, state: &RunState, i: usize) -> Role {
    let task = &state.tasks[i];
    match ladder::step(course, state, i) {
        Some(LadderStep::Agent { .. }) => return Role::Resolve,
        Some(LadderStep::Again) if course.is_staged(i) => return PHASES[0],
        _ => {}
    }
    match task.last() {
        _ if course.is_staged(i) => missing(course, state, i).unwrap_or_else(|| mender(course, state, i)),
        None => Role::Code,
        Some(_) => Role::Retry,
    }
}

/// The phase that has to be done before the gates look; none when they can.
pub fn missing(course: &RunContext, state: &RunState, i: usize) -> Option<Role> {
    let task = &state.tasks[i];
    if !course.is_staged(i) {
        return None;
    }
    // Merging is no phase, and what was merged needs none.
    let merged = |last: &Attempt| last.role == Role::Resolve && last.result().is_some();
    if task.last().is_some_and(|last| merged(last) && last.conflict.is_none() && last.refused.is_none())
        && !task.retry_asked
    {
        return None;
    }
    let Some(last) = task.last().filter(|last| !is_void(last)) else { return Some(PHASES[0]) };
    if last.result().is_none() && PHASES.contains(&last.role) && last.agent != PERSON {
        return Some(last.role);
    }
    let done: Vec<&Attempt> = cycle(task).filter(|attempt| attempt.result().is_some()).collect();
    if done.iter().any(|attempt| attempt.agent == PERSON) {
        return None;
    }
    PHASES.into_iter().find(|phase| !done.iter().any(|attempt| attempt.role == *phase))
}

/// What a phase is compared with and where it begins: where the last one that was done ended.
pub fn origin(state: &RunState, i: usize) -> Option<(Oid, Oid)> {
    let task = &state.tasks[i];
    task.last().filter(|last| !is_void(last))?;
    cycle(task).find_map(|attempt| Some((attempt.base.clone(), attempt.result()?.clone())))
}

/// Whether what was done until this attempt no longer counts: all phases begin anew, on today's head.
fn is_void(attempt: &Attempt) -> bool {
    let merges = attempt.role == Role::Resolve;
    merges || attempt.refused.is_some() || attempt.conflict.is_some() || is_no_change(attempt)
}

/// The attempts that build on each other up to the last, newest first.
fn cycle(task: &TaskState) -> impl Iterator<Item = &Attempt> {
    let last = task.last();
    let same = move |attempt: &&Attempt| {
        last.is_some_and(|last| attempt.base == last.base && (attempt.n == last.n || !is_void(attempt)))
    };
    task.attempts.iter().rev().take_while(same)
}

/// The phase that mends what the gates refuse.
fn mender(course: &RunContext, state: &RunState, i: usize) -> Role {
    let Some(last) = state.tasks[i].last() else { return PHASES[0] };
    let subject = Subject::Attempt(AttemptId { task: course.info.tasks[i].id.clone(), n: last.n });
    let lacks_tests = task_gates(course).filter(|gate| gate.kind == GateKind::Tdd).any(|gate| {
        state.judgement(&subject, &gate.name).is_some_and(|judgement| {
            let of_code = |rule: &str| OF_CODE.contains(&rule);
            let by_tests = judgement.findings.iter().any(|finding| !of_code(&finding.rule));
            !judgement.is_let_through(gate) && (judgement.findings.is_empty() || by_tests)
        })
    });
    if lacks_tests { Role::Test } else { Role::Code }
}
