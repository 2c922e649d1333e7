//! Several attempts of one task at once, on other hosts: the checks choose as they do here.

use std::collections::BTreeSet;

use serde_json::json;

use super::Boxes;

#[test]
fn of_three_attempts_on_two_hosts_the_small_one_lands() {
    let agents = "[agents.wrong]\ncommand = [\"sh\", \"wrong.sh\"]\n[agents.large]\ncommand = [\"sh\", \"large.sh\"]\n\
                  [agents.small]\ncommand = [\"sh\", \"small.sh\"]\n[gates.test]\nrun = \"grep -qx hello hello.txt\"\n\
                  [tasks.A]\ncandidates = [\"wrong\", \"large\", \"small\"]";
    let Some(boxes) = Boxes::with("executor = \"ssh\"\nagent = \"small\"", agents) else { return };
    let bed = &boxes.bed;
    bed.write("wrong.sh", "put hello.txt nothing");
    bed.write("large.sh", "seq 1 60 > numbers.txt; put hello.txt hello");
    bed.write("small.sh", "put hello.txt hello");
    bed.plan(json!([{"id": "A", "title": "Say hello", "details": "Write it down."}]));
    bed.commit("agents and a plan");
    bed.execute(&["-j", "3"]).exits(0);
    let task = bed.state().tasks[0].clone();
    assert_eq!((bed.standings().as_str(), task.last().unwrap().agent.as_str()), ("A landed", "small"));
    assert!(!bed.result_has("numbers.txt"));
    assert_eq!(task.rivals.len(), 2);
    assert!(task.all_attempts().all(|it| it.host.as_ref().is_some_and(|host| host.starts_with("box"))));
    let hosts: BTreeSet<String> = task.all_attempts().filter_map(|it| it.host.clone()).collect();
    assert_eq!(hosts.len(), 2, "{hosts:?}");
    let run = bed.run();
    for lost in &task.rivals {
        let branch = format!("refs/heads/orca/{run}/candidate/A/{}", lost.n);
        let kept = format!("refs/orca/runs/{run}/attempt/A/{}", lost.n);
        let commit = lost.result().unwrap().as_str();
        assert_eq!(bed.git(&["rev-parse", &kept]).trim(), commit);
        assert_eq!(bed.git(&["rev-parse", &branch]).trim(), commit);
    }
    assert_eq!(boxes.hub_refs(), Vec::<String>::new(), "nothing is left in the hub");
    bed.assert_lossless();
    boxes.assert_quiet();
}
