//! What was read.

use super::coverage::Coverage;
use super::tests_report::TestReport;
use crate::model::Finding;

/// What a report said.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// Test results.
    Tests(TestReport),
    /// Findings of a linter or a scanner, at most [`MAX_FINDINGS`]; none means that it looked and found nothing.
    Findings(Vec<Finding>),
    /// Covered lines.
    Coverage(Coverage),
}

/// Findings kept of one report.
pub const MAX_FINDINGS: usize = 10_000;

/// What a report is read for: some formats have one name for two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Test results or findings.
    Results,
    /// Coverage.
    Coverage,
}
