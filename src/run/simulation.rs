//! The core against a simulated world on a virtual clock: random graphs, failures, orders and kills, by seed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Core, Signal};
use crate::journal::inbox::Message;
use crate::journal::{
    AttemptOutcome, BatchPhase, Conflict, Event, FailClass, Head, Host, Journal, LandedTask, Request, RunLock,
    RunOutcome, RunStarted, RunState, Subject, read_entries,
};
use crate::model::{Edge, GateDef, GateKind, Oid, Place, RunOptions, ScheduleMode, Task, TaskId, Verdict, Why};
use crate::schedule::{Action, Capacity, Standing, open, standings};

/// A small random source with a printed seed; the standard xorshift.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n.max(1)
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// How a simulated run misbehaves, in percent.
#[derive(Debug, Clone, Copy, Default)]
struct Trouble {
    agent_fails: u64,
    gate_fails: u64,
    conflicts: u64,
    red_pairs: u64,
    kill_each_step: u64,
    requests: u64,
}

struct World {
    dice: Dice,
    trouble: Trouble,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Event>,
    counter: u64,
    contents: BTreeMap<Oid, BTreeSet<TaskId>>,
    red_pairs: Vec<(TaskId, TaskId)>,
    landed_once: BTreeSet<TaskId>,
    folder: PathBuf,
}

fn oid(n: u64) -> Oid {
    format!("{n:040x}").parse().unwrap()
}

pub(crate) fn task(n: usize, after: &[usize]) -> Task {
    let id = |n: usize| format!("T{n}").parse::<TaskId>().unwrap();
    let edge = |n: &usize| Edge { task: id(*n), why: Why::Explicit, at: Place::default() };
    Task {
        id: id(n),
        key: format!("T{n}"),
        title: format!("Task {n}"),
        kind: Default::default(),
        done: false,
        optional: false,
        at: Place::default(),
        group: String::new(),
        files: Vec::new(),
        needs: BTreeMap::new(),
        after: after.iter().map(edge).collect(),
        run: None,
        details: String::new(),
        acceptance: Vec::new(),
        estimate: None,
        priority: 50,
    }
}

fn layers(tasks: &[Task]) -> Vec<u32> {
    let mut layers: Vec<u32> = Vec::new();
    for task in tasks {
        let of = |edge: &Edge| layers[edge.task.as_str()[1..].parse::<usize>().unwrap()];
        layers.push(task.after.iter().map(of).max().unwrap_or(0) + 1);
    }
    layers
}

fn gate(name: &str) -> GateDef {
    GateDef { run: "true".into(), timeout: 60, ..GateDef::new(name.parse().unwrap(), GateKind::Command) }
}

pub(crate) fn started(tasks: Vec<Task>, options: RunOptions) -> RunStarted {
    RunStarted {
        format: 1,
        run: "r1".parse().unwrap(),
        version: "0".into(),
        host: Host { host: "here".into(), pid: 1, start: 1, boot: "b".into() },
        plan: crate::journal::PlanRef { path: "tasks.json".into(), kind: "orca".into(), digest: String::new() },
        base: oid(0),
        base_tree: oid(0),
        base_name: "main".into(),
        layers: layers(&tasks),
        tasks,
        barriers: Vec::new(),
        left_out: Default::default(),
        slots: String::new(),
        options,
    }
}

fn random_plan(dice: &mut Dice, n: usize) -> Vec<Task> {
    let mut tasks = Vec::new();
    for i in 0..n {
        let after: BTreeSet<usize> =
            (0..dice.below(3)).filter(|_| i > 0).map(|_| dice.below(i as u64) as usize).collect();
        let mut task = task(i, &after.into_iter().collect::<Vec<_>>());
        for name in ["a", "b", "exclusive:x"] {
            if dice.chance(20) {
                task.needs.insert(name.into(), 1);
            }
        }
        tasks.push(task);
    }
    tasks
}

