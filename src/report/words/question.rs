//! Questions to a person, in words.

use super::display::safe;
use crate::journal::{Answer, AnswerOrigin, Question, RunState};
use crate::schedule::layer_below;

/// What is asked: `start layer 2?`.
pub fn words(question: &Question) -> String {
    match question {
        Question::Plan => "run the plan?".to_owned(),
        Question::Layer(layer) => format!("start layer {layer}?"),
        Question::Landing(task) => format!("{task} passed its gates: land it?"),
        Question::Unchanged { task, reason } => {
            format!("{task} says that nothing needs changing: {}. Is that so?", safe(reason).trim_end_matches('.'))
        }
        Question::BaseRed { gates } => {
            let names: Vec<String> = gates.iter().map(ToString::to_string).collect();
            let word = if names.len() == 1 { "gate" } else { "gates" };
            let fail = if names.len() == 1 { "fails" } else { "fail" };
            format!("{word} {} {fail} on your base: continue anyway, and accept no new failures?", names.join(", "))
        }
        Question::Task(task) => format!("{task} is a manual step: have you done it?"),
    }
}

/// As [`words`], with the pull request that answers it where the server does.
pub fn words_of(state: &RunState, question: &Question) -> String {
    let below = match question {
        Question::Layer(layer) if state.info.options.opens_pulls => layer_below(state, *layer),
        _ => None,
    };
    match below.and_then(|below| state.pulls.get(&below)) {
        Some(pull) => {
            format!("{} Yes, once #{} is approved or merged: {}", words(question), pull.number, safe(&pull.url))
        }
        None => words(question),
    }
}

/// What goes on with a run that its base has stopped.
pub const BASE_RED: &str = "git orca resume --base-red ok";

/// A question with what to type.
pub fn put(question: &Question) -> String {
    let id = safe(&question.id());
    if matches!(question, Question::BaseRed { .. }) {
        return format!("nothing starts on a red base; to continue anyway: {BASE_RED}");
    }
    format!("{}   git orca approve {id}   or: git orca reject {id}", words(question))
}

/// An answer: `layer:2 approved: looks good`.
pub fn answered(answer: &Answer) -> String {
    let word = if answer.yes { "approved" } else { "rejected" };
    let note = answer.note.as_ref().filter(|note| !note.is_empty()).map(|note| format!(": {}", safe(note)));
    let by = answer.by.as_ref().map(|by| format!(" by the program {}", safe(by)));
    format!("{} {word}{}{}", safe(&answer.id), by.unwrap_or_default(), note.unwrap_or_default())
}

/// Who gave an answer, and from where: `ann at box (pts/3 from 10.0.0.5)`.
pub fn origin(origin: &AnswerOrigin) -> String {
    let terminal = if origin.terminal.is_empty() { String::new() } else { format!(" ({})", safe(&origin.terminal)) };
    format!("{} at {}{terminal}", safe(&origin.user), safe(&origin.host))
}
