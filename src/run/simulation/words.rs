//! What people say while runs go wrong: heard once or refused, never lost.

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started};
use super::world::{Trouble, World};
use super::{folder, options};

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_people_say_is_heard_once_or_refused(seed in any::<u64>(), n in 1_usize..12, kill in 0_u64..10) {
        let place = folder();
        let trouble = Trouble {
            agent_fails: 10, gate_fails: 10, conflicts: 10, unsolved: 30, kill_each_step: kill, requests: 2, words: 15,
            ..Trouble::default()
        };
        let mut world = World::new(seed, trouble, place.path().to_owned());
        let tasks = random_plan(&mut world.dice, n);
        let (state, _) = simulate(&mut world, started(tasks, options(&["test"])), CAPACITY);
        // Whoever began after a word was said knows it.
        for task in &state.tasks {
            for word in &task.words {
                let first = word.known.iter().min().copied().unwrap_or(u32::MAX);
                prop_assert!(task.attempts.iter().all(|it| it.n < first || word.known.contains(&it.n)), "{word:?}");
            }
        }
    }
}
