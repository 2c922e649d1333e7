//! What is fuzzed, and what must hold whatever comes.

use std::collections::{BTreeMap, HashSet};

use super::{judged, streams};
use git_orca::graph::TaskGraph;
use git_orca::journal::read_entries;
use git_orca::model::{MapFiles, Severity, Task, TaskId};
use git_orca::plan::{Mode, PlanEntry, Reading, apply, marks, read, read_modes};
use git_orca::settings::{Flags, Sources, resolve};

/// A parser: its name, the documents of the corpus that it takes, and a try that panics when a promise breaks.
type Target = (&'static str, fn(&str) -> bool, fn(&str, &[u8]));

/// All of them.
pub const TARGETS: [Target; 7] = [
    ("plan", is_plan, plan),
    ("marks", is_plan, marking),
    ("settings", |name| name.ends_with(".toml"), settings),
    ("journal", |name| name.starts_with("journals/"), journal),
    ("report", |name| name.starts_with("reports/"), judged::report),
    ("note", |name| name.starts_with("notes/"), judged::note),
    ("stream", |name| name.starts_with("agents/") && name.ends_with(".jsonl"), streams::stream),
];

fn is_plan(name: &str) -> bool {
    name.starts_with("plans/")
}

/// The document where its format expects it: cards want a folder.
fn placed(name: &str, bytes: &[u8]) -> (MapFiles, PlanEntry) {
    let path = name.strip_prefix("plans/").unwrap_or("tasks.md").to_owned();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let cards = ["ccpm/", "gsd/", "backlog.md/"].iter().any(|start| path.starts_with(start));
    let entry = PlanEntry::new(if cards { folder.clone() } else { path.clone() });
    let mut files = BTreeMap::from([(path, bytes.to_vec())]);
    if folder.starts_with("ccpm/") {
        files.insert(format!("{folder}/epic.md"), b"# Epic\n".to_vec());
    }
    (MapFiles(files), entry)
}

fn plan(name: &str, bytes: &[u8]) {
    let (files, entry) = placed(name, bytes);
    for read in read_modes(&files, &[entry], &Reading::default(), &Mode::ALL) {
        assert!(
            !read.tasks.is_empty() || read.problems.iter().any(|p| p.severity == Severity::Error),
            "nothing is said"
        );
        let mut seen = HashSet::new();
        for task in &read.tasks {
            assert!(seen.insert(task.id.as_str().to_ascii_lowercase()), "{} twice", task.id);
            assert_eq!(task.id.as_str().parse::<TaskId>().ok().as_ref(), Some(&task.id), "no valid id");
            assert!(is_ref_component(task.id.as_str()), "`{}` is no part of a ref", task.id);
            assert!(
                task.after.iter().all(|edge| read.tasks.iter().any(|other| other.id == edge.task)),
                "edge to nobody"
            );
        }
        let (graph, _) = TaskGraph::build(&read.tasks, &read.barriers);
        assert_eq!(graph.topological().count(), read.tasks.len());
    }
}

/// What `git check-ref-format` asks of one component.
fn is_ref_component(id: &str) -> bool {
    let bad = |c: char| c.is_ascii_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' | '/');
    !id.is_empty()
        && id.len() <= 100
        && !id.contains(bad)
        && !id.contains("..")
        && !id.contains("@{")
        && !id.starts_with(['.', '-'])
        && !id.ends_with(['.'])
        && !id.ends_with(".lock")
}

fn marking(name: &str, bytes: &[u8]) {
    let (files, entry) = placed(name, bytes);
    let all = Reading { include_done: true, include_optional: true, ..Reading::default() };
    let before = read(&files, &entry, &all);
    let open: Vec<&Task> = before.tasks.iter().filter(|task| !task.done).step_by(2).collect();
    let marking = marks(&files, &entry, "", &open);
    assert_eq!(marking.marked.len() + marking.left.len(), open.len());
    let mut marked = files.clone();
    for edits in marking.edits.chunk_by(|a, b| a.file == b.file) {
        let file = marked.0.get_mut(&edits[0].file).expect("an edited file is there");
        *file = apply(file, edits).expect("edits apply to what they were made from");
    }
    let after = read(&marked, &entry, &all);
    let done =
        |tasks: &[Task]| tasks.iter().filter(|task| task.done).map(|task| task.id.clone()).collect::<HashSet<_>>();
    let expected: HashSet<TaskId> = done(&before.tasks).into_iter().chain(marking.marked).collect();
    assert_eq!(done(&after.tasks), expected);
}

fn settings(_: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let sources = Sources {
        beneath: &[],
        flags: &Flags::default(),
        env: &BTreeMap::new(),
        git_config: &BTreeMap::new(),
        file: Some(("orca.toml", &text)),
        built_in_agents: &["script"],
        gate_kinds: git_orca::gate::kinds(),
    };
    if let Err(problems) = resolve(&sources) {
        assert!(problems.iter().any(|problem| problem.severity == Severity::Error));
    }
}

fn journal(_: &str, bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("it can be written");
    if let Ok(entries) = read_entries(file.path()) {
        let _ = git_orca::journal::RunState::replay(&entries);
    }
}
