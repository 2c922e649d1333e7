//! Over ssh: what runs elsewhere comes to what it comes to here.

use serde_json::json;

use super::Boxes;

#[test]
fn a_task_on_another_host_lands() {
    let Some(boxes) = Boxes::two() else { return };
    let bed = &boxes.bed;
    bed.plan(json!([{"id": "T1", "run": "put one.txt \"$PWD\"; echo hello from there"}]));
    bed.commit("the beginning");
    bed.execute(&[]).exits(0);
    let place = bed.result("one.txt");
    assert!(place.contains("/box1/") || place.contains("/box2/"), "{place}");
    assert_eq!(boxes.hosts_of("T1").len(), 1);
    let log = bed.paths().root().join("logs/T1/1/agent.log");
    assert!(std::fs::read_to_string(log).unwrap().contains("hello from there"));
    assert_eq!(boxes.hub_refs(), Vec::<String>::new(), "nothing is left in the hub");
    bed.assert_lossless();
    bed.assert_no_processes();
    boxes.assert_quiet();
}
