//! What people say in a simulated run, and what must hold of it after every step.

use crate::journal::inbox::Message;
use crate::journal::{BatchPhase, Request, RunState};
use crate::schedule::{Action, RunContext, WordFate, fate};

use super::world::World;

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
        for word in state.tasks[i].words.iter().filter(|word| !word.is_news && !word.known.contains(&last.n)) {
            let became = fate(&context, state, i, &word.message, now);
            assert!(!last.hears || became == WordFate::Lands || became == WordFate::Missed, "{word:?}: {became:?}");
            assert!(!word.handed.contains(&last.n), "{word:?}");
        }
    }
}
