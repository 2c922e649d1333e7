//! Driving a simulated run to its end, and what must hold after every step.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::journal::inbox::Message;
use crate::journal::{
    Attempt, AttemptOutcome, CheckState, Event, FORMAT, FailClass, Footing, Host, Journal, PlanRevision, Request,
    RunLock, RunStarted, RunState, TaskState, read_entries, undo_revision,
};
use crate::model::{ApproveMode, Barrier, Edge, Place, Role, Task, TaskId, TaskKind, Why};
use crate::run::{Core, Signal};
use crate::schedule::{Action, Capacity, RunContext, agent_memory, open, pool_bounds, pool_of, pool_size, standings};

use super::older::as_format_1_left_it;
use super::plans::task;
use super::said::{check_words, word};
use super::world::{World, ended};

fn host() -> Host {
    Host { host: "here".into(), pid: 2, start: 2, boot: "b".into(), space: String::new() }
}

pub(super) const CAPACITY: Capacity = Capacity::of(3, 4);

/// What a run that came to a halt looks like: where each task stands, and how its attempts ended.
fn stalled(state: &RunState, now: Timestamp) -> String {
    let standings = standings(&RunContext::new(state.info.clone()), state, now);
    let attempt = |it: &Attempt| {
        let end = it.failure().map_or_else(|| "left work".to_owned(), |(class, _)| format!("{class:?}"));
        let clash = if it.conflict.is_some() { ", clashed" } else { "" };
        format!("{:?}: {end}{clash}", it.role)
    };
    let line = |i: usize| {
        let (task, facts) = (&state.info.tasks[i], &state.tasks[i]);
        let attempts: Vec<String> = facts.by_number().into_iter().map(attempt).collect();
        format!("{} layer {} {:?} {attempts:?} needs {:?}", task.id, state.info.layers[i], standings[i], task.needs)
    };
    (0..state.tasks.len()).map(line).collect::<Vec<_>>().join("\n")
}

/// Runs to the end, killing and resuming on the way, and checks what must hold after every step.
pub(super) fn simulate(world: &mut World, info: RunStarted, largest: Capacity) -> (RunState, usize) {
    let mut capacity = largest;
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
        check_state(world, core.state(), largest);
        check_starts(core.state(), &step.actions, capacity);
        check_agreed(core.state(), &step.actions);
        check_pools(core.state(), &step.actions, capacity);
        check_words(core.state(), &step.actions, world.now);
        for action in &step.actions {
            if let Action::Refuse { batch, .. } = action {
                world.given_up.extend(world.candidates.get(batch).cloned().into_iter().flatten());
            }
        }
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
        if world.trouble.words > 0 && world.dice.chance(world.trouble.words) {
            signals.push(Signal::Request(word(world, core.state())));
        }
        if world.dice.chance(world.trouble.capacity_changes) {
            let agents = world.dice.below(u64::from(largest.agents) + 1) as u32;
            capacity = Capacity { agents, ..largest };
            signals.push(Signal::Capacity(capacity));
        }
        if world.queue.is_empty() && wake.is_none() && signals.is_empty() {
            assert!(capacity != largest, "nothing will ever happen:\n{}", stalled(core.state(), world.now));
            capacity = largest;
            signals.push(Signal::Capacity(capacity));
        }
        let next = world.queue.first_key_value().map(|((at, _), _)| *at);
        world.now = next.into_iter().chain(wake).min().unwrap_or(world.now).max(world.now);
        while let Some(entry) = world.queue.first_entry().filter(|entry| entry.key().0 <= world.now) {
            signals.push(entry.remove());
        }
    }
    for head in core.state().heads.values() {
        let within: Vec<_> = world.history(&head.commit).intersection(&world.given_up).cloned().collect();
        assert!(within.is_empty(), "the head of layer {} holds what was given up: {within:?}", head.layer);
    }
    check_losers(world, core.state());
    let replayed = RunState::replay(&read_entries(&path).unwrap()).unwrap();
    assert_eq!(&replayed, core.state(), "replay differs");
    (replayed, steps)
}

/// Something a person may ask for at any moment.
fn asked(world: &mut World, state: &RunState) -> Message {
    let n = world.dice.below(state.tasks.len() as u64) as usize;
    let task = state.info.tasks[n].id.clone();
    let request = match world.dice.below(6) {
        0 => Request::Skip { task },
        1 => Request::StopTasks { tasks: vec![task] },
        2 if world.dice.chance(40) => taken_back(world).unwrap_or_else(|| plan_change(world, state)),
        2 => plan_change(world, state),
        _ => Request::Retry { task, hint: None },
    };
    world.counter += 1;
    Message { id: world.counter.to_string(), request }
}

