//! `go test -json`: one JSON object a line, with what the go command itself prints between them.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::Deserialize;

use super::lines::each_line;
use super::report::Report;
use super::sink::{Tests, case};
use super::tests_report::Outcome;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(default)]
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    import_path: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    output: String,
}

/// Tests that run at the same time, at most: more than any machine does.
const MAX_RUNNING: usize = 10_000;
/// Bytes of output kept of a test or package that runs.
const MAX_OUTPUT: usize = 2000;

pub(super) fn read(input: &mut dyn BufRead) -> Result<Report, String> {
    let mut reading = Reading::default();
    each_line(input, |line| {
        if let Ok(event) = serde_json::from_str::<Event>(line) {
            reading.event(&event);
        }
    })?;
    let Reading { mut tests, running, failed, .. } = reading;
    for ((package, test), output) in running {
        if !test.is_empty() {
            tests.push(super::tests_report::TestCase {
                message: output,
                ..case(format!("{package}.{test}"), Outcome::Failed)
            });
        }
    }
    for (package, output) in failed {
        tests.broke(format!("{package}: {output}"));
    }
    tests.finish().map(Report::Tests)
}

#[derive(Default)]
struct Reading {
    tests: Tests,
    /// Output of what runs, by package and test (empty: the package itself).
    running: BTreeMap<(String, String), String>,
    /// Packages that failed without a failed test, with their output.
    failed: BTreeMap<String, String>,
    /// Packages in which a test failed.
    told: std::collections::BTreeSet<String>,
}

impl Reading {
    fn event(&mut self, event: &Event) {
        let key = (event.package.clone(), event.test.clone());
        let outcome = match event.action.as_str() {
            "pass" => Outcome::Passed,
            "fail" => Outcome::Failed,
            "skip" => Outcome::Skipped,
            "run" | "output" => {
                if self.running.len() < MAX_RUNNING || self.running.contains_key(&key) {
                    let output = self.running.entry(key).or_default();
                    if output.len() < MAX_OUTPUT && is_telling(&event.output) {
                        output.push_str(&event.output);
                    }
                }
                return;
            }
            "build-fail" => {
                self.tests.broke(format!("{} does not build", event.import_path));
                return;
            }
            "build-output" => {
                self.tests.broke(&event.output);
                return;
            }
            _ => return,
        };
        let output = self.running.remove(&key).unwrap_or_default();
        if !event.test.is_empty() {
            if outcome == Outcome::Failed {
                self.told.insert(event.package.clone());
            }
            let message = if outcome == Outcome::Failed { output } else { String::new() };
            self.push(format!("{}.{}", event.package, event.test), outcome, &message);
        } else if outcome == Outcome::Failed && !self.told.contains(&event.package) {
            self.failed.insert(event.package.clone(), output);
        }
    }

    /// `    sum_test.go:12: got 3, want 4` tells file and line; the file's folder is that of its package.
    fn push(&mut self, name: String, outcome: Outcome, message: &str) {
        let mut found = super::tests_report::TestCase { message: message.to_owned(), ..case(name, outcome) };
        for line in message.lines() {
            let mut parts = line.trim().splitn(3, ':');
            if let (Some(file), Some(Ok(number))) = (parts.next(), parts.next().map(str::parse))
                && file.ends_with(".go")
            {
                (found.file, found.line) = (file.to_owned(), number);
                break;
            }
        }
        self.tests.push(found);
    }
}

/// What go prints about the course of a test is no message.
fn is_telling(output: &str) -> bool {
    let line = output.trim_start();
    !["=== ", "--- PASS", "--- FAIL", "--- SKIP", "PASS", "ok "].iter().any(|noise| line.starts_with(noise))
}
