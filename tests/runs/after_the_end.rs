//! What is said of a run that is over, and what it offers to type: it works, and it is true.

use crate::support::TestRepo;
use serde_json::json;

#[test]
fn a_failed_script_offers_only_what_can_help() {
    let bed = TestRepo::in_memory();
    let plan = |text: &str| json!([{"id": "T1", "title": "One", "run": text}, {"id": "T2", "run": "put b.txt b"}]);
    bed.plan(plan("exit 1"));
    bed.commit("plan");
    bed.execute(&["--skip", "T2"]).exits(4);
    let again = bed.orca(&["retry", "T1"]).exits(4);
    assert!(!again.stderr.contains("changed since the start"), "T2 was left out, not added: {}", again.stderr);
    bed.orca(&["retry", "T1", "-m", "use echo"]).exits(2).says(&["reads no message", "git orca execute --new"]);
    let shown = bed.orca(&["show", "T1"]).exits(0).answers(&["git orca retry T1"]);
    assert!(!shown.stdout.contains("retry T1 -m"), "{}", shown.stdout);
    let said = bed.orca(&["say", "T1", "be", "quick"]).exits(0).says(&["to start one: git orca retry T1"]);
    assert!(!said.stderr.contains("git orca resume") && !said.stderr.contains("git orca stop"), "{}", said.stderr);
    bed.orca(&["integrate"]).exits(1).says(&["nothing to integrate: no task"]);
    bed.plan(plan("put a.txt a"));
    bed.commit("another text");
    let again = bed.orca(&["retry", "T1"]).exits(4).says(&["this run keeps the old text", "git orca execute --new"]);
    assert!(!again.stderr.contains("git orca replan"), "nothing can be taken in: {}", again.stderr);
    bed.orca(&["replan", "--dry-run"]).exits(0).answers(&["git orca execute --new"]);
}

#[test]
fn what_was_taken_back_is_told_as_that() {
    let bed = TestRepo::in_memory();
    bed.plan(json!([{"id": "T1", "run": "put a.txt a"}]));
    bed.commit("plan");
    bed.execute(&[]).exits(0);
    bed.orca(&["integrate"]).exits(1).says(&["nothing to integrate: every task has landed"]);
    bed.orca(&["take", "--layer", "9"]).exits(2).says(&["has no layer 9: it has 1"]);
    bed.orca(&["trust", "--forget"]).exits(0).says(&["nothing to forget"]);
    let run = bed.run();
    bed.orca(&["undo", "--yes"]).exits(0);
    let status = bed.orca(&["status"]).exits(0).answers(&["undone: its branches were removed"]);
    let back = status.stdout.lines().find_map(|line| line.strip_prefix("back      git ")).unwrap().to_owned();
    bed.git(&back.split(' ').collect::<Vec<_>>());
    bed.orca(&["status"]).exits(0).answers(&[&format!("orca/{run}/integration")]);
}

#[test]
fn a_run_whose_time_is_over_does_not_promise_another_attempt() {
    let bed = TestRepo::new();
    let _never = bed.fifo("never");
    bed.toml("[limits]\nrun-time = \"1s\"\n");
    bed.plan(json!([{"id": "T1", "run": "block never"}]));
    bed.commit("plan");
    bed.execute(&[]).exits(4).answers(&["next  git orca execute --new", "[limits] run-time"]);
    bed.orca(&["status"]).exits(0).answers(&["needs you git orca execute --new"]);
    bed.orca(&["retry", "T1"]).exits(2).says(&["the run's time limit is reached", "git orca execute --new"]);
    let told = bed.orca(&["validate", "T1"]).exits(1);
    assert!(told.stderr.contains("it has committed nothing yet"), "{}", told.stderr);
}
