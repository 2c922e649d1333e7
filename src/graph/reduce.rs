//! Task-level edges for people and programs: with provenance, transitively reduced, barriers spelled out where short.

use std::collections::BTreeMap;

use super::draft::EdgeOrigin;
use super::reach::{BitRows, implied};
use super::task_graph::TaskGraph;
use super::task_ix::TaskIx;
use crate::model::Why;

/// Largest plan that is reduced: the bit sets of more grow with the square (5,000 tasks: 6 MB).
pub const MAX_REDUCED: usize = 5_000;
/// Nodes up to which reduction is tried; many small barriers add nodes without tasks.
const MAX_NODES: usize = 4 * MAX_REDUCED;
/// Pairs spelled out in all; beyond it wide barriers stay barriers, since nobody reads a million edges.
const MAX_SPELLED: usize = 200_000;
/// Pairs up to which a barrier is spelled out in a plan that is over [`MAX_SPELLED`].
const SHORT: usize = 64;
/// Members listed of all barriers together. Ranges that contradict each other become chains of barriers, each of which
/// follows all before it: spelled out they would grow with the square.
const MAX_MEMBERS: usize = 1_000_000;

/// One task-level edge.
#[derive(Debug, Clone, Copy)]
pub struct TaskDependency<'a> {
    /// What comes first.
    pub task: TaskIx,
    /// Where the edge comes from.
    pub origin: &'a EdgeOrigin,
}

/// A barrier that is not spelled out: all of `after` wait for all of `before`.
#[derive(Debug, Clone)]
pub struct BarrierSpan<'a> {
    /// What comes first.
    pub before: Vec<TaskIx>,
    /// What waits.
    pub after: Vec<TaskIx>,
    /// Where it comes from.
    pub origin: &'a EdgeOrigin,
}

/// The edges of a graph as they are shown.
#[derive(Debug, Clone)]
pub struct Reduced<'a> {
    /// By task: what it waits for, sorted by task.
    pub direct: Vec<Vec<TaskDependency<'a>>>,
    /// Barriers that would be too long as edges.
    pub spans: Vec<BarrierSpan<'a>>,
    /// Whether every barrier lists all that comes before it, and not only what it names itself.
    pub spans_whole: bool,
    /// Whether implied edges were left out.
    pub complete: bool,
}

impl TaskGraph {
    /// The edges to show. Written edges are left out only where other written ones imply them, so that what the plan
    /// says stays visible; all others where anything implies them.
    pub fn reduced(&self) -> Reduced<'_> {
        let complete = self.len() <= MAX_REDUCED && self.network.len() <= MAX_NODES;
        let closures = complete.then(|| {
            let written = implied(self, |origin| self.origin(origin).trust.is_written());
            (implied(self, |_| true), written)
        });
        let spell = self.spelling();
        let mut reduced =
            Reduced { direct: Vec::with_capacity(self.len()), spans: Vec::new(), spans_whole: true, complete };
        for ix in self.all() {
            reduced.direct.push(self.edges_of(ix, &spell, closures.as_ref()));
        }
        let mut room = MAX_MEMBERS;
        for joint in self.len() as u32..self.network.len() as u32 {
            if !spell(joint) {
                reduced.spans.extend(self.span(joint, &mut room));
            }
        }
        reduced.spans_whole = room > 0;
        reduced
    }

    /// Which joints become edges: all where that is little, else the small ones that follow none that stays a joint. What
    /// comes before a joint counts with all that the joints before it stand for: ranges that contradict each other become
    /// chains of thousands.
    fn spelling(&self) -> impl Fn(u32) -> bool + use<> {
        let mut before = vec![0usize; self.network.len()];
        let mut pairs = vec![0usize; self.network.len()];
        let mut short = vec![true; self.network.len()];
        let mut sum = 0usize;
        for &node in self.order.iter().filter(|&&node| !self.is_task(node)) {
            let at = node as usize;
            for &(other, _) in self.network.before(node) {
                let is_task = self.is_task(other);
                before[at] = before[at].saturating_add(if is_task { 1 } else { before[other as usize] });
                short[at] &= is_task || short[other as usize];
            }
            pairs[at] = before[at].saturating_mul(self.network.after(node).len());
            short[at] &= pairs[at] <= SHORT;
            sum = sum.saturating_add(pairs[at]);
        }
        let all = sum <= MAX_SPELLED;
        move |joint: u32| all || short[joint as usize]
    }

    fn edges_of(
        &self,
        ix: TaskIx,
        spell: &impl Fn(u32) -> bool,
        closures: Option<&(BitRows, BitRows)>,
    ) -> Vec<TaskDependency<'_>> {
        let mut found: Vec<(u32, u32)> = Vec::new();
        let mut todo = vec![ix.0];
        let mut joints = Vec::new();
        while let Some(node) = todo.pop() {
            for &(previous, origin) in self.network.before(node) {
                if self.is_task(previous) {
                    found.push((previous, origin));
                } else if spell(previous) && !joints.contains(&previous) {
                    joints.push(previous);
                    todo.push(previous);
                }
            }
        }
        found.sort_by_key(|&(task, origin)| (task, self.origin(origin).trust, origin));
        found.dedup_by_key(|&mut (task, _)| task);
        let needed = |&(task, origin): &(u32, u32)| {
            closures.is_none_or(|(any, written)| {
                let implied = if self.origin(origin).trust.is_written() { written } else { any };
                !implied.has(ix.0, task as usize)
            })
        };
        found
            .into_iter()
            .filter(needed)
            .map(|(task, origin)| TaskDependency { task: TaskIx(task), origin: self.origin(origin) })
            .collect()
    }

    fn span(&self, joint: u32, room: &mut usize) -> Option<BarrierSpan<'_>> {
        let origin = self.network.before(joint).first()?.1;
        let before = self.members(joint, true, *room > 0);
        let after = self.members(joint, false, false);
        *room = room.saturating_sub(before.len() + after.len());
        (!before.is_empty() && !after.is_empty()).then(|| BarrierSpan { before, after, origin: self.origin(origin) })
    }

    /// Tasks on one side of a joint; with `follow` also those of the joints it follows.
    fn members(&self, joint: u32, before: bool, follow: bool) -> Vec<TaskIx> {
        let mut found = Vec::new();
        let mut todo = vec![joint];
        while let Some(node) = todo.pop() {
            let side = if before { self.network.before(node) } else { self.network.after(node) };
            for &(other, _) in side {
                if self.is_task(other) {
                    found.push(TaskIx(other));
                } else if follow {
                    todo.push(other);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Reduced<'_> {
    /// How many edges of each origin, a barrier counting its members.
    pub fn by_why(&self) -> BTreeMap<Why, usize> {
        let mut by_why: BTreeMap<Why, usize> = BTreeMap::new();
        self.direct.iter().flatten().for_each(|edge| *by_why.entry(edge.origin.why).or_default() += 1);
        for span in &self.spans {
            *by_why.entry(span.origin.why).or_default() += span.before.len() + span.after.len();
        }
        by_why
    }

    /// How many edges, a barrier counting its members.
    pub fn count(&self) -> usize {
        self.direct.iter().map(Vec::len).sum::<usize>()
            + self.spans.iter().map(|span| span.before.len() + span.after.len()).sum::<usize>()
    }
}
