//! The status of each task, derived from the facts by asking the rules. Nobody else makes a [`TaskStatus`].

use jiff::Timestamp;

use crate::graph::TaskIx;
use crate::journal::{Attempt, RunState, Subject};
use crate::model::{AttemptId, Role, TaskId};
use crate::schedule::facts::{
    Failure, Gates, RunContext, TaskStatus, gates_of, is_landing, is_no_change, passes, together,
};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::budget::{Ledger, Reserve};
use crate::schedule::rules::deadline::{self, TimeLeft};
use crate::schedule::rules::failed::{self, AfterFailure};
use crate::schedule::rules::ladder::{self, LadderStep};
use crate::schedule::rules::{base_red, candidates, late, speculation, staged, surroundings, suspects, words};

/// Where a task stands by its own facts, or `None` when only its dependencies decide.
fn own(course: &RunContext, state: &RunState, ledger: &Ledger, i: usize, now: Timestamp) -> Option<TaskStatus> {
    let task = &state.tasks[i];
    if task.landed.is_some() {
        // While it is tried without a suspect, nobody begins on what that one made.
        let id = &course.info.tasks[i].id;
        let is_tried = state.batch.as_ref().is_some_and(|batch| batch.without.contains(id));
        return Some(if is_tried { TaskStatus::Landing } else { TaskStatus::Landed });
    }
    if task.open().is_some() || task.contenders().any(Attempt::is_open) {
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
    if task.round.is_some() {
        return candidates::standing(course, state, ledger, i, now);
    }
    let last = task.last().filter(|_| !task.retry_asked)?;
    if last.is_unfounded() {
        return last.replaying.is_some().then_some(TaskStatus::Gating);
    }
    match last.failure() {
        Some((class, _)) => after(failed::after(course, state, i, class)),
        None => judged(course, state, i, last, now),
    }
}

fn after(failure: AfterFailure) -> Option<TaskStatus> {
    match failure {
        AfterFailure::Again => None,
        AfterFailure::AgainAt(at) => Some(TaskStatus::Backoff(at)),
        AfterFailure::Over(failure) => Some(TaskStatus::Failed(failure)),
        AfterFailure::Conflicted => Some(TaskStatus::Conflicted),
    }
}

/// Where a task stands whose work clashes; `None`: the next rung may be tried now.
fn clashing(course: &RunContext, state: &RunState, i: usize) -> Option<TaskStatus> {
    match ladder::step(course, state, i) {
        Some(LadderStep::Person) => Some(TaskStatus::Conflicted),
        Some(LadderStep::Agent { .. } | LadderStep::Again) | None => None,
    }
}

/// Where a task stands whose last attempt left a result.
fn judged(course: &RunContext, state: &RunState, i: usize, last: &Attempt, now: Timestamp) -> Option<TaskStatus> {
    let again = failed::again(course, &state.tasks[i]);
    let id = &course.info.tasks[i].id;
    if candidates::next_choice(course, state, i).is_some() {
        return Some(TaskStatus::Gating);
    }
    let merges = last.role == Role::Resolve && state.tasks[i].clashed().is_some();
    if last.conflict.is_some() || merges && last.refused.is_some() {
        return clashing(course, state, i);
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
    if staged::unproved(course, state, i).is_some() {
        return Some(TaskStatus::Gating);
    }
    if staged::missing(course, state, i).is_some() || words::hold(course, state, i, now) {
        return None;
    }
    let subject = Subject::Attempt(AttemptId { task: id.clone(), n: last.n });
    let asked = gates_of(course, i, last);
    // What changed nothing needs no leave to land; that nothing needs changing has to be shown, or agreed to.
    let shown = !asked.is_empty() && asked.iter().all(|gate| passes(state, &subject, gate));
    let claimed = last.claim().is_some() && !shown;
    let free = is_no_change(last) && !claimed;
    match together(state, &subject, late::awaited(course, state, &subject, asked)) {
        Gates::Open => Some(TaskStatus::Gating),
        Gates::Red if base_red::is_to_blame(course, state, i, &subject) => Some(TaskStatus::BaseRed),
        Gates::Red if surroundings::are_at_fault(course, state, &subject) => {
            Some(TaskStatus::Failed(Failure::Surroundings))
        }
        Gates::Red if merges => clashing(course, state, i),
        Gates::Red if again && failed::same_findings_twice(course, state, i) => {
            Some(TaskStatus::Failed(Failure::GatesAgain))
        }
        Gates::Red if again => None,
        Gates::Red => Some(TaskStatus::Failed(Failure::Gates)),
        Gates::Green if free => Some(TaskStatus::Passed),
        Gates::Green => {
            let commit = last.result()?;
            let leave = match last.claim().filter(|_| claimed) {
                Some(reason) => approvals::to_leave_unchanged(state, id, reason),
                None => approvals::to_land(course, state, id, commit),
            };
            Some(match leave {
                Leave::Given => TaskStatus::Passed,
                Leave::Wanted(_) => TaskStatus::AwaitsLanding,
            })
        }
    }
}

/// Where each task stands, in the plan's order.
pub fn standings(course: &RunContext, state: &RunState, now: Timestamp) -> Vec<TaskStatus> {
    let ledger = Ledger::new(course, state);
    let own = |i: usize| own(course, state, &ledger, i, now);
    let mut found: Vec<Option<TaskStatus>> = (0..state.tasks.len()).map(own).collect();
    for standing in found.iter_mut() {
        if matches!(standing, Some(TaskStatus::Backoff(until)) if *until <= now) {
            *standing = None;
        }
    }
    let satisfied = |ix: TaskIx| matches!(found[ix.index()], Some(TaskStatus::Landed | TaskStatus::Skipped));
    let ready = course.graph.ready_given(satisfied);
    for (i, standing) in found.iter_mut().enumerate() {
        if state.tasks[i].round.is_some() {
            let starts = matches!(standing, Some(TaskStatus::Ready | TaskStatus::Backoff(_)));
            if starts && !ready[i] {
                *standing = None;
            } else if starts && !base_red::against(course, state, i).is_empty() {
                *standing = Some(TaskStatus::BaseRed);
            }
            continue;
        }
        if standing.is_none() && ready[i] && course.people[i] {
            *standing = Some(TaskStatus::AwaitsPerson);
            continue;
        }
        if standing.is_none() && ready[i] && speculation::is_replayable(state, i) {
            *standing = Some(TaskStatus::Gating);
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
                Reserve::Yes(_) | Reserve::Wait => match deadline::of_start(state, i, now) {
                    TimeLeft::Over(limit) => Some(limit),
                    TimeLeft::Unlimited | TimeLeft::Until(_) => None,
                },
            };
            *standing = never.map(|limit| TaskStatus::Failed(Failure::Limit(limit)));
        }
        if standing.is_none() && ready[i] && !base_red::against(course, state, i).is_empty() {
            *standing = Some(TaskStatus::BaseRed);
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
