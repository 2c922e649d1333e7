//! The event that announces an action, with the words that it keeps for people.

use crate::journal::{Event, FailClass};
use crate::schedule::{Action, EndReason};

/// The event that announces an action; `Wake` needs none.
pub fn announce(action: &Action) -> Option<Event> {
    Some(match action.clone() {
        Action::MakeBase { of } => Event::BaseIntended { of },
        Action::Attempt(intended) => Event::AttemptIntended(intended),
        Action::EndAttempt { attempt, why } => {
            let (why, class) = end_words(why);
            Event::AttemptEndIntended { attempt, why: why.to_owned(), class }
        }
        Action::Check { subject, gate, commit, slot, ask } => {
            Event::CheckIntended { subject, gate, commit, slot, ask: Some(ask) }
        }
        Action::Merge { batch, tasks } => Event::MergeIntended { batch, tasks },
        Action::Refuse { batch, culprit, next, subject, out } => {
            Event::LandRefused { batch, culprit, next, subject, out }
        }
        Action::Land { batch } => Event::LandIntended { batch },
        Action::Mark { upto } => Event::MarksIntended { upto },
        Action::LandMarks => Event::MarksLandIntended,
        Action::Into { branch, old, new } => Event::IntoIntended { branch, old, new },
        Action::Ask(asked) => Event::ApprovalAsked(asked),
        Action::Expire { id } => Event::ApprovalExpired { id },
        Action::Deploy => Event::DeployIntended,
        Action::Finish { outcome } => Event::RunFinished { outcome },
        Action::Wake { .. } => return None,
    })
}

/// Why an agent is ended, in words, and what its end then means; none: that it was stopped.
fn end_words(why: EndReason) -> (&'static str, Option<FailClass>) {
    match why {
        EndReason::Person => ("ended by a person", None),
        EndReason::Stopping => ("the run is being stopped", None),
        EndReason::Limit(limit) => (limit.words(), Some(FailClass::OverBudget)),
    }
}
