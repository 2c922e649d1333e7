//! Marks of closed layers in the simulated world.

use super::world::World;
use crate::journal::{Event, Head, MarkedPlan, RunStarted, RunState, Unmarked};

/// The run with a plan that its base has, if it is to be marked.
pub(super) fn marked(is_marked: bool, info: RunStarted) -> RunStarted {
    let plan = MarkedPlan { path: "tasks.json".into(), format: "native".into(), prefix: String::new() };
    RunStarted { marked: is_marked.then_some(plan).into_iter().collect(), ..info }
}

impl World {
    /// Marks as `integrate` does: every head from the lowest changed one on gets a commit with the same tasks in it.
    pub(super) fn mark(&mut self, state: &RunState, upto: u32) {
        let fresh = |i: &usize| state.tasks[*i].landed.is_some() && state.tasks[*i].mark.is_none();
        let fresh: Vec<usize> = (0..state.tasks.len()).filter(|i| fresh(i) && state.info.layers[*i] <= upto).collect();
        let lowest = fresh.iter().map(|i| state.info.layers[*i]).min().expect("somebody to mark");
        let mut heads = Vec::new();
        for head in state.heads.values().filter(|head| head.layer >= lowest) {
            let tasks = self.contents[&head.commit].clone();
            let commit = self.fresh(tasks, &[&head.commit]);
            heads.push(Head { layer: head.layer, tree: commit.clone(), commit });
        }
        let (mut tasks, mut left) = (Vec::new(), Vec::new());
        for i in fresh {
            let task = state.info.tasks[i].id.clone();
            if self.dice.chance(10) {
                left.push(Unmarked { task, why: "dice".into() });
            } else {
                tasks.push(task);
            }
        }
        self.later(Event::MarksMade { heads, tasks, left });
    }
}
