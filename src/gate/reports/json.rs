//! JSON of tools, told apart by its shape: cargo and clippy messages, eslint, ruff, bandit, mypy, semgrep, pip-audit, and
//! the test results of jest and vitest.

use std::io::{BufRead, Read};

use serde_json::Value;

use super::context::Context;
use super::lines::each_line;
use super::report::Report;
use super::sarif::line_of;
use super::sink::{Findings, Tests, case};
use super::stream::stream;
use super::tests_report::Outcome;
use crate::model::Finding;

/// What bandit and semgrep write even when they find nothing: without it an empty `results` could be anything.
const MARKS: [&str; 2] = ["metrics/_totals", "paths/scanned"];

/// Arrays of one-document reports that hold what was found.
const ARRAYS: [&str; 5] = ["", "results", "testResults", "errors", "dependencies"];

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut reading = Reading::new(context);
    let first = first_line(input)?;
    let mut input = first.as_slice().chain(input);
    if is_lines(&first) {
        each_line(&mut input, |line| {
            if let Ok(value) = serde_json::from_str::<Value>(line) {
                reading.line(&value);
            }
        })?;
    } else {
        reading.known |= first.trim_ascii_start().first() == Some(&b'[');
        stream(&mut input, &ARRAYS, &["numTotalTests", MARKS[0], MARKS[1]], &mut |place, value| {
            reading.element(place, &value)
        })?;
    }
    reading.finish()
}

/// Bytes of a first line that is looked at. Some messages of compilers are long; a document without line ends is longer.
const FIRST: u64 = 1 << 20;

/// What is read up to the end of the first line that says something.
fn first_line(input: &mut dyn BufRead) -> Result<Vec<u8>, String> {
    let mut seen = Vec::new();
    let mut rest = input.take(FIRST);
    while seen.trim_ascii().is_empty() {
        let read = rest.read_until(b'\n', &mut seen).map_err(|error| format!("cannot be read: {error}"))?;
        if read == 0 {
            break;
        }
    }
    Ok(seen)
}

/// Whether this is one object a line, perhaps with other lines between them, as opposed to one document.
fn is_lines(first: &[u8]) -> bool {
    match first.trim_ascii().first() {
        Some(b'[') => false,
        Some(b'{') => serde_json::from_slice::<Value>(first)
            .is_ok_and(|value| value.get("reason").is_some() || value.get("severity").is_some()),
        _ => true,
    }
}

struct Reading<'a> {
    context: &'a Context<'a>,
    findings: Findings,
    tests: Option<Tests>,
    /// Something of it was understood.
    known: bool,
    /// Elements that were not.
    strange: usize,
    /// What the tool says it could not look at.
    unaudited: Option<String>,
}

