//! What the text of a task says is to be run or seen before it is done: `Run: … Expected: …`, scenarios in fences,
//! `and verify …`.

use crate::plan::text::{Block, Line, Shape};

/// Lines between a command and what is expected of it.
const REACH: usize = 8;
/// Criteria taken from one task; one with more is a document.
const MOST: usize = 20;

/// The criteria in the lines of a task.
pub(super) fn checks(lines: &[Line<'_>], block: &Block) -> Vec<String> {
    let lines = &lines[block.clone()];
    let mut found: Vec<String> = Vec::new();
    for check in scenarios(lines).into_iter().chain(last_run(lines)) {
        if found.len() < MOST && !found.contains(&check) {
            found.push(check);
        }
    }
    found
}

/// `Scenario: …` with `Expected Result: …`, in fences too.
fn scenarios(lines: &[Line<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in lines {
        let text = line.text.trim_start_matches(['-', '*', '_', ' ', '#']);
        let value = |labels: &[&str]| {
            labels
                .iter()
                .find_map(|label| text.strip_prefix(label))
                .map(|rest| rest.trim_start_matches(['*', ':', ' ']).trim())
        };
        if let Some(name) = value(&["Scenario:", "Scenario**:", "Scenario "]) {
            open = Some(name.trim_matches('*').to_owned());
        } else if let Some(result) =
            value(&["Expected Result:", "Expected Result**:", "Expected Results:", "Expected:", "Expected**:"])
            && let Some(name) = &open
            && !result.is_empty()
        {
            found.push(format!("Scenario: {name}. Expected: {result}"));
        }
    }
    found
}

/// The last command of the task that is expected to pass, as a criterion that can be executed, and what else is expected.
fn last_run(lines: &[Line<'_>]) -> Vec<String> {
    let mut last: Option<(String, Option<String>)> = None;
    for n in 0..lines.len() {
        let Some(command) = run_at(lines, n) else { continue };
        let expected =
            lines[n..(n + REACH).min(lines.len())].iter().skip(1).take_while(|line| !is_run(line)).find_map(expected);
        let expected = expected.or_else(|| lines[n].text.split_once("Expected:").map(|(_, rest)| words(rest)));
        last = Some((command, expected)).filter(|(_, expected)| expected.as_deref().is_none_or(passes)).or(last);
    }
    let Some((command, expected)) = last else { return Vec::new() };
    let mut found = vec![format!("`{command}`")];
    // "PASS" alone is what a command that succeeds means anyway.
    found.extend(expected.filter(|text| text.split_whitespace().count() > 2).map(|text| format!("Expected: {text}")));
    found
}

fn is_run(line: &Line<'_>) -> bool {
    line.is_prose() && line.text.trim_start_matches(['-', '*', '_', ' ']).starts_with("Run:")
}

/// The command behind `Run:` on line `n`, or in the fence below it.
fn run_at(lines: &[Line<'_>], n: usize) -> Option<String> {
    if !is_run(&lines[n]) {
        return None;
    }
    let text = lines[n].text.split_once("Run:")?.1.trim_start_matches(['*', ' ']);
    if let Some(inner) = text.strip_prefix('`').and_then(|rest| rest.split_once('`')).map(|(inner, _)| inner.trim()) {
        return (!inner.is_empty()).then(|| inner.to_owned());
    }
    let fence = lines.get(n + 1..)?.iter().take_while(|line| matches!(line.shape, Shape::Blank | Shape::Code(_)));
    let code: Vec<&str> = fence
        .filter(|line| matches!(line.shape, Shape::Code(_)) && !line.text.starts_with("```"))
        .map(|line| line.text)
        .collect();
    match &code[..] {
        [one] if text.is_empty() && !one.contains('`') => Some((*one).to_owned()),
        _ => None,
    }
}

fn expected(line: &Line<'_>) -> Option<String> {
    let text = line.text.trim_start_matches(['-', '*', '_', ' ']);
    Some(words(text.strip_prefix("Expected")?.trim_start_matches(['*', ':', ' '])))
}

fn words(text: &str) -> String {
    text.trim().trim_matches('*').trim().to_owned()
}

/// Whether what is expected of a command is that it succeeds.
fn passes(expected: &str) -> bool {
    let lower = expected.to_lowercase();
    let fails = ["fail", "error:", "not found", "red", "cannot", "undefined"].iter().any(|word| lower.contains(word));
    let passes = [
        "pass", "success", "succeed", "ok", "green", "exit 0", "exits 0", "no error", "0 error", "0 fail", "clean",
        "builds",
    ]
    .iter()
    .any(|word| lower.contains(word));
    passes && !(fails && !lower.contains("0 fail") && !lower.contains("no fail") && !lower.contains("not fail"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::text::scan;

    fn of(text: &str) -> Vec<String> {
        let lines = scan(text);
        checks(&lines, &(0..lines.len()))
    }

    #[test]
    fn the_last_command_that_passes_is_the_check() {
        let red = "Run: `pytest a.py -v`\nExpected: FAIL with NameError\n";
        let green = "Run: `pytest a.py -v`\nExpected: PASS, two cabins move\n";
        assert_eq!(of(&format!("{red}\n{green}")), ["`pytest a.py -v`", "Expected: PASS, two cabins move"]);
        assert_eq!(of(red), Vec::<String>::new());
        assert_eq!(of("Run:\n```bash\nmake check\n```\nExpected: PASS"), ["`make check`"]);
        assert_eq!(of("- Run: `make` Expected: builds"), ["`make`"]);
        assert_eq!(of("```\nRun: `rm -rf /`\nExpected: PASS\n```"), Vec::<String>::new());
    }

    #[test]
    fn scenarios_say_what_is_seen() {
        let text = "```\nScenario: A finch cannot leave\n  Tool: Bash\n  Expected Result: prints closed\n\nScenario: b\n  Expected: c\n```";
        assert_eq!(of(text), ["Scenario: A finch cannot leave. Expected: prints closed", "Scenario: b. Expected: c"]);
    }
}
