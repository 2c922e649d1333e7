//! A day's work: what a run knows grows with its tasks, not with what its agents tell on the way.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::drive::CAPACITY;
use super::world::{Pace, Trouble, World, oid};
use super::{Signal, folder, options, started, task};
use crate::journal::{Event, Journal, RunLock, RunState, TaskState, read_entries};
use crate::model::{AttemptId, Task, TaskId, Usage};
use crate::run::Core;
use crate::schedule::Action;

/// Tasks of half an hour each, three at once: a day.
const TASKS: usize = 144;
const HALF_AN_HOUR: i64 = 30 * 60 * 1000;

/// A day as it was recorded.
struct Day {
    state: RunState,
    entries: usize,
    bytes: u64,
    hours: i64,
}

/// The attempts in which an agent works now.
fn working(state: &RunState) -> Vec<AttemptId> {
    let of = |(facts, task): (&TaskState, &Task)| {
        let at_work = facts.under_way().filter(|attempt| attempt.is_working());
        at_work.map(|attempt| AttemptId { task: task.id.clone(), n: attempt.n }).collect::<Vec<_>>()
    };
    state.tasks.iter().zip(&state.info.tasks).flat_map(of).collect()
}

/// What agents tell from one moment to the next: usage, and now and then a snapshot.
fn told(world: &mut World, state: &RunState, span: SignedDuration, every: i64) -> Vec<Signal> {
    let delta = Usage { input: 1234, output: 321, cached: 45_678, usd: 0.0123 };
    let mut signals = Vec::new();
    for attempt in working(state) {
        for n in 0..span.as_secs() / every {
            signals.push(Signal::Happened(Event::UsageSeen { attempt: attempt.clone(), delta }));
            if n % 12 == 0 {
                world.counter += 1;
                let commit = oid(world.counter);
                signals.push(Signal::Happened(Event::SnapshotTaken { attempt: attempt.clone(), commit }));
            }
        }
    }
    signals
}

/// A day in which every agent tells something every so many seconds.
fn day(every: i64) -> Day {
    let place = folder();
    let mut world = World::new(11, Trouble::default(), place.path().to_owned());
    let tasks: Vec<Task> = (0..TASKS).map(|n| task(n, &[])).collect();
    let agents: BTreeMap<TaskId, i64> = tasks.iter().map(|task| (task.id.clone(), HALF_AN_HOUR)).collect();
    world.pace = Some(Pace { agents, step: 200, gate: 2000 });
    let lock = RunLock::take(&world.folder.join("lock")).unwrap().unwrap();
    let path = world.folder.join("journal.jsonl");
    let journal = Journal::create(&path, &lock).unwrap();
    let begun = world.now;
    let (mut core, _) = Core::begin(journal, started(tasks, options(&["test"])), CAPACITY, begun).unwrap();
    let mut signals = Vec::new();
    while core.state().finished.is_none() {
        let step = core.step(world.now, std::mem::take(&mut signals)).unwrap();
        let mut wake = None;
        for action in &step.actions {
            world.perform(core.state(), action);
            if let Action::Wake { at } = action {
                wake = Some(*at);
            }
        }
        let next = world.queue.first_key_value().map(|((at, _), _)| *at).into_iter().chain(wake).min();
        let next = next.unwrap_or(world.now).max(world.now);
        let span = next.duration_since(world.now);
        signals = told(&mut world, core.state(), span, every);
        world.now = next;
        while let Some(entry) = world.queue.first_entry().filter(|entry| entry.key().0 <= world.now) {
            signals.push(entry.remove());
        }
    }
    let entries = read_entries(&path).unwrap();
    assert_eq!(&RunState::replay(&entries).unwrap(), core.state(), "replay differs");
    Day {
        state: core.state().clone(),
        entries: entries.len(),
        bytes: path.metadata().unwrap().len(),
        hours: world.now.duration_since(begun).as_hours(),
    }
}

#[test]
fn what_is_known_after_a_day_does_not_grow_with_what_agents_tell() {
    let (quiet, busy) = (day(100), day(5));
    for it in [&quiet, &busy] {
        assert!(it.state.tasks.iter().all(|task| task.landed.is_some()) && it.hours >= 24, "{} h", it.hours);
    }
    assert!(busy.entries > 10 * quiet.entries && busy.entries > 50_000, "{} {}", quiet.entries, busy.entries);
    let size = |day: &Day| format!("{:?}", day.state).len();
    assert!(size(&busy) < size(&quiet) * 11 / 10, "{} {}", size(&quiet), size(&busy));
    assert!(busy.bytes / (busy.entries as u64) < 300, "{} bytes an entry", busy.bytes / busy.entries as u64);
}
