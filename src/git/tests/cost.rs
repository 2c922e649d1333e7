//! What it costs, on 3,500 files (DESIGN 12). Not a test of right or wrong, so only on demand:
//! `cargo test --release --lib git::tests::cost -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use super::super::index::IndexFile;
use super::super::read::index_is_whole;
use super::super::survey::survey;
use super::super::testing::{Fixture, commit_left, git, noon, write};
use super::super::*;
use crate::model::Oid;

const FILES: usize = 3_500;
const ROUNDS: usize = 20;

fn path(n: usize) -> String {
    format!("src/d{}/s{}/f{n}.rs", n % 70, n % 7)
}

fn timed<T>(f: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = f();
    (value, start.elapsed())
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{what:<44} median {:7.2} ms   worst {:7.2} ms", ms(times[times.len() / 2]), ms(times[times.len() - 1]));
}

fn rounds(what: &str, mut f: impl FnMut(usize)) {
    show(what, (0..ROUNDS).map(|n| timed(|| f(n)).1).collect());
}

/// A repository of [`FILES`] files, its first commit, and one in which 40 files differ.
fn large() -> (Fixture, Repo, Oid, Oid) {
    let fixture = Fixture::new();
    let text = |n: usize| "fn f() {}\n".repeat(n % 60 + 5);
    (0..FILES).for_each(|n| write(&fixture.root(), &path(n), &text(n)));
    let base = fixture.commit("files", &[]);
    (0..40).for_each(|n| write(&fixture.root(), &path(n * 7), "fn g() {}\n"));
    let next = fixture.commit("next", &[]);
    let repo = fixture.repo();
    (fixture, repo, base, next)
}

#[test]
#[ignore = "a measurement"]
fn slots() {
    let (fixture, repo, base, next) = large();
    let at = |commit: &Oid| SlotHead::Detached(commit.clone());
    let parent = fixture.slots();
    let reset = |slot: &Slot, to: &Oid| reset_slot(&repo, slot, &at(to), &Ignored::Keep).unwrap();

    let (made, times): (Vec<Slot>, Vec<Duration>) =
        (0..4).map(|n| timed(|| create_slot(&repo, &parent, &format!("s{n}"), &base).unwrap())).unzip();
    show("create_slot", times);
    show("reset_slot, first: all files checked out", made.iter().map(|s| timed(|| reset(s, &base)).1).collect());
    // Index entries of the second in which they were written are uncertain to git, and dear.
    rounds("reset_slot, 40 files, in the first second", |n| reset(&made[0], if n % 2 == 0 { &next } else { &base }));
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1100) {
        reset(&made[0], &next);
        reset(&made[0], &base);
    }
    rounds("reset_slot, 40 files", |n| reset(&made[0], if n % 2 == 0 { &next } else { &base }));
    rounds("reset_slot, the same commit", |_| reset(&made[0], &base));
    let index = made[0].admin.join("index");
    rounds("  of that: reading the index", |_| drop(IndexFile::read(&index).unwrap()));
    rounds("  of that: its checksum", |_| assert!(index_is_whole(&index)));
    let read = IndexFile::read(&index).unwrap();
    rounds("  of that: comparing it with the files", |_| drop(survey(&made[0].path, &read).unwrap()));
    rounds("for comparison: git reset --hard", |_| drop(git(&made[0].path, &["reset", "-q", "--hard"])));
    rounds("for comparison: git reset --hard, 40 files", |n| {
        drop(git(&made[0].path, &["reset", "-q", "--hard", if n % 2 == 0 { next.as_str() } else { base.as_str() }]));
    });
    rounds("for comparison: git status", |_| drop(git(&made[0].path, &["status", "--porcelain"])));
    rounds("for comparison: git version", |_| drop(git(&made[0].path, &["version"])));
    write(&made[0].path, "target/cache", "x");
    rounds("reset_slot, 40 files, with ignored files", |n| reset(&made[0], if n % 2 == 0 { &next } else { &base }));
    rounds("commit_leftovers, nothing", |_| drop(commit_left(&repo, &made[0], &base, &Baseline::default())));
    std::fs::remove_dir_all(made[0].path.join("target")).unwrap();
    rounds("commit_leftovers, nothing, nothing ignored", |_| {
        drop(commit_left(&repo, &made[0], &base, &Baseline::default()))
    });
    rounds("commit_leftovers, 3 files", |n| {
        (0..3).for_each(|k| write(&made[0].path, &format!("src/new{k}"), &format!("{n}")));
        assert!(matches!(commit_left(&repo, &made[0], &base, &Baseline::default()), Leftovers::Committed { .. }));
    });
    rounds("snapshot, 3 files", |n| {
        (0..3).for_each(|k| write(&made[1].path, &format!("src/new{k}"), &format!("{n}")));
        snapshot(&repo, &made[1], &base, &Baseline::default(), "refs/orca/runs/r/snapshot/T/1", "x", noon()).unwrap();
    });
    rounds("detach_slot", |_| detach_slot(&repo, &made[0]).unwrap());
    show("remove_slot", made.iter().map(|slot| timed(|| remove_slot(&repo, slot).unwrap()).1).collect());
    show("empty_trash, 4 slots", vec![timed(|| empty_trash(&parent)).1]);
}

#[test]
#[ignore = "a measurement"]
fn merging() {
    let (fixture, repo, base, next) = large();
    let side = fixture.branch(&base, |d| write(d, "src/side", "x"));
    let pairs: Vec<(Oid, Oid)> = vec![(next.clone(), side.clone()); 50];
    let rules = MergeRules::default();
    rounds("merge_batch, 1 merge", |_| drop(merge_batch(&repo, &pairs[..1], &rules).unwrap()));
    rounds("merge_batch, 50 merges", |_| drop(merge_batch(&repo, &pairs, &rules).unwrap()));
    let tree = repo.tree_of(&next).unwrap();
    rounds("commit_tree", |_| drop(commit_tree(&repo, &tree, &[next.clone(), side.clone()], "x", noon()).unwrap()));
    rounds("transact, 5 refs", |n| {
        let change = |k| RefChange { name: format!("refs/orca/runs/r/t/{n}-{k}"), old: None, new: next.clone() };
        transact(&repo, &(0..5).map(change).collect::<Vec<_>>()).unwrap();
    });
    rounds("read_ref", |_| drop(repo.read_ref("refs/heads/main").unwrap()));
    rounds("changed", |_| drop(repo.changed(&base, &next).unwrap()));
    rounds("Repo::discover", |_| drop(Repo::discover(&fixture.root()).unwrap()));
    rounds("identity", |_| drop(repo.identity()));
    rounds("config", |_| drop(repo.config().unwrap()));
}
