//! What this machine gives a run from moment to moment: places of the pool that all runs share, as many as load allows.

use std::time::{Duration, Instant};

use crate::model::{Adapt, RunOptions};
use crate::process::{Governor, Jobs, Load, Machine, Meter, Share, capacity};
use crate::schedule::{Capacity, Demand};

/// Between two looks at load and memory. Shorter, and one compiler run looks like a busy machine.
const LOOK: Duration = Duration::from_secs(2);

/// The room of one run.
#[derive(Debug)]
pub struct Room {
    share: Option<Share>,
    governor: Governor,
    meter: Option<Meter>,
    looked: Option<Instant>,
    limit: u32,
    checks: u32,
    given: u32,
    complained: bool,
}

impl Room {
    /// The room of a run with these options. Without a pool or a look at the machine the run goes on with the number it
    /// was told, and says so.
    pub fn new(options: &RunOptions) -> Room {
        let machine = Machine::look();
        let cpus = machine.as_ref().map_or(1, |machine| machine.cpus);
        let bears = machine.as_ref().map_or(options.jobs, |it| capacity(it, Jobs::Auto, usize::MAX).agents);
        let total = options.places.unwrap_or_else(|| bears.max(options.jobs));
        let share = Share::open(total).inspect_err(|error| {
            tracing::warn!(%error, "the places that runs of this machine share cannot be used; this run ignores the others");
        });
        let governor = Governor::new(options.adapt, options.jobs, cpus);
        let meter = if options.adapt == Adapt::No { None } else { Meter::new().ok() };
        Room {
            share: share.ok(),
            meter,
            governor,
            looked: None,
            limit: options.jobs.max(1),
            checks: options.checks,
            given: 0,
            complained: false,
        }
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
        let changed = held != self.given;
        self.given = held;
        changed.then_some(Capacity { agents: held, checks: self.checks })
    }

    fn look(&mut self, demand: &Demand) {
        let due = self.looked.is_none_or(|at| at.elapsed() >= LOOK);
        if let Some(meter) = self.meter.as_mut().filter(|_| due && self.governor.looks()) {
            let load = meter.look();
            // The first look has nothing to compare the processors' work with.
            let cpu = if self.looked.is_none() { 0.0 } else { load.cpu };
            self.limit = self.governor.limit(&Load { cpu, ..load }, demand.running, demand.memory);
            self.looked = Some(Instant::now());
        }
    }
}
