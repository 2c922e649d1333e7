//! A long run: a thousand tasks, fifty agents at once. `cargo bench --bench thousand [TASKS]`: how the cost of a task grows
//! from a tenth as many, how much memory the program and how many files it holds at most, how large the journal is, and how
//! long `status` and a resumed run's start take at the end, also where agents told a hundred thousand things on the way.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod stopwatch;
mod support;

use std::path::Path;
use std::time::Duration;

use figures::{figure, median};
use git_orca::journal::{Entry, Event, Journal, RunLock, read_entries};
use git_orca::model::Usage;
use stopwatch::timed;
use support::Bench;

/// Agents at once.
const AGENTS: &str = "50";

/// What the program held at most while it ran.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    resident_kib: u64,
    files: usize,
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse::<usize>().ok());
    let (many, bench) = (asked.unwrap_or(1000).max(10), Bench::new(400));
    let few = many / 10;
    run(&bench, 10);
    let (short, _) = run(&bench, few);
    let (long, held) = run(&bench, many);
    let (one, other) = (short / few as f64, long / many as f64);
    let grown = format!("{:.2} ({one:.0} ms, {other:.0} ms)", other / one);
    figure(&format!("a task of {many}, against one of {few}, {AGENTS} agents at once"), grown, "1.1");
    let mib = held.resident_kib as f64 / 1024.0;
    figure(&format!("resident at most, {many} tasks"), format!("{mib:.0} MiB"), "100 MiB");
    figure(&format!("open files at most, {AGENTS} agents at once"), held.files.to_string(), "1000");
    let journal = std::fs::metadata(latest(&bench).join("journal.jsonl")).unwrap().len();
    figure(
        &format!("journal, {many} tasks"),
        format!("{:.1} KiB a task", journal as f64 / 1024.0 / many as f64),
        "none",
    );
    looks(&bench, &format!("{many} tasks"));
    let (entries, bytes) = lengthen(&latest(&bench).join("journal.jsonl"), 100_000);
    figure("journal of a day, an entry", format!("{:.0} bytes", bytes as f64 / entries as f64), "none");
    looks(&bench, &format!("{many} tasks, {entries} entries"));
}

/// How long it takes to look at the last run, and to go on with it.
fn looks(bench: &Bench, what: &str) {
    for args in [&["status", "--format", "json"][..], &["log"], &["resume"]] {
        let took = median((0..5).map(|_| timed(|| asked_of(bench, args))).collect());
        figure(&format!("git orca {}, {what}", args[0]), format!("{took:.0} ms"), "500 ms");
    }
}

/// Makes a journal as long as if its agents had told of their usage until there are so many entries; how many there are,
/// and their bytes.
fn lengthen(path: &Path, wanted: usize) -> (usize, u64) {
    let entries = read_entries(path).unwrap();
    let started = |entry: &&Entry| matches!(entry.event, Event::AgentStarted { .. });
    let each = wanted.saturating_sub(entries.len()) / entries.iter().filter(started).count().max(1);
    let delta = Usage { input: 1234, output: 321, cached: 45_678, usd: 0.0123 };
    let mut long: Vec<Entry> = Vec::new();
    for entry in entries {
        let attempt = if let Event::AgentStarted { attempt, .. } = &entry.event { Some(attempt.clone()) } else { None };
        let at = entry.at;
        long.push(entry);
        for attempt in attempt.into_iter().flat_map(|attempt| std::iter::repeat_n(attempt, each)) {
            long.push(Entry { seq: 0, at, event: Event::UsageSeen { attempt, delta } });
        }
    }
    (1..).zip(&mut long).for_each(|(seq, entry)| entry.seq = seq);
    std::fs::remove_file(path).unwrap();
    let lock = RunLock::take(&path.with_file_name("bench.lock")).unwrap().unwrap();
    Journal::create(path, &lock).unwrap().append(&long).unwrap();
    (long.len(), path.metadata().unwrap().len())
}

fn asked_of(bench: &Bench, args: &[&str]) {
    let output = bench.command(Path::new(env!("CARGO_BIN_EXE_git-orca"))).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The folder of the last run.
fn latest(bench: &Bench) -> std::path::PathBuf {
    let runs = std::fs::read_dir(bench.app().join(".git/orca/runs")).unwrap();
    let written = |path: &std::path::PathBuf| path.join("journal.jsonl").metadata().unwrap().modified().unwrap();
    runs.map(|entry| entry.unwrap().path())
        .filter(|path| path.join("journal.jsonl").exists())
        .max_by_key(written)
        .unwrap()
}

/// A run of so many tasks: milliseconds, and what the program held.
fn run(bench: &Bench, count: usize) -> (f64, Held) {
    let task =
        |n| serde_json::json!({"id": format!("t{n}"), "title": format!("t{n}"), "run": format!("echo {n} > n{n}")});
    let tasks: Vec<_> = (0..count).map(task).collect();
    let file = bench.folder.path().join(format!("plan{count}.json"));
    std::fs::write(&file, serde_json::json!({"orca": 1, "tasks": tasks}).to_string()).unwrap();
    let mut command = bench.command(Path::new(env!("CARGO_BIN_EXE_git-orca")));
    command.args(["execute", &file.display().to_string(), "--yes", "--quiet", "--new", "-j", AGENTS]);
    let mut held = Held::default();
    let wall = timed(|| {
        let mut child = command.spawn().unwrap();
        while child.try_wait().unwrap().is_none() {
            let seen = look(child.id());
            held.resident_kib = held.resident_kib.max(seen.resident_kib);
            held.files = held.files.max(seen.files);
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(child.wait().unwrap().success());
    });
    (wall, held)
}

/// What a process holds now; nothing once it has ended.
fn look(pid: u32) -> Held {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok());
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
    Held { resident_kib: peak.unwrap_or(0), files }
}
