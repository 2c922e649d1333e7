//! Whether the right one is blamed: tasks that were red alone, one after another, on heads that have not moved since.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::TaskId;

/// Who was red alone since something last landed, and who was suspected of it in vain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubt {
    /// Tasks that were singled out, in that order.
    pub red_alone: Vec<TaskId>,
    /// Landed tasks, each with the batches that were red without it, too.
    pub red_without: BTreeMap<TaskId, BTreeSet<Vec<TaskId>>>,
}

impl Doubt {
    /// A batch without landed tasks was red all the same.
    pub(super) fn was_in_vain(&mut self, without: &[TaskId], batch: &[TaskId]) {
        for suspect in without {
            self.red_without.entry(suspect.clone()).or_default().insert(batch.to_vec());
        }
    }
}
