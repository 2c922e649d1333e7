//! What a gate says.

use super::Probe;
use crate::model::{Finding, Measured, Verdict};

/// A gate's judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// One line: why it is not a pass, or why it does not apply. Empty for a pass, or a remark that goes with it.
    pub reason: String,
    /// What the agent has to mend; with a pass, what is worth knowing.
    pub findings: Vec<Finding>,
    /// What was counted.
    pub measured: Measured,
}

impl Judged {
    /// Checked, and good.
    pub fn pass() -> Judged {
        Judged::of(Verdict::Pass, "", Vec::new())
    }

    /// Checked, and refused.
    pub fn fail(reason: impl Into<String>, findings: Vec<Finding>) -> Judged {
        Judged::of(Verdict::Fail, reason, findings)
    }

    /// Could not be checked, and why.
    pub fn unchecked(reason: impl Into<String>) -> Judged {
        Judged::of(Verdict::Unchecked, reason, Vec::new())
    }

    /// Does not concern this change, and why.
    pub fn not_applicable(reason: impl Into<String>) -> Judged {
        Judged::of(Verdict::NotApplicable, reason, Vec::new())
    }

    /// A judgement in which nothing was counted.
    pub fn of(verdict: Verdict, reason: impl Into<String>, findings: Vec<Finding>) -> Judged {
        Judged { verdict, reason: reason.into(), findings, measured: Measured::default() }
    }
}

/// What a gate wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing: this is its judgement.
    Done(Judged),
    /// These commands, each on its tree; it is asked again with all evidence so far.
    More(Vec<Probe>),
}

impl From<Judged> for Step {
    fn from(judged: Judged) -> Step {
        Step::Done(judged)
    }
}
