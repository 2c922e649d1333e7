//! A question to a reviewing agent which of several attempts is best, as far as it is known.

use super::super::choice_ask::{ChoiceAnswer, ChoiceAsk};
use super::super::event_parts::Subject;

/// Such a question.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedChoice {
    /// What was asked.
    pub ask: ChoiceAsk,
    /// What was said; none: it is being asked.
    pub answer: Option<ChoiceAnswer>,
}

impl AskedChoice {
    /// What its cost is put down to.
    pub fn subject(&self) -> Subject {
        Subject::Attempt(self.ask.first())
    }
}
