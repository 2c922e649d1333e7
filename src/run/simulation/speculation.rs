//! Tasks that start on candidates before those are judged: what lands, and what it saves.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started, task};
use super::world::{Dice, Pace, Trouble, World};
use super::{folder, options};
use crate::journal::{Event, Footing, RunOutcome, RunState, read_entries};
use crate::model::Task;
use crate::schedule::Capacity;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Red candidates, clashes, agents that fail, kills: `simulate` holds after each step that heads have the work of what
    /// landed and of nobody else, and at the end that nothing which was given up is in a head's history.
    #[test]
    fn nothing_that_was_given_up_lands(seed in any::<u64>(), n in 2_usize..25, kill in 0_u64..8, red in 0_u64..80) {
        let place = folder();
        let trouble = Trouble {
            agent_fails: 10, gate_fails: 10, conflicts: 8, unsolved: 30, kill_each_step: kill, ..Trouble::default()
        };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        for _ in 0..n {
            let (a, b) = (world.dice.below(n as u64) as usize, world.dice.below(n as u64) as usize);
            if a != b && world.dice.chance(red) {
                world.red_pairs.push((tasks[a].id.clone(), tasks[b].id.clone()));
            }
        }
        let mut options = options(&["test"]);
        options.speculate = true;
        let (state, _) = simulate(&mut world, started(tasks, options), CAPACITY);
        for head in state.heads.values() {
            prop_assert!(!world.red(&head.commit), "a red head landed");
        }
        for attempt in state.tasks.iter().filter(|task| task.landed.is_some()).filter_map(|task| task.last()) {
            prop_assert_eq!(attempt.footing, Footing::Landed);
        }
    }
}

#[test]
fn work_on_a_red_candidate_is_carried_and_judged_again() {
    let place = folder();
    let mut world = World::new(7, Trouble::default(), place.path().to_owned());
    // T0 and T1 are red together; T2 waits for T0 only, and is begun on both.
    let tasks = vec![task(0, &[]), task(1, &[]), task(2, &[0])];
    world.red_pairs.push((tasks[0].id.clone(), tasks[1].id.clone()));
    let times = [1000, 1000, 200].into_iter();
    world.pace = Some(Pace { agents: tasks.iter().map(|it| it.id.clone()).zip(times).collect(), step: 20, gate: 500 });
    let mut options = options(&["test"]);
    options.attempts = 1;
    options.speculate = true;
    let (state, _) = simulate(&mut world, started(tasks, options), CAPACITY);
    assert_eq!(state.finished.unwrap().1, RunOutcome::Incomplete { exit: 5 });
    assert_eq!(state.tasks[2].attempts.len(), 1, "its work is not done again");
    let entries = read_entries(&world.folder.join("journal.jsonl")).unwrap();
    let of = |wanted: &dyn Fn(&Event) -> bool| entries.iter().filter(|it| wanted(&it.event)).count();
    assert_eq!(of(&|it| matches!(it, Event::AttemptIntended(it) if it.candidate == Some(1))), 1);
    assert_eq!(of(&|it| matches!(it, Event::Replayed { work: Some(_), .. })), 1);
    let judged = |it: &Event| matches!(it, Event::Judged { subject: crate::journal::Subject::Attempt(it), .. } if it.task.as_str() == "T2");
    assert_eq!(of(&judged), 2, "what its gates said of it before does not count");
    assert!(state.tasks[2].landed.is_some());
}

#[test]
fn nothing_starts_early_that_could_not_be_paid_twice() {
    let early = |attempt: Option<u64>, task: Option<u64>| {
        let place = folder();
        let mut world = World::new(7, Trouble::default(), place.path().to_owned());
        let tasks = vec![super::task(0, &[]), super::task(1, &[0])];
        let mut options = options(&["test"]);
        options.speculate = true;
        (options.limits.attempt.tokens, options.limits.task.tokens) = (attempt, task);
        let (state, _) = simulate(&mut world, started(tasks, options), CAPACITY);
        assert_eq!(state.finished.unwrap().1, RunOutcome::Done);
        early(&state) == 1
    };
    assert!(early(None, None));
    assert!(early(Some(100), None));
    assert!(early(Some(100), Some(200)));
    assert!(!early(Some(100), Some(199)), "a second attempt of its size would go over the limit");
    assert!(!early(None, Some(200)));
}

/// Time from the first start to the last landing over the least that any schedule needs, and how much was begun early.
fn over_bound(seed: u64, gate_time: i64, speculate: bool) -> (f64, usize) {
    let mut dice = Dice(seed * 7919 + 1);
    let tasks: Vec<Task> = (0..30)
        .map(|n| {
            let count = if n > 0 { dice.below(3) } else { 0 };
            let mut after: Vec<usize> = (0..count).map(|_| dice.below(n as u64) as usize).collect();
            after.sort_unstable();
            after.dedup();
            task(n, &after)
        })
        .collect();
    let place = folder();
    let mut world = World::new(7, Trouble::default(), place.path().to_owned());
    let times: BTreeMap<_, _> = tasks.iter().map(|task| (task.id.clone(), 10_000)).collect();
    world.pace = Some(Pace { agents: times, step: 10, gate: gate_time });
    let mut options = options(&["test"]);
    (options.jobs, options.speculate) = (5, speculate);
    let (state, _) = simulate(&mut world, started(tasks.clone(), options), Capacity::of(5, 4));
    let mut depth: Vec<usize> = Vec::new();
    for task in &tasks {
        let before = task.after.iter().map(|edge| depth[edge.task.as_str()[1..].parse::<usize>().unwrap()]);
        depth.push(before.max().unwrap_or(0) + 1);
    }
    let path = depth.into_iter().max().unwrap() as f64;
    (seconds(&state) / (path.max(30.0 / 5.0) * 10.0), early(&state))
}

fn seconds(state: &RunState) -> f64 {
    let first = state.tasks.iter().map(|task| task.attempts[0].started).min().unwrap();
    let last = state.tasks.iter().filter_map(|task| Some(task.landed?.0)).max().unwrap();
    last.duration_since(first).as_secs_f64()
}

/// Tasks that began before all that they wait for had landed.
fn early(state: &RunState) -> usize {
    let began_before = |i: usize| {
        let began = state.tasks[i].attempts[0].started;
        let landed = |id| state.task(id).and_then(|before| before.landed).is_some_and(|(at, _)| at <= began);
        !state.info.tasks[i].after.iter().all(|edge| landed(&edge.task))
    };
    (0..state.tasks.len()).filter(|i| began_before(*i)).count()
}

/// Fifteen random graphs of thirty equal tasks with up to two dependencies each, five agents.
#[test]
fn runs_come_nearer_to_the_bound_the_longer_gates_take() {
    for (share, gain) in [(5, 0.02), (20, 0.08)] {
        let mean = |speculate: bool| {
            let all = (1..=15).map(|seed| over_bound(seed, share * 100, speculate));
            all.fold((0.0, 0), |(sum, begun), (ratio, early)| (sum + ratio / 15.0, begun + early))
        };
        let ((without, none), (with, early)) = (mean(false), mean(true));
        assert!(none == 0 && early > 90, "{none} and {early} of 450 tasks begun early");
        assert!(with < without - gain, "gates of {share} %: {with:.3} of the bound, {without:.3} without");
    }
}
