//! Tests of the whole folder: small graphs drawn as text, properties, and size.

use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::model::{Barrier, Edge, FileUse, Place, Severity, Task, TaskId, TaskKind, Why};

mod generated;

fn id(text: &str) -> TaskId {
    text.parse().unwrap()
}

fn task(name: &str, line: u32) -> Task {
    Task {
        id: id(name),
        key: name.to_owned(),
        title: format!("do {name}"),
        kind: TaskKind::Change,
        done: false,
        optional: false,
        at: Place::new("plan.md", line),
        group: String::new(),
        files: Vec::new(),
        needs: BTreeMap::new(),
        after: Vec::new(),
        run: None,
        details: String::new(),
        acceptance: Vec::new(),
        named: crate::model::Named::default(),
        estimate: None,
        priority: 50,
        agent: None,
        model: None,
        role: None,
        candidates: None,
        labels: Vec::new(),
        pick: None,
    }
}

/// `A; B < A; C < A B` — one task each, waiting for those after `<`. A leading `?` is optional, `!` is done.
fn tasks(text: &str) -> Vec<Task> {
    let mut all = Vec::new();
    for (n, part) in text.split(';').enumerate() {
        let (name, after) = part.split_once('<').unwrap_or((part, ""));
        let name = name.trim();
        let mut made = task(name.trim_start_matches(['?', '!']), n as u32 + 1);
        made.optional = name.starts_with('?');
        made.done = name.starts_with('!');
        made.after = after
            .split_whitespace()
            .map(|a| Edge { task: id(a), why: Why::Explicit, at: Place::new("plan.md", n as u32 + 1) })
            .collect();
        all.push(made);
    }
    all
}

fn barrier(before: &str, after: &str, why: Why, line: u32) -> Barrier {
    let ids = |text: &str| text.split_whitespace().map(id).collect();
    Barrier { before: ids(before), after: ids(after), why, at: Place::new("plan.md", line) }
}

fn graph(tasks: &[Task], barriers: &[Barrier]) -> TaskGraph {
    let (graph, problems) = TaskGraph::build(tasks, barriers);
    assert_eq!(problems, vec![]);
    graph
}

fn names(graph: &TaskGraph, ixs: &[TaskIx]) -> String {
    ixs.iter().map(|&ix| graph.id(ix).as_str()).collect::<Vec<_>>().join(" ")
}

fn ix(graph: &TaskGraph, name: &str) -> TaskIx {
    graph.ix(&id(name)).unwrap()
}

#[test]
fn layers_paths_and_bounds() {
    let tasks = tasks("A; B < A; C < A; D < B C; E");
    let graph = graph(&tasks, &[]);
    assert_eq!(graph.layers().iter().map(|l| names(&graph, l)).collect::<Vec<_>>(), ["A E", "B C", "D"]);
    let weights = [1.0, 2.0, 5.0, 1.0, 3.0];
    assert_eq!(graph.tails(&weights), [7.0, 3.0, 6.0, 1.0, 3.0]);
    assert_eq!(names(&graph, &graph.critical_path(&weights)), "A C D");
    assert_eq!(graph.lower_bound(&weights, 1), 12.0);
    assert_eq!(graph.lower_bound(&weights, 9), 7.0);
    assert_eq!(graph.width(&weights), 3);
    assert_eq!(names(&graph, &graph.descendants(ix(&graph, "A"))), "B C D");
    let load = SimulatedLoad::new(&tasks, &BTreeMap::new());
    assert_eq!(graph.simulate(&load, 1).makespan, 5.0);
    assert_eq!(graph.useful_jobs(&load), (2, 3.0));
}

#[test]
fn barriers_are_nodes() {
    let tasks = tasks("A; B; C; D");
    let graph = graph(&tasks, &[barrier("A B", "C D", Why::Phase, 9)]);
    assert_eq!(graph.network.len(), 5);
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "D"))), "A B");
    assert_eq!(names(&graph, &graph.dependents(ix(&graph, "A"))), "C D");
    assert_eq!((graph.layer(ix(&graph, "C")), graph.layer_count()), (2, 2));
    let edges = graph.reduced();
    assert_eq!(
        edges.direct[2].iter().map(|d| (d.task.0, d.origin.why)).collect::<Vec<_>>(),
        [(0, Why::Phase), (1, Why::Phase)]
    );
}

