//! Reports that tools write: test results, findings, coverage.
//!
//! Readers are tolerant, streaming and bounded: they take what they understand of a report of any size, keep counts and
//! the first of everything, and never panic. A report in which nothing was understood is an error, not an empty report:
//! what is empty or unreadable is unchecked.

mod coverage;
mod tests_report;

use std::io::BufRead;

use crate::model::{Finding, ReportFormat};

pub use coverage::{Coverage, FileCoverage};
pub use tests_report::{Outcome, TestCase, TestReport};

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

/// What a reader of reports knows about the tree.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Absolute path of the worktree: paths below it become relative.
    pub root: &'a str,
    /// The paths whose coverage is wanted: those that differ.
    pub wanted: &'a [String],
}

/// What a report is read for: some formats have one name for two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Test results or findings.
    Results,
    /// Coverage.
    Coverage,
}

/// Reads a report.
///
/// # Errors
/// Nothing in it was understood, in words for people.
pub fn read(
    input: &mut dyn BufRead,
    format: ReportFormat,
    purpose: Purpose,
    context: &Context<'_>,
) -> Result<Report, String> {
    let _ = (input, purpose, context);
    Err(format!("reports of the format `{format:?}` cannot be read").to_lowercase())
}
