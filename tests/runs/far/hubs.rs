//! The hub: made where nobody named one, and reached over ssh by hosts that it does not lie on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;

use super::Boxes;
use super::over_ssh::{RULES, assert_same_result, begin};

/// The hubs that were made on a host.
fn made_on(boxes: &Boxes, host: &str) -> Vec<PathBuf> {
    let folder = boxes.bed.root().join(host).join("home/state/git-orca/hubs");
    std::fs::read_dir(folder).into_iter().flatten().map(|it| it.unwrap().path()).collect()
}

fn nobody_named() -> Option<Boxes> {
    Boxes::over(&|_| String::new(), "executor = \"ssh\"", "")
}

#[test]
fn it_is_made_on_the_first_host_and_taken_away_by_clean() {
    let Some(boxes) = nobody_named() else { return };
    let bed = &boxes.bed;
    let fifos = [bed.fifo("a"), bed.fifo("b")];
    bed.plan(json!([{"id": "T1", "run": "block a; put one.txt 1"}, {"id": "T2", "run": "block b; put two.txt 2"}]));
    bed.commit("the beginning");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = fifos.map(|fifo| fifo.wait());
    bed.orca(&["clean"]).says(&["is active"]);
    drop(held);
    running.wait().exits(0);
    let hosts: BTreeSet<String> = ["T1", "T2"].iter().flat_map(|task| boxes.hosts_of(task)).collect();
    assert_eq!(hosts.len(), 2, "the second host reached the first one's hub: {hosts:?}");
    let [hub] = &made_on(&boxes, "box1")[..] else { panic!("{:?}", made_on(&boxes, "box1")) };
    let far = bed.state().info.options.far.clone().unwrap();
    assert_eq!(far.hub, format!("ssh://box1{}", hub.display()));
    assert!(made_on(&boxes, "box2").is_empty());
    assert_eq!(bed.git_in(hub, &["for-each-ref"]), "", "nothing is left in the hub");
    bed.assert_lossless();
    // Another run of the repository uses it again.
    bed.plan(json!([{"id": "T3", "run": "put three.txt 3"}]));
    bed.commit("another plan");
    bed.execute(&[]).exits(0);
    assert_eq!(made_on(&boxes, "box1").len(), 1);
    let listed = bed.orca(&["clean"]).exits(0).stdout;
    assert!(listed.contains(&format!("hub        {}", far.hub)), "{listed}");
    assert_eq!(made_on(&boxes, "box1").len(), 1, "it was only listed");
    bed.orca(&["clean", "-f"]).exits(0);
    assert!(made_on(&boxes, "box1").is_empty());
    boxes.assert_quiet();
}

#[test]
fn where_the_first_host_is_away_the_next_one_gets_it_and_clean_says_what_it_could_not_reach() {
    let Some(mut boxes) = nobody_named() else { return };
    boxes.bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}]));
    boxes.bed.commit("the beginning");
    boxes.cut(0);
    boxes.bed.execute(&[]).exits(0).says(&["cannot ask `box1`", "the hub is not made there"]);
    assert_eq!((made_on(&boxes, "box1").len(), made_on(&boxes, "box2").len()), (0, 1));
    assert_eq!(boxes.bed.landings().get("T1"), Some(&1));
    boxes.cut(1);
    let cleaned = boxes.bed.orca(&["clean", "-f"]).exits(0).stdout;
    assert!(
        cleaned.contains("kept       hub ssh://box2/") && cleaned.contains("git orca doctor --executor ssh"),
        "{cleaned}"
    );
    assert_eq!(made_on(&boxes, "box2").len(), 1);
}

#[test]
fn a_named_hub_over_ssh_serves_as_one_by_path_does() {
    let hub = |root: &std::path::Path| format!("hub = \"ssh://box1{}\"", root.join("hub.git").display());
    let Some(boxes) = Boxes::over(&hub, "executor = \"ssh\"", RULES) else { return };
    begin(&boxes.bed);
    boxes.bed.execute(&["-j", "4"]).exits(0);
    assert_same_result(&boxes.bed);
    boxes.bed.orca(&["clean"]).exits(0);
    assert!(boxes.bed.root().join("hub.git").exists(), "it is the user's");
    boxes.assert_quiet();
}
