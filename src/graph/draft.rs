//! The graph while it is being made: arcs, barriers as nodes, and how much each is believed.

use super::network::Arc;
use crate::model::{Place, Why};

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

    pub(super) fn of(why: Why, pairs: Option<usize>) -> Trust {
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

    /// Notes where arcs come from.
    pub fn origin(&mut self, why: Why, at: &Place, pairs: Option<usize>) -> u32 {
        self.origins.push(EdgeOrigin { why, at: at.clone(), trust: Trust::of(why, pairs) });
        (self.origins.len() - 1) as u32
    }
}
