//! Write-back: for every format, marking tasks changes their marks and nothing else.

use proptest::prelude::*;

use super::*;
use crate::model::{Files, Task};

/// The fixtures that are sound plans.
fn plans() -> impl Iterator<Item = &'static str> {
    FIXTURES.into_iter().filter(|path| !path.contains("broken"))
}

fn all_tasks() -> Reading {
    Reading { include_done: true, include_optional: true, ..Reading::default() }
}

/// The fixtures in memory, changed by `turn`.
fn turned(turn: fn(Vec<u8>) -> Vec<u8>) -> MapFiles {
    let files = fixtures();
    let read = |path: String| Some((path.clone(), turn(files.read(&path).ok()?)));
    MapFiles(files.list("").unwrap().into_iter().filter_map(read).collect())
}

fn as_they_are(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

fn crlf(bytes: Vec<u8>) -> Vec<u8> {
    String::from_utf8(bytes).unwrap().replace('\n', "\r\n").into_bytes()
}

fn bom(bytes: Vec<u8>) -> Vec<u8> {
    [b"\xef\xbb\xbf".as_slice(), &bytes].concat()
}

/// Applies `marking` and returns the files after it.
fn applied(files: &MapFiles, marking: &Marking) -> MapFiles {
    let mut after = files.clone();
    for edits in marking.edits.chunk_by(|a, b| a.file == b.file) {
        let bytes = after.0.get_mut(&edits[0].file).unwrap();
        *bytes = apply(bytes, edits).unwrap();
    }
    after
}

/// What `after` differs from `before` in, with details and with the marks themselves left aside.
fn without_marks(plan: &Plan) -> Vec<Task> {
    let plain = |task: &Task| Task { details: String::new(), done: false, optional: false, ..task.clone() };
    plan.tasks.iter().map(plain).collect()
}

fn check(files: &MapFiles, path: &str, chosen: &[bool]) {
    let before = read(files, &PlanEntry::new(path), &all_tasks());
    let open = before.tasks.iter().enumerate().filter(|(n, task)| !task.done && chosen[n % chosen.len()]);
    let wanted: Vec<&Task> = open.map(|(_, task)| task).collect();
    let marking = marks(files, &PlanEntry::new(path), "", &wanted);
    assert_eq!(marking.marked.len() + marking.left.len(), wanted.len(), "{path}: {marking:?}");
    let after_files = applied(files, &marking);
    let after = read(&after_files, &PlanEntry::new(path), &all_tasks());
    assert_eq!(without_marks(&before), without_marks(&after), "{path}");
    for (old, new) in before.tasks.iter().zip(&after.tasks) {
        assert_eq!(new.done, old.done || marking.marked.contains(&old.id), "{path}: {}", old.id);
    }
    // Marking again finds all of it done.
    let again = marks(&after_files, &PlanEntry::new(path), "", &wanted);
    assert_eq!((again.edits.len(), again.marked.len()), (0, marking.marked.len()), "{path}: {again:?}");
}

#[test]
fn every_format_is_marked_or_says_why_not() {
    let files = turned(as_they_are);
    let mut shown = String::new();
    for path in plans() {
        let plan = read(&files, &PlanEntry::new(path), &all_tasks());
        let open: Vec<&Task> = plan.tasks.iter().filter(|task| !task.done).collect();
        let marking = marks(&files, &PlanEntry::new(path), "", &open);
        let kind = plan.sources.first().map_or("", |source| source.kind);
        writeln!(shown, "{kind} {path}: {} of {} marked", marking.marked.len(), open.len()).unwrap();
        for edit in &marking.edits {
            let text = String::from_utf8(files.read(&edit.file).unwrap()).unwrap();
            let line = text[..edit.range.start].matches('\n').count() + 1;
            writeln!(shown, "    {}:{line} `{}` becomes `{}`", edit.file, edit.old, edit.new).unwrap();
        }
        for (task, why) in &marking.left {
            writeln!(shown, "    {task}: {why}").unwrap();
        }
    }
    insta::assert_snapshot!(shown);
    // What `generate` writes is tried by the whole program.
    for format in format_names().filter(|format| *format != "complete-tasks") {
        assert!(shown.lines().any(|line| line.starts_with(&format!("{format} "))), "no fixture of {format}");
    }
}

#[test]
fn a_parent_is_ticked_with_the_last_of_its_children() {
    let text = "- [ ] 1. Parent\n- [x] 1.1 a _Requirements: 1_\n- [-] 1.2 b\n- [ ]* 1.3 c\n- [ ] 2. Other\n  - [ ] 2.1 d\n  - [ ] 2.2 e\n";
    let files = MapFiles([("tasks.md".to_owned(), text.as_bytes().to_vec())].into());
    let plan = read(&files, &PlanEntry::new("tasks.md"), &all_tasks());
    let named = |key: &str| plan.tasks.iter().find(|task| task.key == key).unwrap();
    let marking = marks(&files, &PlanEntry::new("tasks.md"), "", &[named("1.2"), named("2.1")]);
    let after = applied(&files, &marking);
    let expected = "- [x] 1. Parent\n- [x] 1.1 a _Requirements: 1_\n- [x] 1.2 b\n- [ ]* 1.3 c\n- [ ] 2. Other\n  - [x] 2.1 d\n  - [ ] 2.2 e\n";
    assert_eq!(String::from_utf8(after.0["tasks.md"].clone()).unwrap(), expected);
}

#[test]
fn the_files_own_marks_are_used() {
    for (text, expected) in [
        ("- [ ] T001 a\n- [ ] T002 b\n", "- [X] T001 a\n- [ ] T002 b\n"),
        ("- [ ] T001 a\n- [x] T002 b\n", "- [x] T001 a\n- [x] T002 b\n"),
        ("- [ ] a\n- [X] b\n- [X] c\n- [x] d\n", "- [X] a\n- [X] b\n- [X] c\n- [x] d\n"),
        ("- [ ] a\n", "- [x] a\n"),
    ] {
        let files = MapFiles([("tasks.md".to_owned(), text.as_bytes().to_vec())].into());
        let plan = read(&files, &PlanEntry::new("tasks.md"), &all_tasks());
        let marking = marks(&files, &PlanEntry::new("tasks.md"), "", &[&plan.tasks[0]]);
        assert_eq!(String::from_utf8(applied(&files, &marking).0["tasks.md"].clone()).unwrap(), expected);
    }
}

#[test]
fn a_status_in_words_is_changed_where_it_is_plain() {
    for (status, expected) in [
        ("Pending", Some("Done")),
        ("🔄 In Progress (half)", Some("🔄 Done (half)")),
        ("TODO", Some("DONE")),
        ("unclear", None),
    ] {
        let plan = |status: &str| format!("### Task 1: a\r\n**Priority**: high\r\n**Status**: {status}\r\n");
        let files = MapFiles([("plan.md".to_owned(), plan(status).into_bytes())].into());
        let read = read(&files, &PlanEntry::new("plan.md"), &all_tasks());
        let marking = marks(&files, &PlanEntry::new("plan.md"), "", &[&read.tasks[0]]);
        assert_eq!(marking.left.is_empty(), expected.is_some(), "{marking:?}");
        let after = String::from_utf8(applied(&files, &marking).0["plan.md"].clone()).unwrap();
        assert_eq!(after, plan(expected.unwrap_or(status)));
    }
}

#[test]
fn a_plan_that_was_edited_meanwhile_is_marked_by_its_ids() {
    let before = MapFiles([("tasks.md".to_owned(), b"- [ ] T001 a\n- [ ] T002 b\n- [ ] plain\n".to_vec())].into());
    let after = MapFiles([("tasks.md".to_owned(), b"# New\n- [ ] T009 z\n- [ ] T002 reworded\n".to_vec())].into());
    let plan = read(&before, &PlanEntry::new("tasks.md"), &all_tasks());
    let marking = marks(&after, &PlanEntry::new("tasks.md"), "", &plan.tasks.iter().collect::<Vec<_>>());
    assert_eq!(marking.marked.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["T002"]);
    assert_eq!(marking.left.len(), plan.tasks.len() - 1);
    let gone = marks(&MapFiles::default(), &PlanEntry::new("tasks.md"), "", &[&plan.tasks[0]]);
    assert!(gone.edits.is_empty() && gone.left[0].1.contains("no such file"), "{gone:?}");
}

#[test]
fn several_plans_are_marked_by_their_names() {
    let files = turned(as_they_are);
    let entries = [PlanEntry::new("speckit/specs/001-greet"), PlanEntry::new("native/tasks.json")];
    let plan = read_all(&files, &entries, &all_tasks());
    for (entry, source) in entries.iter().zip(&plan.sources) {
        let own: Vec<&Task> = plan.tasks.iter().filter(|task| !task.done && task.at.file == source.path).collect();
        assert!(!own.is_empty());
        let marking = marks(&files, entry, &source.prefix, &own);
        assert!(marking.left.is_empty() && marking.marked.len() == own.len(), "{marking:?}");
    }
}

/// The plans that people bring for trying things out, when their folder is named.
#[test]
fn plans_of_others_are_marked_without_a_trace() {
    let Ok(folder) = std::env::var("ORCA_PLANS") else {
        return println!("skipped: needs a folder of plans with a manifest.jsonl in ORCA_PLANS");
    };
    let files = FolderFiles::new(folder);
    let manifest = String::from_utf8(files.read("manifest.jsonl").unwrap()).unwrap();
    let file =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["file"].as_str().unwrap().to_owned();
    for path in manifest.lines().map(file) {
        let plan = read(&files, &PlanEntry::new(&path), &all_tasks());
        let open: Vec<&Task> = plan.tasks.iter().filter(|task| !task.done).collect();
        let marking = marks(&files, &PlanEntry::new(&path), "", &open);
        let mut whys: Vec<&str> = marking.left.iter().map(|(_, why)| why.as_str()).collect();
        whys.sort_unstable();
        whys.dedup();
        println!("{path}: {} of {} {whys:?}", marking.marked.len(), open.len());
        assert!(!whys.iter().any(|why| why.contains("would change")), "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_marks_change(chosen in proptest::collection::vec(any::<bool>(), 1..12), turn in 0_usize..3) {
        let files = turned([as_they_are, crlf, bom][turn]);
        for path in plans() {
            check(&files, path, &chosen);
        }
    }
}
