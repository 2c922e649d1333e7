//! Which agents start, with which base, slot and session.

use std::collections::BTreeMap;

use super::free_resources::FreeResources;
use super::lookahead::Lookahead;
use super::start_gate::StartGate;
use crate::journal::{Intended, TaskState};
use crate::model::{AttemptId, Oid, Role, SessionId};
use crate::schedule::facts::{Action, EXCLUSIVE, PHASES, TaskStatus, View};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::base_red;
use crate::schedule::rules::bases::{self, Origin};
use crate::schedule::rules::budget::{Ledger, Reserve};
use crate::schedule::rules::providers::{Queue, Turn};
use crate::schedule::rules::{speculation, staged};

/// Attempts to start, most urgent first, as far as agents, resources and the schedule's mode allow.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let state = view.state;
    if let Some(at) = base_red::held_until(view) {
        return vec![Action::Wake { at }];
    }
    let mut free = FreeResources::new(view, standings);
    let gate = StartGate::new(view, standings);
    let mut queue = Queue::default();
    let mut ledger = Ledger::new(view.course, state);
    let lookahead = match gate {
        StartGate::None => Lookahead::new(view, standings, &ledger),
        _ => Lookahead::default(),
    };
    let candidate = speculation::open_candidate(view);
    let (mut actions, mut started) = (Vec::new(), 0);
    for ix in &view.course.preference {
        let i = ix.index();
        let may = approvals::to_start(view.course, state, view.course.info.layers[i]) == Leave::Given;
        let early = candidate.as_ref().and_then(|candidate| candidate.base_of(view, standings, i));
        let comes = standings[i] == TaskStatus::Ready || early.is_some();
        if !comes || !may || !gate.lets(view, i, started) {
            continue;
        }
        if free.agents == 0 {
            break;
        }
        let task = &view.course.info.tasks[i];
        let role = staged::next_role(view.course, state, i);
        let agent = view.course.agent_for(i, role);
        if !free.has_place(role) {
            continue;
        }
        let provider = view.course.provider(agent);
        if let Turn::At(at) = queue.turn(view, provider) {
            actions.push(Action::Wake { at });
            continue;
        }
        let (held, until) = lookahead.held_against(view, i, provider, role);
        if free.agents as usize <= held {
            actions.extend(until.map(|at| Action::Wake { at }));
            continue;
        }
        let offer = match early {
            Some(_) => ledger.ask_twice(view.course, state, i),
            None => ledger.ask(view.course, state, i),
        };
        let Reserve::Yes(reserved) = offer else { continue };
        let on = |base: &Oid| Origin::At { base: base.clone(), start: base.clone(), merge: None };
        let (base, start, merge) = match early.as_ref().map_or_else(|| bases::origin(view, i), on) {
            Origin::At { base, start, merge } => (base, start, merge),
            Origin::Make { of } => {
                let action = Action::MakeBase { of };
                if !actions.contains(&action) {
                    actions.push(action);
                }
                continue;
            }
            Origin::Wait => continue,
        };
        let own = required_resources(state.tasks[i].attempts.is_empty(), &task.needs);
        if !free.take(&own) {
            continue;
        }
        queue.started(provider);
        free.place_taken(role);
        ledger.take(reserved);
        started += 1;
        let (slot, resume) = free.place(session(&state.tasks[i], agent, role, &start));
        actions.push(Action::Attempt(Box::new(Intended {
            attempt: AttemptId { task: task.id.clone(), n: state.tasks[i].attempts.len() as u32 + 1 },
            provider: provider.to_owned(),
            model: model(view, task, agent),
            agent: agent.to_owned(),
            resume,
            role,
            slot,
            base,
            start,
            reserved,
            merge,
            candidate: early.and(candidate.as_ref()).map(|candidate| candidate.batch),
        })));
    }
    actions
}

/// What a start takes: a task that was tried before holds its exclusive paths already.
fn required_resources(first: bool, needs: &BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    needs.iter().filter(|(name, _)| first || !name.starts_with(EXCLUSIVE)).map(|(name, n)| (name.clone(), *n)).collect()
}

/// The session to go on in: only where the worktree holds what that session made, or its memory would be wrong.
/// With the slot that it knows. A phase has an agent of its own, which goes on only in what it did itself.
fn session(task: &TaskState, agent: &str, role: Role, start: &Oid) -> Option<(String, SessionId)> {
    let last = task.last().filter(|last| last.agent == agent && last.result() == Some(start))?;
    if PHASES.contains(&role) && last.role != role {
        return None;
    }
    Some((last.slot.clone(), last.session.clone()?))
}

/// The model of an attempt: the task's own where its own agent does it, else the agent's.
fn model(view: &View<'_>, task: &crate::model::Task, agent: &str) -> Option<String> {
    let options = &view.course.info.options;
    let own = task.model.clone().filter(|_| agent == task.agent.as_deref().unwrap_or(&options.agent));
    own.or_else(|| options.agents.get(agent)?.model.clone())
}
