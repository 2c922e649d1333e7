//! Coming home: what runs elsewhere is taken back, and the run goes on here.

use git_orca::journal::{Event, FailClass, Request};
use nix::sys::signal::Signal;
use serde_json::json;

use super::Boxes;
use super::cluster::Cluster;
use crate::support::{TestRepo, until};

fn classes(bed: &TestRepo, i: usize) -> Vec<Option<FailClass>> {
    let class = |it: &git_orca::journal::Attempt| it.failure().map(|(class, _)| class);
    bed.state().tasks[i].attempts.iter().map(class).collect()
}

/// Blocks at its first attempt; says where the work was done.
const RUN: &str = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half.txt half; block a; fi; put one.txt \"$ORCA_WORKTREE\"";

fn begin(bed: &TestRepo) -> crate::support::Fifo {
    bed.plan(json!([{"id": "T1", "run": RUN}, {"id": "T2", "after": ["T1"], "run": "put two.txt \"$ORCA_WORKTREE\""}]));
    bed.commit("the beginning");
    bed.fifo("a")
}

/// It landed, made here, with one attempt that was taken back.
#[track_caller]
fn assert_made_here(bed: &TestRepo) {
    assert_eq!(classes(bed, 0), [Some(FailClass::Lost), None]);
    let slots = bed.state().info.slots.clone();
    for (task, file) in [("T1", "one.txt"), ("T2", "two.txt")] {
        assert_eq!(bed.landings().get(task), Some(&1));
        assert!(bed.result(file).starts_with(&slots), "{}", bed.result(file));
    }
    bed.assert_lossless();
}

#[test]
fn what_runs_elsewhere_is_taken_back_and_made_here() {
    let Some(boxes) = Boxes::two() else { return };
    let bed = &boxes.bed;
    let fifo = begin(bed);
    let running = bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    until("that is known here", || {
        bed.try_state().is_some_and(|state| state.tasks[0].last().is_some_and(|it| it.process.is_some()))
    });
    let host = boxes.hosts_of("T1").remove(0);
    let status = bed.orca(&["status"]).exits(0).stdout;
    assert!(status.contains(&format!("on {host}")), "{status}");
    bed.orca(&["stop", "--executor"]).exits(0).says(&["continue here"]);
    running.wait().exits(0);
    drop(held);
    assert_made_here(bed);
    let saved = bed.state().tasks[0].attempts[0].salvage.clone().unwrap();
    assert_eq!(bed.git(&["show", &format!("{saved}:half.txt")]), "half", "what it had written there is kept");
    assert!(bed.journal().iter().any(|it| matches!(&it.event, Event::Requested { request: Request::AtHome, .. })));
    bed.orca(&["stop", "--executor"]).exits(2).says(&["nothing of run"]);
    assert_eq!(boxes.hub_refs(), Vec::<String>::new());
    boxes.assert_quiet();
}

#[test]
fn a_run_whose_hosts_are_gone_goes_on_here() {
    let Some(mut boxes) = Boxes::with("executor = \"ssh\"\nsnapshot-every = \"1s\"", "") else { return };
    let fifo = begin(&boxes.bed);
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    until("its work is saved here", || {
        boxes.bed.try_state().is_some_and(|state| state.tasks[0].last().is_some_and(|it| it.snapshot.is_some()))
    });
    running.signal(Signal::SIGKILL);
    running.wait();
    boxes.kill(0);
    boxes.kill(1);
    drop(held);
    boxes.bed.orca(&["resume"]).exits(1).says(&["git orca doctor --executor ssh"]);
    boxes.bed.orca(&["resume", "--executor", "local"]).exits(0);
    assert_made_here(&boxes.bed);
    assert_eq!(boxes.hosts_of("T2"), Vec::<String>::new());
}

#[test]
fn a_gate_that_waits_for_a_node_is_taken_back_and_judges_here() {
    let Some(cluster) = Cluster::of_gates("", "[gates.there]\nrun = \"block a\"") else { return };
    let bed = &cluster.bed;
    let fifo = bed.fifo("a");
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    bed.orca(&["stop", "--executor"]).exits(0);
    cluster.assert_quiet();
    drop(held);
    until("it has landed", || {
        drop(fifo.caught());
        !bed.landings().is_empty()
    });
    running.wait().exits(0);
    assert_eq!(bed.landings().get("T1"), Some(&1));
}

#[test]
fn a_run_that_is_all_here_has_nothing_to_take_back() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    bed.commit("the beginning");
    bed.execute(&[]).exits(0);
    bed.orca(&["stop", "--executor"]).exits(2).says(&["nothing of run", "runs elsewhere"]);
}
