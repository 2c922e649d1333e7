//! Agents, slots and resources that are left, as one decision goes on.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::{CheckState, TaskState};
use crate::model::{Role, SessionId};
use crate::schedule::facts::{Action, EXCLUSIVE, TaskStatus, View};
use crate::schedule::rules::pools::{self, PoolLoad, PoolStep};

/// Agents, slots and resources that are left.
pub struct FreeResources<'a> {
    pub agents: u32,
    used: BTreeMap<String, u32>,
    taken: BTreeSet<String>,
    /// Slots of tasks at their gates whose agents could go on there: others take them last. No more than agents, so that
    /// the pool stays within twice their number.
    kept: BTreeSet<String>,
    /// How the pools of roles are used.
    pools: BTreeMap<Role, PoolLoad>,
    view: &'a View<'a>,
}

impl<'a> FreeResources<'a> {
    pub fn new(view: &'a View<'a>, standings: &[TaskStatus]) -> FreeResources<'a> {
        let open = || view.state.tasks.iter().flat_map(TaskState::under_way);
        let working = open().filter(|attempt| attempt.is_working()).count() as u32;
        // Who is through has left its place to the next, but still has its slot: of those there are not more than agents.
        let slots = (2 * view.capacity.agents).saturating_sub(open().count() as u32);
        let mut free = FreeResources {
            agents: view.capacity.agents.saturating_sub(working).min(slots),
            used: BTreeMap::new(),
            taken: BTreeSet::new(),
            kept: kept(view, standings),
            pools: BTreeMap::new(),
            view,
        };
        for (i, task) in view.course.info.tasks.iter().enumerate() {
            let facts = &view.state.tasks[i];
            let mut agents = 0;
            for attempt in facts.under_way() {
                free.taken.insert(attempt.slot.clone());
                free.place_taken(attempt.role);
                agents += 1;
            }
            // Who waits for a dependency, which a person had tried again, must not keep it from starting.
            let comes = !standings[i].is_over() && standings[i] != TaskStatus::Waiting;
            let unlanded = comes && facts.has_attempts();
            // Paths that a task has for itself are held by it, however many attempts of it there are.
            let times = |name: &str| match name.starts_with(EXCLUSIVE) {
                true => u32::from(agents > 0 || unlanded),
                false => agents,
            };
            task.needs.iter().for_each(|(name, n)| free.add(name, n * times(name)));
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

    /// Whether the pool of a role has room. What finds none waits for it.
    pub fn find_place(&mut self, role: Role) -> bool {
        let role = pools::pool_of(role);
        let load = self.pools.entry(role).or_default();
        let has_place = pools::size(self.view.state, role).is_none_or(|size| load.used < size);
        load.waiting += u32::from(!has_place);
        has_place
    }

    pub fn place_taken(&mut self, role: Role) {
        self.pools.entry(pools::pool_of(role)).or_default().used += 1;
    }

    /// What becomes of the pools, after everything that could start has. Reviewing agents are no attempts.
    pub fn pool_steps(&self) -> Vec<Action> {
        let roles = self.view.course.info.options.roles.keys().filter(|role| **role != Role::Review);
        let step = |role: &Role| pool_action(self.view, *role, self.pools.get(role).copied().unwrap_or_default());
        roles.filter_map(step).collect()
    }

    fn add(&mut self, name: &str, n: u32) {
        *self.used.entry(name.to_owned()).or_default() += n;
    }

    /// Takes all of `needs`, or none of them: nobody waits for another in a circle. Counts as one agent.
    pub fn take(&mut self, needs: &BTreeMap<String, u32>) -> bool {
        let taken = self.take_resources(needs);
        if taken {
            self.agents -= 1;
        }
        taken
    }

    /// Takes all of `needs`, or none of them.
    pub fn take_resources(&mut self, needs: &BTreeMap<String, u32>) -> bool {
        if !self.lacking(needs).is_empty() {
            return false;
        }
        needs.iter().for_each(|(name, n)| self.add(name, *n));
        true
    }

    /// What of `needs` others hold.
    pub fn lacking(&self, needs: &BTreeMap<String, u32>) -> Vec<String> {
        let capacities = &self.view.course.info.options.resources;
        let fits = |name: &String, n: u32| {
            self.used.get(name).copied().unwrap_or(0) + n <= capacities.get(name).copied().unwrap_or(1)
        };
        needs.iter().filter(|(name, n)| !fits(name, **n)).map(|(name, _)| name.clone()).collect()
    }

    /// A slot, and the session to go on in, if there is one and its slot is free: what a session remembers are the
    /// absolute paths of its worktree, and another task may work there by now.
    pub fn place(&mut self, session: Option<(String, SessionId)>) -> (String, Option<SessionId>) {
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

/// What becomes of a role's pool that is used like this.
pub fn pool_action(view: &View<'_>, role: Role, load: PoolLoad) -> Option<Action> {
    match pools::step(view, role, load) {
        PoolStep::Keep => None,
        PoolStep::Resize(size) => Some(Action::ResizePool { role, size }),
        PoolStep::At(at) => Some(Action::Wake { at }),
    }
}

fn kept(view: &View<'_>, standings: &[TaskStatus]) -> BTreeSet<String> {
    let come_back = |standing: &TaskStatus| matches!(standing, TaskStatus::Gating | TaskStatus::Ready);
    let tasks = view.course.preference.iter().filter(|ix| come_back(&standings[ix.index()]));
    let last = tasks.filter_map(|ix| view.state.tasks[ix.index()].last());
    let last = last.filter(|last| last.session.is_some() && last.result().is_some());
    last.take(view.capacity.agents as usize).map(|last| last.slot.clone()).collect()
}

/// The lowest numbered name with this prefix that is neither taken nor set aside.
pub fn free_slot(prefix: char, taken: &BTreeSet<String>, set_aside: &BTreeSet<String>) -> String {
    let mut n = 1;
    loop {
        let name = format!("{prefix}{n}");
        if !taken.contains(&name) && !set_aside.contains(&name) {
            return name;
        }
        n += 1;
    }
}
