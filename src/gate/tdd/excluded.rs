//! Added lines that are taken out of what coverage measures: a share of what is left proves nothing about them.

use super::super::Diff;
use super::change::Change;
use super::paths::Class;
use crate::model::Finding;

/// What the coverage tools of each language look for in a line.
const MARKS: [&str; 10] = [
    "pragma: no cover",
    "istanbul ignore",
    "c8 ignore",
    "v8 ignore",
    "node:coverage ignore",
    "coverage(off)",
    "no_coverage",
    "tarpaulin_include",
    "LCOV_EXCL",
    "nocov",
];

/// Settings by which coverage.py takes out lines all over a project.
const SETTINGS: [&str; 2] = ["exclude_lines", "exclude_also"];

/// Blocks that are there for tools and for starting a program, and that no test is expected to reach.
const USUAL: [&str; 2] = ["__name__ ==", "if TYPE_CHECKING"];

/// Every exclusion that a change adds.
pub(super) fn exclusions(change: &Change, diff: &Diff) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &change.files {
        let marks: &[&str] = match file.class {
            Class::Source => &MARKS,
            Class::Manifest | Class::Data => &SETTINGS,
            Class::Test | Class::Document => &[],
        };
        for line in diff.file(&file.path).iter().flat_map(|file| &file.added) {
            let Some(mark) = marks.iter().find(|mark| line.text.contains(**mark)) else { continue };
            if !USUAL.iter().any(|usual| line.text.contains(usual)) {
                found.push(Finding {
                    file: file.path.clone(),
                    line: line.number,
                    rule: "coverage-excluded".to_owned(),
                    message: format!("`{mark}` takes code out of the measured coverage"),
                    advice: "write a test that reaches it; only a person may decide what to leave out".to_owned(),
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::super::paths::Paths;
    use super::*;
    use crate::model::GateKind;

    fn found(path: &str, line: &str) -> Vec<u32> {
        let new = format!("a\n{line}\n");
        let diff = testing::diff(&[(path, "a\n", &new)]);
        let change = Change::of(&diff, &Paths::new(&testing::gate(GateKind::Tdd, "")));
        exclusions(&change, &diff).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn exclusions_that_a_change_adds() {
        for (path, line, lines) in [
            ("a.py", "def f():  # pragma: no cover", &[2][..]),
            ("a.py", "if __name__ == '__main__':  # pragma: no cover", &[]),
            ("src/a.ts", "/* v8 ignore next 3 */", &[2]),
            ("src/a.rs", "#[coverage(off)]", &[2]),
            ("pyproject.toml", "exclude_also = ['def .*']", &[2]),
            (".coveragerc", "exclude_lines = x", &[2]),
            ("tests/test_a.py", "x = 1  # pragma: no cover", &[]),
            ("a.py", "x = 1", &[]),
        ] {
            assert_eq!(found(path, line), lines, "{path} {line}");
        }
    }
}
