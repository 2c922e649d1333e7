//! How many agents the machine bears while a run lasts. Pure: what it sees is handed in.

use super::machine::{AGENT_MEMORY, AGENTS_PER_CPU, MOST_AGENTS, MachineLoad};
use crate::model::Adapt;

/// Decides from look to look.
#[derive(Debug, Clone)]
pub struct Governor {
    adapt: Adapt,
    cpus: u64,
    asked: u32,
    limit: u32,
}

/// Above this the processors are busy enough; the target of DESIGN 5.
const BUSY: f32 = 80.0;
/// Above this one agent fewer.
const OVERLOADED: f32 = 92.0;
/// Below this there is room for one more. Between it and `BUSY` nothing changes, so that the number does not swing.
const ROOM: f32 = 65.0;

impl Governor {
    /// A governor of a run that begins with `jobs` agents at once.
    pub fn new(adapt: Adapt, jobs: u32, cpus: usize) -> Governor {
        let cpus = u64::try_from(cpus).unwrap_or(u64::MAX);
        Governor { adapt, cpus, asked: jobs.max(1), limit: jobs.max(1) }
    }

    /// The run may have so many agents from now on, where that is more than before.
    pub fn raise(&mut self, jobs: u32) {
        self.limit += jobs.saturating_sub(self.asked);
        self.asked = self.asked.max(jobs);
    }

    /// How many agents may run now, of which `running` do. `memory` is what one of them takes, bytes; 0 when nothing was
    /// measured yet. Never below one.
    pub fn limit(&mut self, load: &MachineLoad, running: u32, memory: u64) -> u32 {
        let memory = if memory == 0 { AGENT_MEMORY } else { memory };
        let more = u32::try_from(load.available / memory.max(1)).unwrap_or(u32::MAX);
        let by_memory = running.saturating_add(more);
        self.limit = match self.adapt {
            Adapt::No => return self.asked,
            Adapt::Memory => self.asked.min(by_memory),
            Adapt::Auto => {
                let most = self.cpus.saturating_mul(AGENTS_PER_CPU).min(MOST_AGENTS);
                let most = by_memory.min(u32::try_from(most).unwrap_or(u32::MAX));
                let by_cpu = match load.cpu {
                    cpu if cpu > OVERLOADED => self.limit.min(running.saturating_sub(1)),
                    cpu if cpu > BUSY => self.limit.min(running),
                    cpu if cpu < ROOM && running >= self.limit => self.limit.saturating_add(1),
                    _ => self.limit,
                };
                by_cpu.min(most)
            }
        }
        .max(1);
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn load(available: u64, cpu: f32) -> MachineLoad {
        MachineLoad { available, cpu }
    }

    #[test]
    fn a_given_number_is_obeyed() {
        let mut governor = Governor::new(Adapt::No, 7, 2);
        assert_eq!(governor.limit(&load(0, 100.0), 7, GIB), 7);
    }

    #[test]
    fn without_memory_for_another_none_starts_but_one_always_runs() {
        let mut governor = Governor::new(Adapt::Memory, 5, 8);
        assert_eq!(governor.limit(&load(8 * GIB, 99.0), 2, 0), 5, "the default looks at memory only");
        assert_eq!(governor.limit(&load(GIB, 0.0), 2, 2 * GIB), 2);
        assert_eq!(governor.limit(&load(0, 0.0), 0, 0), 1);
        assert_eq!(governor.limit(&load(8 * GIB, 0.0), 1, GIB), 5, "and it comes back");
    }

    #[test]
    fn auto_goes_up_by_one_while_there_is_room_and_down_when_overloaded() {
        let mut governor = Governor::new(Adapt::Auto, 4, 4);
        let mut at = |cpu, running| governor.limit(&load(64 * GIB, cpu), running, 0);
        assert_eq!(at(30.0, 4), 5);
        assert_eq!(at(30.0, 4), 5, "not before the fifth runs");
        assert_eq!(at(30.0, 5), 6);
        assert_eq!(at(75.0, 6), 6, "in between nothing changes");
        assert_eq!(at(85.0, 5), 5, "an agent that ended is not replaced");
        assert_eq!(at(97.0, 5), 4);
        assert_eq!(at(97.0, 0), 1);
        for running in 1..20 {
            at(10.0, running);
        }
        assert_eq!(at(10.0, 20), 8, "two a processor");
    }
}
