//! Places of the tree in what compilers and test runners print.

use super::complaint::is_echo;
use crate::model::Finding;

/// Findings given back at most: an agent that mends these has most of it, and the whole log is beside them.
pub(super) const MAX_FINDINGS: usize = 20;

/// Findings with their places. A line that is nothing but a place (`--> src/a.rs:3:7`) takes its message from the line
/// before it: that is how compilers with arrows write. Where linters head a list with it, its first row is the message.
pub(super) fn places(output: &str, is_file: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut before = "";
    let mut lines = output.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(mut finding) = located(line, is_file) {
            if !finding.message.contains(char::is_alphanumeric) {
                let row = lines.peek().and_then(|next| row(next));
                finding.message = row.unwrap_or_else(|| before.trim().to_owned());
            }
            findings.push(finding);
        }
        if line.contains(char::is_alphanumeric) && !is_echo(line) {
            before = line;
        }
        if findings.len() == MAX_FINDINGS {
            break;
        }
    }
    findings.dedup();
    findings
}

/// A row below the name of a file: `✖  1:1  Filename is not in kebab case.  unicorn/filename-case`.
fn row(line: &str) -> Option<String> {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (place, message) = line.split_once(char::is_whitespace)?;
    let (number, column) = place.split_once(':')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    (is_number(number) && is_number(column) && !words.is_empty()).then_some(words)
}

/// A line of the form `path:line: message` or `path:line:column: message` whose path is a file of the tree. Compilers
/// and test runners of most languages write this somewhere in a line.
fn located(line: &str, is_file: &dyn Fn(&str) -> bool) -> Option<Finding> {
    for word in line.split_whitespace() {
        let word = word.trim_start_matches(['(', '[', '\'', '"', '`']);
        let mut parts = word.splitn(3, ':');
        let (path, number) = (parts.next()?, parts.next().unwrap_or_default());
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        let path = path.trim_start_matches("./");
        let Ok(number) = digits.parse() else { continue };
        if path.is_empty() || !is_file(path) {
            continue;
        }
        let after = line.split_once(word).map_or("", |(_, after)| after).trim();
        let before = line.split_once(word).map_or("", |(before, _)| before).trim();
        let message = if after.is_empty() { before } else { after };
        return Some(Finding {
            file: path.to_owned(),
            line: number,
            rule: String::new(),
            message: message.to_owned(),
            advice: String::new(),
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_place_stands_beside_it_before_it_or_in_the_first_row_below() {
        let table = [
            ("src/a.js:3: no such name", "no such name"),
            ("error: no such name\n  --> src/a.js:3:7", "error: no such name"),
            (
                "> x@1 test\n> xo && ava\n\n  src/a.js:1:1\n  ✖  1:1  Not in kebab case.  unicorn/filename-case",
                "Not in kebab case. unicorn/filename-case",
            ),
            ("> x@1 test\n> xo && ava\n\n  src/a.js:1:1\n", ""),
            ("first\nsrc/a.js:1\n12 files looked at", "first"),
        ];
        for (output, expected) in table {
            let found = places(output, &|path| path == "src/a.js");
            assert_eq!(found.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(), [expected], "{output}");
        }
    }
}
