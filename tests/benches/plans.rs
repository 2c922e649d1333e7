//! Plans: what each reading of real spec-kit plans gains, complete tasks, large plans, contradicting ranges, write-back of
//! a long chain. `cargo bench --bench plans`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod stopwatch;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use figures::{figure, median};
use git_orca::brief::{self, CompleteTask, ContextDoc, ContextKind, Inputs, Library};
use git_orca::graph::{SimulatedLoad, TaskGraph};
use git_orca::model::{FolderFiles, MapFiles};
use git_orca::plan::{self, Mode, PlanEntry, Reading, read, read_all};
use git_orca::project::Project;
use stopwatch::timed;

/// Numbers of agents; the last stands for any number.
const AGENTS: [usize; 5] = [1, 2, 4, 8, usize::MAX];

fn main() {
    speedup();
    complete_tasks();
    large();
    large_in_other_formats();
    contradictions();
    chain();
    schedules();
}

/// The spec-kit plans that others wrote, where a checkout of theirs lies beside this one: they may not be copied here.
fn real_plans() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/plans");
    let folder = std::env::var_os("ORCA_SHARED_PLANS").map_or(beside, PathBuf::from).join("speckit");
    folder.is_dir().then_some(folder)
}

/// Speed-up over one agent, tasks of equal length: of all plans together (all tasks over the sum of the times), and the
/// mean of the plans. Done and optional tasks count, since half of these plans are done.
fn speedup() {
    let mut out = std::io::stdout();
    let Some(folder) = real_plans() else {
        let _ = writeln!(out, "speed-up of spec-kit plans: skipped: needs the shared plans (ORCA_SHARED_PLANS)");
        return;
    };
    let files = FolderFiles::new(&folder);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let _ = writeln!(out, "speed-up of {} spec-kit plans     1      2      4      8    any", names.len());
    let mut pooled_default = 0.0;
    for mode in Mode::ALL {
        let reading = Reading { mode, include_done: true, include_optional: true, ..Reading::default() };
        let times: Vec<[f64; AGENTS.len()]> = names.iter().map(|name| times(&files, name, &reading)).collect();
        let sum = |n: usize| times.iter().map(|plan| plan[n]).sum::<f64>();
        let pooled: Vec<f64> = (0..AGENTS.len()).map(|n| sum(0) / sum(n)).collect();
        let mean =
            (0..AGENTS.len()).map(|n| times.iter().map(|plan| plan[0] / plan[n]).sum::<f64>() / times.len() as f64);
        let row = |what: &str, numbers: &[f64]| {
            let numbers: String = numbers.iter().map(|x| format!("{x:>7.2}")).collect();
            format!("  {:<8} {what:<8}       {numbers}", mode.name())
        };
        let _ = writeln!(out, "{}", row("pooled", &pooled));
        let _ = writeln!(out, "{}", row("mean", &mean.collect::<Vec<f64>>()));
        if mode == Mode::Default {
            pooled_default = pooled[2];
        }
    }
    figure("speed-up by default with 4 agents, pooled", format!("{pooled_default:.2}"), "at least 2.0");
    let many: Vec<PlanEntry> = names.iter().map(PlanEntry::new).collect();
    let reading = Reading { include_done: true, include_optional: true, ..Reading::default() };
    let together = read_all(&files, &many, &reading);
    let [one, _, four, eight, any] = simulated(&together);
    figure(
        "all of them in one run, 4 / 8 / any number of agents",
        format!("{:.2}/{:.2}/{:.1}", one / four, one / eight, one / any),
        "none",
    );
}

