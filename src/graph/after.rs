//! Everything that waits for any of a set of tasks.

use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;

impl TaskGraph {
    /// For each task whether it waits, directly or not, for a task of `seed`. Walks every arc once.
    pub fn reachable_from(&self, seed: impl Fn(TaskIx) -> bool) -> Vec<bool> {
        let mut after = vec![false; self.network.len()];
        for &node in &self.order {
            let hit =
                |&(before, _): &(u32, u32)| after[before as usize] || (self.is_task(before) && seed(TaskIx(before)));
            after[node as usize] = self.network.before(node).iter().any(hit);
        }
        after.truncate(self.len());
        after
    }
}
