//! Tests of the base that say less than before: deleted, skipped, with assertions removed, widened or turned round.

use super::carried::without_carried;
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
            None if stands_at(before, change).is_some() => {}
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

/// Where the same test stands now, word for word, when it is gone from its place.
pub(super) fn stands_at<'a>(before: &TestCode, change: &'a Change) -> Option<&'a TestCode> {
    let same = |after: &TestCode| is_alike(before, after) && after.conditions == before.conditions;
    let is_new = |after: &TestCode| !change.before.iter().any(|known| known.is_same(after));
    let is_gone = !change.after.iter().any(|after| after.is_same(before));
    let mut moved = change.after.iter().filter(|_| is_gone);
    moved.find(|after| same(after) && (!after.skipped || before.skipped) && is_new(after))
}

/// Whether both say the same. Under another name it is the same test, too.
fn is_alike(before: &TestCode, after: &TestCode) -> bool {
    let bare = |case: &TestCode| case.body.replacen(case.name(), "", 1);
    after.body == before.body || bare(after) == bare(before)
}

/// The test of the base that stands in this place now: it is new here, and is gone from where it was.
pub(super) fn origin<'a>(after: &TestCode, change: &'a Change) -> Option<&'a TestCode> {
    let is_gone = |before: &&TestCode| !change.after.iter().any(|now| now.is_same(before));
    let mut alike = change.before.iter().filter(|before| is_alike(before, after));
    if change.before.iter().any(|before| before.is_same(after)) { None } else { alike.find(is_gone) }
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
    if after.rows == Some(0) && before.rows != Some(0) {
        let message = format!("the test `{}` has no row to run with, and no longer runs", after.name());
        tell(after.line, "skipped-test", message, "give it rows");
    }
    if let (Some(now), Some(was)) = (after.rows, before.rows)
        && now < was
    {
        let message = format!("`{}` has {now} rows now; it had {was}", after.name());
        tell(after.line, "removed-row", message, "put the rows back; they may only go when the task names the test");
    }
    if let Some(exit) = added(&before.exits, &after.exits) {
        let message = format!("`{}` may end before it asserts anything now: `{}`", after.name(), short(exit));
        tell(after.line, "skipped-test", message, "let it run to its end");
    }
    let mut new: Vec<&Assertion> = after.checks.iter().collect();
    let mut gone: Vec<&Assertion> = Vec::new();
    for check in &before.checks {
        let freely = new.iter().position(|new| new.key == check.key && added(&check.under, &new.under).is_none());
        let Some(n) = freely.or_else(|| new.iter().position(|new| new.key == check.key)) else {
            gone.push(check);
            continue;
        };
        let now = new.remove(n);
        let guard = added(&check.under, &now.under);
        if let Some(guard) = guard.filter(|guard| !check.under.iter().any(|was| counts_further(was, guard))) {
            let (name, text) = (after.name(), short(&check.text));
            let message = format!("`{name}` asserts `{text}` only under `{}` now", short(guard));
            tell(now.line, "removed-assertion", message, "let it be asserted as before");
        }
    }
    if let Some(now) = new.iter().find(|check| check.text.starts_with("should_panic")) {
        let message = format!("`{}` expects a panic now: `{}`", after.name(), short(&now.text));
        tell(now.line, "changed-expectation", message, "let the code do what the test expects");
    }
    without_carried(before, after, &mut gone);
    for check in gone {
        match likest(check, &new) {
            Some(n) => {
                let now = new.remove(n);
                if is_stricter(&check.text, &now.text) {
                    continue;
                }
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

/// Something that is there now and was not before.
fn added<'a>(before: &[String], after: &'a [String]) -> Option<&'a String> {
    let count = |all: &[String], one: &String| all.iter().filter(|it| *it == one).count();
    after.iter().find(|it| count(after, it) > count(before, it))
}

/// Whether two heads of loops differ in nothing but one number, by which the second goes on for longer.
fn counts_further(was: &str, now: &str) -> bool {
    let (was, now) = (numbers(was), numbers(now));
    let differs: Vec<usize> = (0..was.len().min(now.len())).filter(|n| was[*n] != now[*n]).collect();
    let [n] = differs[..] else { return false };
    let loops = now[0].starts_with("for") || now[0].starts_with("while");
    // The bound stands after a sign that says up to where, or is all that is counted.
    let bound = n > 0 && ["< ", "<= ", "<", "<=", "..", "..=", "range("].iter().any(|sign| now[n - 1].ends_with(sign));
    let numbers = (was[n].parse::<u64>(), now[n].parse::<u64>());
    loops && bound && was.len() == now.len() && matches!(numbers, (Ok(was), Ok(now)) if was < now)
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

/// What says that more digits count, and what says how much may be missing.
const DIGITS: [&str; 2] = ["toBeCloseTo(", "places="];
const MARGINS: [&str; 7] = ["abs=", "rel=", "delta=", "atol=", "rtol=", "epsilon=", "InDelta("];

/// Whether nothing but one number differs, by which it is less tolerant than before.
fn is_stricter(before: &str, after: &str) -> bool {
    let (before, after) = (numbers(before), numbers(after));
    let differs: Vec<usize> = (0..before.len().min(after.len())).filter(|n| before[*n] != after[*n]).collect();
    let [n] = differs[..] else { return false };
    if before.len() != after.len() || n == 0 {
        return false;
    }
    let (Ok(was), Ok(now)) = (before[n].parse::<f64>(), after[n].parse::<f64>()) else { return false };
    let said: String = before[..n].concat();
    let told = |words: &[&str]| words.iter().filter_map(|word| said.rfind(word)).max();
    match (told(&DIGITS), told(&MARGINS)) {
        // The second of two: the first is what is expected.
        (Some(at), None) => now > was && (!said[at..].contains('(') || said[at..].contains(',')),
        (None, Some(at)) => now < was && (!said[at..].contains('(') || said[at..].matches(',').count() == 2),
        _ => false,
    }
}

/// A text in its numbers and what is between them.
fn numbers(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut in_number = false;
    for c in text.chars() {
        let after_word = parts.last().is_some_and(|last| last.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        let exponent = c == '-' && parts.last().is_some_and(|last| last.ends_with('e'));
        let is_number = match in_number {
            true => c.is_ascii_alphanumeric() || c == '.' || exponent,
            false => c.is_ascii_digit() && !after_word,
        };
        if is_number != in_number {
            parts.push(String::new());
            in_number = is_number;
        }
        parts.last_mut().into_iter().for_each(|last| last.push(c));
    }
    parts
}

fn short(text: &str) -> String {
    if text.chars().count() <= 100 { text.to_owned() } else { text.chars().take(99).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_counts_further_is_no_weakening() {
        for (before, after, further) in [
            ("for x := 1; x < 16; x++", "for x := 1; x < 128; x++", true),
            ("for x := 1; x < 128; x++", "for x := 1; x < 16; x++", false),
            ("for x := 1; x < 16; x++", "for x := 15; x < 16; x++", false),
            ("for (let i = 0; i <= 9; i += 1)", "for (let i = 0; i <= 99; i += 1)", true),
            ("for (let i = 0; i <= 9; i += 1)", "for (let i = 0; i <= 9; i += 5)", false),
            ("for _ in 0..n * 3", "for _ in 0..n * 30", false),
            ("if x < 16", "if x < 128", false),
        ] {
            assert_eq!(counts_further(before, after), further, "{after}");
        }
    }

    #[test]
    fn a_stricter_tolerance_is_no_weakening() {
        for (before, after, stricter) in [
            ("expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 9)", "expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 12)", true),
            ("expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 9)", "expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 2)", false),
            ("expect(sum(0.1, 0.2)).toBeCloseTo(0.3, 9)", "expect(sum(0.1, 0.2)).toBeCloseTo(0.4, 9)", false),
            ("self.assertAlmostEqual(f(), 0.3, places=7)", "self.assertAlmostEqual(f(), 0.3, places=9)", true),
            ("assert f() == approx(0.3, abs=1e-3)", "assert f() == approx(0.3, abs=1e-9)", true),
            ("assert f() == approx(0.3, abs=1e-9)", "assert f() == approx(0.3, abs=1e-3)", false),
            ("assert f() == 3", "assert f() == 2", false),
        ] {
            assert_eq!(is_stricter(before, after), stricter, "{after}");
        }
    }
}
