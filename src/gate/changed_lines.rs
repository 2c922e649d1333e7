//! Coverage of the lines that a change adds.

use super::Diff;
use super::reports::Coverage;
use crate::git::ChangeKind;
use crate::model::Finding;

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
        let known = coverage.files.get(&file.path);
        let mut missed: Vec<u32> = Vec::new();
        for line in file.added.iter().filter(|line| counts(&file.path, line.number)) {
            let hit = match known {
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
}
