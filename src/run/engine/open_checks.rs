//! Checks that run, and how each is stopped: what a required gate has refused is judged no further.

use std::collections::BTreeMap;

use crate::journal::{RunState, Subject};
use crate::model::GateName;
use crate::process::StopSignal;
use crate::schedule::{self, RunContext};

/// How each check that runs is stopped.
#[derive(Default)]
pub struct OpenChecks(BTreeMap<(Subject, GateName), StopSignal>);

impl OpenChecks {
    /// A check begins that `stop` ends.
    pub fn begin(&mut self, subject: &Subject, gate: &GateName, stop: &StopSignal) {
        self.0.insert((subject.clone(), gate.clone()), stop.clone());
    }

    /// Ends those whose word nobody would read any more, and forgets those that have given theirs.
    pub fn stop_what_is_in_vain(&mut self, course: &RunContext, state: &RunState) {
        self.0.retain(|(subject, gate), _| state.judgement(subject, gate).is_none());
        for ((subject, gate), stop) in &self.0 {
            let def = state.info.options.gates.iter().find(|def| def.name == *gate);
            if def.is_some_and(|def| schedule::is_in_vain(course, state, subject, def)) {
                stop.now();
            }
        }
    }
}
