//! When a run is over, and with which exit code.

use jiff::SignedDuration;

use super::ends::end;
use super::marks;
use crate::journal::{BatchPhase, CheckState, MarkingPhase, RunOutcome, RunState, Shortfall, Subject, TaskState};
use crate::model::{GateDef, GatePhase, Oid};
use crate::schedule::facts::{Action, EndReason, Gates, RunContext, TaskStatus, View, merged_gates, together};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::{red, surroundings};

/// How long running agents may go on after one Ctrl-C (DESIGN 5, End).
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// What a run that is being stopped does: wait for its agents for a while, end them, finish.
pub fn stop(view: &View<'_>) -> Vec<Action> {
    let Some(stop) = view.state.stop else { return Vec::new() };
    let deadline = stop.asked + GRACE;
    let late = stop.now || view.now >= deadline;
    let tasks = view.course.info.tasks.iter().zip(&view.state.tasks);
    let open = tasks.flat_map(|(task, facts)| facts.under_way().map(|attempt| (&task.id, attempt)));
    let open: Vec<_> = open.collect();
    if open.is_empty() {
        let landing =
            view.state.batch.as_ref().is_some_and(|batch| !matches!(batch.phase, BatchPhase::Checking { .. }));
        let marking = view.state.marking.as_ref();
        let moving = landing || marking.is_some_and(|marking| !matches!(marking.phase, MarkingPhase::Made(_)));
        let outcome = RunOutcome::Stopped;
        return if moving { Vec::new() } else { vec![Action::Finish { outcome }] };
    }
    if !late {
        return vec![Action::Wake { at: deadline }];
    }
    let not_yet = open.into_iter().filter(|(_, attempt)| !attempt.end_asked);
    not_yet.map(|(task, attempt)| end(task, attempt.n, EndReason::Stopping)).collect()
}

/// What remains when nothing can be started: the finishing command, the user's branch, the end.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Option<Action> {
    let state = view.state;
    if awaits_review(view, standings) {
        return Some(Action::Finish { outcome: RunOutcome::AwaitsReview });
    }
    let given_up = surroundings::end_it(view.course, state);
    let begun = |standing: &TaskStatus| standing.is_busy() && *standing != TaskStatus::Gating;
    let waits = |standing: &TaskStatus| match given_up {
        true => begun(standing),
        false => !standing.is_over() && *standing != TaskStatus::Waiting,
    };
    if state.is_paused() && !given_up || !idle(state) || standings.iter().any(waits) {
        return None;
    }
    let landed = standings.contains(&TaskStatus::Landed);
    let outcome = outcome(view.course, state, standings);
    if landed && outcome == RunOutcome::Done {
        if view.course.info.options.deploy.is_some() && state.deploy.is_none() {
            return Some(Action::Deploy);
        }
        if let Some((branch, old)) = &view.course.info.options.into
            && state.into.is_none()
            && let Ok(old) = old.parse()
        {
            return Some(Action::Into { branch: branch.clone(), old, new: state.top().commit.clone() });
        }
    }
    let busy = state.deploy == Some(None) || state.into == Some((false, None));
    (!busy).then_some(Action::Finish { outcome })
}

/// Whether nothing goes on until the server has reviewed what landed: whoever drives the run publishes that and waits.
fn awaits_review(view: &View<'_>, standings: &[TaskStatus]) -> bool {
    let held = |i: usize| match approvals::to_start(view.course, view.state, view.course.info.layers[i]) {
        Leave::Wanted(question) => view.state.approvals.contains_key(&question.id()),
        Leave::Given => false,
    };
    let rests = |(i, standing): (usize, &TaskStatus)| match standing {
        TaskStatus::Ready | TaskStatus::AwaitsPerson => held(i) || !is_lowest(view, standings, i),
        standing => standing.is_over() || *standing == TaskStatus::Waiting,
    };
    let asks = |(i, it): (usize, &TaskStatus)| matches!(it, TaskStatus::Ready | TaskStatus::AwaitsPerson) && held(i);
    approvals::asks_server(view.course)
        && !view.state.is_paused()
        && idle(view.state)
        && standings.iter().enumerate().any(asks)
        && standings.iter().enumerate().all(rests)
}

/// Whether a task is of the lowest layer that is not over: the others are not asked about yet.
fn is_lowest(view: &View<'_>, standings: &[TaskStatus], i: usize) -> bool {
    let layers = &view.course.info.layers;
    let unfinished = standings.iter().zip(layers).filter(|(standing, _)| !standing.is_over());
    unfinished.map(|(_, layer)| *layer).min() == Some(layers[i])
}

