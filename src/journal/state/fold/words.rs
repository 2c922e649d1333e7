//! What people said, on its way to agents.

use super::super::word::SaidWord;
use super::super::{RunState, TaskState};
use crate::model::AttemptId;

impl RunState {
    pub(super) fn word_intended(&mut self, attempt: &AttemptId, message: &str) {
        self.edit_word(attempt, message, |word, n| word.handed = Some(n));
    }

    pub(super) fn word_heard(&mut self, attempt: &AttemptId, message: &str) {
        self.edit_word(attempt, message, |word, n| {
            word.handed = None;
            word.heard.push(n);
            word.known.push(n);
        });
    }

    pub(super) fn word_carried(&mut self, attempt: &AttemptId, message: &str) {
        self.edit_word(attempt, message, |word, n| {
            word.handed = word.handed.filter(|handed| *handed != n);
            word.carried.push(n);
        });
    }

    /// Of what was handed to an attempt that is over and was not confirmed nobody knows whether it was heard: the next
    /// one has it.
    pub(super) fn carry_words(&mut self, attempt: &AttemptId) {
        let Some(i) = self.index(&attempt.task) else { return };
        for word in self.tasks[i].words.iter_mut().filter(|word| word.handed == Some(attempt.n)) {
            word.handed = None;
            word.carried.push(attempt.n);
        }
    }

    fn edit_word(&mut self, attempt: &AttemptId, message: &str, change: impl FnOnce(&mut SaidWord, u32)) {
        let Some(i) = self.index(&attempt.task) else { return };
        let found = self.tasks[i].words.iter_mut().find(|word| word.is(message));
        if let Some(word) = found.filter(|word| !word.known.contains(&attempt.n)) {
            change(word, attempt.n);
        }
    }
}

impl TaskState {
    /// The last attempt begins: what its session does not know of people's words stands in its prompt.
    pub(super) fn tell_words(&mut self) {
        let Some((last, before)) = self.attempts.split_last() else { return };
        let session = last.resume.as_ref();
        let remembers = |n: &u32| {
            let knew = before.iter().find(|attempt| attempt.n == *n);
            session.is_some() && knew.is_some_and(|knew| knew.session.as_ref() == session)
        };
        for word in &mut self.words {
            if !word.known.iter().any(remembers) {
                word.told.push(last.n);
            }
            word.known.push(last.n);
        }
    }
}
