//! Own cost: what a run takes beside a shell script that does the same git work bare, in turn; first use of a worktree
//! beside `git worktree add`; growth over many tasks; plans with dependencies against the bound of any schedule; the ways
//! from one agent to the next. `cargo bench --bench overhead [PART…]`; ratios within one run, with the machine's load beside.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod stopwatch;
mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use figures::{figure, median};
use git_orca::git::{self, Ignored, Repo, SlotHead};
use git_orca::model::Oid;
use stopwatch::timed;
use support::Bench;

const PARTS: [(&str, fn()); 6] = [
    ("bare", beside_bare_git),
    ("worktree", first_use),
    ("growth", growth),
    ("ways", ways),
    ("second", seconds),
    ("ten", ten_seconds),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|it| it == name) {
            part();
        }
    }
}

/// The machine's load now: figures on a busy one say little.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

fn best(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

/// A task: id, what comes before it, shell text.
type Step = (String, Vec<String>, String);

/// Runs a plan and gives its wall time, milliseconds.
fn execute(bench: &Bench, steps: &[Step], agents: usize) -> f64 {
    let task = |(id, after, run): &Step| serde_json::json!({"id": id, "title": id, "after": after, "run": run});
    let tasks: Vec<_> = steps.iter().map(task).collect();
    let file = bench.folder.path().join("plan.json");
    std::fs::write(&file, serde_json::json!({"orca": 1, "tasks": tasks}).to_string()).unwrap();
    let mut command = bench.command(Path::new(env!("CARGO_BIN_EXE_git-orca")));
    command.args(["execute", &file.display().to_string(), "--yes", "--quiet", "-j", &agents.to_string()]);
    timed(|| {
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    })
}

fn instant(count: usize) -> Vec<Step> {
    (0..count).map(|n| (format!("t{n}"), vec![], format!("echo {n} > n{n}"))).collect()
}

/// Two workers, each with a worktree: reset, run, add, commit, merge, commit, move the ref. Only the merging is one at a time.
const BARE: &str = r#"
work() {
    n=$1
    while [ $n -lt $2 ]; do
        git -C ../bare$1 checkout -q --detach refs/bare/head && git -C ../bare$1 reset -q --hard
        (cd ../bare$1 && sh -c "echo $n > n$n" && git add -A && git commit -q -m "task $n")
        tip=$(git -C ../bare$1 rev-parse HEAD)
        ( flock 9
          head=$(git rev-parse refs/bare/head)
          tree=$(git merge-tree --write-tree $head $tip)
          new=$(git commit-tree $tree -p $head -p $tip -m "land $n")
          git update-ref refs/bare/head $new $head
        ) 9> ../bare.lock
        n=$((n + 2))
    done
}
git update-ref refs/bare/head main
for k in 0 1; do test -e ../bare$k || git worktree add -q --detach ../bare$k main; done
work 0 COUNT & work 1 COUNT & wait
"#;

fn bare(bench: &Bench, count: usize) -> f64 {
    let mut command = bench.command(Path::new("sh"));
    command.args(["-c", &BARE.replace("COUNT", &count.to_string())]);
    timed(|| assert!(command.status().unwrap().success()))
}

/// Wall time of each task more, two at once, in a repository of 3,500 files; both in turn.
fn beside_bare_git() {
    let bench = Bench::new(3500);
    bare(&bench, 4);
    execute(&bench, &instant(4), 2);
    let (mut ours, mut gits) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let few = (bare(&bench, 10), execute(&bench, &instant(10), 2));
        let many = (bare(&bench, 50), execute(&bench, &instant(50), 2));
        gits.push((many.0 - few.0) / 40.0);
        ours.push((many.1 - few.1) / 40.0);
    }
    let told = format!("{:.1} ms", best(&gits));
    figure(&format!("a task more, bare git, two at once, 3,500 files (load {})", load()), told, "none");
    let ratio = best(&ours) / best(&gits);
    figure("the same by a run, against that", format!("{ratio:.2} ({:.1} ms)", best(&ours)), "1.3");
}