/// Published instances with the best makespans known, where a checkout of theirs lies beside this one: how far the best
/// schedule that is found, and the run's own order, are from them. And the limit of time for one of them.
fn schedules() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/psplib");
    let folder = std::env::var_os("ORCA_SHARED_PSPLIB").map_or(beside, PathBuf::from);
    for (name, limit) in [("j30", "at most 1.3 %"), ("j60", "at most 2.0 %"), ("j120", "at most 6.0 %")] {
        let Ok(text) = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))) else {
            figure(&format!("PSPLIB {name}"), "skipped".to_owned(), "needs the instances: ORCA_SHARED_PSPLIB");
            continue;
        };
        let (mut own, mut best, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for line in text.lines() {
            let instance: serde_json::Value = serde_json::from_str(line).unwrap();
            let known = instance["best"].as_f64().unwrap();
            let files = MapFiles([("tasks.json".to_owned(), instance["plan"].to_string().into_bytes())].into());
            let plan = read(&files, &PlanEntry::new("tasks.json"), &Reading::default());
            let (graph, load) =
                (TaskGraph::build(&plan.tasks, &plan.barriers).0, SimulatedLoad::new(&plan.tasks, &plan.resources));
            let gap = |makespan: f64| (makespan / known - 1.0) * 100.0;
            own.push(gap(graph.simulate(&load, plan.tasks.len()).makespan));
            let mut found = 0.0;
            times.push(timed(|| found = graph.best_found(&load, plan.tasks.len()).makespan));
            best.push(gap(found));
        }
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        figure(&format!("PSPLIB {name}, mean gap of the run's own order"), format!("{:.2} %", mean(&own)), "none");
        figure(&format!("PSPLIB {name}, mean gap of the best found"), format!("{:.2} %", mean(&best)), limit);
        let worst = times.into_iter().fold(0.0, f64::max);
        figure(&format!("PSPLIB {name}, longest search"), format!("{worst:.1} ms"), "50 ms");
    }
}

fn times(files: &FolderFiles, name: &str, reading: &Reading) -> [f64; AGENTS.len()] {
    simulated(&read(files, &PlanEntry::new(name), reading))
}

fn simulated(plan: &plan::Plan) -> [f64; AGENTS.len()] {
    let mut tasks = plan.tasks.clone();
    tasks.iter_mut().for_each(|task| task.estimate = None);
    let (graph, _) = TaskGraph::build(&tasks, &plan.barriers);
    let load = SimulatedLoad::new(&tasks, &plan.resources);
    AGENTS.map(|jobs| graph.simulate(&load, jobs.min(tasks.len())).makespan)
}

/// A feature of 50 tasks with its companions: what `generate` does but for reading the repository and starting the
/// program that counts tokens.
fn complete_tasks() {
    let tasks: String = (1..=50)
        .map(|n| {
            format!(
                "- [ ] T{n:03} [US{}] Implement part {n} in src/part{n}.rs (FR-{n:03}, uses `Part{}`)\n",
                n % 5,
                n - 1
            )
        })
        .collect();
    let paragraph =
        "The service keeps what it is told and answers what it is asked, in the order of arrival. ".repeat(8);
    let document = |title: &str| -> String {
        (1..=50).map(|n| format!("## {title} {n}\n\nFR-{n:03}: part {n} in src/part{n}.rs. {paragraph}\n\n")).collect()
    };
    let files = MapFiles(BTreeMap::from([(
        "tasks.md".to_owned(),
        format!("# Tasks: parts\n\n## Phase 1: All\n\n{tasks}").into_bytes(),
    )]));
    let plan = read(&files, &PlanEntry::new("tasks.md"), &Reading::default());
    assert_eq!(plan.tasks.len(), 50);
    let kinds = [
        ("plan", ContextKind::Background),
        ("spec", ContextKind::Requirements),
        ("design", ContextKind::Architecture),
        ("rules", ContextKind::Rules),
    ];
    let documents: Vec<ContextDoc> = kinds
        .into_iter()
        .map(|(name, kind)| ContextDoc { path: format!("{name}.md"), kind, text: document(name) })
        .collect();
    let project = Project::default();
    let all = || -> Vec<CompleteTask> {
        let library = Library::new(&documents, brief::estimate).with_known(Vec::new(), &plan.tasks);
        let one = |task| {
            brief::complete(&Inputs {
                task,
                library: &library,
                dependencies: &[],
                project: &project,
                gates: &[],
                gate_kinds: git_orca::gate::kinds(),
                budget: brief::DEFAULT_BUDGET,
                count: brief::estimate,
            })
        };
        plan.tasks.iter().map(one).collect()
    };
    assert!(all().iter().all(|task| brief::estimate(&task.to_json()) <= brief::DEFAULT_BUDGET));
    let took = median((0..9).map(|_| timed(|| drop(all()))).collect());
    figure("complete tasks of a 50-task plan", format!("{took:.0} ms"), "200 ms");
}

