//! What this machine gives a run from moment to moment: places of the pool that all runs share, as many as load allows.

use std::time::{Duration, Instant};

use crate::model::{Adapt, RunOptions};
use crate::process::{Governor, Jobs, Machine, MachineLoad, Meter, Places, Share, capacity};
use crate::schedule::{Capacity, Demand};

/// Between two looks at load and memory. Shorter, and one compiler run looks like a busy machine.
const LOOK: Duration = Duration::from_secs(2);

/// Memory is told in steps of so many bytes: less decides about no agent.
const MEMORY_STEP: u64 = 256 << 20;

/// Whether every place that this machine has for a run with these options is in use, by whichever runs.
pub fn is_crowded(options: &RunOptions) -> bool {
    Places::open(total(options, bears(options))).is_ok_and(|places| places.free() == 0)
}

/// Agents that this machine can handle at once; as many as were asked for where it does not tell.
fn bears(options: &RunOptions) -> u32 {
    Machine::look().map_or(options.jobs, |it| capacity(&it, Jobs::Auto, usize::MAX).agents)
}

/// Places of this machine for a run.
fn total(options: &RunOptions, bears: u32) -> u32 {
    options.places.unwrap_or_else(|| bears.max(options.jobs))
}

/// The room of one run.
#[derive(Debug)]
pub struct CapacityMonitor {
    share: Option<Share>,
    governor: Governor,
    meter: Option<Meter>,
    looked: Option<Instant>,
    /// As many as the run was told.
    asked: u32,
    limit: u32,
    checks: u32,
    /// Memory that was free at the last look; all of it where nobody asks.
    memory: u64,
    /// Whether a pool grows by memory.
    pools: bool,
    given: Option<Capacity>,
    complained: bool,
}

impl CapacityMonitor {
    /// The room of a run with these options. Without a pool or a look at the machine the run goes on with the number it
    /// was told, and says so.
    pub fn new(options: &RunOptions) -> CapacityMonitor {
        let machine = Machine::look();
        let cpus = machine.as_ref().map_or(1, |machine| machine.cpus);
        let share = Share::open(total(options, bears(options))).inspect_err(|error| {
            tracing::warn!(%error, "the places that runs of this machine share cannot be used; this run ignores the others");
        });
        let governor = Governor::new(options.adapt, options.jobs, cpus);
        let pools = options.far.is_none() && options.roles.values().any(|pool| pool.min.is_some());
        let meter = if options.adapt == Adapt::No && !pools { None } else { Meter::new().ok() };
        CapacityMonitor {
            share: share.ok(),
            meter,
            governor,
            looked: None,
            asked: options.jobs.max(1),
            limit: options.jobs.max(1),
            checks: options.checks,
            memory: u64::MAX,
            pools,
            given: None,
            complained: false,
        }
    }

    /// The room of a run that has come home: this machine bears fewer agents than other hosts may have done.
    pub fn at_home(options: &RunOptions) -> CapacityMonitor {
        let bears = Machine::look().map_or(1, |machine| capacity(&machine, Jobs::Auto, usize::MAX).agents);
        let jobs = options.jobs.min(bears).max(1);
        CapacityMonitor::new(&RunOptions { jobs, adapt: Adapt::Memory, ..options.clone() })
    }

    /// Follows a plan that has grown.
    pub fn raise(&mut self, jobs: u32) {
        self.limit += jobs.saturating_sub(self.asked);
        self.asked = self.asked.max(jobs);
        self.governor.raise(jobs);
    }

    /// What the run may use now, when that has changed.
    pub fn give(&mut self, demand: &Demand) -> Option<Capacity> {
        self.look(demand);
        let want = self.limit.min(demand.running + demand.ready).max(demand.running);
        let held = match &mut self.share {
            None => self.limit,
            Some(share) => share.adjust(want, demand.running).unwrap_or_else(|error| {
                tracing::warn!(%error, "the places that runs of this machine share cannot be used any more");
                self.share = None;
                self.limit
            }),
        };
        if held == 0 && want > 0 && !self.complained {
            tracing::warn!("other runs hold every place of this machine; this one waits for its share");
            self.complained = true;
        }
        let given = Capacity { agents: held, checks: self.checks, memory: self.memory };
        let changed = self.given != Some(given);
        self.given = Some(given);
        changed.then_some(given)
    }

