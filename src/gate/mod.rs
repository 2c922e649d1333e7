//! What judges a commit. A gate *makes* a command and *judges* the evidence, purely; nothing here starts a process.
//!
//! A verdict is pass, fail or unchecked; what could not be checked is never a pass (DESIGN 6).
//!
//! ## To add a kind of gate
//!
//! Copy `command.rs`, add its kind to [`GATES`] with the function that judges, describe it in the README's table (a
//! test walks the registry).

mod attestation;
mod cache;
mod command;

use crate::model::{Finding, GateDef, GateKind, Verdict};
use crate::process::End;

pub use attestation::{Attestation, Lack, Stage, Testimony, definition};
pub use cache::{Cache, Cached, tool_words};

/// What a gate's command left behind.
#[derive(Clone)]
pub struct Evidence<'a> {
    /// How the command ended.
    pub end: &'a End,
    /// Its output, the end of it when it is long.
    pub output: &'a str,
    /// What the command did to the tree it was to judge: a path that is no longer as committed, or `HEAD`.
    pub disturbed: Option<String>,
    /// Whether a path is a file of the tree.
    pub is_file: &'a dyn Fn(&str) -> bool,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// One line: why it is not a pass. Empty for a pass.
    pub reason: String,
    /// What the agent has to mend.
    pub findings: Vec<Finding>,
}

impl Judged {
    /// Could not be checked, and why.
    pub fn unchecked(reason: impl Into<String>) -> Judged {
        Judged { verdict: Verdict::Unchecked, reason: reason.into(), findings: Vec::new() }
    }
}

/// A kind of gate.
pub struct Kind {
    /// The kind.
    pub kind: GateKind,
    /// Its name in `orca.toml`.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// The judgement.
    pub judge: fn(&GateDef, &Evidence<'_>) -> Judged,
}

/// The kinds of gates this version can judge.
pub static GATES: &[Kind] = &[Kind {
    kind: GateKind::Command,
    name: "command",
    about: "a command of the project: exit 0 passes, another exit code fails, a missing tool or a time limit is unchecked",
    judge: command::judge,
}];

/// Judges what a gate's command left.
pub fn judge(def: &GateDef, evidence: &Evidence<'_>) -> Judged {
    match GATES.iter().find(|kind| kind.kind == def.kind) {
        Some(kind) => (kind.judge)(def, evidence),
        None => Judged::unchecked(format!("this version cannot judge gates of kind `{:?}`", def.kind).to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn kinds_are_unique_and_described() {
        let names: BTreeSet<&str> = GATES.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), GATES.len());
        assert!(GATES.iter().all(|kind| !kind.about.is_empty()));
    }
}