impl World {
    fn new(seed: u64, trouble: Trouble, folder: PathBuf) -> World {
        World {
            dice: Dice(seed | 1),
            trouble,
            now: Timestamp::from_second(1_800_000_000).unwrap(),
            queue: BTreeMap::new(),
            counter: 1,
            contents: BTreeMap::from([(oid(0), BTreeSet::new())]),
            red_pairs: Vec::new(),
            landed_once: BTreeSet::new(),
            folder,
        }
    }

    fn fresh(&mut self, tasks: BTreeSet<TaskId>) -> Oid {
        self.counter += 1;
        let id = oid(self.counter);
        self.contents.insert(id.clone(), tasks);
        id
    }

    fn later(&mut self, event: Event) {
        self.counter += 1;
        let at = self.now + SignedDuration::from_millis(1 + self.dice.below(2000) as i64);
        self.queue.insert((at, self.counter), event);
    }

    fn red(&self, commit: &Oid) -> bool {
        let tasks = &self.contents[commit];
        self.red_pairs.iter().any(|(a, b)| tasks.contains(a) && tasks.contains(b))
    }

    fn perform(&mut self, state: &RunState, action: &Action) {
        match action {
            Action::Attempt(intended) => {
                let (attempt, start) = (&intended.attempt, &intended.start);
                let fails = self.dice.chance(self.trouble.agent_fails);
                let outcome = if fails {
                    AttemptOutcome::Failed { class: FailClass::Retryable, reason: "dice".into() }
                } else {
                    let mut tasks = self.contents[start].clone();
                    tasks.insert(attempt.task.clone());
                    let commit = self.fresh(tasks);
                    AttemptOutcome::Committed {
                        tree: commit.clone(),
                        commit,
                        files: 1,
                        added: 1,
                        removed: 0,
                        leftovers: false,
                    }
                };
                self.later(Event::AttemptEnded {
                    attempt: attempt.clone(),
                    outcome,
                    seconds: 1.0,
                    salvage: None,
                    max_rss: 0,
                });
            }
            Action::EndAttempt { attempt, .. } => {
                let outcome = AttemptOutcome::Failed { class: FailClass::Stopped, reason: "ended".into() };
                self.later(Event::AttemptEnded {
                    attempt: attempt.clone(),
                    outcome,
                    seconds: 1.0,
                    salvage: None,
                    max_rss: 0,
                });
            }
            Action::Check { subject, gate, commit, .. } => {
                let merged = !matches!(subject, Subject::Attempt(_));
                let red = if merged { self.red(commit) } else { self.dice.chance(self.trouble.gate_fails) };
                let verdict = if red { Verdict::Fail } else { Verdict::Pass };
                self.later(Event::Judged {
                    subject: subject.clone(),
                    gate: gate.clone(),
                    tree: commit.clone(),
                    verdict,
                    reason: String::new(),
                    findings: Vec::new(),
                    seconds: 0.1,
                    cached: false,
                    log: String::new(),
                    measured: Default::default(),
                });
            }
            Action::Merge { batch, tasks } if !tasks.is_empty() => self.merge(state, *batch),
            Action::Land { batch } => {
                let Some(BatchPhase::Landing { landed, .. }) = state.batch.as_ref().map(|batch| &batch.phase) else {
                    panic!("a land without a batch")
                };
                for done in landed {
                    self.landed_once.insert(done.task.clone());
                }
                self.later(Event::Landed { batch: *batch, held_back: Vec::new() });
            }
            Action::Merge { .. } | Action::Refuse { .. } | Action::Finish { .. } | Action::Wake { .. } => {}
            Action::Into { .. } | Action::Deploy => panic!("not asked for"),
        }
    }