fn first_use() {
    let bench = Bench::new(3500);
    let repo = Repo::discover(&bench.app()).unwrap();
    let base: Oid = bench.git(&["rev-parse", "HEAD"]).trim().parse().unwrap();
    let (mut ours, mut gits) = (Vec::new(), Vec::new());
    for n in 0..7 {
        let place = bench.folder.path().join(format!("added{n}"));
        gits.push(timed(|| drop(bench.git(&["worktree", "add", "-q", "--detach", place.to_str().unwrap(), "main"]))));
        let parent = bench.folder.path().join(format!("pool{n}"));
        ours.push(timed(|| {
            let slot = git::create_slot(&repo, &parent, "a1", &base).unwrap();
            git::reset_slot(&repo, &slot, &SlotHead::Detached(base.clone()), &Ignored::Keep).unwrap();
        }));
    }
    let ratio = format!("{:.2} ({:.0} ms)", best(&ours) / best(&gits), best(&ours));
    figure("first use of a worktree against git worktree add, 3,500 files", ratio, "1.1");
}

fn growth() {
    let bench = Bench::new(400);
    execute(&bench, &instant(10), 2);
    let each = |count: usize| execute(&bench, &instant(count), 2) / count as f64;
    let (few, many) = (each(200), each(800));
    let told = format!("{:.2} ({few:.0} ms, {many:.0} ms)", many / few);
    figure(&format!("a task of 800 instant ones against one of 200, 400 files (load {})", load()), told, "1.1");
}

fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as i64
}

/// From the command to the first agent, and from an agent's end to the start of what waits for it.
fn ways() {
    let bench = Bench::new(3500);
    let stamps = bench.folder.path().join("stamps");
    std::fs::create_dir_all(&stamps).unwrap();
    let stamp = |name: &str| format!("date +%s%N > {}/{name}", stamps.display());
    let read = |name: String| std::fs::read_to_string(stamps.join(name)).unwrap().trim().parse::<i64>().unwrap();
    let steps: Vec<Step> = (0..12)
        .map(|n| {
            let after = if n > 0 { vec![format!("t{}", n - 1)] } else { vec![] };
            (
                format!("t{n}"),
                after,
                format!("{}; echo {n} > n{n}; {}", stamp(&format!("b{n}")), stamp(&format!("e{n}"))),
            )
        })
        .collect();
    let (mut first, mut next) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let begun = now();
        execute(&bench, &steps, 2);
        first.push((read("b0".into()) - begun) as f64 / 1e6);
        next.extend((1..12).map(|n| (read(format!("b{n}")) - read(format!("e{}", n - 1))) as f64 / 1e6));
    }
    figure(
        &format!("from the command to the first agent, 3,500 files (load {})", load()),
        format!("{:.0} ms", best(&first)),
        "300 ms",
    );
    figure("from an agent's end to its dependent's start, median", format!("{:.0} ms", median(next.clone())), "60 ms");
    figure("the same, best", format!("{:.0} ms", best(&next)), "none");
}

/// Thirty equal tasks with up to two dependencies each, and the least time that five agents need.
fn graph(seconds: u32) -> (Vec<Step>, f64) {
    let mut state = 7919_u64;
    let mut dice = move |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % n
    };
    let mut depth: BTreeMap<String, u32> = BTreeMap::new();
    let steps: Vec<Step> = (0..30_u64)
        .map(|n| {
            let count = if n > 0 { dice(3) } else { 0 };
            let mut after: Vec<String> = (0..count).map(|_| format!("t{}", dice(n))).collect();
            after.sort();
            after.dedup();
            let before = after.iter().map(|id| depth[id]).max().unwrap_or(0);
            depth.insert(format!("t{n}"), before + 1);
            (format!("t{n}"), after, format!("sleep {seconds}; echo {n} > n{n}"))
        })
        .collect();
    let path = depth.into_values().max().unwrap();
    (steps, f64::from(path.max(30 / 5) * seconds) * 1000.0)
}

fn seconds() {
    let bench = Bench::new(400);
    let (steps, bound) = graph(1);
    let ratios: Vec<f64> = (0..5).map(|_| execute(&bench, &steps, 5) / bound).collect();
    let name = format!("wall / bound, 30 one-second tasks with dependencies, 5 agents (load {})", load());
    figure(&name, format!("{:.3}", best(&ratios)), "1.10");
}

fn ten_seconds() {
    let bench = Bench::new(400);
    let (steps, bound) = graph(10);
    let name = format!("the same with ten-second tasks, once (load {})", load());
    figure(&name, format!("{:.3}", execute(&bench, &steps, 5) / bound), "1.02");
}
