//! Parts: merging against git's own, the worktree pool.
//! `cargo bench --bench parts`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod stopwatch;
mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use figures::{figure, median};
use git_orca::git::{self, Ignored, MergeRules, Repo, SlotHead};
use git_orca::model::Oid;
use stopwatch::timed;
use support::Bench;

fn main() {
    // The library asks git itself: no configuration but the repository's.
    merging();
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
                        git::remove_slot(repo, &slot).ok()
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
