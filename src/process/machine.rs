//! What the machine has, and how much may run on it at once.

use crate::model::{Error, Result};

/// The machine as this program may use it: limits of the container count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Processors, affinity and cgroup quota considered; at least 1.
    pub cpus: usize,
    /// Memory, bytes.
    pub memory_total: u64,
    /// Memory that can be had without swapping, bytes.
    pub memory_available: u64,
    /// Runnable processes, average of the last minute.
    pub load: f64,
}

impl Machine {
    /// Looks.
    pub fn look() -> Result<Machine> {
        let failed = |e: &dyn std::fmt::Display| Error::failed("looking at the machine", e);
        let mut system = sysinfo::System::new().map_err(|e| failed(&e))?;
        system.refresh_memory();
        let (mut total, mut available) = (system.total_memory(), system.available_memory());
        if let Some(limits) = system.cgroup_limits() {
            total = total.min(limits.total_memory);
            available = available.min(limits.free_memory);
        }
        Ok(Machine {
            cpus: std::thread::available_parallelism().map_err(|e| failed(&e))?.get(),
            memory_total: total,
            memory_available: available,
            load: sysinfo::System::load_average().map_err(|e| failed(&e))?.one,
        })
    }
}

/// What is seen of the machine at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MachineLoad {
    /// Memory that can be had without swapping, bytes.
    pub available: u64,
    /// Share of all processors that worked since the last look, percent.
    pub cpu: f32,
}

/// Looks at the machine again and again, for what changes.
#[derive(Debug)]
pub struct Meter {
    system: sysinfo::System,
}

impl Meter {
    /// A meter whose first look counts the processors' work from now.
    pub fn new() -> Result<Meter> {
        let mut system = sysinfo::System::new().map_err(|e| Error::failed("looking at the machine", e))?;
        system.refresh_cpu_usage();
        Ok(Meter { system })
    }

    /// The load since the last look.
    pub fn look(&mut self) -> MachineLoad {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        let available = self.system.available_memory();
        let limited = self.system.cgroup_limits().map_or(available, |limits| available.min(limits.free_memory));
        MachineLoad { available: limited, cpu: self.system.global_cpu_usage() }
    }
}

/// How many agents at once, as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jobs {
    /// Nothing said.
    #[default]
    Default,
    /// `-j auto`: what the machine allows.
    Auto,
    /// `-j N`: this many, whatever the machine.
    Fixed(u32),
}

/// What decided about a [`Capacity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The user asked for this many.
    Asked,
    /// Five, when nothing was said.
    Default,
    /// No more tasks of the plan can run at once.
    Width,
    /// Two agents a processor.
    Cpus,
    /// 512 MiB an agent of what is available.
    Memory,
    /// Ten, the most that `auto` starts.
    Most,
}

/// How much may run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Agents; at least 1.
    pub agents: u32,
    /// Gate commands; at least 1.
    pub checks: u32,
    /// What decided about the agents.
    pub why: Bound,
}

/// Agents when nothing is said (DESIGN 5).
const DEFAULT_AGENTS: u64 = 5;
/// Agents that `auto` starts at most (DESIGN 5).
pub(super) const MOST_AGENTS: u64 = 10;
/// Agents a processor: they mostly wait for a model (DESIGN 5).
pub(super) const AGENTS_PER_CPU: u64 = 2;
/// Memory set aside for an agent, bytes (DESIGN 5).
pub(super) const AGENT_MEMORY: u64 = 512 << 20;
/// Heavy test suites at once (DESIGN 13).
const MOST_CHECKS: u32 = 3;

