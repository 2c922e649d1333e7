//! A kind of gate, as its folder describes it.

use super::{Diff, Evidence, Probe, Step};
use crate::model::GateDef;
use crate::settings::GateKeys;

/// A kind of gate.
pub struct Kind {
    /// Its name, and what settings, trust and briefs know of it.
    pub keys: GateKeys,
    /// One line for people.
    pub about: &'static str,
    /// Whether its verdict depends on more than the judged tree: the base, the commits, the task.
    pub looks_at_diff: bool,
    /// The judgement, asked again after every round with all evidence so far, in the order in which it was asked for.
    pub judge: fn(&GateDef, &Diff, &[(Probe, Evidence)]) -> Step,
}

impl Kind {
    /// Its name in `orca.toml`.
    pub fn name(&self) -> &str {
        self.keys.kind.word()
    }
}
