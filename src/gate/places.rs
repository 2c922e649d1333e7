//! Places of the tree in what compilers and test runners print.

use crate::model::Finding;

/// Findings given back at most: an agent that mends these has most of it, and the whole log is beside them.
pub(super) const MAX_FINDINGS: usize = 20;

/// Findings with their places. A line that is nothing but a place (`--> src/a.rs:3:7`) takes its message from the line
/// before it: that is how compilers with arrows write.
pub(super) fn places(output: &str, is_file: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut before = "";
    for line in output.lines() {
        if let Some(mut finding) = located(line, is_file) {
            if !finding.message.contains(char::is_alphanumeric) {
                finding.message = before.trim().to_owned();
            }
            findings.push(finding);
        }
        if line.contains(char::is_alphanumeric) {
            before = line;
        }
        if findings.len() == MAX_FINDINGS {
            break;
        }
    }
    findings.dedup();
    findings
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
