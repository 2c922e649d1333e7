//! Test results as a judgement: what failed, in findings and in counts.

use super::reports::{Outcome, TestCase, TestReport};
use crate::model::{Finding, TestCounts};

/// Failures shown at most.
const MAX_FINDINGS: usize = 20;

/// What a report counts.
pub(super) fn counts(report: &TestReport) -> TestCounts {
    let count = |outcome| report.count(outcome) as u64;
    TestCounts {
        passed: count(Outcome::Passed),
        failed: count(Outcome::Failed) + report.broken().len() as u64,
        skipped: count(Outcome::Skipped),
    }
}

/// Every failure, and everything that broke outside tests.
pub(super) fn failures<'a>(cases: impl Iterator<Item = &'a TestCase>, broken: &[String]) -> Vec<Finding> {
    let failed = cases.filter(|case| case.outcome == Outcome::Failed).map(failure);
    let broke = broken.iter().map(|what| Finding {
        file: String::new(),
        line: 0,
        rule: "broken".to_owned(),
        message: what.clone(),
        advice: String::new(),
    });
    failed.chain(broke).take(MAX_FINDINGS).collect()
}

/// A failed test as a finding.
pub(super) fn failure(case: &TestCase) -> Finding {
    let message = if case.message.is_empty() { "failed" } else { case.message.as_str() };
    Finding {
        file: case.file.clone(),
        line: case.line,
        rule: "test".to_owned(),
        message: format!("`{}`: {message}", case.name),
        advice: String::new(),
    }
}

/// How a failed report is told in one line.
pub(super) fn in_short(findings: &[Finding]) -> String {
    let Some(first) = findings.first() else { return "it failed".to_owned() };
    let line = first.message.lines().next().unwrap_or_default();
    let more = if findings.len() > 1 { format!(" and {} more", findings.len() - 1) } else { String::new() };
    if first.file.is_empty() { format!("{line}{more}") } else { format!("{}:{} {line}{more}", first.file, first.line) }
}
