//! Budgets, providers and places in simulated runs.

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started, task};
use super::world::{Pace, Trouble, World};
use super::{folder, options};
use crate::journal::{Entry, Event, RunState, TaskState, read_entries};
use crate::model::{Allowance, Role, RolePool, RunLimits, Task};
use crate::schedule::Capacity;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Three agents at once may each overshoot by the turn that crosses the line and by one more that was under way.
    #[test]
    fn a_run_with_a_budget_ends_below_it(
        seed in any::<u64>(), n in 1_usize..20, turn in 1_u64..2000, turns in 110_u64..1000, money: bool, capped: bool,
    ) {
        let place = folder();
        let trouble = Trouble {
            agent_fails: 10, gate_fails: 10, kill_each_step: 2, rate_limits: 5, turn, ..Trouble::default()
        };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        let total = turn * turns;
        let mut options = options(&["test"]);
        options.budget_tokens = (!money).then_some(total);
        options.budget_usd = money.then_some(total as f64 / 1000.0);
        if capped {
            options.limits = RunLimits {
                attempt: Allowance { tokens: Some(4 * turn), usd: None },
                task: Allowance { tokens: Some(6 * turn), usd: None },
                ..RunLimits::default()
            };
        }
        let (state, _) = simulate(&mut world, started(tasks, options), CAPACITY);
        prop_assert!(state.usage().tokens() < total, "{} of {total}", state.usage().tokens());
        for task in &state.tasks {
            let used: u64 = task.attempts.iter().map(|attempt| attempt.usage.tokens()).sum();
            prop_assert!(!capped || used <= 6 * turn * 105 / 100 + 2 * turn, "a task used {used} with turns of {turn}");
        }
    }
}

/// One after the other, as many as fit land, and what is left would not do for one more.
#[test]
fn five_tasks_use_what_a_budget_has() {
    for (total, fit) in [(60_000, 2), (80_000, 3), (120_000, 5)] {
        let place = folder();
        let mut world = World::new(7, Trouble::default(), place.path().to_owned());
        world.spends = Some(21_000);
        let tasks: Vec<Task> = (0..5).map(|n| task(n, &[])).collect();
        let mut options = options(&[]);
        options.budget_tokens = Some(total);
        let (state, _) = simulate(&mut world, started(tasks, options), Capacity::of(1, 4));
        let landed = state.tasks.iter().filter(|task| task.landed.is_some()).count();
        let used = state.usage().tokens();
        assert_eq!((landed, used), (fit, 21_000 * fit as u64), "{total} tokens");
    }
}

/// One pause for eight agents of one provider: all of them land, none starts before its end.
#[test]
fn eight_agents_of_one_provider_pause_once_and_finish() {
    let place = folder();
    let trouble = Trouble { rate_limits: 30, turn: 10, ..Trouble::default() };
    let mut world = World::new(11, trouble, place.path().to_owned());
    let tasks: Vec<Task> = (0..8).map(|n| task(n, &[])).collect();
    let capacity = Capacity::of(8, 4);
    let (state, _) = simulate(&mut world, started(tasks, options(&[])), capacity);
    assert!(state.tasks.iter().all(|task| task.landed.is_some()));
    assert!(state.tasks.iter().any(|task| task.attempts.len() > 1), "nobody was turned away");
}

/// Agents at once after each entry of a run of eight tasks that take a minute each, with a pool between one and four and so
/// much memory, and what the pool came to, with the seconds since the start.
fn breathing(memory: u64) -> (usize, Vec<(u32, i64)>) {
    let place = folder();
    let mut world = World::new(5, Trouble::default(), place.path().to_owned());
    // The last one takes long: the others' places are idle meanwhile.
    let minutes = |n: usize| (format!("T{n}").parse().unwrap(), if n == 7 { 200_000 } else { 60_000 });
    world.pace = Some(Pace { agents: (0..8).map(minutes).collect(), step: 10, gate: 10 });
    let mut options = options(&["test"]);
    options.roles.insert(Role::Code, RolePool { agent: None, min: Some(1), max: Some(4) });
    let tasks: Vec<Task> = (0..8).map(|n| task(n, &[])).collect();
    let capacity = Capacity { agents: 6, checks: 4, memory };
    let (state, _) = simulate(&mut world, started(tasks, options), capacity);
    assert!(state.tasks.iter().all(|task| task.landed.is_some()));
    let entries = read_entries(&place.path().join("journal.jsonl")).unwrap();
    let (mut seen, mut most) = (RunState::begin(&entries[0]).unwrap(), 0);
    for entry in &entries[1..] {
        seen.apply(entry);
        most = most.max(seen.tasks.iter().flat_map(TaskState::under_way).count());
    }
    let resized = |entry: &Entry| match &entry.event {
        Event::PoolResized { size, .. } => Some((*size, entry.at.duration_since(entries[0].at).as_secs())),
        _ => None,
    };
    (most, entries.iter().filter_map(resized).collect())
}

/// Up by one every two seconds while work waits, down by one every half minute while one agent of four works.
#[test]
fn a_pool_breathes_with_its_work() {
    let (most, sizes) = breathing(8 << 30);
    assert_eq!((most, &sizes[..3]), (4, &[(2, 2), (3, 4), (4, 6)][..]), "{sizes:?}");
    assert!(sizes.len() > 3 && sizes[3].0 == 3 && sizes[3].1 >= 120 + 30, "{sizes:?}");
}

/// Less than two gigabytes: nobody is added, and the run ends all the same.
#[test]
fn a_pool_does_not_grow_beyond_the_machine_s_memory() {
    assert_eq!(breathing(2_000_000_000 - 1), (1, Vec::new()));
}
