//! Tests of whole documents: the fixtures as drawn text, hostile input, properties.

mod kinds;
mod marks;
mod shapes;

use nix::sys::resource::{UsageWho, getrusage};
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::graph::TaskGraph;
use crate::model::{FolderFiles, MapFiles, Severity, TaskKind};

fn fixtures() -> FolderFiles {
    FolderFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plans"))
}

fn text_plan(name: &str, text: impl Into<Vec<u8>>) -> Plan {
    let files = MapFiles([(name.to_owned(), text.into())].into());
    read(&files, &PlanEntry::new(name), &Reading::default())
}

/// A plan as lines: what each task is and what it waits for.
fn drawn(plan: &Plan) -> String {
    let (graph, mut problems) = TaskGraph::build(&plan.tasks, &plan.barriers);
    let edges = graph.reduced();
    let mut out = String::new();
    for source in &plan.sources {
        writeln!(out, "{} as {} `{}`", source.path, source.kind, plan.title).unwrap();
    }
    for (task, after) in plan.tasks.iter().zip(&edges.direct) {
        let mut marks = String::new();
        for (mark, set) in [("done", task.done), ("optional", task.optional)] {
            marks += &if set { format!(" {mark}") } else { String::new() };
        }
        if task.kind != TaskKind::Change {
            marks += &format!(" {:?}", task.kind).to_lowercase();
        }
        let estimate = task.estimate.map(|m| format!(" {m} min")).unwrap_or_default();
        writeln!(out, "{}: {} [{}]{marks}{estimate} p{}", task.at.line, task.id, task.title, task.priority).unwrap();
        for edge in after {
            let why = format!("{:?}", edge.origin.why).to_lowercase();
            writeln!(out, "    after {} ({why}, line {})", graph.id(edge.task), edge.origin.at.line).unwrap();
        }
        let files: Vec<String> =
            task.files.iter().map(|f| format!("{}{}", f.path, if f.creates { " (new)" } else { "" })).collect();
        for (label, list) in [("files", files), ("accept", task.acceptance.clone())] {
            if !list.is_empty() {
                writeln!(out, "    {label} {}", list.join(", ")).unwrap();
            }
        }
    }
    for companion in &plan.companions {
        writeln!(out, "companion {} {}", companion.kind, companion.path).unwrap();
    }
    for ignored in &plan.ignored {
        writeln!(out, "ignored {} {}", ignored.count, ignored.why).unwrap();
    }
    problems.splice(0..0, plan.problems.clone());
    for problem in &problems {
        writeln!(out, "{:?} {}: {} | {}", problem.severity, problem.at, problem.what, problem.hint).unwrap();
    }
    out
}

/// One plan of every format at least.
const FIXTURES: [&str; 41] = [
    "native/tasks.json",
    "native/broken.json",
    "speckit/specs/001-greet",
    "orca/tasks.md",
    "orca/impl_tasks.md",
    "orca/dev_tasks.md",
    "orca/dev_plan.md",
    "orca/plain_tasks.md",
    "orca/steps.md",
    "agent-workflow/backlog.json",
    "checklist/TODO.md",
    "kiro/tasks.md",
    "cc-sdd/tasks.md",
    "spec-workflow/tasks.md",
    "agent-os/tasks.md",
    "openspec/changes/add-tags",
    "conductor/plan.md",
    "superpowers/2026-01-02-cache.md",
    "sisyphus/plan.md",
    "bmad/1.2.story.md",
    "bmad/1.3.story.md",
    "task-master/tasks.json",
    "beads/issues.jsonl",
    "table/PLAN.md",
    "yaml/tasks.yaml",
    "checklist/PICTURED.md",
    "orca/aufgaben.md",
    "ralph/prd.json",
    "github-issues/issues.json",
    "ccpm/epic",
    "backlog.md",
    "gsd/07-search",
    "orca/ids.md",
    "json/steps.json",
    "outline/garden.md",
    "front-matter/pier.plan.md",
    "fenced/PLANS.md",
    "toml/plan.toml",
    "org/garden.org",
    "todo-txt/todo.txt",
    "prp/ferry.md",
];

#[test]
fn fixtures_read_as_drawn() {
    for path in FIXTURES {
        let plan = read(&fixtures(), &PlanEntry::new(path), &Reading::default());
        insta::assert_snapshot!(path.replace('/', "_"), drawn(&plan));
    }
}