/// Reading, checking and scheduling a plan is linear in its tasks.
fn large() {
    for n in [1_000, 10_000, 100_000] {
        let tasks: Vec<_> = (0..n)
            .map(|i: usize| {
                let after: Vec<String> = (1..=2).filter(|k| i >= k * 7).map(|k| format!("t{}", i - k * 7)).collect();
                serde_json::json!({"id": format!("t{i}"), "title": format!("Task {i}"), "after": after, "estimate": 1 + i % 9,
                    "files": [format!("src/f{}.rs", i % 5000)], "run": "true"})
            })
            .collect();
        let text = serde_json::json!({"orca": 1, "tasks": tasks}).to_string();
        let files = MapFiles(BTreeMap::from([("tasks.json".to_owned(), text.into_bytes())]));
        let times = (0..5).map(|_| {
            timed(|| {
                let plan = read(&files, &PlanEntry::new("tasks.json"), &Reading::default());
                assert!(!plan.has_errors() && plan.tasks.len() == n);
                let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
                let load = SimulatedLoad::new(&plan.tasks, &plan.resources);
                assert!(graph.simulate(&load, 8).makespan > 0.0);
            })
        });
        let limit = if n == 10_000 { "300 ms" } else { "linear" };
        figure(
            &format!("reading, checking and scheduling {n} tasks"),
            format!("{:.0} ms", median(times.collect())),
            limit,
        );
    }
}

/// Ten thousand tasks as the commonest tools would write them: reading, checking and scheduling.
fn large_in_other_formats() {
    let n = 10_000;
    let lines = |line: &dyn Fn(usize) -> String| (1..=n).map(line).collect::<String>();
    let before = |k: usize| if k > 7 { format!("{}", k - 7) } else { "none".to_owned() };
    let documents = [
        ("TODO.md", lines(&|k| format!("- [ ] Write part {k} in `src/p{k}.rs`\n"))),
        (
            "specs/001-big/tasks.md",
            lines(&|k| {
                let phase = if k % 200 == 1 { format!("\n## Phase {}: Story\n\n", k / 200 + 1) } else { String::new() };
                format!("{phase}- [ ] T{k:05} [P] [US{}] Create model {k} in src/models/m{k}.py\n", k / 200 + 1)
            }),
        ),
        (
            "docs/plans/2026-11-30-big.md",
            lines(&|k| {
                format!(
                    "### Task {k}: Part {k}\n\n**Files:**\n- Create: `src/p{k}.py`\n- Test: `tests/test_p{k}.py`\n\n\
                     **Step 1: Write the failing test**\n\n```python\ndef test_{k}():\n    assert f() == {k}\n```\n\n\
                     **Step 2: Run it**\n\nRun: `pytest tests/test_p{k}.py`\nExpected: FAIL\n\n"
                )
            }),
        ),
        (
            "plan.md",
            lines(&|k| {
                format!("### Task {k}: Part {k}\n\n**Files:** `src/p{k}.py`\n\n**Dependencies:** {}\n\n", before(k))
            }),
        ),
        (
            ".kiro/specs/big/tasks.md",
            lines(&|k| format!("- [ ] {k}. Write `src/p{k}.ts`\n  - Do the thing\n  - _Requirements: {k}.1_\n")),
        ),
        (
            "openspec/changes/big/tasks.md",
            lines(&|k| {
                let group = if k % 10 == 1 { format!("\n## {}. Group\n\n", k / 10 + 1) } else { String::new() };
                format!("{group}- [ ] {}.{} Add `src/p{k}.ts`\n", (k - 1) / 10 + 1, (k - 1) % 10 + 1)
            }),
        ),
        (
            "table.md",
            format!(
                "| ID | Task | Depends on | Status |\n|---|---|---|---|\n{}",
                lines(&|k| format!("| {k} | Part {k} | {} | open |\n", before(k)))
            ),
        ),
    ];
    for (name, text) in documents {
        let files = MapFiles(BTreeMap::from([(name.to_owned(), text.into_bytes())]));
        let mut kind = "";
        let times = (0..5).map(|_| {
            timed(|| {
                let plan = read(&files, &PlanEntry::new(name), &Reading::default());
                assert!(!plan.has_errors() && plan.tasks.len() == n, "{name}: {}", plan.tasks.len());
                let (graph, _) = TaskGraph::build(&plan.tasks, &plan.barriers);
                let load = SimulatedLoad::new(&plan.tasks, &plan.resources);
                assert!(graph.simulate(&load, 8).makespan > 0.0);
                kind = plan.sources[0].kind;
            })
        });
        let took = median(times.collect());
        figure(&format!("reading, checking and scheduling {n} tasks, {kind}"), format!("{took:.0} ms"), "300 ms");
    }
}