    /// Merges as the train does: a task into its own layer's head, then each head into the next.
    fn merge(&mut self, state: &RunState, n: u32) {
        let batch = state.batch.clone().unwrap();
        let before: BTreeMap<u32, BTreeSet<TaskId>> =
            state.heads.values().map(|head| (head.layer, self.contents[&head.commit].clone())).collect();
        let mut heads = before.clone();
        let (mut landed, mut conflicts) = (Vec::new(), Vec::new());
        for task in &batch.tasks {
            assert!(!self.landed_once.contains(&task.task), "{} would land twice", task.task);
            if self.dice.chance(self.trouble.conflicts) {
                conflicts.push(Conflict {
                    task: task.task.clone(),
                    layer: task.layer,
                    with: Vec::new(),
                    paths: Vec::new(),
                });
                continue;
            }
            let below = heads.range(..=task.layer).next_back().map(|(_, set)| set.clone()).unwrap_or_default();
            heads.entry(task.layer).or_insert(below);
            for (_, head) in heads.range_mut(task.layer..) {
                head.insert(task.task.clone());
            }
            landed.push(LandedTask { task: task.task.clone(), commit: Some(task.commit.clone()), rules: Vec::new() });
        }
        let mut changed = Vec::new();
        for (layer, set) in heads.into_iter().filter(|(layer, set)| before.get(layer) != Some(set)) {
            let commit = self.fresh(set);
            changed.push(Head { layer, tree: commit.clone(), commit });
        }
        self.later(Event::Merged { batch: n, heads: changed, landed, conflicts });
    }
}

fn host() -> Host {
    Host { host: "here".into(), pid: 2, start: 2, boot: "b".into() }
}

const CAPACITY: Capacity = Capacity { agents: 3, checks: 4 };

/// Runs to the end, killing and resuming on the way, and checks what must hold after every step.
fn simulate(world: &mut World, info: RunStarted, capacity: Capacity) -> (RunState, usize) {
    let lock = RunLock::take(&world.folder.join("lock")).unwrap().unwrap();
    let path = world.folder.join("journal.jsonl");
    let _ = std::fs::remove_file(&path);
    let journal = Journal::create(&path, &lock).unwrap();
    let (mut core, _) = Core::begin(journal, info, capacity, world.now).unwrap();
    let mut signals = Vec::new();
    let mut steps = 0;
    loop {
        steps += 1;
        assert!(steps < 20_000, "the run does not end");
        let step = core.step(world.now, std::mem::take(&mut signals)).unwrap();
        let rest = core.decide(world.now);
        assert!(rest.iter().all(|action| matches!(action, Action::Wake { .. })), "undecided after a step: {rest:?}");
        check_state(world, core.state(), capacity);
        if core.state().finished.is_some() {
            break;
        }
        let mut wake = None;
        if world.dice.chance(world.trouble.kill_each_step) {
            world.queue.clear();
            core = resume(world, &path, &lock, capacity);
        } else {
            for action in &step.actions {
                world.perform(core.state(), action);
                if let Action::Wake { at } = action {
                    wake = Some(*at);
                }
            }
        }
        if world.dice.chance(world.trouble.requests) {
            signals.push(Signal::Request(asked(world, core.state())));
        }
        let next = world.queue.first_key_value().map(|((at, _), _)| *at);
        world.now = next
            .into_iter()
            .chain(wake)
            .min()
            .unwrap_or_else(|| panic!("nothing will ever happen: {:?}", core.state()))
            .max(world.now);
        while let Some(entry) = world.queue.first_entry().filter(|entry| entry.key().0 <= world.now) {
            signals.push(Signal::Happened(entry.remove()));
        }
    }
    let replayed = RunState::replay(&read_entries(&path).unwrap()).unwrap();
    assert_eq!(&replayed, core.state(), "replay differs");
    (replayed, steps)
}

/// Something a person may ask for at any moment.
fn asked(world: &mut World, state: &RunState) -> Message {
    let n = world.dice.below(state.tasks.len() as u64) as usize;
    let task = state.info.tasks[n].id.clone();
    let request = match world.dice.below(4) {
        0 => Request::Skip { task },
        1 => Request::StopTasks { tasks: vec![task] },
        _ => Request::Retry { task, hint: None },
    };
    world.counter += 1;
    Message { id: world.counter.to_string(), request }
}

