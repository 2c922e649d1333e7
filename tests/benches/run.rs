//! Whole runs: wall time against the bound, speed-up, own cost per task, status and memory while agents run.
//! `cargo bench --bench run`; ratios within one run, since machines are noisy.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod support;

use std::time::{Duration, Instant};

use std::path::Path;
use std::process::Command;

use figures::{figure, median};
use support::Bench;

fn main() {
    wall_against_bound();
    speed_up();
    own_cost();
    status_while_running();
}

/// The program, ready to be run or spawned.
fn orca(bench: &Bench, args: &[&str]) -> Command {
    let mut command = bench.command(Path::new(env!("CARGO_BIN_EXE_git-orca")));
    command.args(args);
    command
}

/// Runs a plan and gives its wall time.
fn execute(bench: &Bench, plan: &str, args: &[&str]) -> Duration {
    let file = bench.folder.path().join("plan.json");
    std::fs::write(&file, plan).unwrap();
    let path = file.display().to_string();
    let all = [&["execute", &path, "--yes", "--quiet"], args].concat();
    let begun = Instant::now();
    let out = orca(bench, &all).output().unwrap();
    let took = begun.elapsed();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    took
}

/// A native plan: id, what comes before it, shell text.
fn plan(tasks: &[(String, Vec<String>, String)]) -> String {
    let tasks: Vec<_> = tasks
        .iter()
        .map(|(id, after, run)| serde_json::json!({"id": id, "title": id, "after": after, "run": run}))
        .collect();
    serde_json::json!({"orca": 1, "tasks": tasks}).to_string()
}

fn wall_against_bound() {
    let bench = Bench::new(400);
    let tasks: Vec<_> = (0..30).map(|n| (format!("t{n}"), vec![], format!("sleep 1; echo {n} > n{n}"))).collect();
    let text = plan(&tasks);
    let ratios = (0..3).map(|_| execute(&bench, &text, &["-j", "5"]).as_secs_f64() / 6.0).collect();
    figure("wall / bound, 30 one-second tasks, 5 agents, 400 files", format!("{:.3}", median(ratios)), "1.10");
}

/// Thirty tasks with varied durations; each depends on up to two of the earlier ones.
fn varied(seed: u64) -> Vec<(String, Vec<String>, f64)> {
    let mut state = seed | 1;
    let mut dice = move |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) % n
    };
    (0..30_u64)
        .map(|n| {
            let after = (0..dice(3))
                .filter(|_| n > 9)
                .map(|_| format!("t{}", dice(n)))
                .collect::<std::collections::BTreeSet<_>>();
            (format!("t{n}"), after.into_iter().collect(), 1.0 + dice(9) as f64 / 4.0)
        })
        .collect()
}

fn bound(tasks: &[(String, Vec<String>, f64)], agents: f64) -> f64 {
    let mut tails: std::collections::BTreeMap<&str, f64> = std::collections::BTreeMap::new();
    for (id, after, seconds) in tasks {
        let before = after.iter().map(|id| tails[id.as_str()]).fold(0.0, f64::max);
        tails.insert(id, before + seconds);
    }
    let work: f64 = tasks.iter().map(|(.., seconds)| seconds).sum();
    tails.values().copied().fold(work / agents, f64::max)
}

/// One plan whose bound leaves room above the limit for each number of agents, run one after another and in parallel.
fn speed_up() {
    let bench = Bench::new(400);
    let limits = [(2, 1.9), (3, 2.7), (5, 3.4)];
    let allows = |tasks: &[(String, Vec<String>, f64)]| {
        let work: f64 = tasks.iter().map(|(.., seconds)| seconds).sum();
        limits.iter().all(|(agents, limit)| work / bound(tasks, f64::from(*agents)) >= limit * 1.04)
    };
    let tasks = (1..).map(|n| varied(7 + n * 1_000_003)).find(|tasks| allows(tasks)).unwrap();
    let work: f64 = tasks.iter().map(|(.., seconds)| seconds).sum();
    let listed: Vec<_> = tasks
        .iter()
        .map(|(id, after, seconds)| (id.clone(), after.clone(), format!("sleep {seconds}; echo {id} > {id}")))
        .collect();
    let text = plan(&listed);
    let alone = execute(&bench, &text, &["--schedule", "sequential", "-j", "1"]).as_secs_f64();
    figure("one after another / the tasks' own seconds", format!("{:.3}", alone / work), "no limit");
    for (agents, limit) in limits {
        let took = execute(&bench, &text, &["-j", &agents.to_string()]).as_secs_f64();
        let name = format!("speed-up over sequential, {agents} agents, 30 tasks of 1-3 s");
        figure(&name, format!("{:.2} ({:.2} of own seconds)", alone / took, work / took), &format!(">= {limit}"));
    }
}

fn own_cost() {
    let bench = Bench::new(3500);
    let tasks =
        |n: usize| plan(&(0..n).map(|n| (format!("t{n}"), vec![], format!("echo {n} > n{n}"))).collect::<Vec<_>>());
    execute(&bench, &tasks(10), &["-j", "2"]);
    let mut growths = Vec::new();
    for _ in 0..3 {
        let few = execute(&bench, &tasks(10), &["-j", "2"]).as_secs_f64();
        let many = execute(&bench, &tasks(60), &["-j", "2"]).as_secs_f64();
        growths.push((many - few) / 50.0 * 1000.0);
    }
    figure("growth of wall time per added task, 2 agents, 3,500 files", format!("{:.1} ms", median(growths)), "60 ms");
}

fn status_while_running() {
    let bench = Bench::new(400);
    let tasks: Vec<_> = (0..50).map(|n| (format!("t{n}"), vec![], format!("sleep 1; echo {n} > n{n}"))).collect();
    let file = bench.folder.path().join("plan.json");
    std::fs::write(&file, plan(&tasks)).unwrap();
    let mut child =
        orca(&bench, &["execute", &file.display().to_string(), "--yes", "--quiet", "-j", "5"]).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !orca(&bench, &["status", "--json"]).output().unwrap().status.success() {
        assert!(Instant::now() < deadline, "the run does not begin");
    }
    let mut times = Vec::new();
    let mut resident = 0_u64;
    for _ in 0..40 {
        let begun = Instant::now();
        assert!(orca(&bench, &["status", "--json"]).output().unwrap().status.success());
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        let text = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        resident = resident.max(line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0));
    }
    assert!(child.wait().unwrap().success());
    figure("status --json during a run of 50 tasks, median", format!("{:.1} ms", median(times)), "30 ms");
    figure("orchestrator resident while agents run, most", format!("{:.1} MiB", resident as f64 / 1024.0), "60 MiB");
}
