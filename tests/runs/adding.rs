//! Tasks that come in while a run goes: from another terminal, with dependencies, before and after its end.

use crate::support::{TestRepo, until};
use serde_json::{Value, json};

#[test]
fn a_task_that_is_added_to_a_living_run_lands_with_it() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "block a; put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    let a = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = a.wait();
    // Beside what runs, and behind what waits.
    let said = bed.orca(&["add", "Write the notes", "--run", "put notes.txt n", "--json"]).exits(0).stdout;
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["task"], &said["layer"], &said["active"]), (&json!("write-the-notes"), &json!(1), &json!(true)));
    bed.orca(&[
        "add",
        "--id",
        "C",
        "--after",
        "B",
        "Use b",
        "--run",
        "cp b.txt c.txt && git add . && git commit -qm C",
    ])
    .exits(0)
    .says(&["added C (", "to layer 3 of run", "git orca skip C"]);
    until("the new task runs beside the first", || {
        bed.state().task(&"write-the-notes".parse().unwrap()).is_some_and(|task| task.landed.is_some())
    });
    drop(held);
    running.wait().exits(0).says(&["C  added to the plan: Use b"]);
    assert_eq!(bed.standings(), "A landed, B landed, write-the-notes landed, C landed");
    assert_eq!((bed.result("c.txt").as_str(), bed.result("notes.txt").as_str()), ("b", "n"));
    bed.assert_lossless();
}

#[test]
fn what_is_added_to_a_run_that_is_over_counts_when_it_is_resumed() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.orca(&["execute", "--yes"]).exits(0);
    bed.orca(&["add", "--id", "B", "More", "--run", "put b.txt b"]).exits(0).says(&["is not active: git orca resume"]);
    bed.orca(&["resume", "--yes"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    assert_eq!(bed.state().info.layers, [1, 2], "nothing is added to what is finished");
}

#[test]
fn a_plan_on_disk_is_marked_and_what_was_added_to_the_run_is_not_missed_there() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "block a; put a.txt a"}]));
    bed.commit("plan");
    let a = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = a.wait();
    bed.orca(&["add", "--id", "B", "More", "--run", "put b.txt b"]).exits(0);
    drop(held);
    let output = running.wait().exits(0);
    assert!(
        ![&output.stderr, &output.stdout]
            .iter()
            .any(|it| it.contains("not marked as done") || it.contains("nothing is marked")),
        "{}",
        output.stderr
    );
    let state = bed.state();
    assert!(state.tasks[0].mark.is_some() && state.tasks[1].mark.is_none());
    assert!(state.tasks.iter().all(|task| task.landed.is_some()));
}

#[test]
fn what_cannot_be_added_is_refused_with_the_reason() {
    let bed = TestRepo::new();
    bed.orca(&["add", "x"]).exits(1).says(&["there is no run in this repository yet"]);
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.orca(&["execute", "--yes"]).exits(0);
    for (args, why) in [
        (vec!["add", "--id", "a", "Again", "--run", "true"], "has a task `a` already"),
        (vec!["add", "--after", "NOPE", "Again", "--run", "true"], "no task"),
        (vec!["add", "Again"], "started without an agent"),
        (vec!["add", "Again", "--agent", "claude"], "the run has no agent `claude`"),
        (vec!["add", "--files", "../x", "Again", "--run", "true"], "not a path inside the repository"),
        (vec!["add", " ", "--run", "true"], "a title says"),
    ] {
        let output = bed.orca(&args);
        assert!(output.code != 0 && output.stderr.contains(why), "{args:?}: {}", output.stderr);
    }
    assert_eq!(bed.state().tasks.len(), 1);
}

#[test]
fn a_task_that_was_added_survives_a_kill() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "block a; put a.txt a"}]));
    let a = bed.fifo("a");
    let running = bed.spawn(&["execute", "--yes"]);
    let held = a.wait();
    bed.orca(&["add", "--id", "B", "--after", "A", "More", "--run", "put b.txt b"]).exits(0);
    running.signal(nix::sys::signal::Signal::SIGKILL);
    drop(held);
    drop(running.wait());
    until("the agent of the killed run is gone", || a.caught().is_none());
    let again = bed.spawn(&["resume", "--yes"]);
    drop(a.wait());
    again.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
}

#[test]
fn agents_cannot_add_to_their_own_run() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "git-orca add more --run true 2> said.txt && exit 9; put a.txt a"}]));
    let output = bed.orca(&["execute", "--yes"]);
    assert_eq!((output.code, bed.state().tasks.len()), (0, 1), "{}", output.stderr);
}
