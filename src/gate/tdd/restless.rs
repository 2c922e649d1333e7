//! Tables whose rows are named anew on each run: by a random number, the time, the order of a set. Such rows cannot be
//! compared one by one; what counts is how the table ended. So it is with rows that are made of the code under test: the lines
//! of its examples, the members of its registry.

use std::collections::BTreeSet;

use super::super::reports::{Outcome, Report, TestCase, TestReport};
use super::super::{Evidence, Probe, ProbeTree};
use super::ask::{Ask, Asked, BASE, HEAD};
use super::red;
use crate::source::{Language, TestCode};

/// The base's tests once more, where their names seem to have changed by themselves.
const BASE_AGAIN: &str = "base-again";

/// Runs the base's tests once more where rows of a table were replaced by others although nobody touched its text: two
/// runs of the same tree tell whether they ever have the same names.
pub(super) fn settle(ask: &Ask<'_>, head: &TestReport, base: Option<&TestReport>) -> Asked<()> {
    let Some(base) = base else { return Ok(()) };
    let replaced = differing(ask, head, base);
    // Whether they are made of the code, the head's tests on the old code tell.
    let tree = red::first_tree(ask).filter(|_| replaced.iter().any(|table| !is_rewritten(ask, table)));
    if let Some((label, tree)) = tree {
        ask.run_briefly(&label, || tree)?;
    }
    if replaced.iter().any(|table| !is_rewritten(ask, table) && !is_made_of_code(ask, table, head, base)) {
        ask.run(BASE_AGAIN, ProbeTree::base)?;
    }
    Ok(())
}

/// Whether the change itself touched a table's text: then its rows differ on purpose.
pub(super) fn is_rewritten(ask: &Ask<'_>, table: &str) -> bool {
    let touched = |case: &TestCode| ask.change.touched().any(|touched| touched.is_same(case));
    ask.change.after.iter().any(|case| case.is_meant(table.trim_end_matches(['[', '/'])) && touched(case))
}

/// Whether a table's rows are made of the code under test: with the base's code, the head's tests have the rows of the base
/// again. None of its tests is gone then, as long as there are no fewer rows.
fn is_made_of_code(ask: &Ask<'_>, table: &str, head: &TestReport, base: &TestReport) -> bool {
    let Some(red) = ask.find(&red::label(0)).and_then(report_of) else { return false };
    let of_table = |case: &&TestCase| table_in(ask, &case.name).is_some_and(|own| own == table);
    let mut gone = base.cases().iter().filter(of_table).filter(|case| head.outcome(&case.name).is_none());
    gone.all(|case| red.outcome(&case.name) == Some(case.outcome))
        && passed_rows(ask, head, table) >= passed_rows(ask, base, table)
}

/// What is known so far with the rows of such tables under one name; none where there are no such tables.
pub(super) fn folded(ask: &Ask<'_>) -> Option<Vec<(Probe, Evidence)>> {
    let report = |label: &str| ask.find(label).and_then(report_of);
    let mut restless = BTreeSet::new();
    if let (Some(base), Some(again)) = (report(BASE), report(BASE_AGAIN)) {
        restless.extend(differing(ask, base, again));
    }
    let head = report(HEAD)?;
    if let Some(base) = report(BASE) {
        let replaced = differing(ask, head, base).into_iter();
        restless.extend(replaced.filter(|table| !is_rewritten(ask, table) && is_made_of_code(ask, table, head, base)));
    }
    let known: BTreeSet<String> =
        report(BASE).iter().flat_map(|base| base.cases()).filter_map(|case| table_in(ask, &case.name)).collect();
    for (probe, left) in ask.evidence {
        // The same tests as on the head, on other code. Rows that are made of the code itself may differ by right, and so
        // what the base has is not judged by this.
        let same =
            probe.label.starts_with("head-") || probe.label.starts_with("red-") || probe.label.starts_with("mutant-");
        if let Some(other) = report_of(left).filter(|_| same) {
            restless.extend(differing(ask, head, other).into_iter().filter(|table| !known.contains(table)));
        }
    }
    if restless.is_empty() {
        return None;
    }
    let fold = |(probe, left): &(Probe, Evidence)| {
        let tests = report_of(left).map(|tests| under_one_name(ask, tests, &restless));
        let report = tests.map(|tests| Ok(Report::Tests(tests))).or(left.report.clone());
        (probe.clone(), Evidence { report, ..left.clone() })
    };
    Some(ask.evidence.iter().map(fold).collect())
}

fn report_of(left: &Evidence) -> Option<&TestReport> {
    match &left.report {
        Some(Ok(Report::Tests(tests))) => Some(tests),
        _ => None,
    }
}

fn under_one_name(ask: &Ask<'_>, tests: &TestReport, restless: &BTreeSet<String>) -> TestReport {
    let fold = |case: &TestCase| match table_in(ask, &case.name).filter(|table| restless.contains(table)) {
        Some(table) => TestCase { name: format!("{table}…"), ..case.clone() },
        None => case.clone(),
    };
    TestReport::new(tests.cases().iter().map(fold).collect(), tests.broken().to_vec())
}

/// Tables of which each report has rows that the other lacks.
fn differing(ask: &Ask<'_>, one: &TestReport, other: &TestReport) -> BTreeSet<String> {
    let only = |one: &TestReport, other: &TestReport| -> BTreeSet<String> {
        let alone = one.cases().iter().filter(|case| other.outcome(&case.name).is_none());
        alone.filter_map(|case| table_in(ask, &case.name)).collect()
    };
    let first = only(one, other);
    if first.is_empty() {
        return first;
    }
    first.intersection(&only(other, one)).cloned().collect()
}

/// How many rows of a table passed.
pub(super) fn passed_rows(ask: &Ask<'_>, tests: &TestReport, table: &str) -> usize {
    let rows = tests.cases().iter().filter(|case| case.outcome == Outcome::Passed);
    rows.filter(|case| table_in(ask, &case.name).is_some_and(|own| own == table)).count()
}

/// The table that a reported test is a row of, as the beginning of its name: `tests.test_a::test_b[`, `m.TestA/`,
/// `a.test.js::adds `. None for a test that is no row.
pub(super) fn table_in(ask: &Ask<'_>, name: &str) -> Option<String> {
    let own = name.find("::").map_or(0, |at| at + 2);
    if let Some(at) = name[own..].find('[') {
        return Some(name[..=own + at].to_owned());
    }
    let go = [".Test", ".Fuzz", ".Example"].iter().filter_map(|mark| name.find(mark)).min();
    if let Some(from) = go.filter(|_| own == 0) {
        return name[from..].find('/').map(|at| name[..=from + at].to_owned());
    }
    let is_script = |case: &&TestCode| matches!(case.language, Language::JavaScript | Language::TypeScript);
    let written = ask.change.after.iter().filter(is_script).find(|case| case.is_meant(name))?;
    let stem = written.name().split(['%', '$']).next().unwrap_or_default();
    let at = name.rfind(stem).filter(|_| stem.len() < written.name().len())?;
    Some(name[..at + stem.len()].to_owned())
}
