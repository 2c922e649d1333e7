//! From tasks and barriers to an acyclic network; what is wrong on the way becomes problems.

use std::collections::HashMap;

use super::cycles::{Untangled, untangle};
use super::network::{Arc, Network};
use super::task_graph::TaskGraph;
use crate::model::{Barrier, Place, Problem, Severity, Task, TaskId, Why};

/// Problems of one kind said one by one; the rest is counted. More than a screen of them helps nobody.
const MAX_SAID: usize = 20;

/// How much an edge is believed when edges contradict each other, most trusted first (PLANS section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// `[deps]` of `orca.toml`.
    User,
    /// Written with the task.
    Task,
    /// Written elsewhere in the document, for one pair.
    Section,
    /// Written for many at once: a range, "all previous".
    Range,
    /// Waves of the document.
    Wave,
    /// Phases.
    Phase,
    /// Order of the document.
    Order,
    /// Shared paths and tests.
    Files,
    /// What one makes and another uses.
    Data,
}

impl Trust {
    /// All levels, most trusted first.
    pub const ALL: [Trust; 9] = [
        Trust::User,
        Trust::Task,
        Trust::Section,
        Trust::Range,
        Trust::Wave,
        Trust::Phase,
        Trust::Order,
        Trust::Files,
        Trust::Data,
    ];

    fn of(why: Why, pairs: Option<usize>) -> Trust {
        match (why, pairs) {
            (Why::User, _) => Trust::User,
            (Why::Explicit, None) => Trust::Task,
            (Why::Explicit, Some(1)) => Trust::Section,
            (Why::Explicit, Some(_)) => Trust::Range,
            (Why::Wave, _) => Trust::Wave,
            (Why::Phase, _) => Trust::Phase,
            (Why::Order, _) => Trust::Order,
            (Why::Files | Why::Tests, _) => Trust::Files,
            (Why::Data, _) => Trust::Data,
        }
    }

    /// Whether somebody wrote this order down by id.
    pub fn is_written(self) -> bool {
        self <= Trust::Range
    }
}

/// Where arcs come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeOrigin {
    /// Kind of edge.
    pub why: Why,
    /// Where it is written.
    pub at: Place,
    /// How much it is believed.
    pub trust: Trust,
}

/// A barrier as a node: all of `after` wait for all of `before`. Members are node numbers, and may be joints.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    pub before: Vec<u32>,
    pub after: Vec<u32>,
    pub origin: u32,
}

/// The graph while it is being made. Node `tasks + k` is `joints[k]`.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub tasks: usize,
    pub arcs: Vec<Arc>,
    pub joints: Vec<Joint>,
    pub origins: Vec<EdgeOrigin>,
}

impl Draft {
    /// Nodes: tasks and joints.
    pub fn nodes(&self) -> usize {
        self.tasks + self.joints.len()
    }

    /// All arcs whose trust `keep` accepts, those of joints included.
    pub fn all_arcs(&self, keep: impl Fn(Trust) -> bool) -> Vec<Arc> {
        let kept = |origin: u32| keep(self.origins[origin as usize].trust);
        let mut arcs: Vec<Arc> = self.arcs.iter().copied().filter(|arc| kept(arc.origin)).collect();
        for (k, joint) in self.joints.iter().enumerate().filter(|(_, joint)| kept(joint.origin)) {
            let node = (self.tasks + k) as u32;
            arcs.extend(joint.before.iter().map(|&from| Arc { from, to: node, origin: joint.origin }));
            arcs.extend(joint.after.iter().map(|&to| Arc { from: node, to, origin: joint.origin }));
        }
        arcs
    }

    fn origin(&mut self, why: Why, at: &Place, pairs: Option<usize>) -> u32 {
        self.origins.push(EdgeOrigin { why, at: at.clone(), trust: Trust::of(why, pairs) });
        (self.origins.len() - 1) as u32
    }
}

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
    /// warning, and cycles are opened where the least trusted edges are ([`Trust`]). A cycle of edges that are all
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
