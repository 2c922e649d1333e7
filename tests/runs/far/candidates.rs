//! Several attempts of one task at once are made here only.

use serde_json::json;

use super::Boxes;

#[test]
fn several_attempts_of_a_task_at_once_are_refused_elsewhere_before_anything_begins() {
    let agents = "[agents.small]\ncommand = [\"sh\", \"small.sh\"]\n[tasks.A]\ncandidates = [\"small\", \"large\"]\n\
                  [agents.large]\ncommand = [\"sh\", \"large.sh\"]";
    let Some(boxes) = Boxes::with("executor = \"ssh\"\nagent = \"small\"", agents) else { return };
    let bed = &boxes.bed;
    bed.write("large.sh", "seq 1 60 > numbers.txt; put hello.txt hello");
    bed.write("small.sh", "put hello.txt hello");
    bed.plan(json!([{"id": "A", "title": "Say hello", "details": "Write it down."}]));
    bed.commit("agents and a plan");
    let said = bed.execute(&["-j", "3"]).exits(2).stderr;
    assert!(said.contains("several attempts of `A` at once") && said.contains("--executor local"), "{said}");
    assert!(bed.runs().is_empty());
    boxes.assert_quiet();
}
