//! Budgets, providers and places in simulated runs.

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started, task};
use super::world::{Trouble, World};
use super::{folder, options};
use crate::model::{Allowance, RunLimits, Task};

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

/// One pause for eight agents of one provider: all of them land, none starts before its end.
#[test]
fn eight_agents_of_one_provider_pause_once_and_finish() {
    let place = folder();
    let trouble = Trouble { rate_limits: 30, turn: 10, ..Trouble::default() };
    let mut world = World::new(11, trouble, place.path().to_owned());
    let tasks: Vec<Task> = (0..8).map(|n| task(n, &[])).collect();
    let capacity = crate::schedule::Capacity { agents: 8, checks: 4 };
    let (state, _) = simulate(&mut world, started(tasks, options(&[])), capacity);
    assert!(state.tasks.iter().all(|task| task.landed.is_some()));
    assert!(state.tasks.iter().any(|task| task.attempts.len() > 1), "nobody was turned away");
}