/// Ranges over ranges that contradict each other, with billions of pairs: every cycle is opened, none is spelled out.
fn contradictions() {
    let tasks: String = (1..=9_000).map(|n| format!("- [ ] T{n:04} x\n")).collect();
    let ranges: String = (0..20)
        .flat_map(|k| [(1, 4_500 + k), (4_501 - k, 99_999_999)])
        .zip((0..20).flat_map(|k| [(4_501 - k, 99_999_999), (1, 4_500 + k)]))
        .map(|((a, b), (c, d))| format!("- T{a:04}-T{b:04} before T{c:04}-T{d:04}\n"))
        .collect();
    let text = format!("{tasks}\n## Dependencies\n\n{ranges}");
    let files = MapFiles(BTreeMap::from([("tasks.md".to_owned(), text.into_bytes())]));
    let took = median(
        (0..3)
            .map(|_| {
                timed(|| {
                    let plan = read(&files, &PlanEntry::new("tasks.md"), &Reading::default());
                    let (graph, problems) = TaskGraph::build(&plan.tasks, &plan.barriers);
                    assert!(graph.len() == 9_000 && !problems.is_empty() && !graph.dropped().is_empty());
                })
            })
            .collect(),
    );
    figure("9,000 tasks with 40 ranges of 4,500 that contradict each other", format!("{took:.0} ms"), "2,000 ms");
}

/// Each layer that closes reads the plan again, marks its task and proves that nothing else changes.
fn chain() {
    let n = 2_000;
    let lines: String = (1..=n).map(|k| format!("- [ ] T{k:04} Write part {k} in src/p{k}.rs\n")).collect();
    let text = format!("# Tasks: chain\n\n## Phase 1: All\n\n{lines}");
    let mut files = MapFiles(BTreeMap::from([("tasks.md".to_owned(), text.into_bytes())]));
    let entry = PlanEntry::new("tasks.md");
    let tasks = read(&files, &entry, &Reading::default()).tasks;
    let took = (0..20).map(|k| {
        let task = &tasks[k * 97];
        let mut edits = Vec::new();
        let took = timed(|| edits = plan::marks(&files, &entry, "", &[task]).edits);
        let marked = plan::apply(&files.0["tasks.md"], &edits).unwrap();
        assert_eq!(edits.len(), 1);
        files.0.insert("tasks.md".to_owned(), marked);
        took
    });
    figure("marking one task of a 2,000-task chain", format!("{:.1} ms", median(took.collect())), "none");
}