fn idle(state: &RunState) -> bool {
    let busy = |task: &TaskState| {
        task.under_way().next().is_some() || task.last().is_some_and(|last| last.replaying.is_some())
    };
    let running = state.tasks.iter().any(busy);
    // What is found out about the base serves those who start, and keeps nobody from ending.
    let serves = |subject: &Subject| !matches!(subject, Subject::Base(_));
    let checking = state.checks.iter().any(|((of, _), check)| serves(of) && check.state == CheckState::Open);
    let asking = state.tasks.iter().flat_map(|task| &task.choices).any(|choice| choice.answer.is_none());
    !running && !checking && !asking && state.batch.is_none() && state.groups.is_empty() && state.marking.is_none()
}

/// Heads of closed layers that moved without being gated themselves.
pub fn closed_layers<'a>(view: &View<'a>, standings: &[TaskStatus]) -> Vec<(Subject, Oid, &'a GateDef)> {
    let mut wanted = Vec::new();
    if view.state.batch.is_some() || !view.state.groups.is_empty() || marks::is_pending(view, standings) {
        return wanted;
    }
    let unfinished = standings.iter().zip(&view.course.info.layers).filter(|(standing, _)| !standing.is_over());
    let lowest = unfinished.map(|(_, layer)| *layer).min().unwrap_or(u32::MAX);
    for head in view.state.heads.values().filter(|head| head.layer < lowest) {
        for gate in merged_gates(view.course) {
            if !is_gated(view.state, gate, &head.tree) {
                let subject = Subject::Layer { layer: head.layer, commit: head.commit.clone() };
                wanted.push((subject, head.commit.clone(), gate));
            }
        }
    }
    wanted
}

/// Whether this gate has let a merged tree through.
fn is_gated(state: &RunState, gate: &GateDef, tree: &Oid) -> bool {
    state.but_for_marks(tree).any(|tree| state.passed.contains(&(gate.name.clone(), tree.clone())))
}

/// Gates that judge the last head once, when nothing more will land.
pub fn final_gates<'a>(view: &View<'a>, standings: &[TaskStatus]) -> Vec<(Subject, Oid, &'a GateDef)> {
    let over = standings.iter().all(TaskStatus::is_over) && !marks::is_pending(view, standings);
    if !over || view.state.heads.is_empty() {
        return Vec::new();
    }
    let commit = view.state.top().commit.clone();
    finals(view.course, view.state)
        .into_iter()
        .map(|gate| (Subject::Final(commit.clone()), commit.clone(), gate))
        .collect()
}

/// Gates of the end, and those that have let something be red so far: at the end nothing may be.
fn finals<'a>(course: &'a RunContext, state: &RunState) -> Vec<&'a GateDef> {
    let lenient: Vec<&GateDef> = red::lenient(course, state).collect();
    let all = course.info.options.gates.iter();
    all.filter(|gate| gate.on == GatePhase::Final || lenient.iter().any(|known| known.name == gate.name)).collect()
}

/// How a run that is over ended. When several things are missing the first of [`Shortfall`] counts. A task that the plan has
/// no longer is missed by nobody.
pub fn outcome(course: &RunContext, state: &RunState, standings: &[TaskStatus]) -> RunOutcome {
    let wanted: Vec<&TaskStatus> =
        standings.iter().zip(&state.tasks).filter(|(_, facts)| !facts.dropped).map(|(standing, _)| standing).collect();
    let mut missing: Vec<Shortfall> = match state.missing.is_empty() {
        true => wanted.iter().copied().filter_map(shortfall).collect(),
        // What did not start, or was not judged, is for want of a judge.
        false => {
            let over = wanted.iter().copied().filter(|it| it.is_over());
            over.filter_map(shortfall).chain([Shortfall::Refused]).collect()
        }
    };
    // What waited for a task that the plan has no longer, and nothing else, was not done all the same.
    if missing.is_empty() && wanted.iter().any(|standing| **standing != TaskStatus::Landed) {
        missing.push(Shortfall::Failed);
    }
    let last = Subject::Final(state.top().commit.clone());
    let red_end = together(state, &last, finals(course, state).into_iter()) == Gates::Red;
    let required = || merged_gates(course).filter(|gate| gate.required);
    let red_layer = state.heads.values().any(|head| required().any(|gate| !is_gated(state, gate, &head.tree)));
    if red_end || red_layer {
        missing.push(Shortfall::Refused);
    }
    if matches!(&state.deploy, Some(Some((false, _)))) || matches!(&state.into, Some((true, Some(_)))) {
        missing.push(Shortfall::Unpublished);
    }
    RunOutcome::of(missing.into_iter().min())
}

/// What a run with such a task lacks; tasks that were never tried because of others leave it to those.
fn shortfall(status: &TaskStatus) -> Option<Shortfall> {
    match status {
        TaskStatus::Landed | TaskStatus::Blocked => None,
        TaskStatus::Failed(failure) => Some(failure.shortfall()),
        TaskStatus::Conflicted => Some(Shortfall::Conflict),
        TaskStatus::BaseRed => Some(Shortfall::Refused),
        _ => Some(Shortfall::Failed),
    }
}
