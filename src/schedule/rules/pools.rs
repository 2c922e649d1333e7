//! Role pools: how many of a role may work at once. A pool with a `min` begins there, grows by one where nearly all of it
//! works and more waits, and shrinks by one where most of it has been idle for a while.

use jiff::{SignedDuration, Timestamp};

use crate::journal::{RunState, TaskState};
use crate::model::{Role, RunOptions};
use crate::schedule::facts::View;

/// Percent of a pool at work above which it grows where something waits (DESIGN 13).
const GROW_ABOVE: u32 = 80;
/// Percent of a pool at work below which it shrinks (DESIGN 13).
const SHRINK_BELOW: u32 = 30;
/// Between two steps upwards: by then the machine shows what the last one took (it is looked at as often).
const GROW_EVERY: SignedDuration = SignedDuration::from_secs(2);
/// How long a pool is idle before it shrinks: longer than a gate usually takes, after which the next task comes.
const IDLE_FOR: SignedDuration = SignedDuration::from_secs(30);
/// Memory that must be there for one more agent of a pool, bytes, where its agent has no `memory` (DESIGN 13).
const AGENT_MEMORY: u64 = 2_000_000_000;

/// Between how many and how many a pool breathes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolBounds {
    /// What it begins with.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// How much of a pool is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolLoad {
    /// Agents of the role at work.
    pub used: u32,
    /// What could start but for the pool.
    pub waiting: u32,
}

/// What becomes of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolStep {
    /// It stays until something happens.
    Keep,
    /// It has this size from now on.
    Resize(u32),
    /// It is looked at again then.
    At(Timestamp),
}

/// The role whose pool an attempt belongs to: whoever tries again is of the role that does the work.
pub fn pool_of(role: Role) -> Role {
    if role == Role::Retry { Role::Code } else { role }
}

/// The bounds of a role's pool; none: it has no limit of its own.
pub fn bounds(options: &RunOptions, role: Role) -> Option<PoolBounds> {
    let pool = options.roles.get(&role)?;
    let min = pool.min.or(pool.max)?;
    let max = pool.max.unwrap_or(options.jobs.max(options.jobs_most));
    Some(PoolBounds { min, max: max.max(min) })
}

/// How many of a role may work at once now; none: as many as there are places.
pub fn size(state: &RunState, role: Role) -> Option<u32> {
    let bounds = bounds(&state.info.options, role)?;
    Some(state.pools.get(&role).map_or(bounds.min, |pool| pool.size.clamp(bounds.min, bounds.max)))
}

/// Memory set aside for one more agent of a role, bytes.
pub fn agent_memory(options: &RunOptions, role: Role) -> u64 {
    let own = options.roles.get(&role).and_then(|pool| pool.agent.as_deref());
    let def = options.agents.get(own.unwrap_or(&options.agent));
    def.and_then(|def| def.memory).unwrap_or(AGENT_MEMORY)
}

/// What becomes of a role's pool that is used like this.
pub fn step(view: &View<'_>, role: Role, load: PoolLoad) -> PoolStep {
    let (state, options) = (view.state, &view.state.info.options);
    let (Some(bounds), Some(size)) = (bounds(options, role), size(state, role)) else { return PoolStep::Keep };
    let percent = load.used * 100;
    let changed = state.pools.get(&role).map_or(state.started, |pool| pool.at);
    let (next, at) = if percent > size * GROW_ABOVE && load.waiting > 0 && size < bounds.max {
        if view.capacity.memory < agent_memory(options, role) {
            return PoolStep::Keep;
        }
        (size + 1, changed + GROW_EVERY)
    } else if percent < size * SHRINK_BELOW && size > bounds.min {
        (size - 1, changed.max(last_end(state, role)) + IDLE_FOR)
    } else {
        return PoolStep::Keep;
    };
    if at <= view.now { PoolStep::Resize(next) } else { PoolStep::At(at) }
}

