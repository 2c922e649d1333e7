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
mod context;
mod coverage;
mod go_cover;
mod go_test;
mod json;
mod junit;
mod lcov;
mod libtest;
mod lines;
mod report;
mod sarif;
mod sink;
mod stream;
mod tap;
mod tests_report;
mod truncating_reader;
mod xml;

use std::io::BufRead;

use crate::model::ReportFormat;

pub use context::Context;
pub use coverage::{Coverage, FileCoverage};
pub use report::{MAX_FINDINGS, Purpose, Report};
pub use tests_report::{Outcome, TestCase, TestReport};

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
        (Purpose::Coverage, _) => Err("it is not a coverage report".to_owned()),
        (Purpose::Results, _) => Err("it is a coverage report: name it under `coverage`".to_owned()),
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
