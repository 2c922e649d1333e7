//! Nodes and arcs as flat arrays: tasks first, then joints (barriers).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One arc: `to` waits for `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arc {
    /// The node that comes first.
    pub from: u32,
    /// The node that waits.
    pub to: u32,
    /// Index into the graph's origins.
    pub origin: u32,
}

/// Arcs by node in one direction: the neighbours of `v` are `items[starts[v]..starts[v + 1]]`.
#[derive(Debug, Clone, Default)]
struct ArcSide {
    starts: Vec<u32>,
    items: Vec<(u32, u32)>,
}

impl ArcSide {
    fn new(nodes: usize, arcs: &[Arc], ends: impl Fn(&Arc) -> (u32, u32)) -> ArcSide {
        let mut starts = vec![0u32; nodes + 1];
        for arc in arcs {
            starts[ends(arc).0 as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut free = starts.clone();
        let mut items = vec![(0, 0); arcs.len()];
        for arc in arcs {
            let (key, other) = ends(arc);
            items[free[key as usize] as usize] = (other, arc.origin);
            free[key as usize] += 1;
        }
        ArcSide { starts, items }
    }

    fn of(&self, node: u32) -> &[(u32, u32)] {
        &self.items[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

/// A directed graph that no longer changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    nodes: usize,
    before: ArcSide,
    after: ArcSide,
}

impl Network {
    /// The graph of `arcs` over nodes `0..nodes`.
    pub fn new(nodes: usize, arcs: &[Arc]) -> Network {
        Network {
            nodes,
            before: ArcSide::new(nodes, arcs, |arc| (arc.to, arc.from)),
            after: ArcSide::new(nodes, arcs, |arc| (arc.from, arc.to)),
        }
    }

    /// How many nodes.
    pub fn len(&self) -> usize {
        self.nodes
    }

    /// `(node, origin)` of everything that `node` waits for directly.
    pub fn before(&self, node: u32) -> &[(u32, u32)] {
        self.before.of(node)
    }

    /// `(node, origin)` of everything that waits for `node` directly.
    pub fn after(&self, node: u32) -> &[(u32, u32)] {
        self.after.of(node)
    }

    /// Nodes in topological order, the lowest `key` first among those that are free; short when there is a cycle.
    pub fn topological(&self, key: impl Fn(u32) -> u32) -> Vec<u32> {
        let mut missing: Vec<u32> = (0..self.nodes as u32).map(|node| self.before(node).len() as u32).collect();
        let mut free: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
        free.extend((0..self.nodes as u32).filter(|&n| missing[n as usize] == 0).map(|n| Reverse((key(n), n))));
        let mut order = Vec::with_capacity(self.nodes);
        while let Some(Reverse((_, node))) = free.pop() {
            order.push(node);
            for &(next, _) in self.after(node) {
                missing[next as usize] -= 1;
                if missing[next as usize] == 0 {
                    free.push(Reverse((key(next), next)));
                }
            }
        }
        order
    }
}
