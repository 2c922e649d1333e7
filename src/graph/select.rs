//! Which tasks of a plan run.
//!
//! Done tasks are satisfied: edges from them go. What is left out otherwise (optional, skipped, not asked for) is
//! bridged: what waited for it waits for what it waited for.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;
use crate::model::{Barrier, Place, Problem, Severity, Task, TaskId};

/// Members of bridging barriers in all; more only comes from plans built to be hostile.
const MAX_BRIDGED: usize = 2_000_000;

/// What the user wants of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskSelection {
    /// Only these, when given.
    pub only: Option<HashSet<TaskId>>,
    /// Not these.
    pub skip: HashSet<TaskId>,
    /// Optional ones too.
    pub include_optional: bool,
    /// Done ones again.
    pub include_done: bool,
}

/// Why a task does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WhyLeftOut {
    /// Marked as done in the plan.
    Done,
    /// Optional.
    Optional,
    /// Named to be skipped.
    Skipped,
    /// Not among those asked for.
    NotAsked,
}

/// The part of a plan that runs.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The tasks, in the order of the plan, with the edges among them.
    pub tasks: Vec<Task>,
    /// The barriers among them, bridging ones included.
    pub barriers: Vec<Barrier>,
    /// The others.
    pub left_out: Vec<(TaskId, WhyLeftOut)>,
    /// What could not be done.
    pub problems: Vec<Problem>,
}

/// The tasks of `graph` (built from `tasks` and `barriers`) that are `wanted`, and the order among them.
pub fn select(graph: &TaskGraph, tasks: &[Task], barriers: &[Barrier], wanted: &TaskSelection) -> Selection {
    let fate: Vec<Option<WhyLeftOut>> = tasks.iter().map(|task| fate(task, wanted)).collect();
    let kept: HashSet<&TaskId> = tasks.iter().zip(&fate).filter(|(_, f)| f.is_none()).map(|(t, _)| &t.id).collect();
    let mut selection = Selection::default();
    for (task, fate) in tasks.iter().zip(&fate) {
        match fate {
            Some(why) => selection.left_out.push((task.id.clone(), *why)),
            None => {
                let mut task = task.clone();
                task.after.retain(|edge| kept.contains(&edge.task));
                selection.tasks.push(task);
            }
        }
    }
    let only_kept = |ids: &[TaskId]| -> Vec<TaskId> { ids.iter().filter(|id| kept.contains(id)).cloned().collect() };
    for barrier in barriers {
        let (before, after) = (only_kept(&barrier.before), only_kept(&barrier.after));
        if !before.is_empty() && !after.is_empty() {
            selection.barriers.push(Barrier { before, after, ..barrier.clone() });
        }
    }
    if fate.iter().flatten().any(|why| *why != WhyLeftOut::Done) {
        match (Bridge { graph, fate: &fate, known: HashMap::new(), size: 0 }).barriers() {
            Some(bridges) => selection.barriers.extend(bridges),
            None => selection.problems.push(Problem::new(
                Severity::Error,
                Place::default(),
                "too many edges run through the tasks that are left out",
                "run them too: --include-optional",
            )),
        }
    }
    selection
}

fn fate(task: &Task, wanted: &TaskSelection) -> Option<WhyLeftOut> {
    let named = wanted.only.as_ref().is_some_and(|only| only.contains(&task.id));
    if wanted.skip.contains(&task.id) {
        Some(WhyLeftOut::Skipped)
    } else if task.done && !wanted.include_done {
        Some(WhyLeftOut::Done)
    } else if wanted.only.is_some() && !named {
        Some(WhyLeftOut::NotAsked)
    } else if task.optional && !wanted.include_optional && !named {
        Some(WhyLeftOut::Optional)
    } else {
        None
    }
}

/// Finds what tasks that are left out stand for.
struct Bridge<'a> {
    graph: &'a TaskGraph,
    fate: &'a [Option<WhyLeftOut>],
    /// For joints and left-out tasks: the kept tasks that come before them, as far as anything behind needs them.
    known: HashMap<u32, Rc<Vec<u32>>>,
    size: usize,
}

impl Bridge<'_> {
    /// Barriers that replace the left-out tasks, or `None` when there would be too many members.
    fn barriers(mut self) -> Option<Vec<Barrier>> {
        let mut found = Vec::new();
        for &node in &self.graph.order {
            if self.is_kept(node) || self.is_done(node) {
                continue;
            }
            let (own, bridged) = self.before(node);
            let after: Vec<u32> =
                self.graph.network.after(node).iter().map(|&(n, _)| n).filter(|&n| self.is_kept(n)).collect();
            // A joint keeps its barrier for its own members; only what comes through left-out ones is new.
            let new = if self.graph.is_task(node) { union(&own, &bridged) } else { bridged.clone() };
            if !new.is_empty() && !after.is_empty() {
                found.push(self.barrier(node, &new, &after));
            }
            let all = union(&own, &bridged);
            self.size += all.len();
            if self.size > MAX_BRIDGED {
                return None;
            }
            self.known.insert(node, Rc::new(all));
        }
        Some(found)
    }

    /// Kept tasks right before `node`, and those that only left-out tasks right before it stand for.
    fn before(&self, node: u32) -> (Vec<u32>, Vec<u32>) {
        let network = &self.graph.network;
        let direct = || network.before(node).iter().map(|&(n, _)| n);
        let own: Vec<u32> = direct().filter(|&n| self.is_kept(n)).collect();
        // What a kept neighbour waits for as well needs no bridge; without this, phases would pile up.
        let implied: HashSet<u32> = own.iter().flat_map(|&n| network.before(n).iter().map(|&(b, _)| b)).collect();
        let mut bridged = Vec::new();
        let mut joints: HashSet<u32> = HashSet::new();
        for other in direct().filter(|&n| !self.is_kept(n) && !self.is_done(n)) {
            if !self.graph.is_task(other) {
                bridged.extend(self.known.get(&other).iter().flat_map(|known| known.iter()));
                continue;
            }
            for &(through, _) in network.before(other).iter().filter(|(b, _)| !implied.contains(b)) {
                if self.is_kept(through) {
                    bridged.push(through);
                } else if joints.insert(through) {
                    bridged.extend(self.known.get(&through).iter().flat_map(|known| known.iter()));
                }
            }
        }
        bridged.sort_unstable();
        bridged.dedup();
        (own, bridged)
    }

    fn barrier(&self, node: u32, before: &[u32], after: &[u32]) -> Barrier {
        let ids = |nodes: &[u32]| nodes.iter().map(|&n| self.graph.id(TaskIx(n)).clone()).collect();
        let (why, at) = self.graph.network.after(node).first().map_or_else(
            || (crate::model::Why::Order, Place::default()),
            |&(_, origin)| (self.graph.origin(origin).why, self.graph.origin(origin).at.clone()),
        );
        Barrier { before: ids(before), after: ids(after), why, at }
    }

    fn is_kept(&self, node: u32) -> bool {
        self.graph.is_task(node) && self.fate[node as usize].is_none()
    }

    fn is_done(&self, node: u32) -> bool {
        self.graph.is_task(node) && self.fate[node as usize] == Some(WhyLeftOut::Done)
    }
}

fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}
