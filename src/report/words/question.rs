//! Questions to a person, in words.

use super::display::safe;
use crate::journal::{Answer, Question};

/// What is asked: `may layer 2 start?`.
pub fn words(question: &Question) -> String {
    match question {
        Question::Plan => "may the plan be run?".to_owned(),
        Question::Layer(layer) => format!("may layer {layer} start?"),
        Question::Landing(task) => format!("{task} passed its gates: may it land?"),
        Question::Unchanged { task, reason } => {
            format!("{task} says that nothing needs changing: {}. Is that so?", safe(reason).trim_end_matches('.'))
        }
        Question::Task(task) => format!("{task} is for a person: is it done?"),
    }
}

/// A question with what to type.
pub fn put(question: &Question) -> String {
    let id = safe(&question.id());
    format!("{}   git orca approve {id}   or: git orca reject {id}", words(question))
}

/// An answer: `layer:2 approved: looks good`.
pub fn answered(answer: &Answer) -> String {
    let word = if answer.yes { "approved" } else { "rejected" };
    let note = answer.note.as_ref().filter(|note| !note.is_empty()).map(|note| format!(": {}", safe(note)));
    let by = answer.by.as_ref().map(|by| format!(" by the program {}", safe(by)));
    format!("{} {word}{}{}", safe(&answer.id), by.unwrap_or_default(), note.unwrap_or_default())
}
