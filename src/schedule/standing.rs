//! What the facts about a task mean now. Derived, never stored.

use jiff::Timestamp;

use super::Course;
use super::pace;
use crate::graph::TaskIx;
use crate::journal::{Attempt, BatchPhase, FailClass, RunState, Subject, TaskState};
use crate::model::{AttemptId, GateDef, GatePhase, TaskId};

/// Why a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Its agent failed, or left no work.
    Agent,
    /// Its gates still refuse it.
    Gates,
    /// The merged tree is red with it.
    Merged,
    /// A person ended it.
    Stopped,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Waits for tasks before it.
    Waiting,
    /// Could start.
    Ready,
    /// Will be tried again then.
    Backoff(Timestamp),
    /// Its agent runs.
    Running,
    /// Its gates run.
    Gating,
    /// Passed; waits for the train.
    Passed,
    /// In the batch on its way onto the train.
    Landing,
    /// On the train.
    Landed,
    /// Over, without a result that landed.
    Failed(Failure),
    /// Something before it will not land.
    Blocked,
    /// Its work clashes with what landed.
    Conflicted,
    /// Left out by a person.
    Skipped,
}

impl Standing {
    /// Whether nothing more happens to it by itself.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Standing::Landed | Standing::Failed(_) | Standing::Blocked | Standing::Conflicted | Standing::Skipped
        )
    }

    /// Whether it holds its dependents back for good.
    fn is_dead(&self) -> bool {
        matches!(self, Standing::Failed(_) | Standing::Conflicted)
    }

    /// The word of `status --format json` (DESIGN 10).
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Waiting => "waiting",
            Standing::Ready | Standing::Backoff(_) => "ready",
            Standing::Running => "running",
            Standing::Gating => "gating",
            Standing::Passed | Standing::Landing => "passed",
            Standing::Landed => "landed",
            Standing::Failed(_) => "failed",
            Standing::Blocked => "blocked",
            Standing::Conflicted => "conflicted",
            Standing::Skipped => "skipped",
        }
    }
}

/// Gates that judge what attempts leave.
pub(super) fn task_gates(course: &Course) -> impl Iterator<Item = &GateDef> {
    course.info.options.gates.iter().filter(|gate| matches!(gate.on, GatePhase::Task | GatePhase::Both))
}

/// What gates say of a subject as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gates {
    Open,
    Green,
    Red,
}

