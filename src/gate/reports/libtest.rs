//! The text of Rust's test harness, as `cargo test` prints it.
//!
//! Names are made unique by the binary: `greet:src/lib.rs::tests::adds`, `greet:tests/it.rs::works`. Doctests lose their
//! line numbers, which every edit above them changes: `greet:doc::src/lib.rs - add`.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::lines::each_line;
use super::report::Report;
use super::sink::{Tests, case, cut};
use super::tests_report::Outcome;

pub(super) fn read(input: &mut dyn BufRead) -> Result<Report, String> {
    let mut reading = Reading::default();
    each_line(input, |line| reading.line(line))?;
    let Reading { mut tests, open, .. } = reading;
    if open {
        tests.broke("a test binary did not finish");
    }
    tests.finish().map(Report::Tests)
}

/// Failed tests whose output is looked at: each is looked up among all.
const MAX_TOLD: usize = 500;
/// Bytes kept of a line of output.
const MAX_LINE: usize = 400;

#[derive(Default)]
struct Reading {
    tests: Tests,
    /// The binary that runs, as a prefix of names.
    binary: String,
    /// How many doctests of an item were seen.
    doctests: BTreeMap<String, u32>,
    /// A binary has begun and not ended.
    open: bool,
    /// Tests and failures seen since the binary began.
    seen: (usize, u64),
    /// The failed test whose captured output is being shown, as its place in the report.
    shown: Option<usize>,
    /// Tests whose output was shown.
    told: usize,
}

impl Reading {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("Running ") {
            self.binary = binary(rest).unwrap_or_else(|| std::mem::take(&mut self.binary));
        } else if let Some(rest) = trimmed.strip_prefix("Doc-tests ") {
            self.binary = format!("{}:doc", rest.trim());
        } else if is_beginning(line) {
            if self.open {
                self.tests.broke("a test binary did not finish");
            }
            (self.open, self.seen) = (true, (self.tests.cases().len(), 0));
        } else if let Some(rest) = line.strip_prefix("test result: ") {
            self.ends(rest);
        } else if let Some(rest) = line.strip_prefix("test ") {
            self.test(rest);
        } else if line.starts_with("error: could not compile") || line.starts_with("error[E") {
            self.tests.broke(line);
        } else if let Some(name) = line.strip_prefix("---- ") {
            let name = name.strip_suffix(" ----").map(|name| name.trim_end_matches(" stdout"));
            self.shown = name.filter(|_| self.told < MAX_TOLD).and_then(|name| self.failed(name));
            self.told += 1;
        } else {
            self.output(line);
        }
    }

    fn test(&mut self, rest: &str) {
        let Some((name, word)) = rest.rsplit_once(" ... ") else { return };
        let outcome = match word.trim() {
            "ok" => Outcome::Passed,
            word if word.starts_with("FAILED") => Outcome::Failed,
            word if word.starts_with("ignored") => Outcome::Skipped,
            word if word.starts_with("bench:") => Outcome::Passed,
            _ => return,
        };
        self.seen.1 += u64::from(outcome == Outcome::Failed);
        let name = name.trim_end_matches(" - should panic");
        let full = self.full(name);
        self.tests.push(case(full, outcome));
    }

    fn full(&mut self, name: &str) -> String {
        let prefix = if self.binary.is_empty() { String::new() } else { format!("{}::", self.binary) };
        let Some((item, _line)) = name.split_once(" (line ") else { return format!("{prefix}{name}") };
        let item = format!("{prefix}{}", item.trim());
        let n = self.doctests.entry(item.clone()).or_default();
        *n += 1;
        if *n == 1 { item } else { format!("{item} #{n}") }
    }

    /// `ok. 3 passed; 1 failed; …`: what it counts and the lines above do not show was printed over by a test.
    fn ends(&mut self, rest: &str) {
        self.open = false;
        let count = |word: &str| {
            let part = rest.split([';', '.']).find_map(|part| part.trim().strip_suffix(word));
            part.and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        if count("failed") > self.seen.1 {
            self.tests.broke(format!("{} tests failed that are not shown", count("failed") - self.seen.1));
        }
    }

    /// A failed test of the binary that runs.
    fn failed(&mut self, shown: &str) -> Option<usize> {
        let suffix = format!("::{shown}");
        let is_shown = |name: &str| name == shown || name.ends_with(&suffix);
        let own = self.tests.cases().iter().enumerate().skip(self.seen.0);
        own.filter(|(_, case)| case.outcome == Outcome::Failed).find(|(_, case)| is_shown(&case.name)).map(|(at, _)| at)
    }

    /// `thread 'tests::adds' panicked at src/lib.rs:10:9:` and the line after it, in the output of a failed test.
    fn output(&mut self, line: &str) {
        let Some(case) = self.shown.and_then(|at| self.tests.cases().get_mut(at)) else { return };
        if let Some((_, place)) = line.split_once(" panicked at ") {
            let mut parts = place.trim_end_matches(':').splitn(3, ':');
            case.file = cut(parts.next().unwrap_or_default(), MAX_LINE).to_owned();
            case.line = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        } else if case.line > 0 && case.message.len() < 600 && !line.starts_with("note: run with") {
            case.message = format!("{}\n{}", case.message, cut(line, MAX_LINE)).trim().to_owned();
        }
    }
}

/// `running 3 tests`.
fn is_beginning(line: &str) -> bool {
    let rest = line.strip_prefix("running ").and_then(|rest| rest.split_once(' '));
    rest.is_some_and(|(n, word)| n.parse::<u64>().is_ok() && word.starts_with("test"))
}

/// `unittests src/lib.rs (target/debug/deps/greet-0f3a)` as `greet:src/lib.rs`.
fn binary(rest: &str) -> Option<String> {
    let (what, file) = rest.split_once(" (")?;
    let file = file.trim_end_matches(')').rsplit('/').next()?;
    let package = file.rsplit_once('-').map_or(file, |(name, _)| name);
    Some(format!("{package}:{}", what.trim_start_matches("unittests ").trim()))
}