/// The latest change of the plan, taken back.
fn taken_back(world: &World) -> Option<Request> {
    let entries = read_entries(&world.folder.join("journal.jsonl")).unwrap();
    undo_revision(&entries).unwrap().map(Request::ChangePlan)
}

fn barrier(before: Vec<TaskId>, after: Vec<TaskId>) -> Barrier {
    Barrier { before, after, why: Why::Phase, at: Place::new("tasks.json", 1) }
}

/// A new task, one that waits for others than before (in a circle, if chance wants it), and one that is left out.
fn plan_change(world: &mut World, state: &RunState) -> Request {
    let known = state.tasks.len() as u64;
    let (new, moved) = (state.tasks.len(), world.dice.below(known) as usize);
    let some = |world: &mut World| -> Vec<TaskId> {
        let count = world.dice.below(3);
        (0..count).map(|_| state.info.tasks[world.dice.below(known) as usize].id.clone()).collect()
    };
    let edges = |after: Vec<TaskId>| {
        let at = Place::new("tasks.json", 1);
        after.into_iter().map(|task| Edge { task, why: Why::Explicit, at: at.clone() }).collect()
    };
    let added = Task { after: edges(some(world)), ..task(new, &[]) };
    let changed = Task { after: edges(some(world)), ..state.info.tasks[moved].clone() };
    let dropped = if world.dice.chance(30) { some(world) } else { Vec::new() };
    let barriers = world.dice.chance(20).then(|| vec![barrier(some(world), some(world))]);
    Request::ChangePlan(PlanRevision { tasks: vec![added, changed], dropped, barriers, undoes: None })
}

/// Opens the journal as a new process would: running agents are lost, everything else is performed again.
fn resume(world: &mut World, path: &std::path::Path, lock: &RunLock, capacity: Capacity) -> Core {
    as_format_1_left_it(path, lock);
    let (journal, entries) = Journal::reopen(path, lock).unwrap();
    let mut core = Core::reopen(journal, &entries, capacity).unwrap();
    core.resumed(host(), Vec::new(), world.now).unwrap();
    assert_eq!(core.state().format, FORMAT);
    assert!(core.state().checks.values().all(|it| it.state != CheckState::Open || it.ask.is_some()), "asked anew");
    for action in open(core.state()) {
        if let Action::Attempt(intended) = &action {
            let attempt = &intended.attempt;
            let outcome = AttemptOutcome::Failed { class: FailClass::Lost, reason: "killed".into() };
            world.later(ended(attempt, outcome));
        } else {
            world.perform(core.state(), &action);
        }
    }
    let waiting: Vec<_> = core.state().unanswered().map(|it| (it.question.id(), it.digest.clone())).collect();
    waiting.iter().for_each(|(id, digest)| world.answer(id, digest));
    if world.queue.is_empty() {
        world.later(Event::Reconciled { what: "run".into(), found: "nothing open".into() });
    }
    core
}

/// Of several attempts at once one landed at most: nothing of the others is in a head.
fn check_losers(world: &World, state: &RunState) {
    for head in state.heads.values() {
        let history = world.history(&head.commit);
        for lost in state.tasks.iter().flat_map(|task| &task.rivals).filter_map(Attempt::result) {
            // What was taken out again stays below its revert.
            let taken_out = world.landed_work.contains(lost);
            assert!(taken_out || !history.contains(lost), "the head of layer {} holds what lost", head.layer);
        }
    }
}

fn check_state(world: &World, state: &RunState, capacity: Capacity) {
    let of = |i: usize| state.tasks[i].under_way().map(move |attempt| (i, attempt));
    let open: Vec<(usize, &Attempt)> = (0..state.tasks.len()).flat_map(of).collect();
    let working = open.iter().filter(|(_, attempt)| attempt.is_working()).count();
    assert!(working <= capacity.agents as usize);
    assert!(open.len() <= 2 * capacity.agents as usize);
    for name in ["a", "b"] {
        let used = open.iter().filter(|(i, _)| state.info.tasks[*i].needs.contains_key(name)).count();
        assert!(used <= 1, "resource {name} is taken {used} times");
    }
    let slots: BTreeSet<&str> = open.iter().map(|(_, attempt)| attempt.slot.as_str()).collect();
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
    for (i, attempt) in open.into_iter().filter(|_| !meddled) {
        for edge in &state.info.tasks[i].after {
            let early = attempt.footing != Footing::Landed;
            let landed = state.task(&edge.task).unwrap().landed.is_some();
            assert!(landed || early && state.info.options.speculate, "started before its dependency landed");
        }
    }
}

