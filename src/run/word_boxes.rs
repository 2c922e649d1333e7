//! Where people's words wait for the agents that work: one box an attempt, open as long as its agent takes words.
//!
//! Handing over and closing exclude each other, so that no word falls between them: what is in the box is written before
//! the agent's input ends, and what comes later finds no box.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::brief;
use crate::journal::SaidWord;
use crate::model::AttemptId;

/// A word on its way to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedWord {
    /// Id of the message that brought it.
    pub message: String,
    /// What was said, as the agent is told it.
    pub text: String,
}

impl HandedWord {
    /// What is handed over of a word.
    pub fn of(word: &SaidWord) -> HandedWord {
        let told = if word.is_news { brief::word_of_run } else { brief::word_of_person };
        HandedWord { message: word.message.clone(), text: told(&word.text) }
    }
}

/// All boxes of a run.
#[derive(Debug, Default)]
pub struct WordBoxes(Mutex<HashMap<AttemptId, UnboundedSender<HandedWord>>>);

impl WordBoxes {
    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, UnboundedSender<HandedWord>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the box of an attempt.
    pub fn open(&self, attempt: &AttemptId) -> UnboundedReceiver<HandedWord> {
        let (sender, receiver) = unbounded_channel();
        self.lock().insert(attempt.clone(), sender);
        receiver
    }

    /// Puts a word into the box of an attempt. False where that is closed.
    #[must_use]
    pub fn hand(&self, attempt: &AttemptId, word: HandedWord) -> bool {
        self.lock().get(attempt).is_some_and(|sender| sender.send(word).is_ok())
    }

    /// Closes the box, unless there is a word in it: then that.
    pub fn close(&self, attempt: &AttemptId, words: &mut UnboundedReceiver<HandedWord>) -> Option<HandedWord> {
        let mut boxes = self.lock();
        let word = words.try_recv().ok();
        if word.is_none() {
            boxes.remove(attempt);
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_closes_only_empty_and_for_good() {
        let (boxes, id) = (WordBoxes::default(), AttemptId { task: "A".parse().unwrap(), n: 1 });
        let word = |text: &str| HandedWord { message: text.to_owned(), text: text.to_owned() };
        assert!(!boxes.hand(&id, word("early")));
        let mut words = boxes.open(&id);
        assert!(boxes.hand(&id, word("one")));
        assert_eq!(boxes.close(&id, &mut words), Some(word("one")));
        assert!(boxes.hand(&id, word("two")), "still open");
        assert_eq!(boxes.close(&id, &mut words), Some(word("two")));
        assert_eq!(boxes.close(&id, &mut words), None);
        assert!(!boxes.hand(&id, word("late")));
    }
}
