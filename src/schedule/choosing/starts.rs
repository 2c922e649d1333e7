//! Which agents start, with which base, slot and session; and why what is ready does not.

use std::collections::{BTreeMap, BTreeSet};

use super::free_resources::FreeResources;
use super::lookahead::Lookahead;
use super::start_gate::StartGate;
use crate::journal::{Intended, TaskState};
use crate::model::{Allowance, AttemptId, Oid, Role, SessionId, TaskId};
use crate::schedule::facts::{Action, EXCLUSIVE, PHASES, StartWait, TaskStatus, View};
use crate::schedule::rules::approvals::{self, Leave};
use crate::schedule::rules::base_red;
use crate::schedule::rules::bases::{self, Origin};
use crate::schedule::rules::budget::{Ledger, Reserve};
use crate::schedule::rules::candidates::{DueRival, due_rivals, placed};
use crate::schedule::rules::pools::pool_of;
use crate::schedule::rules::providers::{Queue, Turn};
use crate::schedule::rules::{speculation, staged};

/// Attempts to start, most urgent first, as far as agents, resources and the schedule's mode allow.
pub fn decide(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    if let Some(at) = base_red::held_until(view) {
        return vec![Action::Wake { at }];
    }
    let mut room = started(view, standings);
    room.actions.extend(room.free.pool_steps());
    room.actions
}

/// Why tasks that are ready do not start, by their position. Who would start now is not among them.
pub fn waits(view: &View<'_>, standings: &[TaskStatus]) -> BTreeMap<usize, StartWait> {
    let ready = (0..standings.len()).filter(|i| standings[*i] == TaskStatus::Ready);
    if base_red::held_until(view).is_some() {
        return ready.map(|i| (i, StartWait::Base)).collect();
    }
    let room = started(view, standings);
    let started = |action: &Action| match action {
        Action::Attempt(it) => Some(it.attempt.task.clone()),
        _ => None,
    };
    let starts: BTreeSet<TaskId> = room.actions.iter().filter_map(started).collect();
    let id = |i: usize| &view.course.info.tasks[i].id;
    let of = |i: usize| (i, room.waits.get(&i).cloned().unwrap_or(StartWait::Agents));
    ready.filter(|i| !starts.contains(id(*i))).map(of).collect()
}

/// What starts, and what is left after it.
fn started<'a>(view: &'a View<'a>, standings: &[TaskStatus]) -> StartRoom<'a> {
    let state = view.state;
    let gate = StartGate::new(view, standings);
    let ledger = Ledger::new(view.course, state);
    let lookahead = match gate {
        StartGate::None => Lookahead::new(view, standings, &ledger),
        _ => Lookahead::default(),
    };
    let (free, queue) = (FreeResources::new(view, standings), Queue::default());
    let mut room = StartRoom { free, queue, ledger, lookahead, actions: Vec::new(), waits: BTreeMap::new() };
    let candidate = speculation::open_candidate(view);
    let mut started = 0;
    for ix in &view.course.preference {
        let i = ix.index();
        let rivals = due_rivals(view, &room.ledger, &standings[i], i);
        let may = approvals::to_start(view.course, state, view.course.info.layers[i]) == Leave::Given;
        let early = candidate.as_ref().and_then(|candidate| candidate.base_of(view, standings, i));
        let comes = standings[i] == TaskStatus::Ready || early.is_some() || !rivals.is_empty();
        if !comes || !may || !gate.lets(view, i, started) {
            room.waits.insert(i, if may { gate.wait() } else { StartWait::Approval });
            continue;
        }
        if room.free.agents == 0 {
            break;
        }
        if !rivals.is_empty() || state.tasks[i].round.is_some() {
            started += usize::from(room.start_rivals(view, i, rivals));
            continue;
        }
        let StartRoom { free, queue, ledger, lookahead, actions, waits } = &mut room;
        let task = &view.course.info.tasks[i];
        let role = staged::next_role(view.course, state, i);
        let agent = view.course.agent_for(i, role);
        if !free.find_place(role) {
            waits.insert(i, StartWait::Pool(pool_of(role)));
            continue;
        }
        let provider = view.course.provider(agent);
        if let Turn::At(at) = queue.turn(view, provider) {
            waits.insert(i, StartWait::Provider { provider: provider.to_owned(), until: at });
            actions.push(Action::Wake { at });
            continue;
        }
        let (held, until) = lookahead.held_against(view, i, provider, role);
        if free.agents as usize <= held {
            waits.insert(i, StartWait::Kept);
            actions.extend(until.map(|at| Action::Wake { at }));
            continue;
        }
        let offer = match early {
            Some(_) => ledger.ask_twice(view.course, state, i),
            None => ledger.ask(view.course, state, i),
        };
        let Reserve::Yes(reserved) = offer else {
            waits.insert(i, StartWait::Budget);
            continue;
        };
        let on = |base: &Oid| Origin::At { base: base.clone(), start: base.clone(), merge: None };
        let (base, start, merge) = match early.as_ref().map_or_else(|| bases::origin(view, i), on) {
            Origin::At { base, start, merge } => (base, start, merge),
            Origin::Make { of } => {
                waits.insert(i, StartWait::Merge);
                let action = Action::MakeBase { of };
                if !actions.contains(&action) {
                    actions.push(action);
                }
                continue;
            }
            Origin::Wait => {
                waits.insert(i, StartWait::Merge);
                continue;
            }
        };
        let own = required_resources(!state.tasks[i].has_attempts(), &task.needs);
        if !free.take(&own) {
            waits.insert(i, StartWait::Needs(free.lacking(&own)));
            continue;
        }
        queue.started(provider);
        free.place_taken(role);
        ledger.take(reserved);
        started += 1;
        let (slot, resume) = free.place(session(&state.tasks[i], agent, role, &start));
        actions.push(Action::Attempt(Box::new(Intended {
            attempt: AttemptId { task: task.id.clone(), n: state.tasks[i].next_number() },
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
            rival: None,
        })));
    }
    room
}

