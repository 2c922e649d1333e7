//! Answers that are lists: of places, of files, of a report.

use super::call::{Answer, Call};
use crate::gate::reports::Report;
use crate::gate::{Diff, Evidence};
use crate::model::Finding;

/// A report file.
pub(super) fn report(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    match &left.report {
        Some(Ok(Report::Findings(found))) => {
            let placed = |finding: &Finding| {
                let file = resolve(&finding.file, call, diff).unwrap_or_else(|| finding.file.clone());
                Finding { file, ..finding.clone() }
            };
            Ok(found.iter().map(placed).collect())
        }
        Some(Ok(_)) => Err("its report is of another kind".to_owned()),
        Some(Err(why)) => Err(why.clone()),
        None => Err("there is no report".to_owned()),
    }
}

/// `path:line: message`, `path:line:column: message` and `path(line,column): message`.
pub(super) fn lines(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    let found = left.output.lines().filter_map(|line| {
        let line = line.trim_start().trim_start_matches("vet: ");
        let (path, rest) = line.split_once([':', '('])?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start_matches(|c: char| c.is_ascii_digit() || ":,) ".contains(c));
        let (rule, message) = named(after);
        let file = resolve(path, call, diff).unwrap_or_else(|| format!("{}{path}", call.folder));
        let rule = if rule.is_empty() { call.name.to_owned() } else { rule };
        Some(Finding { file, line: number, rule, message, advice: String::new() })
    });
    // Notes explain the finding before them.
    Ok(found.filter(|finding| !finding.message.starts_with("note:")).collect())
}

/// The rule of a message: `... [no-any]` and `error TS2322: ...`.
fn named(text: &str) -> (String, String) {
    let text = text.trim();
    if let Some((message, rule)) = text.strip_suffix(']').and_then(|text| text.rsplit_once(" [")) {
        return (rule.to_owned(), message.trim().to_owned());
    }
    match text.strip_prefix("error ").and_then(|text| text.split_once(": ")) {
        Some((rule, message)) if rule.starts_with("TS") => (rule.to_owned(), message.to_owned()),
        _ => (String::new(), text.to_owned()),
    }
}

/// Names of changed files, alone or after a word such as `Would reformat:`.
pub(super) fn files(call: &Call, diff: &Diff, left: &Evidence) -> Answer {
    let mut found: Vec<Finding> = Vec::new();
    for line in left.output.lines() {
        let after = |mark: &str| line.split_once(mark).map_or("", |(_, path)| path);
        // `--> path:line:column` of newer ruff.
        let arrow = after("--> ").split(':').next().unwrap_or_default();
        let named = [line, after(": "), after("] "), arrow];
        let Some(file) = named.iter().find_map(|path| resolve(path.trim(), call, diff)) else { continue };
        let line = diff.file(&file).and_then(|file| file.added.first()).map_or(0, |line| line.number);
        let message = "is not formatted as the project formats".to_owned();
        let advice = format!("run {} on it", call.name);
        found.push(Finding { file, line, rule: call.name.to_owned(), message, advice });
    }
    // Paths are clear enough to be read; a code of 1 for files that did not change is no failure of the tool.
    found.sort_by(|a, b| a.file.cmp(&b.file));
    found.dedup();
    Ok(found)
}

/// The changed file that a tool means: relative to the root or to its folder, or absolute.
fn resolve(path: &str, call: &Call, diff: &Diff) -> Option<String> {
    let path = path.trim_start_matches("./");
    if path.is_empty() {
        return None;
    }
    let below = format!("{}{path}", call.folder);
    let is = |file: &str| file == below || file == path || path.ends_with(&format!("/{file}"));
    // In the base a moved file has its old name: it is the same file to us.
    let file = diff.files.iter().find(|file| is(&file.path) || file.old_path.as_deref().is_some_and(is))?;
    Some(file.path.clone())
}
