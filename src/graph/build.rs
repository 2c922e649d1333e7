//! From tasks and barriers to an acyclic network; what is wrong on the way becomes problems.

use std::collections::HashMap;

use super::cycles::{Untangled, untangle};
use super::draft::{Draft, Joint};
use super::network::{Arc, Network};
use super::task_graph::TaskGraph;
use crate::model::{Barrier, Place, Problem, Severity, Task, TaskId};

/// Problems of one kind said one by one; the rest is counted. More than a screen of them helps nobody.
const MAX_SAID: usize = 20;

/// Problems that repeat: the first [`MAX_SAID`] one by one, then a count.
#[derive(Default)]
struct RepeatedProblems {
    problems: Vec<Problem>,
    more: usize,
}

impl RepeatedProblems {
    fn warn(&mut self, at: &Place, what: String, hint: &str) {
        if self.problems.len() < MAX_SAID {
            self.problems.push(Problem::new(Severity::Warning, at.clone(), what, hint));
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<Problem> {
        if self.more > 0 {
            let what = format!("{} further problems with edges of this kind", self.more);
            self.problems.push(Problem::new(Severity::Warning, Place::default(), what, ""));
        }
        self.problems
    }
}

impl TaskGraph {
    /// The graph of `tasks` and `barriers`, and what was wrong with them.
    ///
    /// Never fails: ids that no task has are warned about and count as satisfied, an edge to itself is dropped with a
    /// warning, and cycles are opened where the least trusted edges are ([`Trust`](super::Trust)). A cycle of edges that are all
    /// equally well written is an error, named with its ids and lines. Linear but for a sort.
    pub fn build(tasks: &[Task], barriers: &[Barrier]) -> (TaskGraph, Vec<Problem>) {
        let mut said = RepeatedProblems::default();
        let mut by_id: HashMap<TaskId, u32> = HashMap::with_capacity(tasks.len());
        for (n, task) in tasks.iter().enumerate() {
            if by_id.contains_key(&task.id) {
                said.warn(&task.at, format!("`{}` occurs twice; edges go to the first", task.id), "");
            } else {
                by_id.insert(task.id.clone(), n as u32);
            }
        }
        let mut draft = Draft { tasks: tasks.len(), ..Draft::default() };
        add_edges(&mut draft, tasks, &by_id, &mut said);
        add_barriers(&mut draft, barriers, &by_id, &mut said);
        drop_doubles(&mut draft);
        let ids: Vec<TaskId> = tasks.iter().map(|task| task.id.clone()).collect();
        let Untangled { dropped, problems } = untangle(&mut draft, &ids);
        let network = Network::new(draft.nodes(), &draft.all_arcs(|_| true));
        let mut all = said.finish();
        all.extend(problems);
        (TaskGraph::of(ids, by_id, network, draft.origins, dropped), all)
    }
}

fn add_edges(draft: &mut Draft, tasks: &[Task], by_id: &HashMap<TaskId, u32>, said: &mut RepeatedProblems) {
    for (n, task) in tasks.iter().enumerate() {
        for edge in &task.after {
            match by_id.get(&edge.task) {
                None => said.warn(
                    &edge.at,
                    format!("`{}` depends on `{}`, which is not in the plan; ignored", task.id, edge.task),
                    "write that task, or drop the edge under [deps] in orca.toml",
                ),
                Some(&from) if from == n as u32 => {
                    said.warn(&edge.at, format!("`{}` depends on itself; ignored", task.id), "remove the edge");
                }
                Some(&from) => {
                    let origin = draft.origin(edge.why, &edge.at, None);
                    draft.arcs.push(Arc { from, to: n as u32, origin });
                }
            }
        }
    }
}

fn add_barriers(draft: &mut Draft, barriers: &[Barrier], by_id: &HashMap<TaskId, u32>, said: &mut RepeatedProblems) {
    for barrier in barriers {
        let mut side = |ids: &[TaskId]| {
            let mut nodes: Vec<u32> = Vec::with_capacity(ids.len());
            for id in ids {
                match by_id.get(id) {
                    Some(&node) => nodes.push(node),
                    None => said.warn(
                        &barrier.at,
                        format!("`{id}` is named in an order of tasks but is not in the plan; ignored"),
                        "",
                    ),
                }
            }
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        };
        let (before, after) = (side(&barrier.before), side(&barrier.after));
        if before.is_empty() || after.is_empty() {
            continue;
        }
        let pairs = before.len().saturating_mul(after.len());
        let origin = draft.origin(barrier.why, &barrier.at, Some(pairs));
        if let ([from], [to]) = (&before[..], &after[..]) {
            if from == to {
                said.warn(&barrier.at, format!("`{}` depends on itself; ignored", barrier.before[0]), "");
            } else {
                draft.arcs.push(Arc { from: *from, to: *to, origin });
            }
        } else {
            draft.joints.push(Joint { before, after, origin });
        }
    }
}

/// Of several arcs between the same two tasks the most trusted stays, since it is the one to show.
fn drop_doubles(draft: &mut Draft) {
    let origins = &draft.origins;
    draft.arcs.sort_by_key(|arc| (arc.to, arc.from, origins[arc.origin as usize].trust, arc.origin));
    draft.arcs.dedup_by_key(|arc| (arc.to, arc.from));
}
