//! The gate that reads a change as a reviewer would who has little time: what linters and formatters of the project say
//! about the lines that changed, functions that grew out of hand, files that have nothing to do with the task, and what
//! should not be committed at all.

mod answer;
mod complexity;
mod docs;
mod keys;
mod rules;
mod scope;

use super::{Diff, Evidence, Kind, Probe, Step, TreeKind, tools};
use crate::git::{DeclaredAttribute, FileDiff, Line, MARKER_SIZE};
use crate::model::{Finding, GateDef};
use crate::source::Language;

pub use answer::{judge as answered, last_object};

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: keys::KEYS,
    about: "linters and formatters named in `tools` on changed lines, complexity, files outside of the task, conflict markers, what does not belong into a repository",
    looks_at_diff: true,
    judge,
};

/// Judges a change.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    tools::judge(def, diff, findings(diff), &|_| false, evidence)
}

fn findings(diff: &Diff) -> Vec<Finding> {
    let size = |path: &str| diff.new.bytes(path).map_or(0, |bytes| bytes.len());
    let mut findings = Vec::new();
    for file in &diff.files {
        findings.extend(marked(diff, file));
        findings.extend(rules::contents(file, &size));
        if Language::with_grammar(&file.path).is_some() && file.new_mode != 0 && !file.binary {
            let before = diff.old.text(file.old_path.as_deref().unwrap_or(&file.path)).unwrap_or_default();
            let after = diff.new.text(&file.path).unwrap_or_default();
            findings.extend(complexity::in_file(file, &before, &after));
        }
    }
    findings.extend(diff.clashes.iter().cloned());
    findings.extend(undocumented(diff));
    if diff.kind == TreeKind::Task {
        findings.extend(diff.task.iter().flat_map(|task| scope::outside(diff, task)));
        findings.extend(diff.commits.iter().filter_map(|said| rules::message(&said.subject)));
    }
    findings
}

/// Conflict markers in what a file was given, as wide as the attributes of the judged tree say.
fn marked(diff: &Diff, file: &FileDiff) -> Option<Finding> {
    let may_be = |line: &Line| line.text.starts_with(['<', '>', '=', '|']);
    if file.binary || !(file.truncated || file.added.iter().any(may_be)) {
        return None;
    }
    let folders = file.path.match_indices('/').map(|(at, _)| format!("{}/.gitattributes", &file.path[..at]));
    let files = [".gitattributes".to_owned()].into_iter().chain(folders);
    let files: Vec<(String, String)> = files.filter_map(|path| Some((path.clone(), diff.new.text(&path)?))).collect();
    let width = DeclaredAttribute::read(MARKER_SIZE, &files, "").marker_width(&file.path);
    rules::markers(file, &diff.new.text(&file.path)?, width)
}

/// Files looked at for the project's habit: enough to see one.
const MOST_LOOKED_AT: usize = 300;

fn undocumented(diff: &Diff) -> Vec<Finding> {
    let changed = diff.files.iter().filter(|file| file.new_mode != 0 && !file.binary);
    let neighbors_do = |path: &str| {
        let mut habit = docs::Habit::default();
        habit.add(path, &diff.old.text(path).unwrap_or_default());
        habit.is_kept()
    };
    let bare: Vec<Finding> = changed
        .filter(|file| neighbors_do(file.old_path.as_deref().unwrap_or(&file.path)))
        .flat_map(|file| docs::in_file(file, &diff.new.text(&file.path).unwrap_or_default()))
        .collect();
    let languages: Vec<_> = bare.iter().filter_map(|finding| Language::with_grammar(&finding.file)).collect();
    let mut habit = docs::Habit::default();
    if !bare.is_empty() {
        let same = diff
            .old
            .paths()
            .into_iter()
            .filter(|path| Language::with_grammar(path).is_some_and(|one| languages.contains(&one)));
        same.take(MOST_LOOKED_AT).for_each(|path| habit.add(&path, &diff.old.text(&path).unwrap_or_default()));
    }
    if habit.documents() { bare } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Said, testing};
    use crate::model::{GateKind, Verdict};

    fn judged(diff: &Diff) -> Step {
        judge(&testing::gate(GateKind::Review, ""), diff, &[])
    }

    #[test]
    fn a_clean_change_passes_without_a_command() {
        let diff = testing::diff(&[("src/a.py", "x = 1\n", "x = 2\n")]);
        let Step::Done(judged) = judged(&diff) else { panic!("nothing has to run") };
        assert_eq!(judged.verdict, Verdict::Pass);
    }

    #[test]
    fn findings_of_all_rules_come_together() {
        let mut diff = testing::diff(&[("a.py", "x = 1\n", "<<<<<<< HEAD\nx = 1\n"), ("node_modules/a.js", "", "x\n")]);
        diff.task = serde_json::from_value(serde_json::json!({
            "id": "T1", "key": "T1", "title": "t", "at": {"file": "p.md", "line": 1}, "files": [{"path": "a.py"}],
        }))
        .unwrap();
        let Step::Done(judged) = judged(&diff) else { panic!("nothing has to run") };
        let rules: Vec<&str> = judged.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["conflict-marker", "build-result", "outside-task"]);
        assert_eq!(judged.reason, "a.py:1 a conflict marker (and 2 more)");
        diff.kind = TreeKind::Merged;
        assert_eq!(findings(&diff).len(), 2, "a merged tree has no task");
    }

    #[test]
    fn a_long_subject_is_told_and_refuses_nothing() {
        let mut diff = testing::diff(&[("src/a.py", "x = 1\n", "x = 2\n")]);
        let files = diff.new.clone();
        let said = |subject: &str| Said {
            oid: "c".repeat(40).parse().unwrap(),
            subject: subject.to_owned(),
            body: String::new(),
            files: files.clone(),
            changed: Vec::new(),
        };
        diff.commits = vec![said(&"a".repeat(126))];
        let Step::Done(long) = judged(&diff) else { panic!("nothing has to run") };
        assert_eq!((long.verdict, long.findings.len()), (Verdict::Pass, 1));
        assert_eq!(long.reason, "a commit's first line has 126 characters (at most 120)");
        diff.commits = vec![said("wip")];
        let Step::Done(unfinished) = judged(&diff) else { panic!("nothing has to run") };
        assert_eq!(unfinished.verdict, Verdict::Fail);
    }

    #[test]
    fn documentation_is_asked_for_where_it_is_the_habit() {
        let documented = "/// D.\npub fn a() {}\n".repeat(6);
        let with = format!("{documented}pub fn b() {{}}\n");
        let rules = |old: &str, new: &str| {
            let found = findings(&testing::diff(&[("src/a.rs", old, new)]));
            found.into_iter().map(|finding| (finding.rule, finding.line)).collect::<Vec<_>>()
        };
        assert_eq!(rules(&documented, &with), [("undocumented".to_owned(), 13)]);
        assert_eq!(rules("fn a() {}\n", "fn a() {}\npub fn b() {}\n"), []);
        let neighbors = "/// D.\npub fn a() {}\npub fn c() {}\n";
        let files = [
            ("src/b.rs", &*documented, &*documented),
            ("src/a.rs", neighbors, &format!("{neighbors}pub fn b() {{}}\n")),
        ];
        assert!(findings(&testing::diff(&files)).is_empty(), "its own neighbors do without");
        let files = [("src/b.rs", &*documented, &*documented), ("src/a.rs", "", "pub fn b() {}\n")];
        assert_eq!(findings(&testing::diff(&files))[0].line, 1, "a new file is the project's");
    }
}