/// Opens the journal as a new process would: running agents are lost, everything else is performed again.
fn resume(world: &mut World, path: &std::path::Path, lock: &RunLock, capacity: Capacity) -> Core {
    let (journal, entries) = Journal::reopen(path, lock).unwrap();
    let mut core = Core::reopen(journal, &entries, capacity).unwrap();
    core.resumed(host(), Vec::new(), world.now).unwrap();
    for action in open(core.state()) {
        if let Action::Attempt(intended) = &action {
            let attempt = &intended.attempt;
            let outcome = AttemptOutcome::Failed { class: FailClass::Lost, reason: "killed".into() };
            world.later(Event::AttemptEnded {
                attempt: attempt.clone(),
                outcome,
                seconds: 0.0,
                salvage: None,
                max_rss: 0,
            });
        } else {
            world.perform(core.state(), &action);
        }
    }
    if world.queue.is_empty() {
        world.later(Event::Reconciled { what: "run".into(), found: "nothing open".into() });
    }
    core
}

fn check_state(world: &World, state: &RunState, capacity: Capacity) {
    let open: Vec<usize> = (0..state.tasks.len()).filter(|i| state.tasks[*i].open().is_some()).collect();
    assert!(open.len() <= capacity.agents as usize);
    for name in ["a", "b"] {
        let used = open.iter().filter(|i| state.info.tasks[**i].needs.contains_key(name)).count();
        assert!(used <= 1, "resource {name} is taken {used} times");
    }
    let slots: BTreeSet<&str> = open.iter().map(|i| state.tasks[*i].open().unwrap().slot.as_str()).collect();
    assert_eq!(slots.len(), open.len(), "two agents in one slot");
    for layer in 0..=state.info.layers.iter().copied().max().unwrap_or(0) {
        let expected: BTreeSet<TaskId> = (0..state.tasks.len())
            .filter(|i| state.tasks[*i].landed.is_some() && state.info.layers[*i] <= layer)
            .map(|i| state.info.tasks[i].id.clone())
            .collect();
        assert_eq!(world.contents[&state.head(layer).commit], expected, "head of layer {layer}");
    }
    // What a person skips counts as satisfied, also for those who started before it was retried.
    let meddled = world.trouble.requests > 0;
    for i in open.into_iter().filter(|_| !meddled) {
        for edge in &state.info.tasks[i].after {
            assert!(state.task(&edge.task).unwrap().landed.is_some(), "started before its dependency landed");
        }
    }
}

fn options(gates: &[&str]) -> RunOptions {
    RunOptions {
        agent: "mine".into(),
        gates: gates.iter().map(|name| gate(name)).collect(),
        resources: BTreeMap::from([("a".into(), 1), ("b".into(), 1)]),
        ..RunOptions::default()
    }
}

