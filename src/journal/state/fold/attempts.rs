//! Attempts begin, report and end.

use jiff::Timestamp;

use super::super::{Attempt, RunState};
use crate::model::{AttemptId, Oid, Usage};

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

    pub(super) fn attempt_intended(
        &mut self,
        at: Timestamp,
        id: &AttemptId,
        agent: &str,
        slot: &str,
        base: &Oid,
        start: &Oid,
    ) {
        let Some(i) = self.index(&id.task) else { return };
        self.tasks[i].retry_asked = false;
        self.tasks[i].attempts.push(Attempt {
            n: id.n,
            agent: agent.to_owned(),
            slot: slot.to_owned(),
            base: base.clone(),
            start: start.clone(),
            started: at,
            ended: None,
            end_asked: false,
            process: None,
            snapshot: None,
            salvage: None,
            usage: Usage::default(),
            max_rss: 0,
            refused: None,
            conflict: None,
        });
    }
}
