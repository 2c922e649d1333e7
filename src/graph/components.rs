//! Strongly connected components, by petgraph.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::network::Arc;

/// For each node, the number of its cyclic component, or `None` when it lies on no cycle.
///
/// Kosaraju rather than Tarjan: petgraph's Tarjan recurses, and a chain of 100,000 tasks overflows the stack.
pub(super) fn cyclic_components(nodes: usize, arcs: &[Arc]) -> Vec<Option<u32>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes, arcs.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for arc in arcs {
        graph.add_edge(NodeIndex::new(arc.from as usize), NodeIndex::new(arc.to as usize), ());
    }
    let mut component = vec![None; nodes];
    for (number, members) in kosaraju_scc(&graph).into_iter().enumerate() {
        if members.len() > 1 {
            for member in members {
                component[member.index()] = Some(number as u32);
            }
        }
    }
    component
}
