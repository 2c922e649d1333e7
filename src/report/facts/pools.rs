//! Pools of roles: how large they are, and how much of them is in use.

use serde::Serialize;

use super::picture::Picture;
use crate::journal::{CheckState, Subject, TaskState};
use crate::model::Role;
use crate::report::words::display::safe;
use crate::report::words::measure::{bytes, few, plural};
use crate::schedule::{agent_memory, pool_bounds, pool_of, pool_size};

/// The pool of one role that has a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PoolFigures {
    /// The role.
    pub role: &'static str,
    /// How many may work at once now.
    pub size: u32,
    /// How many do.
    pub used: u32,
    /// Between how many and how many it breathes.
    pub min: u32,
    /// As `min`.
    pub max: u32,
    /// Memory that has to be free before it grows by one agent, bytes.
    pub agent_memory: u64,
}

/// The pools of a run, in the order of roles; empty where no role has a limit.
pub fn pools(picture: &Picture<'_>) -> Vec<PoolFigures> {
    let (state, options) = (picture.state, &picture.state.info.options);
    let figures = |role: &Role| {
        let (bounds, size) = (pool_bounds(options, *role)?, pool_size(state, *role)?);
        let (role, used, agent_memory) = (role.word(), used(picture, *role), agent_memory(options, *role));
        Some(PoolFigures { role, size, used, min: bounds.min, max: bounds.max, agent_memory })
    };
    options.roles.keys().filter_map(figures).collect()
}

fn used(picture: &Picture<'_>, role: Role) -> u32 {
    let attempts = picture.state.tasks.iter().flat_map(TaskState::under_way).filter(|it| pool_of(it.role) == role);
    let reviewers = picture.state.checks.iter().filter(|((subject, name), check)| {
        let gates = &picture.state.info.options.gates;
        let has_one = gates.iter().any(|gate| gate.name == *name && gate.reviewer.is_some());
        role == Role::Review && has_one && check.state == CheckState::Open && matches!(subject, Subject::Attempt(_))
    });
    (attempts.count() + reviewers.count()) as u32
}

/// `code 2 of 3 busy (1 to 4, 2.0 GB for another)`.
pub fn words(pool: &PoolFigures) -> String {
    let PoolFigures { role, size, used, min, max, agent_memory } = pool;
    let breathes = match min < max {
        true => format!(" ({min} to {max}, {} for another)", bytes(*agent_memory)),
        false => String::new(),
    };
    format!("{role} {used} of {size} busy{breathes}")
}

/// `claude 2, codex 1: 3 of 4 slots in use`.
pub fn slots_in_use(picture: &Picture<'_>) -> String {
    let mut agents: Vec<(&str, usize)> = Vec::new();
    for attempt in picture.state.tasks.iter().flat_map(TaskState::under_way) {
        match agents.iter_mut().find(|(name, _)| *name == attempt.agent) {
            Some((_, n)) => *n += 1,
            None => agents.push((&attempt.agent, 1)),
        }
    }
    let used: usize = agents.iter().map(|(_, n)| n).sum();
    let all = plural(picture.state.info.options.jobs as usize, "slot");
    let names: Vec<String> = match agents.as_slice() {
        [] => return format!("0 of {all} in use"),
        [(name, _)] => vec![safe(name)],
        several => several.iter().map(|(name, n)| format!("{} {n}", safe(name))).collect(),
    };
    format!("{}: {used} of {all} in use", few(&names, 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Event;
    use crate::model::RolePool;
    use crate::report::testing::{Story, info, options};

    #[test]
    fn a_pool_is_told_as_it_stands() {
        let mut options = options(&[]);
        options.roles.insert(Role::Code, RolePool { min: Some(1), max: Some(4), agent: None });
        options.roles.insert(Role::Review, RolePool { max: Some(2), ..RolePool::default() });
        options.roles.insert(Role::Design, RolePool { agent: Some("codex".into()), ..RolePool::default() });
        let mut story = Story::of(info(&[("A", "a", &[]), ("B", "b", &[])], options));
        story.starts(&["A"]).happens(Event::PoolResized { role: Role::Code, size: 2 }).starts(&["B"]);
        let state = story.state();
        let told: Vec<String> = pools(&Picture::new(&state, state.at, true)).iter().map(words).collect();
        assert_eq!(told, ["code 2 of 2 busy (1 to 4, 2.0 GB for another)", "review 0 of 2 busy"]);
    }
}