fn folder() -> tempfile::TempDir {
    let shm = std::path::Path::new("/dev/shm");
    if shm.is_dir() { tempfile::tempdir_in(shm).unwrap() } else { tempfile::tempdir().unwrap() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_and_every_step_settles(seed in any::<u64>(), n in 1_usize..25, mode in 0_u8..3, gates in 0_usize..3) {
        let place = folder();
        let trouble = Trouble { agent_fails: 15, gate_fails: 15, conflicts: 5, red_pairs: 20, kill_each_step: 4, requests: 5 };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        for _ in 0..n {
            if world.dice.chance(trouble.red_pairs) {
                let (a, b) = (world.dice.below(n as u64) as usize, world.dice.below(n as u64) as usize);
                if a != b {
                    world.red_pairs.push((tasks[a].id.clone(), tasks[b].id.clone()));
                }
            }
        }
        let mut options = options(&["test", "lint"][..gates]);
        options.schedule = [ScheduleMode::Ready, ScheduleMode::Layered, ScheduleMode::Sequential][mode as usize];
        if gates == 0 { world.red_pairs.clear(); }
        let (state, _) = simulate(&mut world, started(tasks, options), CAPACITY);
        for head in state.heads.values() {
            prop_assert!(!world.red(&head.commit), "a red head landed");
        }
        let all = state.tasks.iter().all(|task| task.landed.is_some());
        let outcome = state.finished.unwrap().1;
        prop_assert_eq!(all, outcome == RunOutcome::Done);
    }

    #[test]
    fn without_trouble_everything_lands_however_often_it_is_killed(seed in any::<u64>(), n in 1_usize..20, kill in 0_u64..30) {
        let place = folder();
        let trouble = Trouble { kill_each_step: kill, ..Trouble::default() };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        let (state, _) = simulate(&mut world, started(tasks, options(&["test"])), CAPACITY);
        prop_assert!(state.tasks.iter().all(|task| task.landed.is_some()));
        prop_assert_eq!(state.finished.unwrap().1, RunOutcome::Done);
    }
}

#[test]
fn red_together_keeps_the_culprit_out_and_lands_the_rest() {
    let place = folder();
    let mut world = World::new(7, Trouble::default(), place.path().to_owned());
    let tasks: Vec<Task> = (0..6).map(|n| task(n, &[])).collect();
    world.red_pairs.push((tasks[1].id.clone(), tasks[4].id.clone()));
    let mut options = options(&["test"]);
    options.attempts = 1;
    let (state, _) = simulate(&mut world, started(tasks, options), Capacity { agents: 6, checks: 6 });
    let landed = state.tasks.iter().filter(|task| task.landed.is_some()).count();
    assert_eq!(landed, 5);
    assert_eq!(state.finished.unwrap().1, RunOutcome::Incomplete { exit: 5 });
}

#[test]
fn dependents_of_a_failed_task_are_blocked_and_the_others_land() {
    let place = folder();
    let world = World::new(7, Trouble::default(), place.path().to_owned());
    let mut tasks = vec![task(0, &[]), task(1, &[0]), task(2, &[1]), task(3, &[])];
    tasks[0].run = Some("exit 1".into());
    let lock = RunLock::take(&world.folder.join("lock")).unwrap().unwrap();
    let journal = Journal::create(&world.folder.join("journal.jsonl"), &lock).unwrap();
    let (mut core, _) = Core::begin(journal, started(tasks, options(&[])), CAPACITY, world.now).unwrap();
    core.step(world.now, vec![]).unwrap();
    let attempt = crate::model::AttemptId { task: "T0".parse().unwrap(), n: 1 };
    let outcome = AttemptOutcome::Failed { class: FailClass::Fatal, reason: "exit 1".into() };
    core.step(
        world.now,
        vec![Signal::Happened(Event::AttemptEnded { attempt, outcome, seconds: 0.0, salvage: None, max_rss: 0 })],
    )
    .unwrap();
    let now = standings(core.course(), core.state(), world.now);
    assert_eq!(now[1..], [Standing::Blocked, Standing::Blocked, Standing::Running]);
    assert_eq!(
        crate::schedule::blockers(core.course(), core.state(), &now, &"T2".parse().unwrap()),
        ["T0".parse::<TaskId>().unwrap()]
    );
}

#[test]
fn a_message_read_twice_counts_once_and_a_late_outcome_is_ignored() {
    let place = folder();
    let world = World::new(7, Trouble::default(), place.path().to_owned());
    let lock = RunLock::take(&world.folder.join("lock")).unwrap().unwrap();
    let journal = Journal::create(&world.folder.join("journal.jsonl"), &lock).unwrap();
    let (mut core, _) = Core::begin(journal, started(vec![task(0, &[])], options(&[])), CAPACITY, world.now).unwrap();
    let message = Message { id: "1".into(), request: Request::Pause };
    let step = core.step(world.now, vec![Signal::Request(message.clone()), Signal::Request(message)]).unwrap();
    assert_eq!(step.entries.len(), 1);
    assert!(step.actions.is_empty(), "a paused run starts nothing: {:?}", step.actions);
    let late = Event::Landed { batch: 9, held_back: Vec::new() };
    let step = core.step(world.now, vec![Signal::Happened(late)]).unwrap();
    assert!(matches!(step.entries[0].event, Event::Ignored { .. }));
    assert!(core.state().heads.is_empty());
}
