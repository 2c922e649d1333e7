//! Attempts begin, report and end.

use jiff::Timestamp;

use super::super::super::attempt::Intended;
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

    pub(super) fn attempt_intended(&mut self, at: Timestamp, intended: &Intended) {
        let Some(i) = self.index(&intended.attempt.task) else { return };
        self.tasks[i].retry_asked = false;
        self.tasks[i].carried.clear();
        self.tasks[i].attempts.push(Attempt::new(intended, at));
    }
}
