//! TAP, versions 12 to 14, subtests included: `1..N`, `ok 1 - name # SKIP why`, `not ok 2 - name`, `Bail out!`.

use std::io::BufRead;

use super::lines::each_line;
use super::report::Report;
use super::sink::{Tests, case};
use super::tests_report::Outcome;

pub(super) fn read(input: &mut dyn BufRead) -> Result<Report, String> {
    let mut tests = Tests::default();
    let (mut planned, mut top) = (None::<u64>, 0u64);
    each_line(input, |line| {
        let trimmed = line.trim_start();
        let is_top = trimmed.len() == line.len();
        if let (true, Some(n)) = (is_top, trimmed.strip_prefix("1..")) {
            planned = n.split_whitespace().next().and_then(|n| n.parse().ok());
        } else if let Some(why) = trimmed.strip_prefix("Bail out!") {
            tests.broke(format!("bailed out: {}", why.trim()));
        } else if let Some(found) = test(trimmed) {
            top += u64::from(is_top);
            tests.push(found);
        }
    })?;
    match planned {
        Some(n) if n > top => tests.broke(format!("{n} tests were planned, {top} ran")),
        None => tests.broke("there is no plan (`1..N`): it may be cut off"),
        Some(_) => {}
    }
    if top == 0 && planned.is_none() {
        return Err("there is no test in it".to_owned());
    }
    // `1..0` is a plan of nothing.
    if planned == Some(0) { Tests::default().finish() } else { tests.finish() }.map(Report::Tests)
}

fn test(line: &str) -> Option<super::tests_report::TestCase> {
    let (good, rest) = match (line.strip_prefix("not ok"), line.strip_prefix("ok")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return None,
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let (words, directive) = rest.split_once(" # ").unwrap_or((rest, ""));
    let words = words.trim();
    let number: String = words.chars().take_while(char::is_ascii_digit).collect();
    let name = words[number.len()..].trim_start_matches([' ', '-']).trim();
    let name = if name.is_empty() { format!("test {number}") } else { name.to_owned() };
    let directive = directive.trim().to_ascii_uppercase();
    let outcome = match (good, directive.starts_with("SKIP"), directive.starts_with("TODO")) {
        (_, true, _) | (false, _, true) => Outcome::Skipped,
        (true, ..) => Outcome::Passed,
        (false, ..) => Outcome::Failed,
    };
    Some(case(name, outcome))
}