/// When the last agent of a role ended: since then no more of them have worked than do now.
fn last_end(state: &RunState, role: Role) -> Timestamp {
    let of_role = state.tasks.iter().flat_map(TaskState::all_attempts).filter(|it| pool_of(it.role) == role);
    of_role.filter_map(|it| it.ended.as_ref()).map(|(at, _)| *at).max().unwrap_or(state.started)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, Event, PoolSize};
    use crate::model::{AgentDef, RolePool};
    use crate::run::simulation::{started, task};
    use crate::schedule::facts::{Capacity, RunContext};

    const GIB: u64 = 1 << 30;

    fn begun(options: RunOptions) -> RunState {
        let event = Event::RunStarted(Box::new(started(vec![task(0, &[])], options)));
        RunState::begin(&Entry { seq: 1, at: Timestamp::UNIX_EPOCH, event }).unwrap()
    }

    /// What becomes of a pool from 1 to 4 that has been of `size` for `seconds`.
    fn after(size: u32, seconds: i64, load: (u32, u32), memory: u64) -> PoolStep {
        let mut options = RunOptions { agent: "mine".into(), ..RunOptions::default() };
        options.roles.insert(Role::Code, RolePool { agent: None, min: Some(1), max: Some(4) });
        let mut state = begun(options);
        let since = state.started;
        state.pools.insert(Role::Code, PoolSize { size, at: since });
        let course = RunContext::new(state.info.clone());
        let capacity = Capacity { agents: 9, checks: 9, memory };
        let now = since + SignedDuration::from_secs(seconds);
        let load = PoolLoad { used: load.0, waiting: load.1 };
        step(&View { course: &course, state: &state, capacity, now }, Role::Code, load)
    }

    #[test]
    fn it_grows_where_nearly_all_work_and_more_waits_and_shrinks_where_most_are_idle() {
        let at = |seconds| PoolStep::At(Timestamp::from_second(seconds).unwrap());
        let table = [
            // size, seconds since it changed, used, waiting; what becomes of it
            (1, 9, (1, 3), PoolStep::Resize(2)),
            (2, 9, (2, 1), PoolStep::Resize(3)),
            (2, 1, (2, 1), at(2)),
            (2, 9, (2, 0), PoolStep::Keep),
            (4, 9, (4, 9), PoolStep::Keep),
            (4, 90, (3, 9), PoolStep::Keep),
            (4, 90, (2, 0), PoolStep::Keep),
            (4, 90, (1, 0), PoolStep::Resize(3)),
            (4, 9, (1, 0), at(30)),
            (3, 90, (1, 0), PoolStep::Keep),
            (2, 90, (0, 0), PoolStep::Resize(1)),
            (1, 90, (0, 0), PoolStep::Keep),
        ];
        for (row, (size, seconds, load, expected)) in table.into_iter().enumerate() {
            assert_eq!(after(size, seconds, load, 64 * GIB), expected, "row {row}");
        }
    }

    #[test]
    fn it_does_not_grow_without_memory_for_another_agent() {
        assert_eq!(after(1, 9, (1, 3), AGENT_MEMORY - 1), PoolStep::Keep);
        assert_eq!(after(1, 9, (1, 3), AGENT_MEMORY), PoolStep::Resize(2));
        let small = AgentDef { memory: Some(GIB), ..AgentDef::default() };
        let options =
            RunOptions { agent: "small".into(), agents: [("small".to_owned(), small)].into(), ..RunOptions::default() };
        assert_eq!(agent_memory(&options, Role::Code), GIB);
    }

    #[test]
    fn bounds_come_from_what_is_said_of_the_role() {
        let of = |min, max| {
            let mut options = RunOptions { jobs: 5, ..RunOptions::default() };
            options.roles.insert(Role::Test, RolePool { agent: None, min, max });
            bounds(&options, Role::Test)
        };
        assert_eq!(of(None, None), None);
        assert_eq!(
            of(None, Some(2)),
            Some(PoolBounds { min: 2, max: 2 }),
            "a pool without a least size does not breathe"
        );
        assert_eq!(of(Some(2), None), Some(PoolBounds { min: 2, max: 5 }));
        assert_eq!(of(Some(7), None), Some(PoolBounds { min: 7, max: 7 }));
    }
}
