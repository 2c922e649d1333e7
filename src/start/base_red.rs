//! A run that its base has stopped: whoever sits there is asked whether it goes on all the same.

use super::front::{Front, StartChoice, StartQuestion};
use crate::journal::{Approval, Question, RunState};
use crate::report::facts::picture::Picture;
use crate::report::facts::reason;

/// Whether a run that has just ended waits for an answer about its base, and the answer is to go on.
pub fn goes_on(front: &dyn Front, state: &RunState) -> bool {
    let waits = |it: &Approval| matches!(it.question, Question::BaseRed { .. });
    if !state.unanswered().any(waits) {
        return false;
    }
    let refused = reason::on_base(&Picture::new(state, state.at, false));
    front.ask(&StartQuestion::BaseRed(&refused)) == Some(StartChoice::Yes)
}
