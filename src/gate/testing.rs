//! Differences and evidence for tests of judgements.

use std::collections::{BTreeMap, BTreeSet};

use super::reports::{Coverage, Outcome, Report, TestCase, TestReport};
use super::{Diff, Evidence, TreeFiles, TreeKind};
use crate::git::{ChangeKind, FileDiff, Line};
use crate::model::{GateDef, GateKind, MapFiles};
use crate::process::End;

/// A gate of a kind.
pub(crate) fn gate(kind: GateKind, run: &str) -> GateDef {
    GateDef { run: run.to_owned(), timeout: 60, ..GateDef::new("gate".parse().unwrap(), kind) }
}

/// A difference of files given as `(path, old text, new text)`; an empty text is no file. Lines are compared by place from
/// both ends: enough for tests, whose changes are in one place.
pub(crate) fn diff(files: &[(&str, &str, &str)]) -> Diff {
    let side = |pick: fn(&(&str, &str, &str)) -> String| {
        let some = files.iter().map(|file| (file.0.to_owned(), pick(file).into_bytes()));
        TreeFiles::new(MapFiles(some.filter(|(_, text)| !text.is_empty()).collect::<BTreeMap<_, _>>()))
    };
    let mut changed: Vec<FileDiff> = files.iter().filter(|file| file.1 != file.2).map(file_diff).collect();
    changed.sort_by(|a, b| a.path.cmp(&b.path));
    Diff {
        base: "a".repeat(40).parse().unwrap(),
        head: "b".repeat(40).parse().unwrap(),
        kind: TreeKind::Task,
        files: changed,
        commits: Vec::new(),
        task: None,
        known_red: None,
        expected_red: BTreeSet::new(),
        tests_first: false,
        clashes: Vec::new(),
        old: side(|file| file.1.to_owned()),
        root: side(|file| file.1.to_owned()),
        new: side(|file| file.2.to_owned()),
    }
}

fn file_diff((path, old, new): &(&str, &str, &str)) -> FileDiff {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - same;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let lines = |all: &[&str]| {
        let middle = all.iter().enumerate().take(all.len() - end).skip(same);
        middle.map(|(n, text)| Line { number: n as u32 + 1, text: (*text).to_owned() }).collect::<Vec<_>>()
    };
    let mode = |text: &str| if text.is_empty() { 0 } else { 0o100_644 };
    FileDiff {
        path: (*path).to_owned(),
        old_path: None,
        kind: match (old.is_empty(), new.is_empty()) {
            (true, _) => ChangeKind::Added,
            (_, true) => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        },
        old_mode: mode(old),
        new_mode: mode(new),
        binary: false,
        added: lines(&b),
        removed: lines(&a),
        truncated: false,
    }
}

/// A command that ended so.
pub(crate) fn evidence(end: End, output: &str) -> Evidence {
    Evidence {
        end,
        output: output.to_owned(),
        log: String::new(),
        seconds: 1.0,
        preparing: 0.0,
        cpu: 0.0,
        max_rss: 1 << 20,
        report: None,
        coverage: None,
        disturbed: None,
        prepared: true,
    }
}

/// A command that ended with an exit code and wrote a report.
pub(crate) fn reported(code: i32, report: Result<Report, String>) -> Evidence {
    Evidence { report: Some(report), ..evidence(End::Exited(code), "") }
}

/// Test results given as `(name, outcome)`.
pub(crate) fn results(cases: &[(&str, Outcome)]) -> Report {
    let case = |(name, outcome): &(&str, Outcome)| TestCase {
        name: (*name).to_owned(),
        outcome: *outcome,
        file: String::new(),
        line: 0,
        message: String::new(),
    };
    Report::Tests(TestReport::new(cases.iter().map(case).collect(), Vec::new()))
}

/// Coverage given as `(path, covered lines, uncovered lines)`.
pub(crate) fn coverage(files: &[(&str, &[u32], &[u32])]) -> Report {
    let lines = |hit: &[u32], missed: &[u32]| {
        hit.iter().map(|line| (*line, true)).chain(missed.iter().map(|line| (*line, false))).collect()
    };
    let files: BTreeMap<_, _> =
        files.iter().map(|(path, hit, missed)| ((*path).to_owned(), lines(hit, missed))).collect();
    Report::Coverage(Coverage { known: files.len(), files })
}
