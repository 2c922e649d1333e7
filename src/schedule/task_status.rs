//! What the facts about a task mean now. Derived, never stored.

use jiff::Timestamp;

use super::approvals;
use super::budget::{Ledger, Limit, Reserve};
use super::failed;
use super::ladder;
use super::staged;
use super::{RunContext, deadline, suspects};
use crate::graph::TaskIx;
use crate::journal::{Attempt, BatchPhase, RunState, Subject};
use crate::model::{AttemptId, GateDef, GatePhase, Role, TaskId};

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
    /// A person did not want its work to land.
    Rejected,
    /// Its agent failed twice with the same words: a person has to look.
    AgentAgain,
    /// Its gates said the same twice: a person has to look.
    GatesAgain,
    /// Its provider refuses us until a person has mended that.
    Provider,
    /// A limit keeps it from being tried.
    Limit(Limit),
}

impl Failure {
    /// The exit code that a run with such a task asks for (DESIGN 3).
    pub fn exit_code(self) -> u8 {
        match self {
            Failure::Gates | Failure::Merged | Failure::GatesAgain => 5,
            Failure::Agent
            | Failure::Stopped
            | Failure::Rejected
            | Failure::AgentAgain
            | Failure::Provider
            | Failure::Limit(_) => 4,
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskStatus {
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
    /// Only a person can do it, and is asked.
    AwaitsPerson,
    /// Passed; a person is asked whether it may land.
    AwaitsLanding,
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

impl TaskStatus {
    /// Whether nothing more happens to it by itself.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            TaskStatus::Landed
                | TaskStatus::Failed(_)
                | TaskStatus::Blocked
                | TaskStatus::Conflicted
                | TaskStatus::Skipped
        )
    }

    /// Whether it is on its way: being made, judged or merged.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, TaskStatus::Running | TaskStatus::Gating | TaskStatus::Passed | TaskStatus::Landing)
    }

    /// Whether it holds its dependents back for good.
    fn is_dead(&self) -> bool {
        matches!(self, TaskStatus::Failed(_) | TaskStatus::Conflicted)
    }

    /// The word of `status --format json` (DESIGN 10).
    pub fn word(&self) -> &'static str {
        match self {
            TaskStatus::Waiting => "waiting",
            TaskStatus::Ready | TaskStatus::Backoff(_) | TaskStatus::AwaitsPerson => "ready",
            TaskStatus::Running => "running",
            TaskStatus::Gating => "gating",
            TaskStatus::Passed | TaskStatus::Landing | TaskStatus::AwaitsLanding => "passed",
            TaskStatus::Landed => "landed",
            TaskStatus::Failed(_) => "failed",
            TaskStatus::Blocked => "blocked",
            TaskStatus::Conflicted => "conflicted",
            TaskStatus::Skipped => "skipped",
        }
    }
}