/// The verdict of `gates` together: red is only said when all have spoken, so that an agent gets all findings at once.
pub(super) fn together<'a>(state: &RunState, subject: &Subject, gates: impl Iterator<Item = &'a GateDef>) -> Gates {
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

/// Agents whose failure would only repeat itself: a script does the same again, a person is asked again.
fn repeats(agent: &str) -> bool {
    matches!(agent, "script" | "person")
}

/// Attempts that count against the limit, newest last.
fn counted(task: &TaskState) -> u32 {
    let counts = |attempt: &&Attempt| !matches!(attempt.failure(), Some((FailClass::Lost | FailClass::Stopped, _)));
    task.attempts[task.forgiven.min(task.attempts.len())..].iter().filter(counts).count() as u32
}

/// Where a task stands by its own facts, or `None` when only its dependencies decide.
fn own(course: &Course, state: &RunState, i: usize) -> Option<Standing> {
    let task = &state.tasks[i];
    if task.landed.is_some() {
        return Some(Standing::Landed);
    }
    if task.open().is_some() {
        return Some(Standing::Running);
    }
    if task.skipped {
        return Some(Standing::Skipped);
    }
    if task.stopped {
        return Some(Standing::Failed(Failure::Stopped));
    }
    if is_landing(state, &course.info.tasks[i].id) {
        return Some(Standing::Landing);
    }
    let last = task.last().filter(|_| !task.retry_asked)?;
    let again = counted(task) < course.info.options.attempts && !repeats(&last.agent);
    match last.failure() {
        Some((FailClass::Lost | FailClass::Stopped, _)) => None,
        Some((FailClass::Fatal, _)) => Some(Standing::Failed(Failure::Agent)),
        Some((FailClass::NoWork, _)) if again => None,
        Some((FailClass::Retryable, _)) if again => Some(backoff(course, state, i)),
        Some((FailClass::NoWork | FailClass::Retryable, _)) => Some(Standing::Failed(Failure::Agent)),
        None => judged(course, state, i, last, again),
    }
}

/// Whether a task is in the batch that is on its way: nothing else is done with it until that is decided.
fn is_landing(state: &RunState, id: &TaskId) -> bool {
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

fn backoff(course: &Course, state: &RunState, i: usize) -> Standing {
    let task = &state.tasks[i];
    let id = AttemptId { task: course.info.tasks[i].id.clone(), n: task.attempts.len() as u32 };
    let ended = task.last().and_then(|last| last.ended.as_ref()).map_or(state.at, |(at, _)| *at);
    Standing::Backoff(pace::again_at(ended, &id, counted(task)))
}

/// Where a task stands whose last attempt left a result.
fn judged(course: &Course, state: &RunState, i: usize, last: &Attempt, again: bool) -> Option<Standing> {
    let id = &course.info.tasks[i].id;
    if last.conflict.is_some() {
        return Some(Standing::Conflicted);
    }
    if last.refused.is_some() {
        return if again { None } else { Some(Standing::Failed(Failure::Merged)) };
    }
    let subject = Subject::Attempt(AttemptId { task: id.clone(), n: last.n });
    let changed = !is_no_change(last);
    match together(state, &subject, task_gates(course).filter(|_| changed)) {
        Gates::Open => Some(Standing::Gating),
        Gates::Red if again => None,
        Gates::Red => Some(Standing::Failed(Failure::Gates)),
        Gates::Green => Some(Standing::Passed),
    }
}

/// Whether an attempt verified and changed nothing: its tree is one that was gated before.
pub(super) fn is_no_change(attempt: &Attempt) -> bool {
    matches!(attempt.ended, Some((_, crate::journal::AttemptOutcome::NoChange { .. })))
}

/// Where each task stands, in the plan's order.
pub fn standings(course: &Course, state: &RunState, now: Timestamp) -> Vec<Standing> {
    let mut found: Vec<Option<Standing>> = (0..state.tasks.len()).map(|i| own(course, state, i)).collect();
    for standing in found.iter_mut() {
        if matches!(standing, Some(Standing::Backoff(until)) if *until <= now) {
            *standing = None;
        }
    }
    let satisfied = |ix: TaskIx| matches!(found[ix.index()], Some(Standing::Landed | Standing::Skipped));
    let ready = course.graph.ready_given(satisfied);
    let dead = |ix: TaskIx| found[ix.index()].as_ref().is_some_and(Standing::is_dead);
    let blocked = course.graph.reachable_from(dead);
    let rest = |i: usize| match (ready[i], blocked[i]) {
        (true, _) => Standing::Ready,
        (false, true) => Standing::Blocked,
        (false, false) => Standing::Waiting,
    };
    (0..found.len()).map(|i| found[i].clone().unwrap_or_else(|| rest(i))).collect()
}

/// The failed or conflicted tasks that hold a blocked one back.
pub fn blockers(course: &Course, state: &RunState, standings: &[Standing], task: &TaskId) -> Vec<TaskId> {
    let Some(i) = state.index(task) else { return Vec::new() };
    let mut found = Vec::new();
    let mut seen = vec![false; standings.len()];
    let mut todo = vec![TaskIx(i as u32)];
    while let Some(ix) = todo.pop() {
        for before in course.graph.dependencies(ix) {
            if std::mem::replace(&mut seen[before.index()], true) {
                continue;
            }
            if standings[before.index()].is_dead() {
                found.push(course.info.tasks[before.index()].id.clone());
            } else if standings[before.index()] == Standing::Blocked {
                todo.push(before);
            }
        }
    }
    found.sort();
    found
}
