//! Which agents start and which end.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::approvals;
use super::bases::{self, Origin};
use super::budget::{self, Ledger, Reserve};
use super::deadline;
use super::decide::View;
use super::providers::Queue;
use super::run_context::EXCLUSIVE;
use super::staged;
use super::task_status::TaskStatus;
use crate::journal::{CheckState, FailClass, Intended, TaskState};
use crate::model::{ApproveMode, AttemptId, Oid, Role, ScheduleMode, SessionId, Task, TaskId};

/// Running attempts that have to end: a person said so, or they go beyond a limit.
pub(super) fn ends(view: &View<'_>) -> Vec<Action> {
    let tasks = view.course.info.tasks.iter().zip(&view.state.tasks);
    let open = tasks
        .filter_map(|(task, facts)| Some((task, facts, facts.open().filter(|it| it.is_working() && !it.end_asked)?)));
    let mut actions = Vec::new();
    for (task, facts, attempt) in open {
        if facts.stopped || facts.skipped {
            actions.push(end(&task.id, attempt.n, "ended by a person", None));
        } else if let Some(limit) = budget::exceeded(view.state, attempt) {
            actions.push(end(&task.id, attempt.n, limit.words(), Some(FailClass::OverBudget)));
        } else if let Some((at, limit)) = deadline::of_attempt(view.state, facts) {
            actions.push(match at <= view.now {
                true => end(&task.id, attempt.n, limit.words(), Some(FailClass::OverBudget)),
                false => Action::Wake { at },
            });
        }
    }
    actions
}

/// The action that ends an attempt, and what that then means.
pub(super) fn end(task: &TaskId, n: u32, why: &str, class: Option<FailClass>) -> Action {
    Action::EndAttempt { attempt: AttemptId { task: task.clone(), n }, why: why.to_owned(), class }
}

