//! Reports that tools write: test results, findings, coverage.
//!
//! Readers are tolerant, streaming and bounded: they take what they understand of a report of any size, keep counts and
//! the first of everything, and never panic. A report in which nothing was understood is an error, not an empty report:
//! what is empty or unreadable is unchecked.
//!
//! To add a format: copy `tap.rs` (tests), `checkstyle.rs` (findings) or `lcov.rs` (coverage), a word in
//! `settings/words.rs`, its line in [`read`], an example in `tests.rs` (`fuzz.rs` takes it from there).

mod checkstyle;
mod cobertura;
mod coverage;
mod go_cover;
mod go_test;
mod json;
mod junit;
mod lcov;
mod libtest;
mod lines;
mod sarif;
mod sink;
mod stream;
mod tap;
mod tests_report;
mod truncating_reader;
mod xml;

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

impl Context<'_> {
    /// A path of a report as a path of the tree: relative, with `/`, without `./`. One that lies elsewhere stays as it is.
    fn relative(&self, path: &str) -> String {
        let path = path.strip_prefix("file://").unwrap_or(path).replace('\\', "/");
        let below = path.strip_prefix(self.root).and_then(|rest| rest.strip_prefix('/'));
        let mut path = below.unwrap_or(&path);
        while let Some(rest) = path.strip_prefix("./") {
            path = rest;
        }
        path.to_owned()
    }
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
    let report = match format {
        ReportFormat::Junit => junit::read(input, context),
        ReportFormat::Lcov => lcov::read(input, context),
        ReportFormat::Cobertura => cobertura::read(input, context),
        ReportFormat::Sarif => sarif::read(input, context),
        ReportFormat::Checkstyle => checkstyle::read(input, context),
        ReportFormat::Tap => tap::read(input),
        ReportFormat::Libtest => libtest::read(input),
        ReportFormat::Go if purpose == Purpose::Coverage => go_cover::read(input, context),
        ReportFormat::Go => go_test::read(input),
        ReportFormat::Json => json::read(input, context),
    }?;
    match (purpose, &report) {
        (Purpose::Coverage, Report::Coverage(_)) | (Purpose::Results, Report::Tests(_) | Report::Findings(_)) => {
            Ok(report)
        }
        (Purpose::Coverage, _) => Err("it is no coverage report".to_owned()),
        (Purpose::Results, _) => Err("it is a coverage report: name it under `coverage`".to_owned()),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
