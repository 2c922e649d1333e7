//! Parts: merging against git's own, reading and scheduling large plans, the worktree pool.
//! `cargo bench --bench parts`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use git_orca::git::{self, Ignored, MergeRules, Repo, SlotHead};
use git_orca::graph::{Load, TaskGraph};
use git_orca::model::{MapFiles, Oid};
use git_orca::plan::{PlanEntry, Reading, read};
use support::{Bench, figure, median};

fn main() {
    // The library asks git itself: no configuration but the repository's.
    merging();
    plans();
    pool();
}

fn merging() {
    let bench = Bench::new(3500);
    let app = bench.app();
    let base = bench.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let mut tips = Vec::new();
    for n in 0..50 {
        bench.git(&["switch", "-q", "-C", &format!("b{n}"), &base]);
        for m in 0..3 {
            let path = app.join(format!("d{}/f{}.txt", n, n * 50 + m * 7));
            std::fs::write(path, format!("changed by {n}\n")).unwrap();
        }
        bench.git(&["commit", "-q", "-a", "-m", &format!("b{n}")]);
        tips.push(bench.git(&["rev-parse", "HEAD"]).trim().parse::<Oid>().unwrap());
    }
    bench.git(&["switch", "-q", "-C", "main", &base]);
    let repo = Repo::discover(&app).unwrap();
    let pairs: Vec<(Oid, Oid)> = tips.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    let rules = MergeRules::default();
    let one = median((0..15).map(|_| timed(|| drop(git::merge_batch(&repo, &pairs[..1], &rules).unwrap()))).collect());
    figure("merging one passed task in memory, 3,500 files", format!("{one:.2} ms"), "5 ms");
    let input: String = pairs.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
    let (mut ours, mut gits) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        ours.push(timed(|| drop(git::merge_batch(&repo, &pairs, &rules).unwrap())));
        gits.push(timed(|| raw(&app, &input)));
    }
    figure(
        "batch of 49 merges against git's own merge-tree --stdin",
        format!("{:.3}", median(ours) / median(gits)),
        "1.1",
    );
}

fn raw(app: &std::path::Path, input: &str) {
    let mut child = Command::new("git")
        .args(["merge-tree", "--write-tree", "--stdin", "-z"])
        .current_dir(app)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1000.0
}

fn plans() {
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
                let load = Load::new(&plan.tasks, &plan.resources);
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

fn pool() {
    let bench = Bench::new(400);
    let repo = Repo::discover(&bench.app()).unwrap();
    let base: Oid = bench.git(&["rev-parse", "HEAD"]).trim().parse().unwrap();
    let mut failures = 0;
    for round in 0..50 {
        let parent = bench.folder.path().join(format!("pool{round}"));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..8)
                .map(|n| {
                    let (repo, base, parent) = (&repo, &base, &parent);
                    scope.spawn(move || {
                        let slot = git::create_slot(repo, parent, &format!("a{n}"), base).ok()?;
                        git::reset_slot(repo, &slot, &SlotHead::Detached(base.clone()), &Ignored::Keep).ok()?;
                        git::remove_slot(&slot).ok()
                    })
                })
                .collect();
            failures +=
                workers.into_iter().map(|worker| worker.join()).filter(|done| !matches!(done, Ok(Some(())))).count();
        });
        git::empty_trash(&parent);
    }
    figure("failures of 8 agents starting at once, 50 rounds", failures.to_string(), "0");
}
