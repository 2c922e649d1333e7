//! Attempts begin, report and end.

use jiff::Timestamp;

use super::super::super::attempt::{AttemptOutcome, Intended};
use super::super::{Attempt, RunState};
use crate::model::AttemptId;

impl RunState {
    pub(super) fn edit(&mut self, id: &AttemptId, change: impl FnOnce(&mut Attempt)) {
        let found = self.index(&id.task).and_then(|i| {
            let n = id.n.checked_sub(1)? as usize;
            self.tasks[i].attempts.get_mut(n)
        });
        if let Some(attempt) = found {
            change(attempt);
        }
    }

    /// An agent's merge with a later layer is kept for when that layer's head is carried to.
    pub(super) fn carried_by(&mut self, id: &AttemptId, outcome: &AttemptOutcome) {
        let AttemptOutcome::Committed { commit, .. } = outcome else { return };
        let merge = self.attempt(id).and_then(|it| it.merge.clone()).filter(|merge| merge.carries);
        if let Some((i, merge)) = self.index(&id.task).zip(merge) {
            self.tasks[i].carried.insert(merge.layer, commit.clone());
        }
    }

    pub(super) fn attempt_intended(&mut self, at: Timestamp, intended: &Intended) {
        let Some(i) = self.index(&intended.attempt.task) else { return };
        self.tasks[i].retry_asked = false;
        // Who solves a clash with one more layer leaves what was solved with others.
        if !intended.merge.as_ref().is_some_and(|merge| merge.carries) {
            self.tasks[i].carried.clear();
        }
        self.tasks[i].attempts.push(Attempt::new(intended, at));
        self.tasks[i].tell_words();
    }
}
