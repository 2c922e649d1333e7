//! What an agent gets back from the gates that refused its work: findings by file, those with a place first, each said
//! once, with the line it is about, within a budget.

use std::collections::BTreeSet;

use super::budget::estimate;
use super::escape::{one_line, visible};
use crate::model::{Finding, GateName, Verdict};

/// What one gate said against the last attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct GateFailure {
    /// The gate.
    pub gate: GateName,
    /// Its verdict.
    pub verdict: Verdict,
    /// What it found.
    pub findings: Vec<Finding>,
    /// The line of the judged tree that each finding is about, in the same order; empty where it is not known or not
    /// to be shown.
    pub lines: Vec<String>,
    /// The end of its output.
    pub log_tail: String,
}

/// Tokens for everything that gates said: a fifth of what a complete task may take (DESIGN 10).
const BUDGET: usize = 4000;

/// Bytes shown of the end of a log at most: about a thousand tokens.
const MOST_LOG: usize = 4096;

/// Characters shown of a source line.
const MOST_LINE: usize = 160;

/// Lines named of a finding that repeats.
const MOST_PLACES: usize = 6;

/// The text about all of them. Gates share the budget; what one does not need is left to the next.
pub(super) fn feedback(failures: &[GateFailure]) -> String {
    let mut said = BTreeSet::new();
    let mut left = BUDGET;
    let mut texts = Vec::new();
    for (n, failure) in failures.iter().enumerate() {
        let share = left / (failures.len() - n);
        let text = one_gate(failure, share, &mut said);
        left = left.saturating_sub(estimate(&text));
        texts.push(text);
    }
    texts.join("\n\n")
}

/// Findings that say the same of several lines of a file.
struct Group<'f> {
    finding: &'f Finding,
    places: Vec<(u32, &'f str)>,
}

fn one_gate(failure: &GateFailure, budget: usize, said: &mut BTreeSet<String>) -> String {
    let mut text = format!("Gate {}: {}.", failure.gate, failure.verdict.word());
    if failure.verdict == Verdict::Unchecked {
        text.push_str(" It could not be checked, which blocks like a failure.");
    }
    let groups = groups(failure);
    let mut shown = 0;
    for group in &groups {
        let line = group_text(group);
        // Another gate said it already: a test that fails is found by each gate that runs the tests.
        if !said.insert(line.clone()) {
            shown += 1;
            continue;
        }
        if shown > 0 && estimate(&text) + estimate(&line) > budget {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    let hidden: usize = groups[shown..].iter().map(|group| group.places.len()).sum();
    if hidden > 0 {
        text.push_str(&format!("\n- and {hidden} more"));
    }
    let room = budget.saturating_sub(estimate(&text)) * 3;
    let tail = tail(&failure.log_tail, MOST_LOG.min(room.max(MOST_LOG / 8)));
    if !tail.is_empty() {
        let fence = fence_around(&tail);
        text.push_str(&format!("\n\nThe end of its output:\n\n{fence}\n{tail}\n{fence}"));
    }
    text
}

/// Findings by file in the order in which files come first, those without a file last; equal ones together.
fn groups(failure: &GateFailure) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (n, finding) in failure.findings.iter().enumerate() {
        let line = failure.lines.get(n).map_or("", String::as_str);
        let same = |group: &&mut Group<'_>| {
            let other = group.finding;
            other.file == finding.file
                && (&other.rule, &other.message, &other.advice) == (&finding.rule, &finding.message, &finding.advice)
        };
        match groups.iter_mut().find(same) {
            Some(group) if group.places.iter().any(|(known, _)| *known == finding.line) => {}
            Some(group) => group.places.push((finding.line, line)),
            None => groups.push(Group { finding, places: vec![(finding.line, line)] }),
        }
    }
    let first = |file: &str| failure.findings.iter().position(|finding| finding.file == file);
    groups.sort_by_key(|group| (group.finding.file.is_empty(), first(&group.finding.file)));
    groups
}

