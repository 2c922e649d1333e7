//! Opening cycles at their least trusted edges.
//!
//! Levels of trust are added one by one, most trusted first. Where a level closes a cycle, its edges inside that
//! component which run against a topological order of what was there before (ties: order of the document) are dropped;
//! all others point forward in that order, so the result is acyclic, after one pass over the graph per level. A barrier
//! is not dropped as a whole: it becomes a chain of joints that keeps every pair that points forward.

use std::collections::{HashMap, HashSet, VecDeque};

use super::components::cyclic_components;
use super::draft::{Draft, EdgeOrigin, Joint, Trust};
use super::network::{Arc, Network};
use super::task_ix::TaskIx;
use crate::model::{Place, Problem, Severity, TaskId};

/// Cycles described one by one, each at the cost of a walk over the graph; the rest is counted.
const MAX_DESCRIBED: usize = 20;
/// Steps shown of one cycle.
const MAX_STEPS: usize = 8;
/// Dropped pairs remembered; contradicting ranges can have billions.
const MAX_DROPPED: usize = 10_000;

/// A pair that was written but is not used, because it would close a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The task that no longer waits …
    pub task: TaskIx,
    /// … for this one.
    pub after: TaskIx,
    /// Where the pair came from.
    pub origin: EdgeOrigin,
}

/// What opening the cycles gave.
#[derive(Debug, Default)]
pub(super) struct Untangled {
    pub dropped: Vec<Dropped>,
    pub problems: Vec<Problem>,
}

/// Makes `draft` acyclic.
pub(super) fn untangle(draft: &mut Draft, ids: &[TaskId]) -> Untangled {
    let mut result = Untangled::default();
    let nodes = draft.nodes();
    if Network::new(nodes, &draft.all_arcs(|_| true)).topological(|n| n).len() == nodes {
        return result;
    }
    let mut described = 0;
    for level in Trust::ALL {
        let component = cyclic_components(draft.nodes(), &draft.all_arcs(|trust| trust <= level));
        if component.iter().all(Option::is_none) {
            continue;
        }
        let pairs = open_level(draft, level, &component);
        describe(draft, level, &pairs, ids, &mut described, &mut result.problems);
        let room = MAX_DROPPED.saturating_sub(result.dropped.len());
        result.dropped.extend(pairs.into_iter().take(room).map(|arc| Dropped {
            task: TaskIx(arc.to),
            after: TaskIx(arc.from),
            origin: draft.origins[arc.origin as usize].clone(),
        }));
    }
    result
}

/// Removes what runs backwards at `level`; returns the pairs of tasks removed: all edges, and of barriers [`MAX_DROPPED`] in
/// all, but one of each.
fn open_level(draft: &mut Draft, level: Trust, component: &[Option<u32>]) -> Vec<Arc> {
    let tasks = draft.tasks as u32;
    let kept = Network::new(draft.nodes(), &draft.all_arcs(|trust| trust < level));
    let order = kept.topological(|node| if node < tasks { node + 1 } else { 0 });
    let mut position = vec![0u32; draft.nodes()];
    for (n, &node) in order.iter().enumerate() {
        position[node as usize] = n as u32;
    }
    let same = |a: u32, b: u32| component[a as usize].is_some() && component[a as usize] == component[b as usize];
    let mut removed = Vec::new();
    let origins = &draft.origins;
    draft.arcs.retain(|arc| {
        let backward = origins[arc.origin as usize].trust == level
            && same(arc.from, arc.to)
            && position[arc.from as usize] > position[arc.to as usize];
        if backward {
            removed.push(*arc);
        }
        !backward
    });
    for k in 0..draft.joints.len() {
        let node = draft.tasks + k;
        if draft.origins[draft.joints[k].origin as usize].trust == level && component[node].is_some() {
            split(draft, k, &position, &|member| same(member, node as u32), &mut removed);
        }
    }
    removed
}

/// Turns joint `k` into a chain of joints so that members of its component are paired only where they point forward.
fn split(draft: &mut Draft, k: usize, position: &[u32], inside: &dyn Fn(u32) -> bool, removed: &mut Vec<Arc>) {
    let Joint { before, after, origin } = draft.joints[k].clone();
    let (mut first, outer): (Vec<u32>, Vec<u32>) = before.into_iter().partition(|&node| inside(node));
    let (mut last, free): (Vec<u32>, Vec<u32>) = after.into_iter().partition(|&node| inside(node));
    first.sort_by_key(|&node| position[node as usize]);
    last.sort_by_key(|&node| position[node as usize]);
    list_backward(&first, &last, position, origin, removed);
    // The chain: a joint of what lies outside, then one more for each run of members before the next that waits.
    let mut chain = Joint { before: outer, after: Vec::new(), origin };
    let mut links: Vec<Joint> = Vec::new();
    let mut used = 0;
    for waiting in last {
        let upto = first.partition_point(|&node| position[node as usize] < position[waiting as usize]);
        if upto > used {
            links.push(std::mem::replace(&mut chain, Joint { before: Vec::new(), after: Vec::new(), origin }));
            chain.before.extend(&first[used..upto]);
            used = upto;
        }
        chain.after.push(waiting);
    }
    if !free.is_empty() {
        links.push(std::mem::replace(&mut chain, Joint { before: first[used..].to_vec(), after: free, origin }));
    }
    links.push(chain);
    place_chain(draft, k, links);
}