#[test]
fn dangling_and_self_edges_are_said_and_ignored() {
    let tasks = tasks("A < X; B < B");
    let (graph, problems) = TaskGraph::build(&tasks, &[barrier("Y A", "B", Why::Phase, 7)]);
    let said: Vec<String> = problems.iter().map(|p| format!("{} {}", p.at, p.what)).collect();
    assert_eq!(
        said,
        [
            "plan.md:1 `A` depends on `X`, which is not in the plan; ignored",
            "plan.md:2 `B` depends on itself; ignored",
            "plan.md:7 `Y` is named in an order of tasks but is not in the plan; ignored",
        ]
    );
    assert!(problems.iter().all(|p| p.severity == Severity::Warning));
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "B"))), "A");
}

#[test]
fn a_written_cycle_is_an_error_with_ids_and_lines() {
    let tasks = tasks("A < C; B < A; C < B; D < C");
    let (graph, problems) = TaskGraph::build(&tasks, &[]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Error);
    for part in ["`A` waits for `C` (plan.md:1)", "`C` for `B` (plan.md:3)", "`B` for `A` (plan.md:2)"] {
        assert!(problems[0].what.contains(part), "{}", problems[0].what);
    }
    assert_eq!(graph.layer_count(), 4);
    assert_eq!(graph.dropped().len(), 1);
}

#[test]
fn a_range_gives_way_to_an_edge_but_only_for_the_pair_that_contradicts() {
    let tasks = tasks("A; B; C; D");
    let range = barrier("A B", "C D", Why::Explicit, 9);
    let single = barrier("D", "B", Why::Explicit, 10);
    let (graph, problems) = TaskGraph::build(&tasks, &[range, single]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Warning);
    assert!(
        problems[0].what.contains("`D` waits for `B` (plan.md:9), `B` for `D` (plan.md:10)"),
        "{}",
        problems[0].what
    );
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "C"))), "A B");
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "D"))), "A");
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "B"))), "D");
    let dropped: Vec<_> = graph.dropped().iter().map(|d| (graph.id(d.task).as_str(), d.origin.at.line)).collect();
    assert_eq!(dropped, [("D", 9)]);
}

#[test]
fn implied_order_gives_way_silently_enough() {
    let tasks = tasks("A < B; B");
    let (graph, problems) = TaskGraph::build(&tasks, &[barrier("A", "B", Why::Order, 3)]);
    assert_eq!(problems.iter().map(|p| p.severity).collect::<Vec<_>>(), [Severity::Info]);
    assert_eq!(graph.layer(ix(&graph, "A")), 2);
}

#[test]
fn a_task_on_both_sides_of_a_barrier_does_not_wait_for_itself() {
    let tasks = tasks("A; B; C");
    let (graph, _) = TaskGraph::build(&tasks, &[barrier("A B", "B C", Why::Explicit, 4)]);
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "B"))), "A");
    assert_eq!(names(&graph, &graph.dependencies(ix(&graph, "C"))), "A B");
}

#[test]
fn reduction_keeps_what_is_written() {
    let tasks = tasks("A; B; C < A; D < A C");
    let graph = graph(&tasks, &[barrier("A", "B", Why::Phase, 7), barrier("B", "C", Why::Phase, 8)]);
    let edges = graph.reduced();
    let shown = |n: usize| edges.direct[n].iter().map(|d| graph.id(d.task).as_str()).collect::<Vec<_>>().join(" ");
    // A before C is implied, but only by phases; A before D is implied by what is written.
    assert_eq!([shown(1), shown(2), shown(3)], ["A", "A B", "C"]);
}

#[test]
fn left_out_tasks_are_bridged_and_done_ones_satisfied() {
    let all = tasks("A; ?B < A; ?C < B; D < C; !E; F < E");
    let whole = graph(&all, &[]);
    let selection = select(&whole, &all, &[], &TaskSelection::default());
    let part = graph(&selection.tasks, &selection.barriers);
    assert_eq!(part.ids().iter().map(TaskId::as_str).collect::<Vec<_>>(), ["A", "D", "F"]);
    assert_eq!(names(&part, &part.dependencies(ix(&part, "D"))), "A");
    assert_eq!(part.layer(ix(&part, "F")), 1);
    assert_eq!(
        selection.left_out,
        [(id("B"), WhyLeftOut::Optional), (id("C"), WhyLeftOut::Optional), (id("E"), WhyLeftOut::Done)]
    );
    let wanted = TaskSelection { only: Some(HashSet::from([id("D"), id("B")])), ..TaskSelection::default() };
    let selection = select(&whole, &all, &[], &wanted);
    let part = graph(&selection.tasks, &selection.barriers);
    assert_eq!(names(&part, &part.dependencies(ix(&part, "D"))), "B");
}

