//! What people said, on its way to agents.

use super::super::word::SaidWord;
use super::super::{Attempt, RunState, TaskState};
use crate::model::{AttemptId, SessionId};

impl RunState {
    pub(super) fn word_intended(&mut self, attempt: &AttemptId, message: &str) {
        self.edit_word(attempt, message, |word, n| word.handed.push(n));
    }

    pub(super) fn word_heard(&mut self, attempt: &AttemptId, message: &str) {
        self.edit_word(attempt, message, |word, n| {
            word.handed.retain(|handed| *handed != n);
            word.heard.push(n);
            word.known.push(n);
        });
    }

    pub(super) fn word_carried(&mut self, attempt: &AttemptId, message: &str) {
        self.edit_word(attempt, message, |word, n| {
            word.handed.retain(|handed| *handed != n);
            word.carried.push(n);
        });
    }

    /// Of what was handed to an attempt that is over and was not confirmed nobody knows whether it was heard: the next
    /// one has it.
    pub(super) fn carry_words(&mut self, attempt: &AttemptId) {
        let Some(i) = self.index(&attempt.task) else { return };
        for word in self.tasks[i].words.iter_mut().filter(|word| word.handed.contains(&attempt.n)) {
            word.handed.retain(|handed| *handed != attempt.n);
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
    /// The `n`th attempt begins: what its session does not know of people's words stands in its prompt.
    pub(super) fn tell_words(&mut self, n: u32, session: Option<&SessionId>) {
        let same = |attempt: &&Attempt| session.is_some() && attempt.session.as_ref() == session;
        let remember: Vec<u32> = self.all_attempts().filter(same).map(|attempt| attempt.n).collect();
        for word in &mut self.words {
            if !word.is_news && !word.known.iter().any(|knew| remember.contains(knew)) {
                word.told.push(n);
            }
            word.known.push(n);
        }
    }
}
