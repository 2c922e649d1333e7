//! Which of several attempts that passed a reviewing agent prefers. It is asked once about a round, where a task has a
//! gate with such an agent and the gates leave more than one that nothing else tells apart. Without an answer, or with one
//! that names none of them, the smaller change counts, then the cheaper.

use super::budget;
use crate::journal::{Attempt, ChoiceAnswer};
use crate::model::{Allowance, GateDef};
use crate::schedule::facts::{View, gates_of};

/// What is known of it.
#[derive(Debug)]
pub enum Preference<'a> {
    /// Nobody is asked; and why, where there is somebody.
    NotAsked(Option<String>),
    /// It is to be asked.
    Due(&'a GateDef, &'a str, Allowance),
    /// It is being asked.
    Open,
    /// What it said.
    Said(&'a str, &'a ChoiceAnswer),
}

/// What a reviewing agent says of these attempts of a round.
pub fn preference<'a>(view: &View<'a>, i: usize, round: u32, alike: &[&Attempt]) -> Preference<'a> {
    if let Some(choice) = view.state.tasks[i].choice(round) {
        return choice.answer.as_ref().map_or(Preference::Open, |answer| Preference::Said(&choice.ask.agent, answer));
    }
    let [first, _, ..] = alike else { return Preference::NotAsked(None) };
    let asked = gates_of(view.course, i, first).into_iter().find_map(|gate| Some((gate, gate.reviewer.as_ref()?)));
    let Some((gate, reviewer)) = asked else { return Preference::NotAsked(None) };
    let not_asked = |why: &str| Preference::NotAsked(Some(format!("`{}` was not asked: {why}", reviewer.agent)));
    let provider = view.state.providers.get(view.course.provider(&reviewer.agent));
    if provider.is_some_and(|provider| provider.broken.is_some()) {
        return not_asked("its provider does not accept the login");
    }
    match budget::of_review(view.state) {
        Ok(may) => Preference::Due(gate, &reviewer.agent, may),
        Err(limit) => not_asked(limit.words()),
    }
}