/// Attempts to start, most urgent first, as far as agents, resources and the schedule's mode allow.
pub(super) fn starts(view: &View<'_>, standings: &[TaskStatus]) -> Vec<Action> {
    let state = view.state;
    let mut free = FreeResources::new(view, standings);
    let gate = StartGate::new(view, standings);
    let mut queue = Queue::default();
    let mut ledger = Ledger::new(view.course, state);
    let (mut actions, mut started) = (Vec::new(), 0);
    for ix in &view.course.preference {
        let i = ix.index();
        let may = approvals::may_start(view.course, state, view.course.info.layers[i]);
        if standings[i] != TaskStatus::Ready || !may || !gate.lets(view, i, started) {
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
        if let Some(at) = queue.wait(view, provider) {
            actions.push(Action::Wake { at });
            continue;
        }
        let Reserve::Yes(reserved) = ledger.ask(view.course, state, i) else { continue };
        let (base, start, merge) = match bases::origin(view, i) {
            Origin::At { base, start, merge } => (base, start, merge),
            Origin::Make(action) if actions.contains(&action) => continue,
            Origin::Make(action) => {
                actions.push(action);
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
    if staged::PHASES.contains(&role) && last.role != role {
        return None;
    }
    Some((last.slot.clone(), last.session.clone()?))
}

/// What the schedule's mode holds back.
pub(super) enum StartGate {
    None,
    Layer(u32),
    One {
        busy: bool,
    },
    /// Nothing but this task, and not before the others are through.
    Alone {
        task: usize,
        busy: bool,
    },
}

impl StartGate {
    pub(super) fn new(view: &View<'_>, standings: &[TaskStatus]) -> StartGate {
        let busy = || standings.iter().any(TaskStatus::is_busy);
        if let Some(i) = alone(view, standings) {
            return StartGate::Alone { task: i, busy: busy() };
        }
        let by_layer = view.course.info.options.approve == ApproveMode::Layer;
        match view.course.info.options.schedule {
            ScheduleMode::Ready if !by_layer => StartGate::None,
            ScheduleMode::Ready | ScheduleMode::Layered => {
                let unfinished =
                    standings.iter().zip(&view.course.info.layers).filter(|(standing, _)| !standing.is_over());
                StartGate::Layer(unfinished.map(|(_, layer)| *layer).min().unwrap_or(u32::MAX))
            }
            ScheduleMode::Sequential => StartGate::One { busy: busy() },
        }
    }

    /// Whether a task's layer has come.
    pub(super) fn reaches(&self, view: &View<'_>, i: usize) -> bool {
        !matches!(self, StartGate::Layer(lowest) if view.course.info.layers[i] > *lowest)
    }

    fn lets(&self, view: &View<'_>, i: usize, started: usize) -> bool {
        match self {
            StartGate::None => true,
            // What has begun goes on, also where a task of an earlier layer is tried again meanwhile: that one may wait for
            // what this one holds.
            StartGate::Layer(_) => self.reaches(view, i) || !view.state.tasks[i].attempts.is_empty(),
            StartGate::One { busy } => !busy && started == 0,
            StartGate::Alone { task, busy } => *task == i && !busy,
        }
    }
}

/// Clashes after which a task runs alone, so that nothing can land beneath it once more (DESIGN 5).
const CLASHES: usize = 2;

/// The task that is to run alone: one that clashed again and again and could start, or is on its way.
fn alone(view: &View<'_>, standings: &[TaskStatus]) -> Option<usize> {
    let clashed = |i: &usize| {
        let attempts = &view.state.tasks[*i].attempts;
        attempts.iter().filter(|attempt| attempt.conflict.is_some()).count() >= CLASHES
    };
    (0..standings.len()).find(|i| (standings[*i] == TaskStatus::Ready || standings[*i].is_busy()) && clashed(i))
}

/// Agents, slots and resources that are left.
pub(super) struct FreeResources<'a> {
    pub(super) agents: u32,
    used: BTreeMap<String, u32>,
    taken: BTreeSet<String>,
    /// Slots of tasks at their gates whose agents could go on there: others take them last. No more than agents, so that
    /// the pool stays within twice their number.
    kept: BTreeSet<String>,
    /// Open attempts by role.
    roles: BTreeMap<Role, u32>,
    view: &'a View<'a>,
}

impl<'a> FreeResources<'a> {
    pub(super) fn new(view: &'a View<'a>, standings: &[TaskStatus]) -> FreeResources<'a> {
        let open = || view.state.tasks.iter().filter_map(TaskState::open);
        let working = open().filter(|attempt| attempt.is_working()).count() as u32;
        // Who is through has left its place to the next, but still has its slot: of those there are not more than agents.
        let slots = (2 * view.capacity.agents).saturating_sub(open().count() as u32);
        let mut free = FreeResources {
            agents: view.capacity.agents.saturating_sub(working).min(slots),
            used: BTreeMap::new(),
            taken: BTreeSet::new(),
            kept: kept(view, standings),
            roles: BTreeMap::new(),
            view,
        };
        for (i, task) in view.course.info.tasks.iter().enumerate() {
            let open = view.state.tasks[i].open();
            if let Some(attempt) = open {
                free.taken.insert(attempt.slot.clone());
                free.place_taken(attempt.role);
            }
            // Who waits for a dependency, which a person had tried again, must not keep it from starting.
            let comes = !standings[i].is_over() && standings[i] != TaskStatus::Waiting;
            let unlanded = comes && !view.state.tasks[i].attempts.is_empty();
            let held = |name: &str| open.is_some() || (unlanded && name.starts_with(EXCLUSIVE));
            task.needs.iter().filter(|(name, _)| held(name)).for_each(|(name, n)| free.add(name, *n));
        }
        for ((_, gate), check) in &view.state.checks {
            if check.state == CheckState::Open {
                let gates = &view.course.info.options.gates;
                let needs = gates.iter().filter(|def| def.name == *gate).flat_map(|def| &def.needs);
                needs.for_each(|(name, n)| free.add(name, *n));
            }
        }
        free
    }

    /// Whether the pool of a role has room: whoever tries again is of the role that does the work.
    fn has_place(&self, role: Role) -> bool {
        let pool = self.view.course.info.options.roles.get(&pool_of(role));
        pool.and_then(|pool| pool.max).is_none_or(|max| self.roles.get(&pool_of(role)).copied().unwrap_or(0) < max)
    }

    fn place_taken(&mut self, role: Role) {
        *self.roles.entry(pool_of(role)).or_default() += 1;
    }

    fn add(&mut self, name: &str, n: u32) {
        *self.used.entry(name.to_owned()).or_default() += n;
    }

    /// Takes all of `needs`, or none of them: nobody waits for another in a circle. Counts as one agent.
    fn take(&mut self, needs: &BTreeMap<String, u32>) -> bool {
        let taken = self.take_resources(needs);
        if taken {
            self.agents -= 1;
        }
        taken
    }

    /// Takes all of `needs`, or none of them.
    pub(super) fn take_resources(&mut self, needs: &BTreeMap<String, u32>) -> bool {
        let capacities = &self.view.course.info.options.resources;
        let fits = |(name, n): (&String, &u32)| {
            self.used.get(name).copied().unwrap_or(0) + n <= capacities.get(name).copied().unwrap_or(1)
        };
        if !needs.iter().all(fits) {
            return false;
        }
        needs.iter().for_each(|(name, n)| self.add(name, *n));
        true
    }

    /// A slot, and the session to go on in, if there is one and its slot is free: what a session remembers are the
    /// absolute paths of its worktree, and another task may work there by now.
    fn place(&mut self, session: Option<(String, SessionId)>) -> (String, Option<SessionId>) {
        if let Some((slot, session)) = session
            && !self.taken.contains(&slot)
            && !self.view.state.set_aside.contains(&slot)
        {
            self.taken.insert(slot.clone());
            return (slot, Some(session));
        }
        (self.slot(), None)
    }

    /// The lowest slot nobody has or goes on in: low slots stay warm.
    fn slot(&mut self) -> String {
        let not: BTreeSet<String> = self.taken.union(&self.kept).cloned().collect();
        let name = free_slot('a', &not, &self.view.state.set_aside);
        self.taken.insert(name.clone());
        name
    }
}

/// The role whose pool an attempt belongs to.
fn pool_of(role: Role) -> Role {
    if role == Role::Retry { Role::Code } else { role }
}

fn kept(view: &View<'_>, standings: &[TaskStatus]) -> BTreeSet<String> {
    let come_back = |standing: &TaskStatus| matches!(standing, TaskStatus::Gating | TaskStatus::Ready);
    let tasks = view.course.preference.iter().filter(|ix| come_back(&standings[ix.index()]));
    let last = tasks.filter_map(|ix| view.state.tasks[ix.index()].last());
    let last = last.filter(|last| last.session.is_some() && last.result().is_some());
    last.take(view.capacity.agents as usize).map(|last| last.slot.clone()).collect()
}

/// The lowest numbered name with this prefix that is neither taken nor set aside.
pub(super) fn free_slot(prefix: char, taken: &BTreeSet<String>, set_aside: &BTreeSet<String>) -> String {
    let mut n = 1;
    loop {
        let name = format!("{prefix}{n}");
        if !taken.contains(&name) && !set_aside.contains(&name) {
            return name;
        }
        n += 1;
    }
}
/// The model of an attempt: the task's own where its own agent does it, else the agent's.
fn model(view: &View<'_>, task: &Task, agent: &str) -> Option<String> {
    let options = &view.course.info.options;
    let own = task.model.clone().filter(|_| agent == task.agent.as_deref().unwrap_or(&options.agent));
    own.or_else(|| options.agents.get(agent)?.model.clone())
}
