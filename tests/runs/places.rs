//! Several runs on one machine share its places.

use crate::support::{TestRepo, until};
use serde_json::json;

fn started(bed: &TestRepo) -> usize {
    bed.try_state().map_or(0, |state| state.tasks.iter().filter(|task| !task.attempts.is_empty()).count())
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
