//! The graph itself and what can be asked of it.

use std::collections::HashMap;

use super::cycles::Dropped;
use super::draft::EdgeOrigin;
use super::network::Network;
use super::task_ix::TaskIx;
use crate::model::TaskId;

/// Tasks and what orders them; acyclic by construction ([`TaskGraph::build`]).
#[derive(Debug, Clone)]
pub struct TaskGraph {
    ids: Vec<TaskId>,
    by_id: HashMap<TaskId, u32>,
    pub(super) network: Network,
    /// All nodes in topological order.
    pub(super) order: Vec<u32>,
    origins: Vec<EdgeOrigin>,
    dropped: Vec<Dropped>,
    /// By node, from 1; a joint has the layer of the last task before it, or 0.
    layers: Vec<u32>,
}

impl TaskGraph {
    pub(super) fn of(
        ids: Vec<TaskId>,
        by_id: HashMap<TaskId, u32>,
        network: Network,
        origins: Vec<EdgeOrigin>,
        dropped: Vec<Dropped>,
    ) -> TaskGraph {
        let tasks = ids.len() as u32;
        let order = network.topological(|node| if node < tasks { node + 1 } else { 0 });
        let mut layers = vec![0; network.len()];
        for &node in &order {
            let below = network.before(node).iter().map(|&(n, _)| layers[n as usize]).max().unwrap_or(0);
            layers[node as usize] = below + u32::from(node < tasks);
        }
        TaskGraph { ids, by_id, network, order, origins, dropped, layers }
    }

    /// How many tasks.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no task.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// All ids, in the order of the plan.
    pub fn ids(&self) -> &[TaskId] {
        &self.ids
    }

    /// The id of a task.
    pub fn id(&self, ix: TaskIx) -> &TaskId {
        &self.ids[ix.index()]
    }

    /// The task with this id.
    pub fn ix(&self, id: &TaskId) -> Option<TaskIx> {
        self.by_id.get(id).copied().map(TaskIx)
    }

    /// All tasks, in the order of the plan.
    pub fn all(&self) -> impl Iterator<Item = TaskIx> + use<> {
        (0..self.ids.len() as u32).map(TaskIx)
    }

    /// All tasks, each after everything it waits for.
    pub fn topological(&self) -> impl Iterator<Item = TaskIx> + '_ {
        self.order.iter().filter(|&&node| self.is_task(node)).map(|&node| TaskIx(node))
    }

    /// The layer of a task, from 1: one more than the highest layer it waits for.
    pub fn layer(&self, ix: TaskIx) -> u32 {
        self.layers[ix.index()]
    }

    /// How many layers; 0 without tasks.
    pub fn layer_count(&self) -> u32 {
        self.layers[..self.len()].iter().copied().max().unwrap_or(0)
    }

    /// The tasks of layer `k` (from 1), in the order of the plan.
    pub fn tasks_in_layer(&self, k: u32) -> Vec<TaskIx> {
        self.all().filter(|&ix| self.layer(ix) == k).collect()
    }

    /// The tasks of every layer, lowest first. One pass, where asking layer by layer would take one each.
    pub fn layers(&self) -> Vec<Vec<TaskIx>> {
        let mut layers = vec![Vec::new(); self.layer_count() as usize];
        for ix in self.all() {
            layers[self.layer(ix) as usize - 1].push(ix);
        }
        layers
    }

    /// What `ix` waits for directly, through barriers, sorted. As long as the barrier is wide.
    pub fn dependencies(&self, ix: TaskIx) -> Vec<TaskIx> {
        self.direct(ix.0, |node| self.network.before(node))
    }

    /// What waits for `ix` directly, through barriers, sorted.
    pub fn dependents(&self, ix: TaskIx) -> Vec<TaskIx> {
        self.direct(ix.0, |node| self.network.after(node))
    }

    fn direct<'a>(&'a self, start: u32, next: impl Fn(u32) -> &'a [(u32, u32)]) -> Vec<TaskIx> {
        let mut found = Vec::new();
        let mut joints = Vec::new();
        let mut todo = vec![start];
        while let Some(node) = todo.pop() {
            for &(other, _) in next(node) {
                if self.is_task(other) {
                    found.push(TaskIx(other));
                } else if !joints.contains(&other) {
                    joints.push(other);
                    todo.push(other);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// For each task whether everything it waits for is satisfied. Walks every arc once.
    pub fn ready_given(&self, satisfied: impl Fn(TaskIx) -> bool) -> Vec<bool> {
        let mut open = vec![false; self.network.len()];
        let mut ready = vec![false; self.len()];
        for &node in &self.order {
            let free = self.network.before(node).iter().all(|&(n, _)| open[n as usize]);
            if self.is_task(node) {
                ready[node as usize] = free;
                open[node as usize] = satisfied(TaskIx(node));
            } else {
                open[node as usize] = free;
            }
        }
        ready
    }

    /// Everything that waits for `ix`, directly or not, sorted.
    pub fn descendants(&self, ix: TaskIx) -> Vec<TaskIx> {
        let mut seen = vec![false; self.network.len()];
        let mut todo = vec![ix.0];
        let mut found = Vec::new();
        while let Some(node) = todo.pop() {
            for &(next, _) in self.network.after(node) {
                if !std::mem::replace(&mut seen[next as usize], true) {
                    todo.push(next);
                    found.extend(self.is_task(next).then_some(TaskIx(next)));
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// Where an arc comes from.
    pub(super) fn origin(&self, origin: u32) -> &EdgeOrigin {
        &self.origins[origin as usize]
    }

    /// Pairs that were written but are not used, since they would close a cycle.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// Whether a node is a task; the others are joints.
    pub(super) fn is_task(&self, node: u32) -> bool {
        (node as usize) < self.ids.len()
    }
}