#[test]
fn a_phase_left_out_as_a_whole_is_bridged() {
    let all = tasks("A1; A2; ?B1; ?B2; C1; C2");
    let barriers = [barrier("A1 A2", "B1 B2", Why::Phase, 3), barrier("B1 B2", "C1 C2", Why::Phase, 5)];
    let whole = graph(&all, &barriers);
    let selection = select(&whole, &all, &barriers, &TaskSelection::default());
    let part = graph(&selection.tasks, &selection.barriers);
    assert_eq!(names(&part, &part.dependencies(ix(&part, "C2"))), "A1 A2");
}

#[test]
fn needs_are_taken_all_at_once() {
    let mut all = tasks("A; B; C");
    all[0].needs = BTreeMap::from([("x".into(), 1), ("y".into(), 1)]);
    all[1].needs = BTreeMap::from([("y".into(), 1), ("x".into(), 1)]);
    all[2].needs = BTreeMap::from([("x".into(), 9)]);
    let load = SimulatedLoad::new(&all, &BTreeMap::from([("x".into(), 2), ("y".into(), 1)]));
    let result = graph(&all, &[]).simulate(&load, 3);
    assert_eq!(result.makespan, 3.0);
}

#[test]
fn overlaps_are_unordered_pairs_only_and_bounded() {
    let mut all = tasks("A; B < A; C; D");
    for (n, creates) in [(0, false), (1, false), (2, false), (3, true)] {
        all[n].files = vec![FileUse { path: "src/x.rs".parse().unwrap(), creates }];
    }
    let (found, problems) = overlaps(&graph(&all, &[]), &all);
    let shown: Vec<_> = found.iter().map(|o| (o.tasks[0].0, o.tasks[1].0, o.kind)).collect();
    assert_eq!(
        shown,
        [
            (0, 2, OverlapKind::File),
            (0, 3, OverlapKind::Dependency),
            (1, 2, OverlapKind::File),
            (1, 3, OverlapKind::Dependency),
            (2, 3, OverlapKind::Dependency)
        ]
    );
    assert!(problems.is_empty());

    let mut many: Vec<Task> = (0..5_000).map(|n| task(&format!("T{n}"), n + 1)).collect();
    for one in &mut many {
        one.files = vec![FileUse { path: "Cargo.lock".parse().unwrap(), creates: false }];
    }
    let (found, problems) = overlaps(&graph(&many, &[]), &many);
    assert_eq!(found.len(), MAX_SHARERS * (MAX_SHARERS - 1) / 2);
    assert!(problems[0].what.starts_with("5000 tasks declare `Cargo.lock`"), "{}", problems[0].what);
    assert_eq!(found[0].severity, OverlapSeverity::Low);
}

#[test]
fn a_folder_meets_what_lies_in_it_and_nothing_beside_it() {
    let declared = [
        ("A", "src/shop"),
        ("B", "src/shop/cart.rs"),
        ("C", "src/shopping/x.rs"),
        ("D", "notes.txt"),
        ("E", "notes.txt/x"),
    ];
    let mut all = tasks("A; B; C; D; E");
    for (task, (_, path)) in all.iter_mut().zip(declared) {
        task.files = vec![FileUse { path: path.parse().unwrap(), creates: false }];
    }
    let (found, _) = overlaps(&graph(&all, &[]), &all);
    let shown: Vec<_> = found.iter().map(|o| (o.tasks[0].0, o.tasks[1].0, o.paths[0].as_str(), o.severity)).collect();
    let wanted = [(0, 1, "src/shop", OverlapSeverity::Medium), (3, 4, "notes.txt", OverlapSeverity::High)];
    assert_eq!(shown, wanted);
    let mut ordered = tasks("A; B < A");
    for (task, (_, path)) in ordered.iter_mut().zip(declared) {
        task.files = vec![FileUse { path: path.parse().unwrap(), creates: false }];
    }
    assert!(overlaps(&graph(&ordered, &[]), &ordered).0.is_empty());
}