    fn look(&mut self, demand: &Demand) {
        let due = self.looked.is_none_or(|at| at.elapsed() >= LOOK);
        if let Some(meter) = self.meter.as_mut().filter(|_| due) {
            let load = meter.look();
            // The first look has nothing to compare the processors' work with.
            let cpu = if self.looked.is_none() { 0.0 } else { load.cpu };
            self.heed(&MachineLoad { cpu, ..load }, demand);
            self.looked = Some(Instant::now());
        }
    }

    fn heed(&mut self, load: &MachineLoad, demand: &Demand) {
        self.limit = self.governor.limit(load, demand.running, demand.memory);
        if self.pools {
            self.memory = load.available - load.available % MEMORY_STEP;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(adapt: Adapt, jobs: u32) -> CapacityMonitor {
        CapacityMonitor {
            share: None,
            governor: Governor::new(adapt, jobs, 4),
            meter: None,
            looked: None,
            asked: jobs,
            limit: jobs,
            checks: 2,
            memory: u64::MAX,
            pools: false,
            given: None,
            complained: false,
        }
    }

    /// What the run is given at this load, when `running` agents of a gibibyte each run and more could.
    fn given(room: &mut CapacityMonitor, available: u64, cpu: f32, running: u32) -> Option<u32> {
        let demand = Demand { running, ready: 9, memory: 1 << 30 };
        room.heed(&MachineLoad { available, cpu }, &demand);
        room.give(&demand).map(|capacity| capacity.agents)
    }

    #[test]
    fn without_memory_nothing_more_starts_until_there_is_some_again() {
        const GIB: u64 = 1 << 30;
        for adapt in [Adapt::Memory, Adapt::Auto] {
            let mut room = room(adapt, 4);
            assert_eq!(given(&mut room, 64 * GIB, 70.0, 0), Some(4), "{adapt:?}");
            assert_eq!(given(&mut room, GIB / 2, 70.0, 2), Some(2), "{adapt:?}: paused at the two that run");
            assert_eq!(given(&mut room, GIB / 2, 70.0, 2), None, "{adapt:?}: nothing new to tell");
            assert_eq!(given(&mut room, 0, 70.0, 0), Some(1), "{adapt:?}: never below one");
        }
        let mut room = room(Adapt::Memory, 4);
        given(&mut room, 0, 70.0, 1);
        assert_eq!(given(&mut room, 2 * GIB, 70.0, 1), Some(3), "and it goes on");
    }

    #[test]
    fn a_plan_that_grew_wider_gets_its_places() {
        for adapt in [Adapt::No, Adapt::Memory, Adapt::Auto] {
            let mut room = room(adapt, 1);
            assert_eq!(given(&mut room, u64::MAX, 70.0, 1), Some(1), "{adapt:?}");
            room.raise(3);
            assert_eq!(given(&mut room, u64::MAX, 70.0, 1), Some(3), "{adapt:?}");
            room.raise(2);
            assert_eq!(given(&mut room, u64::MAX, 70.0, 1), None, "{adapt:?}: never fewer");
        }
    }

    #[test]
    fn auto_grows_while_processors_are_idle_and_shrinks_when_they_are_not() {
        let mut room = room(Adapt::Auto, 2);
        let mut at = |cpu, running| given(&mut room, u64::MAX, cpu, running);
        assert_eq!((at(20.0, 2), at(20.0, 3), at(75.0, 4)), (Some(3), Some(4), None));
        assert_eq!(at(95.0, 4), Some(3));
    }
}
