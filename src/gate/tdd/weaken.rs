//! Tests of the base that say less than before: deleted, skipped, with assertions removed, widened or turned round.

use super::change::Change;
use crate::model::Finding;
use crate::source::{Assertion, TestCode};

/// Words that are about how near is near enough.
const TOLERANCES: [&str; 12] = [
    "abs=",
    "rel=",
    "places=",
    "delta=",
    "atol",
    "rtol",
    "epsilon",
    "EPSILON",
    "approx",
    "toBeCloseTo",
    "InDelta",
    "tolerance",
];

/// Every weakening of a test that was there before. `allowed` tells whether the task itself says that this test changes.
pub(super) fn weakenings(change: &Change, allowed: &dyn Fn(&TestCode) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for before in change.before.iter().filter(|case| !allowed(case)) {
        match change.after.iter().find(|after| after.is_same(before)) {
            Some(after) => compare(before, after, &mut found),
            None if is_moved(before, change) => {}
            None => found.push(Finding {
                file: before.path.clone(),
                line: before.line,
                rule: "deleted-test".to_owned(),
                message: format!("the test `{}` is gone (it was in line {} before)", before.name(), before.line),
                advice: "put it back; a test may only go when the task names it".to_owned(),
            }),
        }
    }
    found
}

/// Whether the same test stands somewhere else now, word for word.
fn is_moved(before: &TestCode, change: &Change) -> bool {
    let same = |after: &TestCode| after.name() == before.name() && after.body == before.body;
    change.after.iter().any(|after| same(after) && after.conditions == before.conditions)
}

fn compare(before: &TestCode, after: &TestCode, found: &mut Vec<Finding>) {
    let mut tell = |line: u32, rule: &str, message: String, advice: &str| {
        let (file, advice) = (after.path.clone(), advice.to_owned());
        found.push(Finding { file, line, rule: rule.to_owned(), message, advice });
    };
    if after.skipped && !before.skipped {
        let message = format!("the test `{}` is skipped now", after.name());
        tell(after.line, "skipped-test", message, "do not skip it");
    }
    if let Some(condition) = after.conditions.iter().find(|condition| !before.conditions.contains(condition)) {
        let message = format!("the test `{}` is compiled only under `{condition}` now", after.name());
        tell(after.line, "skipped-test", message, "let it be compiled with the other tests");
    }
    if let (Some(now), Some(was)) = (after.rows, before.rows)
        && now < was
    {
        let message = format!("`{}` has {now} rows now; it had {was}", after.name());
        tell(after.line, "removed-row", message, "put the rows back; they may only go when the task names the test");
    }
    let mut new: Vec<&Assertion> = after.checks.iter().collect();
    let mut gone: Vec<&Assertion> = Vec::new();
    for check in &before.checks {
        match new.iter().position(|new| new.key == check.key) {
            Some(n) => drop(new.remove(n)),
            None => gone.push(check),
        }
    }
    for check in gone {
        match likest(check, &new) {
            Some(n) => {
                let now = new.remove(n);
                let tolerance = is_tolerance(&check.text, &now.text);
                let what = if tolerance { "is more tolerant now" } else { "expects something else now" };
                let message = format!("`{}` {what}: `{}` was `{}`", after.name(), short(&now.text), short(&check.text));
                let rule = if tolerance { "widened-tolerance" } else { "changed-expectation" };
                tell(now.line, rule, message, "keep its assertions; they may only change when the task names the test");
            }
            None => {
                let message = format!("`{}` no longer asserts `{}`", after.name(), short(&check.text));
                tell(after.line, "removed-assertion", message, "put the assertion back");
            }
        }
    }
}

/// The new check that most probably replaces a lost one: it begins alike.
fn likest(check: &Assertion, new: &[&Assertion]) -> Option<usize> {
    let head =
        |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').next().map(str::to_owned);
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let wanted = words(&check.text);
    let alike = |other: &Assertion| words(&other.text).iter().filter(|word| wanted.contains(word)).count();
    let best = new
        .iter()
        .enumerate()
        .filter(|(_, other)| head(&other.text) == head(&check.text))
        .max_by_key(|(_, other)| alike(other))?;
    // One word in common is the assertion's own name.
    (alike(best.1) > 1).then_some(best.0)
}

/// Whether only how near is near enough differs.
fn is_tolerance(before: &str, after: &str) -> bool {
    let about = TOLERANCES.iter().any(|word| after.contains(word) || before.contains(word));
    let digits = |text: &str| text.chars().filter(|c| !c.is_ascii_digit() && !"._-e".contains(*c)).collect::<String>();
    about || (digits(before) == digits(after) && (after.contains("abs()") || after.contains(" < ")))
}

fn short(text: &str) -> String {
    if text.chars().count() <= 100 { text.to_owned() } else { text.chars().take(99).chain(['…']).collect() }
}