/// Puts `links` in place of joint `k`, each waiting for the one before it.
fn place_chain(draft: &mut Draft, k: usize, links: Vec<Joint>) {
    let mut previous: Option<u32> = None;
    for (n, mut link) in links.into_iter().enumerate() {
        link.before.extend(previous);
        let node = if n == 0 {
            draft.joints[k] = link;
            k
        } else {
            draft.joints.push(link);
            draft.joints.len() - 1
        };
        previous = Some((draft.tasks + node) as u32);
    }
}

fn list_backward(first: &[u32], last: &[u32], position: &[u32], origin: u32, removed: &mut Vec<Arc>) {
    // Thousands of barriers that contradict each other have more pairs than fit into memory; one of each is told.
    let mut room = MAX_DROPPED.saturating_sub(removed.len()).max(1);
    for &to in last {
        let upto = first.partition_point(|&node| position[node as usize] < position[to as usize]);
        for &from in &first[upto..] {
            if room == 0 {
                return;
            }
            if from != to {
                removed.push(Arc { from, to, origin });
                room -= 1;
            }
        }
    }
}

/// One problem for each dropped edge or range.
fn describe(
    draft: &Draft,
    level: Trust,
    removed: &[Arc],
    ids: &[TaskId],
    described: &mut usize,
    problems: &mut Vec<Problem>,
) {
    let network = Network::new(draft.nodes(), &draft.all_arcs(|trust| trust <= level));
    let mut seen: HashSet<u32> = HashSet::new();
    let (mut worst, mut more) = (Severity::Info, 0);
    for arc in removed.iter().filter(|arc| seen.insert(arc.origin)) {
        if *described == MAX_DESCRIBED {
            more += 1;
            continue;
        }
        *described += 1;
        let problem = cycle_problem(draft, &network, *arc, ids);
        worst = worst.max(problem.severity);
        problems.push(problem);
    }
    if more > 0 {
        problems.push(Problem::new(worst, Place::default(), format!("{more} further cycles"), "fix the first ones"));
    }
}

/// Names the cycle that `arc` would close: a way from its waiting task back to the one it waits for.
fn cycle_problem(draft: &Draft, network: &Network, arc: Arc, ids: &[TaskId]) -> Problem {
    let origin = &draft.origins[arc.origin as usize];
    let way = way(network, draft.tasks, arc.to, arc.from);
    let broader = way.iter().any(|&(_, _, o)| draft.origins[o as usize].trust < origin.trust);
    let name = |node: u32| format!("`{}`", ids[node as usize]);
    let mut steps = vec![format!("{} waits for {} ({})", name(arc.to), name(arc.from), origin.at)];
    // The way runs forward; said backwards, each task waits for the next one named.
    for &(from, to, o) in way.iter().rev().take(MAX_STEPS) {
        steps.push(format!("{} for {} ({})", name(to), name(from), draft.origins[o as usize].at));
    }
    if way.len() > MAX_STEPS {
        steps.push(format!("and {} more", way.len() - MAX_STEPS));
    }
    let cycle = steps.join(", ");
    let entry = format!("[deps] drop = [\"{} after {}\"]", ids[arc.to as usize], ids[arc.from as usize]);
    let (severity, what, hint) = if !origin.trust.is_written() {
        (Severity::Info, format!("{cycle}: the first is only implied and is dropped"), String::new())
    } else if broader {
        let what = format!("a cycle: {cycle}; the first, being the broader, is left out for these two");
        (Severity::Warning, what, format!("correct the plan, or say it: {entry}"))
    } else {
        (Severity::Error, format!("a cycle: {cycle}"), format!("remove one of these, or write in orca.toml: {entry}"))
    };
    Problem::new(severity, origin.at.clone(), what, hint)
}

/// A shortest way `from` ⇒ `to` as steps between tasks `(from, to, origin)`; steps through joints count as one.
fn way(network: &Network, tasks: usize, from: u32, to: u32) -> Vec<(u32, u32, u32)> {
    let mut came: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut todo = VecDeque::from([from]);
    while let Some(node) = todo.pop_front() {
        if node == to {
            break;
        }
        for &(next, origin) in network.after(node) {
            if next != from && !came.contains_key(&next) {
                came.insert(next, (node, origin));
                todo.push_back(next);
            }
        }
    }
    let mut steps = Vec::new();
    let mut node = to;
    let mut end = to;
    while let Some(&(previous, origin)) = came.get(&node) {
        if (previous as usize) < tasks {
            steps.push((previous, end, origin));
            end = previous;
        }
        node = previous;
    }
    steps.reverse();
    steps
}
