//! What was announced and has no outcome.

use crate::journal::{BatchPhase, CheckState, MarkingPhase, RunState, SideBase};
use crate::model::AttemptId;
use crate::schedule::facts::Action;

/// Intents without outcomes, as actions: what a resumed run reconciles or performs again.
pub fn open(state: &RunState) -> Vec<Action> {
    let made = state.bases.iter().filter(|(_, base)| **base == SideBase::Making);
    let mut actions: Vec<Action> = made.map(|(of, _)| Action::MakeBase { of: of.clone() }).collect();
    for (task, facts) in state.info.tasks.iter().zip(&state.tasks) {
        actions.extend(facts.under_way().map(|attempt| Action::Attempt(Box::new(attempt.intended(&task.id)))));
        let choices = facts.choices.iter().filter(|choice| choice.answer.is_none());
        actions.extend(choices.map(|choice| Action::AskChoice(Box::new(choice.ask.clone()))));
        if let Some((last, onto)) = facts.last().and_then(|last| Some((last, last.replaying.clone()?))) {
            actions.push(Action::Replay { attempt: AttemptId { task: task.id.clone(), n: last.n }, onto });
        }
    }
    for ((subject, gate), check) in &state.checks {
        if check.state == CheckState::Open {
            let (subject, gate) = (subject.clone(), gate.clone());
            let ask = check.ask.clone().unwrap_or_default();
            actions.push(Action::Check { subject, gate, commit: check.commit.clone(), slot: check.slot.clone(), ask });
        }
    }
    if let Some(batch) = &state.batch {
        let tasks = batch.tasks.iter().map(|task| task.task.clone()).collect();
        match batch.phase {
            BatchPhase::Merging => {
                actions.push(Action::Merge { batch: batch.n, tasks, without: batch.without.clone() });
            }
            BatchPhase::Checking { .. } => {}
            BatchPhase::Landing { .. } => actions.push(Action::Land { batch: batch.n }),
        }
    }
    match state.marking.as_ref().map(|marking| (marking.upto, &marking.phase)) {
        Some((upto, MarkingPhase::Making)) => actions.push(Action::Mark { upto }),
        Some((_, MarkingPhase::Moving(_))) => actions.push(Action::LandMarks),
        Some((_, MarkingPhase::Made(_))) | None => {}
    }
    if state.into == Some((false, None))
        && let Some((branch, old)) = &state.info.options.into
        && let Ok(old) = old.parse()
    {
        actions.push(Action::Into { branch: branch.clone(), old, new: state.top().commit.clone() });
    }
    if state.deploy == Some(None) {
        actions.push(Action::Deploy);
    }
    actions
}
