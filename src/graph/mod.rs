//! The dependency graph: layers, critical path, simulation, forecast "before", drawings. Pure; reads no clock.
//!
//! Tasks are nodes and so are barriers ("all of these before all of those"): m + n edges instead of m × n, which keeps
//! plans of 100,000 tasks linear. Nothing here recurses over the graph, since a chain of 100,000 tasks is deep.
//! `petgraph` is used in this folder only.
//!
//! | type | is |
//! |---|---|
//! | [`TaskGraph`] | the graph, made by [`TaskGraph::build`], acyclic by construction |
//! | [`select`] | which tasks of a plan run; done ones satisfied, left-out ones bridged |
//! | [`SimulatedLoad`], [`Simulation`] | what tasks cost and need; a schedule of them |
//! | [`Reduced`] | task-level edges with provenance, transitively reduced, for output |
//! | [`Overlap`] | two unordered tasks that declare the same path |
//! | [`draw`] | dot, mermaid and svg |

mod advise;
mod after;
mod build;
mod components;
mod cycles;
mod draft;
pub mod draw;
mod network;
mod overlap;
mod project;
mod reach;
mod reduce;
mod select;
mod simulate;
mod task_graph;
mod task_ix;
mod times;

#[cfg(test)]
mod tests;

pub use advise::{PlanChange, advise};
pub use cycles::Dropped;
pub use draft::{EdgeOrigin, Trust};
pub use overlap::{MAX_SHARERS, Overlap, OverlapKind, OverlapSeverity, overlaps};
pub use reduce::{BarrierSpan, MAX_REDUCED, Reduced, TaskDependency};
pub use select::{Selection, TaskSelection, WhyLeftOut, select};
pub use simulate::{Placed, SimulatedLoad, Simulation, estimated};
pub use task_graph::TaskGraph;
pub use task_ix::TaskIx;
