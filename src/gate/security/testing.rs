//! Two trees and their difference, for tests of rules.

use crate::git::{ChangeKind, FileDiff, Line};
use crate::model::{Files, Finding, MapFiles};

use super::Texts;

/// A change.
pub(crate) struct Trees {
    base: MapFiles,
    head: MapFiles,
}

impl Trees {
    /// From the files before and after.
    pub(crate) fn new(base: &[(&str, &str)], head: &[(&str, &str)]) -> Trees {
        let map = |files: &[(&str, &str)]| {
            MapFiles(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
        };
        Trees { base: map(base), head: map(head) }
    }

    /// Both trees.
    pub(super) fn texts(&self) -> Texts<'_> {
        Texts { base: &self.base, head: &self.head }
    }

    /// The difference, by lines that only one side has.
    pub(crate) fn diff(&self) -> Vec<FileDiff> {
        let mut paths = [self.base.list("").unwrap(), self.head.list("").unwrap()].concat();
        paths.sort();
        paths.dedup();
        let text =
            |files: &MapFiles, path: &str| files.0.get(path).map(|bytes| String::from_utf8(bytes.clone()).unwrap());
        let mut diff = Vec::new();
        for path in paths {
            let (old, new) = (text(&self.base, &path), text(&self.head, &path));
            if old == new {
                continue;
            }
            let mode = |side: &Option<String>| if side.is_some() { 0o100_644 } else { 0 };
            diff.push(FileDiff {
                kind: match (&old, &new) {
                    (None, _) => ChangeKind::Added,
                    (_, None) => ChangeKind::Deleted,
                    _ => ChangeKind::Modified,
                },
                old_mode: mode(&old),
                new_mode: mode(&new),
                added: only_in(new.as_deref(), old.as_deref()),
                removed: only_in(old.as_deref(), new.as_deref()),
                ..new_file(&path)
            });
        }
        diff
    }
}

/// Lines of one text that the other has less often.
fn only_in(text: Option<&str>, other: Option<&str>) -> Vec<Line> {
    let mut left: Vec<&str> = other.unwrap_or_default().lines().collect();
    let mut lines = Vec::new();
    for (n, line) in text.unwrap_or_default().lines().enumerate() {
        match left.iter().position(|known| *known == line) {
            Some(at) => drop(left.remove(at)),
            None => lines.push(Line { number: n as u32 + 1, text: line.to_owned() }),
        }
    }
    lines
}

fn new_file(path: &str) -> FileDiff {
    FileDiff {
        path: path.to_owned(),
        old_path: None,
        kind: ChangeKind::Added,
        old_mode: 0,
        new_mode: 0o100_644,
        binary: false,
        added: Vec::new(),
        removed: Vec::new(),
        truncated: false,
    }
}

/// A new file of these lines.
pub(crate) fn new(path: &str, lines: &[&str]) -> FileDiff {
    let numbered = lines.iter().enumerate().map(|(n, text)| Line { number: n as u32 + 1, text: (*text).to_owned() });
    FileDiff { added: numbered.collect(), ..new_file(path) }
}

/// A file that was there, with these lines new.
pub(crate) fn changed(path: &str, lines: &[(u32, &str)]) -> FileDiff {
    let added = lines.iter().map(|(number, text)| Line { number: *number, text: (*text).to_owned() }).collect();
    FileDiff { kind: ChangeKind::Modified, old_mode: 0o100_644, added, ..new_file(path) }
}

/// Rules and lines of findings.
pub(crate) fn rules_of(findings: &[Finding]) -> Vec<(String, u32)> {
    findings.iter().map(|finding| (finding.rule.clone(), finding.line)).collect()
}
