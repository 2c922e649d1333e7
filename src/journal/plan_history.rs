//! Changes of the plan of a run: those that wait to be taken in, and what takes the latest one back.

use super::event::{Entry, Event};
use super::file::read_entries;
use super::inbox::{self, Message};
use super::plan_revision::PlanRevision;
use super::request::Request;
use super::state::RunState;
use super::store::RunPaths;
use crate::model::Result;

/// Everything that a run was told: its journal, and the changes of its plan that wait until somebody drives it again.
///
/// # Errors
/// The journal cannot be read.
pub fn read_told(paths: &RunPaths) -> Result<(Vec<Entry>, RunState)> {
    let mut entries = read_entries(&paths.journal())?;
    let mut state = RunState::replay(&entries)?;
    for Message { id, request } in inbox::waiting(&paths.inbox()) {
        if matches!(request, Request::ChangePlan(_)) && !state.messages.contains(&id) {
            let event = Event::Requested { message: id, request };
            let entry = Entry { seq: state.seq + 1, at: state.at, event };
            state.apply(&entry);
            entries.push(entry);
        }
    }
    Ok((entries, state))
}

/// What takes the latest change back that still holds, as far as its tasks have not begun since; none where there is
/// no such change.
///
/// # Errors
/// The entries are no run.
pub fn undo_revision(entries: &[Entry]) -> Result<Option<PlanRevision>> {
    let Some((at, message, change)) = latest(entries) else { return Ok(None) };
    let (before, now) = (RunState::replay(&entries[..at])?, RunState::replay(entries)?);
    let mut undo = PlanRevision { undoes: Some(message), ..PlanRevision::default() };
    for id in change.named() {
        let Some(i) = now.index(id).filter(|i| !now.has_begun(*i)) else { continue };
        match before.index(id) {
            None => undo.dropped.push(id.clone()),
            Some(old) => {
                let was_left = before.tasks[old].dropped;
                if was_left && !now.tasks[i].dropped {
                    undo.dropped.push(id.clone());
                } else if before.info.tasks[old] != now.info.tasks[i] || !was_left && now.tasks[i].dropped {
                    undo.tasks.push(before.info.tasks[old].clone());
                }
            }
        }
    }
    undo.barriers = change.barriers.as_ref().map(|_| before.info.barriers.clone());
    Ok(Some(undo))
}

/// The latest change that no other has taken back: where its entry stands, its message, and what it was.
fn latest(entries: &[Entry]) -> Option<(usize, String, &PlanRevision)> {
    let mut held: Vec<(usize, &String, &PlanRevision)> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Event::Requested { message, request: Request::ChangePlan(change) } = &entry.event {
            match &change.undoes {
                Some(undone) => held.retain(|(_, message, _)| *message != undone),
                None => held.push((at, message, change)),
            }
        }
    }
    held.pop().map(|(at, message, change)| (at, message.clone(), change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Story, id, task};

    fn titles(state: &RunState) -> Vec<String> {
        let all = state.info.tasks.iter().zip(&state.tasks);
        all.filter(|(_, facts)| !facts.skipped).map(|(task, _)| format!("{} {}", task.id, task.title)).collect()
    }

    #[test]
    fn the_latest_change_that_holds_is_taken_back_as_far_as_nothing_of_it_has_begun() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &[]);
        let first = PlanRevision {
            tasks: vec![task(&("B", "other", &[]), 9)],
            ..PlanRevision::adding(task(&("C", "c", &[]), 9))
        };
        story.asks(Request::ChangePlan(first));
        let second = PlanRevision {
            tasks: vec![task(&("D", "d", &[]), 9), task(&("E", "e", &[]), 9)],
            dropped: vec![id("A")],
            ..PlanRevision::default()
        };
        story.asks(Request::ChangePlan(second));
        assert_eq!(titles(&story.state()), ["B other", "D d", "E e"]);
        story.starts(&["D"]);
        let undo = undo_revision(story.entries()).unwrap().unwrap();
        assert_eq!((&undo.dropped, undo.tasks.len()), (&vec![id("E")], 1), "D has begun");
        story.asks(Request::ChangePlan(undo));
        assert_eq!(titles(&story.state()), ["A a", "B other", "D d"]);
        let undo = undo_revision(story.entries()).unwrap().unwrap();
        story.asks(Request::ChangePlan(undo));
        assert_eq!(titles(&story.state()), ["A a", "B b", "D d"]);
        assert_eq!(undo_revision(story.entries()).unwrap(), None, "nothing is left to take back");
    }

    #[test]
    fn what_a_person_skipped_is_no_change_of_the_plan() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &[])], &[]);
        story.asks(Request::Skip { task: id("A") });
        story.asks(Request::ChangePlan(PlanRevision { dropped: vec![id("A"), id("B")], ..PlanRevision::default() }));
        assert_eq!(story.state().tasks.iter().map(|facts| facts.dropped).collect::<Vec<_>>(), [false, true]);
        let undo = undo_revision(story.entries()).unwrap().unwrap();
        assert_eq!(undo.tasks.iter().map(|task| task.id.to_string()).collect::<Vec<_>>(), ["B"]);
    }
}
