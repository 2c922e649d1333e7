//! Whether the right one is blamed: tasks that were red alone, one after another, on heads that have not moved since.

use std::collections::BTreeSet;

use crate::model::TaskId;

/// Who was red alone since something last landed, and who was suspected of it in vain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubt {
    /// Tasks that were singled out, in that order.
    pub red_alone: Vec<TaskId>,
    /// Landed tasks without which it was red all the same.
    pub cleared: BTreeSet<TaskId>,
}
