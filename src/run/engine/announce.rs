//! The event that announces an action, with the words that it keeps for people.

use crate::journal::{Event, FailClass, RunState};
use crate::schedule::{Action, EndReason, limit_reason};

/// The event that announces an action; `Wake` needs none.
pub fn announce(action: &Action, state: &RunState) -> Option<Event> {
    Some(match action.clone() {
        Action::MakeBase { of } => Event::BaseIntended { of },
        Action::Attempt(intended) => Event::AttemptIntended(intended),
        Action::ChooseCandidate { attempt, why } => Event::CandidateChosen { attempt, why },
        Action::AskChoice(ask) => Event::ChoiceAsked(*ask),
        Action::Replay { attempt, onto } => Event::ReplayIntended { attempt, onto },
        Action::EndAttempt { attempt, why } => {
            let (why, class) = end_words(why, state);
            Event::AttemptEndIntended { attempt, why, class }
        }
        Action::HandWord { attempt, message } => Event::WordIntended { attempt, message },
        Action::Check { subject, gate, commit, slot, ask } => {
            Event::CheckIntended { subject, gate, commit, slot, ask: Some(ask) }
        }
        Action::PauseForGate { gate, why } => Event::PausedForGate { gate, why },
        Action::ResizePool { role, size } => Event::PoolResized { role, size },
        Action::Merge { batch, tasks, without } => Event::MergeIntended { batch, tasks, without },
        Action::Refuse { batch, culprit, next, subject, out } => {
            Event::LandRefused { batch, culprit, next, subject, out }
        }
        Action::Land { batch } => Event::LandIntended { batch },
        Action::Mark { upto } => Event::MarksIntended { upto },
        Action::LandMarks => Event::MarksLandIntended,
        Action::Into { branch, old, new } => Event::IntoIntended { branch, old, new },
        Action::Ask(asked) => Event::ApprovalAsked(asked),
        Action::Expire { id } => Event::ApprovalExpired { id },
        Action::FallBack(answer) => Event::ApprovalFellBack(answer),
        Action::Deploy => Event::DeployIntended,
        Action::Finish { outcome } => Event::RunFinished { outcome },
        Action::Wake { .. } => return None,
    })
}

/// Why an agent is ended, in words, and what its end then means; none: that it was stopped.
fn end_words(why: EndReason, state: &RunState) -> (String, Option<FailClass>) {
    match why {
        EndReason::Person => ("stopped".to_owned(), None),
        EndReason::Stopping => ("the run was stopped".to_owned(), None),
        EndReason::Unfounded => ("the work that it builds on did not land".to_owned(), None),
        EndReason::Outdone => ("another attempt of the task goes on".to_owned(), None),
        EndReason::Limit(limit) => (limit_reason(limit, state), Some(FailClass::OverBudget)),
    }
}