/// How much may run on `machine`, for a plan in which at most `width` tasks can run at once (DESIGN 5, Resources).
pub fn capacity(machine: &Machine, jobs: Jobs, width: usize) -> Capacity {
    let width = (u64::try_from(width).unwrap_or(u64::MAX), Bound::Width);
    let cpus = u64::try_from(machine.cpus).unwrap_or(u64::MAX);
    let allowed = [
        (cpus.saturating_mul(AGENTS_PER_CPU), Bound::Cpus),
        (machine.memory_available / AGENT_MEMORY, Bound::Memory),
        (MOST_AGENTS, Bound::Most),
    ];
    // Of equals the first decides: `min_by_key` keeps it.
    let least =
        |bounds: &[(u64, Bound)]| bounds.iter().copied().min_by_key(|(agents, _)| *agents).unwrap_or((1, Bound::Asked));
    let (agents, why) = match jobs {
        Jobs::Fixed(agents) => (u64::from(agents), Bound::Asked),
        Jobs::Auto => least(&allowed),
        Jobs::Default => least(&[&[(DEFAULT_AGENTS, Bound::Default), width], &allowed[..]].concat()),
    };
    Capacity {
        agents: u32::try_from(agents).unwrap_or(u32::MAX).max(1),
        checks: u32::try_from(cpus).unwrap_or(u32::MAX).clamp(1, MOST_CHECKS),
        why,
    }
}

/// Memory that one command may have where at most so many run at once, bytes (see [`Limits`](crate::model::Limits)): an
/// equal part of four fifths of the machine's, but at least `LEAST_MEMORY`. Never more than the four fifths. None where
/// it is not known what the machine has.
pub fn command_memory(machine: &Machine, at_once: u32) -> Option<u64> {
    let most = machine.memory_total / 5 * 4;
    let part = most / u64::from(at_once.max(1));
    (most > 0).then(|| part.max(LEAST_MEMORY).min(most))
}

/// Compilers and suites of tests need this much, bytes.
const LEAST_MEMORY: u64 = 2 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula() {
        let big = (64, 256 << 30);
        let table = [
            // cpus, memory available, jobs, width, agents, why
            (big, Jobs::Default, 30, 5, Bound::Default),
            (big, Jobs::Default, 3, 3, Bound::Width),
            (big, Jobs::Default, 5, 5, Bound::Default),
            ((2, 256 << 30), Jobs::Default, 30, 4, Bound::Cpus),
            ((8, 1 << 30), Jobs::Default, 30, 2, Bound::Memory),
            ((8, 100 << 20), Jobs::Default, 30, 1, Bound::Memory),
            (big, Jobs::Default, 0, 1, Bound::Width),
            (big, Jobs::Auto, 3, 10, Bound::Most),
            ((3, 256 << 30), Jobs::Auto, 30, 6, Bound::Cpus),
            ((8, 0), Jobs::Auto, 30, 1, Bound::Memory),
            ((1, 0), Jobs::Fixed(40), 3, 40, Bound::Asked),
            (big, Jobs::Fixed(0), 3, 1, Bound::Asked),
        ];
        for (n, ((cpus, memory_available), jobs, width, agents, why)) in table.into_iter().enumerate() {
            let machine = Machine { cpus, memory_total: 256 << 30, memory_available, load: 0.0 };
            let capacity = capacity(&machine, jobs, width);
            assert_eq!((capacity.agents, capacity.why), (agents, why), "row {n}");
            assert_eq!(capacity.checks as usize, cpus.min(3), "row {n}");
        }
    }

    #[test]
    fn commands_share_four_fifths_of_the_memory() {
        let gib = |n: u64| n << 30;
        let table = [
            // total, at once, may have
            (gib(40), 1, Some(gib(32))),
            (gib(40), 4, Some(gib(8))),
            (gib(10), 4, Some(gib(2))),
            (gib(2), 4, Some(gib(2) / 5 * 4)),
            (gib(40), 0, Some(gib(32))),
            (0, 2, None),
        ];
        for (memory_total, at_once, may) in table {
            let machine = Machine { cpus: 2, memory_total, memory_available: 0, load: 0.0 };
            assert_eq!(command_memory(&machine, at_once), may, "{memory_total} for {at_once}");
        }
    }

    #[test]
    fn this_machine_is_plausible() {
        let machine = Machine::look().unwrap();
        assert!(machine.cpus >= 1);
        assert!(machine.memory_available > 0 && machine.memory_available <= machine.memory_total, "{machine:?}");
        assert!(machine.load >= 0.0);
    }
}