#[test]
fn drawings_cannot_be_broken_out_of() {
    let mut all = tasks("A; B < A");
    all[0].title = "a\"]; end\n<script>\u{202e}\x1b[31m & `x` \\".to_owned();
    let graph = graph(&all, &[]);
    let picture = draw::GraphPicture::new(&graph, &all);
    for text in [draw::dot(&picture), draw::mermaid(&picture), draw::svg(&picture)] {
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
    }
    assert!(draw::svg(&picture).contains("&quot;]; end &lt;script&gt;"));
    assert!(draw::dot(&picture).contains("\"A\" -> \"B\";"));
    assert!(!draw::mermaid(&picture).contains("\"]; end"));
    assert!(draw::mermaid(&picture).contains("t0 --> t1"));
}

#[test]
fn a_hundred_thousand_tasks_in_a_chain() {
    let mut all: Vec<Task> = (0..100_000).map(|n| task(&format!("T{n}"), n + 1)).collect();
    for n in 1..all.len() {
        all[n].after =
            vec![Edge { task: all[n - 1].id.clone(), why: Why::Explicit, at: Place::new("plan.md", n as u32) }];
    }
    let graph = graph(&all, &[]);
    assert_eq!(graph.layer_count(), 100_000);
    let load = SimulatedLoad::new(&all, &BTreeMap::new());
    assert_eq!(graph.simulate(&load, 4).makespan, 100_000.0);
    assert_eq!(graph.critical_path(&load.weights).len(), 100_000);
    assert_eq!(graph.descendants(TaskIx(0)).len(), 99_999);
    // And closed to a ring.
    all[0].after = vec![Edge { task: all[99_999].id.clone(), why: Why::Order, at: Place::new("plan.md", 1) }];
    let (ring, problems) = TaskGraph::build(&all, &[]);
    assert_eq!((ring.layer_count(), problems.len()), (100_000, 1));
}

#[test]
fn a_hundred_thousand_tasks_in_phases() {
    let all: Vec<Task> = (0..100_000).map(|n| task(&format!("T{n}"), n + 1)).collect();
    let phase = |k: usize| all[k * 1_000..(k + 1) * 1_000].iter().map(|t| t.id.clone()).collect::<Vec<_>>();
    let barriers: Vec<Barrier> = (1..100)
        .map(|k| Barrier {
            before: phase(k - 1),
            after: phase(k),
            why: Why::Phase,
            at: Place::new("plan.md", k as u32),
        })
        .collect();
    let graph = graph(&all, &barriers);
    assert_eq!(graph.layer_count(), 100);
    assert!(graph.ready_given(|ix| ix.0 < 1_000)[1_500]);
    let edges = graph.reduced();
    assert_eq!((edges.spans.len(), edges.count()), (99, 99 * 2_000));
}

#[test]
fn a_shorter_schedule_than_by_longest_tails_is_found() {
    // Graham's anomaly: two agents, and the longest tail first leaves one of them idle at the end.
    let weighted = |id: &str, minutes: f64| Task { estimate: Some(minutes), ..task(id, 1) };
    let tasks: Vec<Task> =
        [("A", 5.0), ("B", 4.0), ("C", 3.0), ("D", 3.0), ("E", 3.0)].map(|(id, minutes)| weighted(id, minutes)).into();
    let (graph, load) = (TaskGraph::build(&tasks, &[]).0, SimulatedLoad::new(&tasks, &BTreeMap::new()));
    assert_eq!(graph.simulate(&load, 2).makespan, 10.0);
    let best = graph.best_found(&load, 2);
    assert_eq!((best.makespan, best.schedule.len()), (9.0, 5));
    assert_eq!(graph.best_found(&load, 1).makespan, 18.0, "nothing is shorter than the sum");
}

#[test]
fn tasks_without_an_estimate_count_as_the_mean_of_the_others() {
    let with = |estimate| Task { estimate, ..task("A", 1) };
    assert_eq!(estimated(&[with(None), with(Some(-1.0))]), [1.0, 1.0]);
    assert_eq!(estimated(&[with(Some(4.0)), with(None), with(Some(0.0)), with(Some(8.0))]), [4.0, 6.0, 0.0, 8.0]);
}