#[test]
fn words_below_a_heading_go_with_its_tasks_and_tasks_do_not() {
    let boxes =
        "# P\n\nFor all.\n\n- [ ] 1. one\n- [ ] 2. two\n\n## Q\n\n- [ ] 3. three\n\nLate words.\n\n- [ ] 4. four\n";
    let plan = text_plan("PLAN.md", boxes);
    let details: Vec<&str> = plan.tasks.iter().map(|task| task.details.as_str()).collect();
    assert_eq!(
        details,
        ["- [ ] 1. one\n\nP\nFor all.", "- [ ] 2. two\n\nP\nFor all.", "- [ ] 3. three", "- [ ] 4. four"]
    );
}

#[test]
fn readings_differ_only_in_what_is_implied() {
    let entry = PlanEntry::new("speckit/specs/001-greet");
    for mode in [Mode::Strict, Mode::Loose] {
        let plan = read(&fixtures(), &entry, &Reading { mode, ..Reading::default() });
        insta::assert_snapshot!(format!("speckit_{}", mode.name()), drawn(&plan));
    }
    let deps = Some([crate::model::Why::Explicit].into());
    let plan = read(&fixtures(), &entry, &Reading { deps, ..Reading::default() });
    let whys = plan.tasks.iter().flat_map(|t| &t.after).map(|e| e.why).chain(plan.barriers.iter().map(|b| b.why));
    assert!(whys.clone().count() > 0 && whys.into_iter().all(|why| why == crate::model::Why::Explicit));
}

#[test]
fn plans_are_found_in_a_repository() {
    let found = find(&fixtures());
    let shown: Vec<String> = found.iter().map(|f| format!("{} {} {}/{}", f.path, f.format, f.done, f.tasks)).collect();
    assert!(shown.contains(&"speckit/specs/001-greet/tasks.md spec-kit 1/13".to_owned()), "{shown:#?}");
    assert!(shown.contains(&"checklist/TODO.md checklist 1/5".to_owned()), "{shown:#?}");
    let plan = read(&fixtures(), &PlanEntry::new(""), &Reading::default());
    assert!(plan.has_errors() && plan.problems[0].what.starts_with("several plans"), "{:?}", plan.problems);
}

#[test]
fn several_plans_keep_their_names_apart() {
    let entries = [PlanEntry::new("speckit/specs/001-greet"), PlanEntry::new("native/tasks.json")];
    let plan = read_all(&fixtures(), &entries, &Reading::default());
    assert_eq!(plan.tasks.len(), 18);
    assert!(plan.tasks.iter().any(|task| task.id.as_str() == "001-greet.T001"));
    assert!(plan.tasks.iter().any(|task| task.id.as_str() == "native.schema"));
    assert!(!plan.states_order);
}

#[test]
fn waves_in_the_line_that_opens_a_fence_are_no_waves() {
    let plan = text_plan(
        ".kiro/specs/a/tasks.md",
        "- [ ] 1. One\n  - _Requirements: 1.1_\n- [ ] 2. Two\n\n```json {\"waves\": [\n```\n",
    );
    assert_eq!(plan.tasks.len(), 2, "{plan:?}");
}

#[test]
fn what_is_no_plan_says_so() {
    let table = [
        ("a.md", "", "this is not a plan in any known format"),
        ("a.json", "{}", "this is not a plan in any known format"),
        ("tasks.json", "{\"orca\": 1, \"tasks\": [", "not valid JSON"),
        ("tasks.json", "{\"orca\": 1, \"tasks\": []}", "no tasks found"),
    ];
    for (name, text, what) in table {
        let plan = text_plan(name, text);
        assert!(plan.has_errors() && plan.problems[0].what.contains(what), "{name} {text}: {:?}", plan.problems);
    }
    let plan = read(&MapFiles::default(), &PlanEntry::new("gone.md"), &Reading::default());
    assert!(plan.problems[0].what.contains("no such file"), "{:?}", plan.problems);
    let named = PlanEntry { format: Some("nonsense".into()), ..PlanEntry::new("native/tasks.json") };
    assert!(read(&fixtures(), &named, &Reading::default()).problems[0].hint.contains("native"));
}

