//! Several runs on one machine share its places.

use crate::support::{TestRepo, until};
use serde_json::{Value, json};

fn started(bed: &TestRepo) -> usize {
    bed.try_state().map_or(0, |state| state.tasks.iter().filter(|task| !task.attempts.is_empty()).count())
}

/// What `status` says about a task, for programs.
fn reason(bed: &TestRepo, task: &str) -> String {
    let status: Value = serde_json::from_str(&bed.orca(&["status", "--json"]).exits(0).stdout).unwrap();
    let tasks = status["tasks"].as_array().unwrap();
    tasks.iter().find(|it| it["id"] == task).unwrap()["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn status_says_what_a_ready_task_waits_for() {
    let bed = TestRepo::new();
    bed.git(&["config", "orca.places", "8"]);
    bed.toml("[resources]\ndatabase = 1\n");
    let task = |id: &str, needs: Value| json!({"id": id, "needs": needs, "run": format!("block {id}; put {id}.txt x")});
    bed.plan(json!([
        task("A", json!({"database": 1})),
        task("B", json!({"database": 1})),
        task("C", json!({})),
        task("D", json!({}))
    ]));
    let fifos = ["A", "B", "C", "D"].map(|id| bed.fifo(id));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let first = fifos[0].wait();
    let third = fifos[2].wait();
    assert_eq!(reason(&bed, "B"), "all 2 slots are in use (-j 2)");
    assert_eq!(reason(&bed, "D"), "all 2 slots are in use (-j 2)");
    assert!(!bed.orca(&["status"]).stdout.contains("waiting   "), "that all work is seen without words");
    drop(third);
    let fourth = fifos[3].wait();
    drop(fourth);
    until("there is a place, but not the database", || reason(&bed, "B") == "it needs `database`, in use by `A`");
    assert!(bed.orca(&["status"]).stdout.contains("waiting   B: it needs `database`, in use by `A`"));
    drop(first);
    drop(fifos[1].wait());
    running.wait().exits(0);
    assert_eq!(reason(&bed, "B"), "");
}

#[test]
fn two_runs_share_three_places_and_nobody_waits_for_ever() {
    let one = TestRepo::new();
    let mut two = TestRepo::new();
    two.set("XDG_RUNTIME_DIR", one.root().join("runtime").to_str().unwrap());
    let names = ["a", "b", "c", "d"];
    for bed in [&one, &two] {
        bed.git(&["config", "orca.places", "3"]);
        let task = |name: &&str| json!({"id": name.to_uppercase(), "run": format!("block {name}; put {name}.txt x")});
        bed.plan(names.iter().map(task).collect());
    }
    let fifos = |bed: &TestRepo| names.map(|name| bed.fifo(name));
    let (ones, twos) = (fifos(&one), fifos(&two));
    let first = one.spawn(&["execute", "--yes", "-j", "4"]);
    let mut held: Vec<_> = ones[..3].iter().map(|fifo| fifo.wait()).collect();
    assert_eq!(started(&one), 3, "as many as there are places, whatever -j says");
    let second = two.spawn(&["execute", "--yes", "-j", "4"]);
    until("the other run waits", || second.said().contains("other runs hold every place"));
    assert_eq!(started(&two), 0);
    let why = "every place of this machine is in use";
    until("its status says why", || two.orca(&["status"]).stdout.contains(&format!("waiting   A, B, C, D: {why}")));
    until("as the other's does", || reason(&one, "D") == why);
    // One place comes free: the hungry run gets it, although the first has a task left.
    drop(held.remove(0));
    let other = twos[0].wait();
    assert_eq!((started(&one), started(&two)), (3, 1));
    drop((held, other));
    drop(ones[3].wait());
    twos[1..].iter().for_each(|fifo| drop(fifo.wait()));
    first.wait().exits(0);
    second.wait().exits(0);
    assert_eq!(one.standings(), "A landed, B landed, C landed, D landed");
}

#[test]
fn three_runs_of_three_repositories_get_a_place_each() {
    let mut beds = [TestRepo::new(), TestRepo::new(), TestRepo::new()];
    let shared = beds[0].root().join("runtime");
    let names = ["a", "b", "c", "d"];
    for bed in &mut beds {
        bed.set("XDG_RUNTIME_DIR", shared.to_str().unwrap());
        bed.git(&["config", "orca.places", "3"]);
        let task = |name: &&str| json!({"id": name.to_uppercase(), "run": format!("block {name}; put {name}.txt x")});
        bed.plan(names.iter().map(task).collect());
    }
    let fifos: Vec<_> = beds.iter().map(|bed| names.map(|name| bed.fifo(name))).collect();
    let first = beds[0].spawn(&["execute", "--yes", "-j", "4"]);
    let mut held: Vec<_> = fifos[0][..3].iter().map(crate::support::Fifo::wait).collect();
    let others: Vec<_> = beds[1..].iter().map(|bed| bed.spawn(&["execute", "--yes", "-j", "4"])).collect();
    for other in &others {
        until("the other run waits", || other.said().contains("other runs hold every place"));
    }
    let begun = |n: usize| started(&beds[n]);
    assert_eq!([begun(0), begun(1), begun(2)], [3, 0, 0]);
    // Each place that comes free goes to a run that has none, although the first has a task left.
    for free in 1..=2 {
        drop(held.pop());
        until("a hungry run gets it", || begun(1) + begun(2) == free);
    }
    assert_eq!([begun(0), begun(1), begun(2)], [3, 1, 1]);
    drop(held);
    let mut runs: Vec<_> = std::iter::once(first).chain(others).collect();
    until("all have ended", || {
        fifos.iter().flatten().for_each(|fifo| drop(fifo.caught()));
        runs.iter_mut().all(crate::support::Running::has_ended)
    });
    for (run, bed) in runs.into_iter().zip(&beds) {
        run.wait().exits(0);
        assert_eq!(bed.standings(), "A landed, B landed, C landed, D landed");
    }
}