/// What is left as one decision goes on, and what it has come to.
struct StartRoom<'a> {
    free: FreeResources<'a>,
    queue: Queue<'a>,
    ledger: Ledger,
    lookahead: Lookahead<'a>,
    actions: Vec<Action>,
    /// Why others do not start, by their position.
    waits: BTreeMap<usize, StartWait>,
}

impl<'a> StartRoom<'a> {
    /// Starts as many attempts of a task's round as there is room for, each with what the task needs. Whether any started.
    fn start_rivals(&mut self, view: &'a View<'a>, i: usize, rivals: Vec<DueRival<'a>>) -> bool {
        let (task, facts) = (&view.course.info.tasks[i], &view.state.tasks[i]);
        let (base, start) = match bases::fresh_origin(view, i) {
            Origin::At { base, start, .. } => (base, start),
            Origin::Make { of } => {
                let action = Action::MakeBase { of };
                if !self.actions.contains(&action) {
                    self.actions.push(action);
                }
                return false;
            }
            Origin::Wait => return false,
        };
        let (mut n, mut round) = (facts.next_number(), None);
        let first = n;
        for rival in rivals {
            let Some(reserved) = self.has_room(view, i, &rival) else { continue };
            if !self.free.take(&required_resources(n == first && !facts.has_attempts(), &task.needs)) {
                break;
            }
            let provider = view.course.provider(rival.agent);
            self.queue.started(provider);
            self.free.place_taken(Role::Code);
            self.ledger.take(reserved);
            let placed = placed(&DueRival { round: rival.round.or(round), ..rival }, n);
            round = Some(placed.round);
            self.actions.push(Action::Attempt(Box::new(Intended {
                attempt: AttemptId { task: task.id.clone(), n },
                provider: provider.to_owned(),
                model: model(view, task, rival.agent),
                agent: rival.agent.to_owned(),
                resume: None,
                role: Role::Code,
                slot: self.free.place(None).0,
                base: base.clone(),
                start: start.clone(),
                reserved,
                merge: None,
                candidate: None,
                rival: Some(placed),
            })));
            n += 1;
        }
        n > first
    }

    /// What one of several attempts may use, where there is a place for it.
    fn has_room(&mut self, view: &'a View<'a>, i: usize, rival: &DueRival<'a>) -> Option<Allowance> {
        if self.free.agents == 0 || !self.free.find_place(Role::Code) {
            return None;
        }
        let provider = view.course.provider(rival.agent);
        if let Turn::At(at) = self.queue.turn(view, provider) {
            self.actions.push(Action::Wake { at });
            return None;
        }
        let (held, until) = self.lookahead.held_against(view, i, provider, Role::Code);
        if self.free.agents as usize <= held {
            self.actions.extend(until.map(|at| Action::Wake { at }));
            return None;
        }
        match self.ledger.ask_rival(view.course, view.state, i, rival.agent) {
            Reserve::Yes(reserved) => Some(reserved),
            Reserve::Wait | Reserve::Never(_) => None,
        }
    }
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
