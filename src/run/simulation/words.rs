//! What people say while runs go wrong: heard once or refused, never lost.

use proptest::prelude::*;

use super::drive::{CAPACITY, simulate};
use super::plans::{random_plan, started};
use super::world::{Trouble, World};
use super::{folder, options};
use crate::journal::inbox::Message;
use crate::journal::{BatchPhase, Request, RunState};
use crate::schedule::{Action, RunContext, WordFate, fate};

/// A word to any task.
pub(super) fn word(world: &mut World, state: &RunState) -> Message {
    let n = world.dice.below(state.tasks.len() as u64) as usize;
    world.counter += 1;
    let text = format!("word {}", world.counter);
    Message { id: world.counter.to_string(), request: Request::Say { task: state.info.tasks[n].id.clone(), text } }
}

/// What must hold after every step: nobody is told a word twice, and no work lands that a word still holds.
pub(super) fn check_words(state: &RunState, actions: &[Action], now: jiff::Timestamp) {
    for word in state.tasks.iter().flat_map(|task| &task.words) {
        let mut known = word.known.clone();
        known.dedup();
        assert_eq!(known, word.known, "{word:?}");
        assert!(word.heard.iter().all(|n| !word.told.contains(n)), "{word:?}");
    }
    let lands = actions.iter().any(|action| matches!(action, Action::Land { .. }));
    let landing = match state.batch.as_ref().filter(|_| lands).map(|batch| &batch.phase) {
        Some(BatchPhase::Landing { landed, .. }) => landed.as_slice(),
        _ => return,
    };
    let context = RunContext::new(state.info.clone());
    for done in landing {
        let i = state.index(&done.task).unwrap();
        let last = state.tasks[i].last().unwrap();
        for word in state.tasks[i].words.iter().filter(|word| !word.known.contains(&last.n)) {
            let became = fate(&context, state, i, &word.message, now);
            assert!(!last.hears || became == WordFate::Lands || became == WordFate::Missed, "{word:?}: {became:?}");
            assert!(word.handed.is_none(), "{word:?}");
        }
    }
}

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