impl<'a> Reading<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        Reading { context, findings: Findings::default(), tests: None, known: false, strange: 0, unaudited: None }
    }

    /// cargo's messages, mypy's lines.
    fn line(&mut self, value: &Value) {
        match value["reason"].as_str() {
            Some("compiler-message") => {
                self.known = true;
                self.findings.extend(cargo(&value["message"], self.context));
            }
            Some(_) => self.known = true,
            None => self.element("", value),
        }
    }

    fn element(&mut self, place: &str, value: &Value) {
        match place {
            "testResults" => self.suite(value),
            place if MARKS.contains(&place) => self.known = true,
            "numTotalTests" => drop(self.tests.get_or_insert_default()),
            // bandit and semgrep list here what they could not read.
            "errors" => {
                let said = value["reason"].as_str().or(value["message"].as_str()).unwrap_or("an error");
                self.unaudited.get_or_insert_with(|| said.to_owned());
            }
            "dependencies" => self.dependency(value),
            _ => match finding(value, self.context) {
                Some(found) => {
                    self.known = true;
                    self.findings.extend(found);
                }
                None => self.strange += 1,
            },
        }
        self.known |= place == "results" || place == "dependencies";
    }

    fn dependency(&mut self, value: &Value) {
        let name = value["name"].as_str().unwrap_or_default();
        if let Some(why) = value["skip_reason"].as_str() {
            self.unaudited.get_or_insert_with(|| format!("`{name}` could not be audited: {why}"));
        }
        for found in value["vulns"].as_array().into_iter().flatten() {
            let fixed = found["fix_versions"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fixed = fixed.collect::<Vec<_>>().join(", ");
            self.findings.push(Finding {
                file: String::new(),
                line: 0,
                rule: text(&found["id"]),
                message: format!("`{name}` {}: {}", text(&value["version"]), text(&found["description"])),
                advice: if fixed.is_empty() { String::new() } else { format!("fixed in {fixed}") },
            });
        }
    }

    /// One test file of jest or vitest.
    fn suite(&mut self, value: &Value) {
        let tests = self.tests.get_or_insert_default();
        let file = self.context.relative(value["name"].as_str().unwrap_or_default());
        let mut any = false;
        for found in value["assertionResults"].as_array().into_iter().flatten() {
            any = true;
            let outcome = match found["status"].as_str() {
                Some("passed") => Outcome::Passed,
                Some("failed") => Outcome::Failed,
                _ => Outcome::Skipped,
            };
            let mut test = case(format!("{file}::{}", text(&found["fullName"])), outcome);
            test.message = text(&found["failureMessages"][0]);
            test.line = line_of(&found["location"]["line"]);
            test.file.clone_from(&file);
            tests.push(test);
        }
        if !any && value["status"] == "failed" {
            tests.broke(format!("{file}: {}", text(&value["message"])));
        }
    }

    fn finish(self) -> Result<Report, String> {
        if let Some(why) = self.unaudited {
            return Err(format!("the tool could not examine everything: {}", super::sink::cut(&why, 300)));
        }
        if let Some(tests) = self.tests {
            return tests.finish().map(Report::Tests);
        }
        let findings = self.findings.finish();
        if !self.known || (findings.is_empty() && self.strange > 0) {
            return Err("it is not a known JSON report".to_owned());
        }
        Ok(Report::Findings(findings))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What an element of a linter's report says; none when its shape is not known.
fn finding(value: &Value, context: &Context<'_>) -> Option<Vec<Finding>> {
    let made = |file: &Value, line: &Value, rule: &Value, message: &Value, advice: String| Finding {
        file: context.relative(file.as_str().unwrap_or_default()),
        line: line_of(line),
        rule: text(rule),
        message: text(message),
        advice,
    };
    if let (Some(_), Some(messages)) = (value["filePath"].as_str(), value["messages"].as_array()) {
        let one = |m: &Value| made(&value["filePath"], &m["line"], &m["ruleId"], &m["message"], String::new());
        return Some(messages.iter().map(one).collect());
    }
    if value["test_id"].is_string() && value["filename"].is_string() {
        let advice = text(&value["more_info"]);
        return Some(vec![made(
            &value["filename"],
            &value["line_number"],
            &value["test_id"],
            &value["issue_text"],
            advice,
        )]);
    }
    if value["check_id"].is_string() && value["path"].is_string() {
        let (line, extra) = (&value["start"]["line"], &value["extra"]);
        return Some(vec![made(&value["path"], line, &value["check_id"], &extra["message"], text(&extra["fix"]))]);
    }
    if value["filename"].is_string() && value["location"].is_object() {
        let advice = text(&value["fix"]["message"]);
        return Some(vec![made(
            &value["filename"],
            &value["location"]["row"],
            &value["code"],
            &value["message"],
            advice,
        )]);
    }
    if value["file"].is_string() && value["message"].is_string() {
        let note = value["severity"] == "note";
        let found = made(&value["file"], &value["line"], &value["code"], &value["message"], text(&value["hint"]));
        return Some(if note { Vec::new() } else { vec![found] });
    }
    None
}

/// A message of rustc or clippy. Those without a place only count the others.
fn cargo(message: &Value, context: &Context<'_>) -> Option<Finding> {
    let level = message["level"].as_str()?;
    if !matches!(level, "error" | "warning") {
        return None;
    }
    let spans = message["spans"].as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == Value::Bool(true)).or(spans.first())?;
    let children = message["children"].as_array();
    let help = children.and_then(|all| all.iter().find(|child| child["level"] == "help"));
    Some(Finding {
        file: context.relative(span["file_name"].as_str()?),
        line: line_of(&span["line_start"]),
        rule: text(&message["code"]["code"]),
        message: format!("{level}: {}", text(&message["message"])),
        advice: help.map_or_else(String::new, |help| text(&help["message"])),
    })
}
