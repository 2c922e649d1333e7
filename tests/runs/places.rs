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
