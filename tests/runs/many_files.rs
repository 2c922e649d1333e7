//! A worktree with very many files that no commit has: nothing takes long, and nothing of it is lost.

use std::time::{Duration, Instant};

use crate::support::{TestRepo, until};
use git_orca::journal::Event;
use nix::sys::signal::Signal;
use serde_json::json;

/// Folders of a thousand files, in one run after another.
const FOLDERS: usize = 20;

/// What one moment may take on a busy machine: the longest, saving all of it and doing the task again, takes 20 to 80 s.
const LIMIT: Duration = Duration::from_secs(240);

fn makes(folders: usize) -> String {
    format!("for d in $(seq {folders}); do mkdir -p many/$d; (cd many/$d; seq 1000 | xargs touch); done")
}

fn bed(run: &str, more: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.toml(&format!("[run]\nfound-gates = false\n{more}"));
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.commit("a plan");
    bed
}

fn count(bed: &TestRepo, commit: &str) -> usize {
    bed.git(&["ls-tree", "-r", "--name-only", commit, "many"]).lines().count()
}

/// Says how long something took, and that it did not take too long.
fn took(what: &str, files: usize, begun: Instant) {
    eprintln!("{files} files, {what}: {:.1} s", begun.elapsed().as_secs_f64());
    assert!(files > 1000 * FOLDERS || begun.elapsed() < LIMIT, "{what} took {:?}", begun.elapsed());
}

fn salvage(bed: &TestRepo) -> String {
    bed.state().tasks[0].attempts[0].salvage.clone().unwrap().to_string()
}

fn at_every_moment(folders: usize) {
    let (files, execute) = (folders * 1000, ["execute", "--yes", "--attempts", "1", "--no-writeback"]);
    // The agent ends.
    let ends = bed(&format!("{}; put work.txt work", makes(folders)), "");
    let begun = Instant::now();
    ends.orca(&execute).exits(0);
    took("end and landing", files, begun);
    assert_eq!(count(&ends, &ends.integration()), files);

    // It is killed.
    let killed = bed(&format!("{}; put work.txt work; kill -9 $$", makes(folders)), "");
    let begun = Instant::now();
    killed.orca(&execute).exits(4);
    took("kill", files, begun);
    assert_eq!(count(&killed, &salvage(&killed)), files);

    // It is saved while it works; then the run is killed, and goes on.
    let saved = bed(&format!("{}; put work.txt work; block go", makes(folders)), "snapshot-every = \"1s\"\n");
    let go = saved.fifo("go");
    let running = saved.spawn(&["execute", "--yes", "--no-writeback"]);
    let held = go.wait();
    let begun = Instant::now();
    let taken = || saved.journal().iter().filter(|entry| matches!(entry.event, Event::SnapshotTaken { .. })).count();
    let before = taken();
    until("it is saved", || taken() > before);
    took("snapshot", files, begun);
    let snapshot = saved.state().tasks[0].attempts[0].snapshot.clone().unwrap().to_string();
    assert!(count(&saved, &snapshot) > 0, "it has what was there when it began");
    running.signal(Signal::SIGKILL);
    running.wait();
    drop((held, go));
    saved.program("block", "#!/bin/sh\n");
    let begun = Instant::now();
    saved.orca(&["resume", "--yes"]).exits(0);
    took("resume, with the task done again", files, begun);
    assert_eq!(count(&saved, &salvage(&saved)), files);
    assert_eq!(count(&saved, &saved.integration()), files);
    saved.assert_lossless();
}

#[test]
fn twenty_thousand_files_are_kept_at_every_moment() {
    at_every_moment(FOLDERS);
}

/// By hand: `cargo test --test runs many_files -- --ignored --nocapture`.
#[test]
#[ignore = "takes two minutes, and says how long each moment took"]
fn a_hundred_thousand_files_are_kept_at_every_moment() {
    at_every_moment(5 * FOLDERS);
}

#[test]
#[ignore = "takes minutes, and says how many"]
fn a_million_files_are_kept_at_every_moment() {
    at_every_moment(50 * FOLDERS);
}