/// Gates that judge what attempts leave.
pub(super) fn task_gates(course: &RunContext) -> impl Iterator<Item = &GateDef> {
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

/// Where a task stands by its own facts, or `None` when only its dependencies decide.
fn own(course: &RunContext, state: &RunState, i: usize) -> Option<TaskStatus> {
    let task = &state.tasks[i];
    if task.landed.is_some() {
        return Some(TaskStatus::Landed);
    }
    if task.open().is_some() {
        return Some(TaskStatus::Running);
    }
    if task.skipped {
        return Some(TaskStatus::Skipped);
    }
    if task.stopped {
        return Some(TaskStatus::Failed(Failure::Stopped));
    }
    if is_landing(state, &course.info.tasks[i].id) {
        return Some(TaskStatus::Landing);
    }
    let last = task.last().filter(|_| !task.retry_asked)?;
    match last.failure() {
        Some((class, _)) => failed::standing(course, state, i, class),
        None => judged(course, state, i, last),
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

/// Where a task stands whose last attempt left a result.
fn judged(course: &RunContext, state: &RunState, i: usize, last: &Attempt) -> Option<TaskStatus> {
    let again = failed::again(course, &state.tasks[i]);
    let id = &course.info.tasks[i].id;
    let merges = last.role == Role::Resolve && state.tasks[i].clashed().is_some();
    if last.conflict.is_some() || merges && last.refused.is_some() {
        return ladder::standing(course, state, i);
    }
    if last.rejected.is_some() {
        return Some(TaskStatus::Failed(Failure::Rejected));
    }
    if last.refused.is_some() && suspects::is_open(course, state, id) {
        return Some(TaskStatus::Landing);
    }
    if last.refused.is_some() {
        return if again { None } else { Some(TaskStatus::Failed(Failure::Merged)) };
    }
    if staged::missing(course, state, i).is_some() {
        return None;
    }
    let subject = Subject::Attempt(AttemptId { task: id.clone(), n: last.n });
    let changed = !is_no_change(last);
    match together(state, &subject, task_gates(course).filter(|_| changed)) {
        Gates::Open => Some(TaskStatus::Gating),
        Gates::Red if merges => ladder::standing(course, state, i),
        Gates::Red if again && failed::same_findings_twice(course, state, i) => {
            Some(TaskStatus::Failed(Failure::GatesAgain))
        }
        Gates::Red if again => None,
        Gates::Red => Some(TaskStatus::Failed(Failure::Gates)),
        Gates::Green if !changed || approvals::may_land(course, state, id, last.result()?) => Some(TaskStatus::Passed),
        Gates::Green => Some(TaskStatus::AwaitsLanding),
    }
}

/// Whether an attempt verified and changed nothing: its tree is one that was gated before.
pub(super) fn is_no_change(attempt: &Attempt) -> bool {
    matches!(attempt.ended, Some((_, crate::journal::AttemptOutcome::NoChange { .. })))
}

/// Where each task stands, in the plan's order.
pub fn standings(course: &RunContext, state: &RunState, now: Timestamp) -> Vec<TaskStatus> {
    let mut found: Vec<Option<TaskStatus>> = (0..state.tasks.len()).map(|i| own(course, state, i)).collect();
    for standing in found.iter_mut() {
        if matches!(standing, Some(TaskStatus::Backoff(until)) if *until <= now) {
            *standing = None;
        }
    }
    let satisfied = |ix: TaskIx| matches!(found[ix.index()], Some(TaskStatus::Landed | TaskStatus::Skipped));
    let ready = course.graph.ready_given(satisfied);
    let ledger = Ledger::new(course, state);
    for (i, standing) in found.iter_mut().enumerate() {
        if standing.is_none() && ready[i] && course.people[i] {
            *standing = Some(TaskStatus::AwaitsPerson);
            continue;
        }
        let wants = matches!(standing, Some(TaskStatus::Backoff(_))) || standing.is_none() && ready[i];
        let agent = course.agent_for(i, staged::next_role(course, state, i));
        if wants && state.providers.get(course.provider(agent)).is_some_and(|it| it.broken.is_some()) {
            *standing = Some(TaskStatus::Failed(Failure::Provider));
        }
        if standing.is_none() && ready[i] {
            let never = match ledger.ask(course, state, i) {
                Reserve::Never(limit) => Some(limit),
                Reserve::Yes(_) | Reserve::Wait => deadline::passed(state, i, now),
            };
            *standing = never.map(|limit| TaskStatus::Failed(Failure::Limit(limit)));
        }
    }
    let dead = |ix: TaskIx| found[ix.index()].as_ref().is_some_and(TaskStatus::is_dead);
    let blocked = course.graph.reachable_from(dead);
    let rest = |i: usize| match (ready[i], blocked[i]) {
        (true, _) => TaskStatus::Ready,
        (false, true) => TaskStatus::Blocked,
        (false, false) => TaskStatus::Waiting,
    };
    (0..found.len()).map(|i| found[i].clone().unwrap_or_else(|| rest(i))).collect()
}

/// The failed or conflicted tasks that hold a blocked one back.
pub fn blockers(course: &RunContext, state: &RunState, standings: &[TaskStatus], task: &TaskId) -> Vec<TaskId> {
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
            } else if standings[before.index()] == TaskStatus::Blocked {
                todo.push(before);
            }
        }
    }
    found.sort();
    found
}
