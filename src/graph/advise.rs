//! Which one change to a plan would shorten it most: a file split up, or one edge dropped.

use std::collections::{BTreeMap, HashSet};

use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;
use super::{SimulatedLoad, TaskDependency};
use crate::model::{Barrier, Place, RepoPath, Task, TaskId, Why};

/// Largest plan that is examined: every idea costs building the graph again.
const MAX_TASKS: usize = 1_000;
/// Files tried, those with most tasks on the critical path first.
const MAX_FILES: usize = 5;
/// Edges of the critical path tried.
const MAX_EDGES: usize = 48;

/// A change and what it would give.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanChange {
    /// Split this file, so that the tasks that share it need not wait for each other.
    Split {
        /// The file.
        path: RepoPath,
        /// The tasks of the critical path that share it.
        tasks: Vec<TaskIx>,
        /// Time with any number of agents then.
        time: f64,
    },
    /// Drop an edge.
    Drop {
        /// What comes first now.
        before: TaskIx,
        /// What waits now.
        after: TaskIx,
        /// Kind of the edge.
        why: Why,
        /// Where it is written.
        at: Place,
        /// Time with any number of agents then.
        time: f64,
    },
}

impl PlanChange {
    /// Time with any number of agents after the change.
    pub fn time(&self) -> f64 {
        match self {
            PlanChange::Split { time, .. } | PlanChange::Drop { time, .. } => *time,
        }
    }
}

/// The best split and the best edge to drop, best first, as far as either helps. Written edges are not put into question.
pub fn advise(graph: &TaskGraph, tasks: &[Task], barriers: &[Barrier], load: &SimulatedLoad) -> Vec<PlanChange> {
    if graph.len() > MAX_TASKS || graph.is_empty() {
        return Vec::new();
    }
    let now = graph.unlimited(load);
    let path = graph.critical_path(&load.weights);
    let split = splits(&path, tasks, barriers, load);
    let edge = edges(graph, &path, tasks, barriers, load);
    let mut best: Vec<PlanChange> =
        split.into_iter().chain(edge).filter(|change| change.time() < now * 0.999).collect();
    best.sort_by(|a, b| a.time().total_cmp(&b.time()));
    best
}

/// Time with any number of agents.
fn time(tasks: &[Task], barriers: &[Barrier], load: &SimulatedLoad) -> f64 {
    let (graph, _) = TaskGraph::build(tasks, barriers);
    graph.unlimited(load)
}

fn splits(path: &[TaskIx], tasks: &[Task], barriers: &[Barrier], load: &SimulatedLoad) -> Option<PlanChange> {
    let mut by_file: BTreeMap<&RepoPath, Vec<TaskIx>> = BTreeMap::new();
    for &ix in path {
        for file in &tasks[ix.index()].files {
            by_file.entry(&file.path).or_default().push(ix);
        }
    }
    let mut files: Vec<(&RepoPath, Vec<TaskIx>)> = by_file.into_iter().filter(|(_, on)| on.len() > 1).collect();
    files.sort_by_key(|(_, on)| std::cmp::Reverse(on.len()));
    let tried = files.into_iter().take(MAX_FILES).map(|(file, on)| {
        let time = time(&without_sharing(tasks, file), barriers, load);
        PlanChange::Split { path: file.clone(), tasks: on, time }
    });
    tried.min_by(|a, b| a.time().total_cmp(&b.time()))
}

/// The tasks without the edges that only `file` makes.
fn without_sharing(tasks: &[Task], file: &RepoPath) -> Vec<Task> {
    let users: BTreeMap<&TaskId, HashSet<&RepoPath>> = tasks
        .iter()
        .filter(|task| task.files.iter().any(|f| f.path == *file))
        .map(|task| (&task.id, task.files.iter().map(|f| &f.path).collect()))
        .collect();
    let only_this = |a: &TaskId, b: &TaskId| match (users.get(a), users.get(b)) {
        (Some(a), Some(b)) => a.intersection(b).count() == 1,
        _ => false,
    };
    let mut changed = tasks.to_vec();
    for task in &mut changed {
        let id = task.id.clone();
        task.after.retain(|edge| !matches!(edge.why, Why::Files | Why::Tests) || !only_this(&edge.task, &id));
    }
    changed
}

fn edges(
    graph: &TaskGraph,
    path: &[TaskIx],
    tasks: &[Task],
    barriers: &[Barrier],
    load: &SimulatedLoad,
) -> Option<PlanChange> {
    let reduced = graph.reduced();
    let tried = path.windows(2).take(MAX_EDGES).filter_map(|pair| {
        let (before, after) = (pair[0], pair[1]);
        let edge: &TaskDependency<'_> = reduced.direct[after.index()].iter().find(|edge| edge.task == before)?;
        if edge.origin.trust.is_written() {
            return None;
        }
        let (tasks, barriers) = without_pair(tasks, barriers, graph.id(before), graph.id(after));
        let time = time(&tasks, &barriers, load);
        Some(PlanChange::Drop { before, after, why: edge.origin.why, at: edge.origin.at.clone(), time })
    });
    tried.min_by(|a, b| a.time().total_cmp(&b.time()))
}

/// The plan without "`after` waits for `before`", wherever it is written.
fn without_pair(tasks: &[Task], barriers: &[Barrier], before: &TaskId, after: &TaskId) -> (Vec<Task>, Vec<Barrier>) {
    let mut tasks = tasks.to_vec();
    for task in tasks.iter_mut().filter(|task| task.id == *after) {
        task.after.retain(|edge| edge.task != *before);
    }
    let mut changed = Vec::with_capacity(barriers.len() + 1);
    for barrier in barriers {
        if barrier.before.contains(before) && barrier.after.contains(after) {
            let others = |ids: &[TaskId], not: &TaskId| ids.iter().filter(|id| *id != not).cloned().collect();
            changed.push(Barrier { after: others(&barrier.after, after), ..barrier.clone() });
            changed.push(Barrier {
                before: others(&barrier.before, before),
                after: vec![after.clone()],
                ..barrier.clone()
            });
        } else {
            changed.push(barrier.clone());
        }
    }
    (tasks, changed)
}
