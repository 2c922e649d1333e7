//! Parts: merging against git's own, the worktree pool.
//! `cargo bench --bench parts`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up has nothing to say")]

mod figures;
mod stopwatch;
mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use figures::{figure, median};
use git_orca::git::{self, Ignored, MergeRules, Repo, SlotHead};
use git_orca::integrate::{self, Live};
use git_orca::model::Oid;
use stopwatch::timed;
use support::Bench;

fn main() {
    // The library asks git itself: no configuration but the repository's.
    merging();
    forecast();
    pool();
}

/// Fifty tasks under way, each with a change in a document and in a program: every pair, against git's own time for every
/// pair.
fn forecast() {
    let bench = Bench::new(3500);
    let app = bench.app();
    for n in 0..10 {
        let functions: String = (0..40).map(|m| format!("def f{m}():\n    return {m}\n\n\n")).collect();
        std::fs::write(app.join(format!("m{n}.py")), functions).unwrap();
    }
    bench.git(&["add", "-A"]);
    bench.git(&["commit", "-q", "-m", "programs"]);
    let base: Oid = bench.git(&["rev-parse", "HEAD"]).trim().parse().unwrap();
    let mut live = Vec::new();
    for n in 0..50_usize {
        bench.git(&["switch", "-q", "-C", &format!("t{n}"), base.as_str()]);
        std::fs::write(app.join(format!("d{n}/f{}.txt", n * 50 + 7)), format!("changed by {n}\n")).unwrap();
        let module = app.join(format!("m{}.py", n % 10));
        let text = std::fs::read_to_string(&module).unwrap();
        let line = format!("    return {}\n", n % 40);
        std::fs::write(module, text.replace(&line, &format!("    return {n} + g{n}()\n"))).unwrap();
        bench.git(&["commit", "-q", "-a", "-m", &format!("t{n}")]);
        let tip = bench.git(&["rev-parse", "HEAD"]).trim().parse().unwrap();
        live.push(Live { task: format!("T{n}").parse().unwrap(), base: base.clone(), tip });
    }
    bench.git(&["switch", "-q", "main"]);
    let repo = Repo::discover(&app).unwrap();
    let tips = || live.iter().map(|it| it.tip.as_str());
    let pairs: String =
        tips().enumerate().flat_map(|(n, a)| tips().skip(n + 1).map(move |b| format!("{a} {b}\n"))).collect();
    let all = || drop(integrate::meetings(&repo, &live, &[], &BTreeSet::new(), &integrate::ask_nobody).unwrap());
    let kept = repo.common_dir().join("orca");
    let (mut first, mut again, mut gits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        for name in ["forecast.json", "forecast-sides.json"] {
            let _not_there_the_first_time = std::fs::remove_file(kept.join(name));
        }
        first.push(timed(all));
        again.push(timed(all));
        gits.push(timed(|| raw(&app, &pairs)));
    }
    let gits = median(gits);
    figure("forecast of 50 tasks against git's own time over all pairs", format!("{:.3}", median(first) / gits), "1.0");
    figure("the same again", format!("{:.3}", median(again) / gits), "0.1");
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
