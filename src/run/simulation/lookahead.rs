//! Places that are held for the next link of a chain, in simulated runs with known times.

use std::collections::BTreeMap;

use super::drive::simulate;
use super::plans::{started, task};
use super::world::{Dice, Pace, Trouble, World};
use super::{folder, options};
use crate::journal::RunState;
use crate::model::Task;
use crate::schedule::Capacity;

/// A run of these tasks, whose agents work that long (milliseconds), with `agents` places; `looks` ahead, or not.
fn run(tasks: &[Task], times: &[i64], step: i64, agents: u32, looks: bool) -> RunState {
    let place = folder();
    let mut world = World::new(7, Trouble::default(), place.path().to_owned());
    let times: BTreeMap<_, _> = tasks.iter().map(|task| task.id.clone()).zip(times.iter().copied()).collect();
    world.pace = Some(Pace { agents: times, step, gate: step });
    let mut options = options(&[]);
    // A run that has fewer places than it asked for holds none.
    options.jobs = if looks { agents } else { agents + 1 };
    simulate(&mut world, started(tasks.to_vec(), options), Capacity::of(agents, 4)).0
}

#[test]
fn the_next_link_of_a_chain_is_not_passed_over() {
    let mut tasks = vec![task(0, &[]), task(1, &[0]), task(2, &[1]), task(3, &[2]), task(4, &[3])];
    tasks.extend((5..9).map(|n| task(n, &[0])));
    tasks.iter_mut().for_each(|task| task.estimate = Some(2.0));
    let times = [100, 2000, 100, 100, 100, 2000, 300, 300, 300];
    let passed_over = |looks: bool| {
        let state = run(&tasks, &times, 60, 2, looks);
        let began = |n: usize| state.tasks[n].attempts[0].started;
        let end = state.tasks[1].attempts[0].exited_at.or(state.tasks[1].attempts[0].ended.as_ref().map(|it| it.0));
        (5..9).filter(|n| began(*n) >= end.unwrap() && began(*n) < began(2)).count()
    };
    assert_eq!(passed_over(false), 2, "both places are given away at once");
    assert_eq!(passed_over(true), 1, "one of them waits for the chain");
}

#[test]
fn nothing_is_held_where_the_wait_is_long_against_the_work() {
    let tasks = [task(0, &[]), task(1, &[0]), task(2, &[1]), task(3, &[2]), task(4, &[0]), task(5, &[0])];
    let times = [100, 300, 100, 100, 300, 100];
    let state = run(&tasks, &times, 400, 2, true);
    let other = run(&tasks, &times, 400, 2, false);
    let starts = |state: &RunState| state.tasks.iter().map(|task| task.attempts[0].started).collect::<Vec<_>>();
    assert_eq!(starts(&state), starts(&other));
}

/// Seconds from start to end over the least that any schedule needs.
fn over_bound(tasks: &[Task], seconds: f64, agents: u32, step: i64, looks: bool) -> f64 {
    let times = vec![(seconds * 1000.0) as i64; tasks.len()];
    let state = run(tasks, &times, step, agents, looks);
    let first = state.tasks.iter().map(|task| task.attempts[0].started).min().unwrap();
    let last = state.tasks.iter().filter_map(|task| Some(task.landed?.0)).max().unwrap();
    let mut depth: Vec<usize> = Vec::new();
    for task in tasks {
        let before = task.after.iter().map(|edge| depth[edge.task.as_str()[1..].parse::<usize>().unwrap()]);
        depth.push(before.max().unwrap_or(0) + 1);
    }
    let path = depth.into_iter().max().unwrap() as f64 * seconds;
    let bound = path.max(tasks.len() as f64 * seconds / f64::from(agents));
    last.duration_since(first).as_secs_f64() / bound
}

/// Fifteen random graphs of thirty equal tasks with up to two dependencies each, five agents, gates of a twentieth.
#[test]
fn runs_come_nearer_to_the_bound() {
    let mean = |looks: bool| {
        let of = |seed: u64| {
            let mut dice = Dice(seed * 7919 + 1);
            let tasks: Vec<Task> = (0..30)
                .map(|n| {
                    let count = dice.below(3) as usize;
                    let mut after: Vec<usize> =
                        (0..count).filter(|_| n > 0).map(|_| dice.below(n as u64) as usize).collect();
                    after.sort_unstable();
                    after.dedup();
                    task(n, &after)
                })
                .collect();
            over_bound(&tasks, 10.0, 5, 250, looks)
        };
        (1..=15).map(of).sum::<f64>() / 15.0
    };
    let (without, with) = (mean(false), mean(true));
    assert!(with < without - 0.02 && with < 1.12, "{with:.3} of the bound with places held, {without:.3} without");
}
