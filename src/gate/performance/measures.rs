//! What the pairs of runs say about time and memory.

use super::options::Speed;
use super::ratio::{Answer, Pairs};
use crate::gate::{Evidence, Probe};

/// Differences below this say nothing about tests, whose starting alone takes that long, seconds.
const FLOOR: f64 = 0.2;

/// Differences in memory below this are the allocator's mood, bytes.
const MEMORY_FLOOR: f64 = (8 << 20) as f64;

/// How far CPU time may be from wall time for a program that only computes, on one core.
const COMPUTES: std::ops::RangeInclusive<f64> = 0.9..=1.1;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    /// Wall time.
    Time,
    /// CPU time, in place of wall time that is too noisy.
    Cpu,
    /// Peak memory of one process.
    Memory,
}

impl Metric {
    /// Of one run: seconds or bytes.
    pub(super) fn of(self, left: &Evidence) -> f64 {
        match self {
            Metric::Time => left.seconds,
            Metric::Cpu => left.cpu,
            Metric::Memory => left.max_rss as f64,
        }
    }
}

/// The measurements of one thing, and where they lie.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    pub(super) metric: Metric,
    pub(super) pairs: Pairs,
    pub(super) limit: f64,
    pub(super) answer: Answer,
}

/// Time first; memory, where it was counted.
pub(super) fn measures(speed: &Speed, evidence: &[(Probe, Evidence)]) -> Vec<Measure> {
    let side = |name: &'static str| evidence.iter().filter(move |(probe, _)| probe.label.starts_with(name));
    let pairs = |metric: Metric| {
        let of = |name: &'static str| side(name).map(|(_, left)| metric.of(left)).collect();
        Pairs::new(of("base-"), of("head-"))
    };
    let floor = if speed.tests { FLOOR } else { 0.0 };
    let judged = |metric: Metric, limit: f64, floor: f64| {
        let pairs = pairs(metric);
        Measure { metric, answer: pairs.judge(limit, floor), pairs, limit }
    };
    let wall = judged(Metric::Time, speed.limit, floor);
    let computes = side("base-").chain(side("head-")).all(|(_, left)| left.cpu <= left.seconds * COMPUTES.end())
        && ["base-", "head-"].into_iter().all(|name| side(name).any(|(_, left)| is_undisturbed(left)));
    let cpu = judged(Metric::Cpu, speed.limit, floor);
    let mut all = vec![if computes { in_place(wall, cpu) } else { wall }];
    if side("base-").chain(side("head-")).all(|(_, left)| left.max_rss > 0) {
        all.push(judged(Metric::Memory, speed.memory_limit, MEMORY_FLOOR));
    }
    all
}

/// Whether the command only computed in this run, and nobody held it up.
fn is_undisturbed(left: &Evidence) -> bool {
    COMPUTES.contains(&(left.cpu / left.seconds.max(1e-9)))
}

/// Wall time is what people wait for. Where it is too noisy, and the program only computes, the CPU's time tells what the
/// change did and not what others did beside; unless the two disagree. That a program only computes is seen in the run
/// that was disturbed least: waiting that a change adds would be in every run.
fn in_place(wall: Measure, cpu: Measure) -> Measure {
    let ratio = wall.pairs.ratio();
    let agrees = match cpu.answer {
        Answer::Under => ratio <= wall.limit,
        Answer::Over => ratio > wall.limit,
        Answer::Open => false,
    };
    if wall.answer == Answer::Open && agrees { cpu } else { wall }
}
