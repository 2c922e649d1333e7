//! Agents, slots and resources that are left, as one decision goes on.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::{CheckState, TaskState};
use crate::model::{Role, SessionId};
use crate::schedule::facts::{EXCLUSIVE, TaskStatus, View};

/// Agents, slots and resources that are left.
pub struct FreeResources<'a> {
    pub agents: u32,
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
            roles: BTreeMap::new(),
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

    /// Whether the pool of a role has room: whoever tries again is of the role that does the work.
    pub fn has_place(&self, role: Role) -> bool {
        let pool = self.view.course.info.options.roles.get(&pool_of(role));
        pool.and_then(|pool| pool.max).is_none_or(|max| self.roles.get(&pool_of(role)).copied().unwrap_or(0) < max)
    }

    pub fn place_taken(&mut self, role: Role) {
        *self.roles.entry(pool_of(role)).or_default() += 1;
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
