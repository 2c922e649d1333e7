//! Coverage of the lines that a change adds.

use std::borrow::Cow;

use super::Diff;
use super::reports::{Coverage, FileCoverage};
use crate::git::ChangeKind;
use crate::model::Finding;
use crate::source::{Language, Parsed};

/// Findings given at most: the first show where tests are missing.
const MAX_FINDINGS: usize = 30;

/// How much of what a change adds is reached by tests.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ChangedLines {
    /// Added lines that can be covered.
    pub(super) lines: usize,
    /// Those that are.
    pub(super) covered: usize,
    /// Runs of lines that are not, as findings.
    pub(super) findings: Vec<Finding>,
}

impl ChangedLines {
    /// Percent; none when the change adds nothing that could be covered.
    pub(super) fn share(&self) -> Option<f64> {
        (self.lines > 0).then(|| 100.0 * self.covered as f64 / self.lines as f64)
    }
}

/// What of the added lines is covered. `counts` tells whether a line of a path counts (tests do not, nor do documents);
/// a file with such lines that the report does not know has none of them covered: nothing loaded it.
pub(super) fn of(diff: &Diff, coverage: &Coverage, counts: &dyn Fn(&str, u32) -> bool) -> ChangedLines {
    let mut found = ChangedLines::default();
    for file in diff.files.iter().filter(|file| file.kind != ChangeKind::Deleted && !file.binary) {
        let known = coverage.files.get(&file.path).map(|lines| since_measured(diff, &file.path, lines));
        let mut missed: Vec<u32> = Vec::new();
        for line in file.added.iter().filter(|line| counts(&file.path, line.number)) {
            let hit = match &known {
                Some(lines) => lines.get(&line.number).copied(),
                None => (!line.text.trim().is_empty()).then_some(false),
            };
            let Some(hit) = hit else { continue };
            found.lines += 1;
            found.covered += usize::from(hit);
            if !hit {
                missed.push(line.number);
            }
        }
        let advice = match known {
            Some(_) => "write a test that reaches it",
            None => "the coverage report does not know this file: write a test that loads it",
        };
        for (from, to) in runs(&missed) {
            if found.findings.len() < MAX_FINDINGS {
                found.findings.push(Finding {
                    file: file.path.clone(),
                    line: from,
                    rule: "coverage".to_owned(),
                    message: if from == to {
                        "no test reaches this line".to_owned()
                    } else {
                        format!("no test reaches lines {from}-{to}")
                    },
                    advice: advice.to_owned(),
                });
            }
        }
    }
    found
}

/// The lines that a report can say something of. What the test runner itself stands on, or a plug-in of it, was loaded before
/// anything was measured: of such a file only the lines inside of functions tell what tests reach.
fn since_measured<'a>(diff: &Diff, path: &str, lines: &'a FileCoverage) -> Cow<'a, FileCoverage> {
    let is_python = Language::of_path(path) == Some(Language::Python);
    let text = diff.new.text(path).filter(|_| is_python && lines.values().any(|hit| *hit)).unwrap_or_default();
    let functions = Parsed::read(path, &text).map(|parsed| parsed.functions()).unwrap_or_default();
    let inside = |line: u32| functions.iter().any(|it| it.line < line && line <= it.end);
    let is_short = |line: u32| functions.iter().any(|it| it.line == line && it.end == line);
    let at_load = |(line, hit): (&u32, &bool)| *hit && !inside(*line) && !is_short(*line);
    if functions.is_empty() || lines.iter().any(at_load) {
        return Cow::Borrowed(lines);
    }
    Cow::Owned(lines.iter().filter(|(line, _)| inside(**line)).map(|(line, hit)| (*line, *hit)).collect())
}

/// Neighbours together. Rising numbers.
fn runs(lines: &[u32]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == *line => *to = *line,
            _ => runs.push((*line, *line)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::super::reports::Report;
    use super::super::testing;
    use super::*;

    #[test]
    fn only_added_lines_count() {
        let diff = testing::diff(&[("a.py", "1\n2\n", "1\nx\ny\nz\n2\n"), ("b.py", "", "q\n\nr\n")]);
        let Report::Coverage(coverage) = testing::coverage(&[("a.py", &[1, 2], &[3, 4, 5])]) else { panic!() };
        let found = of(&diff, &coverage, &|_, _| true);
        assert_eq!((found.lines, found.covered), (5, 1));
        assert_eq!(found.share(), Some(20.0));
        let places: Vec<_> = found.findings.iter().map(|f| (f.file.as_str(), f.line, f.message.as_str())).collect();
        let expected = [
            ("a.py", 3, "no test reaches lines 3-4"),
            ("b.py", 1, "no test reaches this line"),
            ("b.py", 3, "no test reaches this line"),
        ];
        assert_eq!(places, expected);
        assert_eq!(of(&diff, &coverage, &|path, _| path == "c").share(), None);
    }

    #[test]
    fn what_was_loaded_before_anything_was_measured_is_told_by_its_functions() {
        let text = "import os\nX = 1\n\n\ndef f(a):\n    if a:\n        return 1\n    return 2\n\n\nclass A:\n    y = 2\n\n    def g(self):\n        return 3\n";
        let diff = testing::diff(&[("a.py", "", text)]);
        let share = |lines: &[u32], missed: &[u32]| {
            let Report::Coverage(coverage) = testing::coverage(&[("a.py", lines, missed)]) else { panic!() };
            let found = of(&diff, &coverage, &|_, _| true);
            (found.covered, found.lines, found.findings.iter().map(|f| f.line).collect::<Vec<_>>())
        };
        let at_load = [1, 2, 5, 11, 12, 14];
        assert_eq!(share(&[6, 7, 8, 15], &at_load), (4, 4, Vec::new()));
        assert_eq!(
            share(&[6, 7], &[&at_load[..], &[8, 15]].concat()),
            (2, 4, vec![8, 15]),
            "functions are asked about"
        );
        assert_eq!(share(&[1, 5, 6, 7, 8], &[2, 11, 12, 14, 15]).1, 10, "it was loaded while measuring");
        assert_eq!(share(&[], &at_load).0, 0, "nothing says that it was ever loaded");
    }
}