/// `- \`shop/export.py:12\`: comparison to None [E711] (use \`is\`)`, and the line below.
fn group_text(group: &Group<'_>) -> String {
    let finding = group.finding;
    let (line, source) = group.places[0];
    let place = match (finding.file.as_str(), line) {
        ("", _) => String::new(),
        (file, 0) => format!("`{}`: ", one_line(file)),
        (file, line) => format!("`{}:{line}`: ", one_line(file)),
    };
    let rule = if finding.rule.is_empty() { String::new() } else { format!(" [{}]", one_line(&finding.rule)) };
    let advice = if finding.advice.is_empty() { String::new() } else { format!(" ({})", one_line(&finding.advice)) };
    let mut text = format!("\n- {place}{}{rule}{advice}", one_line(&finding.message));
    if group.places.len() > 1 {
        let also: Vec<String> = group.places[1..].iter().take(MOST_PLACES).map(|(line, _)| line.to_string()).collect();
        let more = group.places.len() - 1 - also.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&format!("; the same in line {}{more}", also.join(", ")));
    }
    let source = one_line(source.trim());
    // A line with backticks would end its own marks.
    if !source.is_empty() && !source.contains('`') {
        let cut: String = source.chars().take(MOST_LINE).collect();
        let more = if cut.len() < source.len() { " …" } else { "" };
        text.push_str(&format!("\n  `{cut}`{more}"));
    }
    text
}

fn tail(log: &str, most: usize) -> String {
    let log = visible(log.trim());
    let mut start = log.len().saturating_sub(most);
    while !log.is_char_boundary(start) {
        start += 1;
    }
    // A cut line would read like something the program said.
    let start = if start == 0 { 0 } else { log[start..].find('\n').map_or(start, |end| start + end + 1) };
    log[start..].to_owned()
}

/// A fence longer than any run of backticks inside, so that output cannot end it.
pub(super) fn fence_around(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(file: &str, line: u32, message: &str) -> Finding {
        Finding { file: file.into(), line, rule: "r".into(), message: message.into(), advice: String::new() }
    }

    fn failure(gate: &str, findings: Vec<Finding>, lines: &[&str]) -> GateFailure {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let log_tail = String::new();
        GateFailure { gate: gate.parse().unwrap(), verdict: Verdict::Fail, findings, lines, log_tail }
    }

    #[test]
    fn findings_stand_by_file_once_and_with_their_lines() {
        let found = vec![
            finding("", 0, "no place"),
            finding("b.py", 3, "long"),
            finding("a.py", 1, "unused"),
            finding("b.py", 9, "other"),
            finding("b.py", 5, "long"),
            finding("b.py", 5, "long"),
        ];
        let lines = ["", "  def f():", "import x", "", "", ""];
        let text = feedback(&[
            failure("review", found.clone(), &lines),
            failure("lint", vec![found[2].clone()], &lines[2..3]),
        ]);
        let expected = "Gate review: fail.\n\
            - `b.py:3`: long [r]; the same in line 5\n  `def f():`\n\
            - `b.py:9`: other [r]\n\
            - `a.py:1`: unused [r]\n  `import x`\n\
            - no place [r]\n\n\
            Gate lint: fail.";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_thousand_findings_stay_within_the_budget() {
        let found: Vec<Finding> = (1..=1000).map(|n| finding("a.py", n, &format!("thing {n} is wrong"))).collect();
        let mut failures = vec![failure("one", found.clone(), &[]), failure("two", vec![finding("c", 1, "x")], &[])];
        failures[0].log_tail = "noise\n".repeat(10_000);
        let text = feedback(&failures);
        assert!(estimate(&text) < BUDGET + 400, "{}", estimate(&text));
        assert!(text.contains("`a.py:1`: thing 1 is wrong") && text.contains(" more\n") && text.contains("`c:1`: x"));
    }

    #[test]
    fn hostile_lines_stay_one_line() {
        let text = feedback(&[failure("g", vec![finding("a\nb", 1, "m\n# Rules")], &["`x` \u{1b}[31m"])]);
        assert!(!text.contains('\u{1b}') && !text.contains("\n# Rules"), "{text}");
    }
}
