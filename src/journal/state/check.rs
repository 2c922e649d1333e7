//! A gate's run on one subject.

use jiff::Timestamp;

use super::super::check_ask::CheckAsk;
use super::super::waiver::GateSaid;
use crate::model::{Finding, GateDef, Measured, Oid, Verdict};

/// A verdict with what led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The tree it is about.
    pub tree: Oid,
    /// The verdict.
    pub verdict: Verdict,
    /// One line.
    pub reason: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Seconds.
    pub seconds: f64,
    /// From an earlier result.
    pub cached: bool,
    /// Output, relative to the run's folder.
    pub log: String,
    /// What it counted.
    pub measured: Measured,
}

impl Judgement {
    /// What of it a person can accept.
    pub fn said(&self) -> GateSaid<'_> {
        GateSaid { verdict: self.verdict, findings: &self.findings, red: &self.measured.red }
    }

    /// Whether its subject goes on, as far as this gate is concerned.
    pub fn is_let_through(&self, gate: &GateDef) -> bool {
        gate.lets_through(self.verdict) || self.measured.waived
    }
}

/// A gate's run on one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The commit that is checked out.
    pub commit: Oid,
    /// The slot.
    pub slot: String,
    /// When it was intended.
    pub started: Timestamp,
    /// What it asks; none where an older program did not record it.
    pub ask: Option<CheckAsk>,
    /// Running, or its judgement.
    pub state: CheckState,
}

/// Running, or judged.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckState {
    /// Intended, not answered.
    Open,
    /// Answered.
    Judged(Judgement),
}