/// What a person was asked first: the plan or the layer of what starts, and each task that landed.
fn check_agreed(state: &RunState, actions: &[Action]) {
    let agreed = |id: &str| state.approvals.get(id).is_some_and(|it| it.answer == Some(true));
    for (i, task) in state.info.tasks.iter().enumerate() {
        let starts = actions.iter().any(|it| matches!(it, Action::Attempt(it) if it.attempt.task == task.id));
        assert!(!starts || task.kind != TaskKind::Approval, "an agent does what only a person can");
        let facts = &state.tasks[i];
        let left = facts.last().filter(|last| matches!(last.ended, Some((_, AttemptOutcome::Committed { .. }))));
        match state.info.options.approve {
            ApproveMode::None => {}
            ApproveMode::Plan => assert!(!starts || agreed("plan"), "{} starts unasked", task.id),
            ApproveMode::Layer => {
                assert!(!starts || agreed(&format!("layer:{}", state.info.layers[i])), "{} starts unasked", task.id);
            }
            ApproveMode::Task => {
                assert!(
                    facts.landed.is_none() || left.is_none() || agreed(task.id.as_str()),
                    "{} landed unasked",
                    task.id
                );
            }
        }
    }
}

/// Pools stay between their bounds, change by one, and grow only where most of it works and memory is left.
fn check_pools(state: &RunState, actions: &[Action], capacity: Capacity) {
    for role in state.info.options.roles.keys().filter(|role| **role != Role::Review) {
        let (Some(bounds), Some(size)) = (pool_bounds(&state.info.options, *role), pool_size(state, *role)) else {
            continue;
        };
        assert!((bounds.min..=bounds.max).contains(&size), "the pool of {role:?} has {size}");
        let of_role = |it: &&Attempt| pool_of(it.role) == *role;
        let used = state.tasks.iter().flat_map(TaskState::under_way).filter(of_role).count() as u32;
        let grown =
            actions.iter().any(|it| matches!(it, Action::ResizePool { role: it, size: n } if it == role && *n == size));
        assert!(used <= bounds.max, "{used} of role {role:?}");
        if grown && used > bounds.min {
            assert!(capacity.memory >= agent_memory(&state.info.options, *role), "no memory for another {role:?}");
        }
    }
}

/// What must hold for everything that starts: places, providers, budgets.
fn check_starts(state: &RunState, actions: &[Action], capacity: Capacity) {
    let starts: Vec<_> =
        actions.iter().filter_map(|it| if let Action::Attempt(it) = it { Some(it) } else { None }).collect();
    if starts.is_empty() {
        return;
    }
    let working = state.tasks.iter().flat_map(TaskState::under_way).filter(|it| it.is_working()).count();
    assert!(working <= capacity.agents as usize, "{working} agents in {} places", capacity.agents);
    for start in &starts {
        let Some(provider) = state.providers.get(&start.provider) else { continue };
        assert_eq!(provider.broken, None, "{} starts although its provider refuses", start.attempt);
        let Some(pause) = &provider.pause else { continue };
        assert!(pause.until <= state.at, "{} starts in a pause", start.attempt);
        let of_provider = |it: &&Attempt| it.provider == start.provider && it.started >= pause.until;
        let mut since: Vec<_> =
            state.tasks.iter().flat_map(TaskState::all_attempts).filter(of_provider).map(|it| it.started).collect();
        since.sort();
        let gaps = since.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis());
        assert!(gaps.min().is_none_or(|gap| gap >= 250), "starts after a pause come too fast: {since:?}");
    }
    // An attempt may use more than its share: what is reserved is bounded when something starts.
    if starts.is_empty() {
        return;
    }
    let all = || state.tasks.iter().flat_map(TaskState::all_attempts);
    if let Some(total) = state.budget.tokens {
        let held = |it: &Attempt| if it.is_open() { it.reserved.tokens.unwrap() } else { 0 }.max(it.usage.tokens());
        let committed: u64 = all().map(held).sum();
        assert!(committed as f64 <= 0.9 * total as f64, "{committed} of {total} tokens are committed");
    }
    if let Some(total) = state.budget.usd {
        let held = |it: &Attempt| if it.is_open() { it.reserved.usd.unwrap() } else { 0.0 }.max(it.usage.usd);
        let committed: f64 = all().map(held).sum();
        assert!(committed <= 0.9 * total + 1e-9, "{committed} of {total} dollars are committed");
    }
}
