//! Merged trees: everything passes, but for exactly the tests that wait for their implementation.

use std::collections::BTreeSet;

use super::super::reports::{Outcome, TestCase};
use super::super::{Diff, Judged, ProbeTree};
use super::ask::{Ask, Asked, HEAD};
use super::change::Overlay;
use crate::model::{Measured, RedTest};
use crate::source::Language;
use crate::source::compose;
use crate::source::find_tests;

pub(super) fn judge(ask: &Ask<'_>) -> Asked<Judged> {
    let head = ask.run(HEAD, ProbeTree::head)?;
    let waits = !ask.diff.expected_red.is_empty();
    let clear = ask.tests(head).is_ok_and(|tests| tests.broken().is_empty());
    if waits && !clear && head.nothing_found_out(ask.def.timeout).is_none() {
        return without(ask);
    }
    let tests = ask.green()?;
    let red: Vec<&TestCase> = tests.cases().iter().filter(|case| case.outcome == Outcome::Failed).collect();
    let failed = |waits: &&RedTest| match waits.test.as_str() {
        "" => {
            let written = super::ask::cases_of(ask.diff, &waits.file);
            red.iter().any(|case| written.iter().any(|written| written.is_meant(&case.name)))
        }
        name => red.iter().any(|case| case.name == name),
    };
    let red: Vec<RedTest> = ask.diff.expected_red.iter().filter(failed).cloned().collect();
    Ok(waiting(Measured { red, ..ask.measured(tests) }))
}

fn waiting(measured: Measured) -> Judged {
    let n = measured.red.len();
    let reason = if n == 0 { String::new() } else { format!("{n} tests wait for their implementation") };
    Judged { reason, measured, ..Judged::pass() }
}

/// The tests that wait keep everything from being built: the rest is judged without them.
fn without(ask: &Ask<'_>) -> Asked<Judged> {
    let overlay = without_red(ask.diff);
    let evidence = ask.run("without-red", || super::runs::overlaid(overlay))?;
    let tests = match ask.tests(evidence) {
        Ok(tests) => tests,
        Err(why) => {
            return Ok(Judged::unchecked(format!("without the tests that wait for their implementation: {why}")));
        }
    };
    let findings = crate::gate::results::failures(tests.cases().iter(), tests.broken());
    if !findings.is_empty() {
        let reason = format!(
            "besides the tests that wait for their implementation: {}",
            crate::gate::results::in_short(&findings)
        );
        return Ok(Judged::fail(reason, findings));
    }
    let red = ask.diff.expected_red.iter().cloned().collect();
    Ok(waiting(Measured { red, ..ask.measured(tests) }))
}

/// What takes the tests that wait out of the judged commit, and leaves everything else.
pub(in crate::gate) fn without_red(diff: &Diff) -> Overlay {
    let files: BTreeSet<&str> = diff.expected_red.iter().map(|red| red.file.as_str()).collect();
    let mut overlay = Overlay::new();
    for path in files {
        let Some(text) = diff.new.text(path) else { continue };
        let before = diff.root.text(path);
        let is_rust_source = Language::of_path(path) == Some(Language::Rust) && path.contains("src/");
        let content = match before {
            Some(before) if is_rust_source => Some(compose(path, &text, &before)),
            Some(before) => Some(before),
            None => rest(diff, path, &text),
        };
        overlay.insert(path.to_owned(), content.map(String::into_bytes));
    }
    overlay
}

/// A file that the run has made, without its red tests; none when nothing else is in it.
fn rest(diff: &Diff, path: &str, text: &str) -> Option<String> {
    let red: Vec<&RedTest> = diff.expected_red.iter().filter(|red| red.file == path).collect();
    let all = find_tests(path, text);
    let is_red = |case: &crate::source::TestCode| red.iter().any(|red| red.test.is_empty() || case.is_meant(&red.test));
    if all.iter().all(is_red) {
        return None;
    }
    let gone: Vec<(u32, u32)> = all.iter().filter(|case| is_red(case)).map(|case| (case.line, case.end)).collect();
    let kept = (1u32..)
        .zip(text.split_inclusive('\n'))
        .filter(|(line, _)| !gone.iter().any(|(a, b)| (*a..=*b).contains(line)));
    Some(kept.map(|(_, line)| line).collect())
}