#[test]
fn hostile_documents_cost_little() {
    let range = "T1-T9999 before T1-T9999\n".repeat(2_000);
    let tasks: String = (1..=5_000).map(|n| format!("- [ ] T{n} x\n")).collect();
    let documents: [(&str, String); 13] = [
        ("lists.md", "# Plan\n1. x (after 2)\n".repeat(40_000)),
        ("bold.md", "**T1: x**\n".repeat(40_000)),
        ("open.yaml", format!("tasks: [\n{}", "  {id: a, title: b},\n".repeat(100_000))),
        ("odd.yaml", format!("tasks:\n{}{}", "- id: a\n  title: b\n".repeat(50_000), "- x\n".repeat(40_000))),
        (
            "rows.md",
            format!(
                "| ID | Task | After |\n|---|---|---|\n{}",
                (0..20_000).map(|n| format!("| {n} | x | {}, {} |\n", n / 2, n / 3)).collect::<String>()
            ),
        ),
        ("ranges.md", format!("{tasks}## Dependencies\n{range}")),
        ("nested.md", (0..10_000).map(|n| format!("{}- [ ] x\n", " ".repeat(n % 2_000))).collect()),
        ("line.md", format!("- [ ] T001 {}", "T002 → src/a.rs, ".repeat(100_000))),
        ("fences.md", "```\n".repeat(100_000) + "- [ ] x"),
        (
            "deep.json",
            format!(
                "{{\"orca\":1,\"tasks\":[{{\"id\":\"a\",\"x\":{}{}}}]}}",
                "[".repeat(1_000_000),
                "]".repeat(1_000_000)
            ),
        ),
        (
            "heads.md",
            (0..50_000)
                .map(|n| format!("### Task {n}: x\n**Priority**: high\n**Dependencies**: Task {}\n", n / 2))
                .collect(),
        ),
        ("same.md", "- [ ] T001 x in src/a.rs\n".repeat(10_000)),
        ("turned.md", "- [ ] T001 \u{202e}gnp\u{1b}[31m\u{0} `../../etc/passwd.txt` `src/\u{202e}x.rs`\n".to_owned()),
    ];
    for (name, text) in documents {
        let start = cpu_seconds();
        let plan = text_plan(name, text);
        let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
        assert_eq!(graph.len(), plan.tasks.len());
        // Of this thread, so that a busy machine does not count; debug builds take some seconds. The point is that
        // nothing is quadratic in what was made to be so.
        let took = cpu_seconds() - start;
        assert!(took < 60, "{name} took {took} s");
    }
}

/// Processor time of this thread so far.
fn cpu_seconds() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
    usage.user_time().tv_sec() + usage.system_time().tv_sec()
}

proptest! {
    #[test]
    fn any_bytes_give_a_plan(
        lines in proptest::collection::vec(
            prop_oneof![
                "[ \t]{0,6}[-*+] \\[[ xX~-]\\] (T[0-9]{1,3}|[0-9.]{1,5})? ?(\\[P\\] )?[a-z `/.]{0,20}",
                "#{1,5} (Phase|Task|TASK-|US-)? ?[0-9.]{0,4}:? ?[a-z ]{0,9}",
                "\\*\\*(Dependencies|Priority|Files|Blocked By)\\*\\*: .{0,20}",
                "T[0-9]{1,2} ?(-|→|before|blocks|depends on) ?T[0-9]{1,2}",
                "(```|<!--|-->|---|\\|a\\|)",
                "\\PC{0,30}",
            ],
            0..40,
        ),
        name in prop_oneof![Just("tasks.md"), Just("tasks.json"), Just("issues.jsonl"), Just("plan.txt"), Just("tasks.yaml")],
        ending in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let plan = text_plan(name, lines.join(ending));
        let mut seen = std::collections::HashSet::new();
        for task in &plan.tasks {
            prop_assert!(seen.insert(task.id.as_str().to_ascii_lowercase()));
            prop_assert!(task.at.line > 0);
        }
        prop_assert!(!plan.tasks.is_empty() || plan.has_errors());
        let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
        prop_assert_eq!(graph.topological().count(), plan.tasks.len());
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for name in ["a.md", "tasks.json", "issues.jsonl", "tasks.yaml"] {
            let plan = text_plan(name, bytes.clone());
            prop_assert!(!plan.tasks.is_empty() || plan.problems.iter().any(|p| p.severity == Severity::Error));
        }
    }
}
