//! What goes wrong between machines: hosts that die, lines that are cut, work that comes too late, and this machine killed.

use std::time::Duration;

use git_orca::journal::{AttemptOutcome, FailClass};
use nix::sys::signal::Signal;
use serde_json::json;

use super::Boxes;
use crate::support::{TestRepo, until};

fn has_started(bed: &TestRepo, i: usize) -> bool {
    let started = |state: git_orca::journal::RunState| state.tasks[i].last().is_some_and(|it| it.process.is_some());
    bed.try_state().is_some_and(started)
}

fn classes(bed: &TestRepo, i: usize) -> Vec<Option<FailClass>> {
    let class = |it: &git_orca::journal::Attempt| it.failure().map(|(class, _)| class);
    bed.state().tasks[i].attempts.iter().map(class).collect()
}

#[track_caller]
fn assert_one_result(boxes: &Boxes, task: &str) {
    assert_eq!(boxes.bed.landings().get(task), Some(&1), "{:?}", boxes.bed.landings());
    boxes.bed.assert_lossless();
    boxes.bed.assert_no_processes();
    boxes.assert_quiet();
}

#[test]
fn a_host_that_dies_in_the_middle_costs_an_attempt_and_nothing_else() {
    let Some(mut boxes) = Boxes::with("executor = \"ssh\"\nsnapshot-every = \"1s\"", "") else { return };
    let fifo = boxes.bed.fifo("a");
    let run = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half.txt half; block a; fi; put one.txt 1";
    boxes.bed.plan(json!([{"id": "T1", "run": run}, {"id": "T2", "run": "put two.txt 2"}]));
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let _held = fifo.wait();
    let saved =
        |bed: &TestRepo| bed.try_state().is_some_and(|it| it.tasks[0].last().is_some_and(|it| it.snapshot.is_some()));
    until("its work is saved here", || saved(&boxes.bed));
    let host = boxes.host_of("T1");
    boxes.kill(host);
    // Its power is back: nobody there knows of the work.
    boxes.start(host);
    running.wait().exits(0);
    assert_eq!(classes(&boxes.bed, 0), [Some(FailClass::Lost), None]);
    let snapshot = format!("refs/orca/runs/{}/snapshot/T1/1:half.txt", boxes.bed.run());
    assert_eq!(boxes.bed.git(&["show", &snapshot]), "half", "what it had saved is kept");
    assert_one_result(&boxes, "T1");
}

#[test]
fn work_that_is_killed_there_leaves_what_it_wrote_to_the_next_one() {
    let Some(boxes) = Boxes::two() else { return };
    let fifo = boxes.bed.fifo("a");
    let run = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then put half.txt half; block a; fi; put one.txt 1";
    let more: Vec<_> =
        (2..6).map(|n| json!({"id": format!("T{n}"), "after": ["T1"], "run": format!("put {n}.txt {n}")})).collect();
    boxes.bed.plan(json!([&[json!({"id": "T1", "run": run})], &more[..]].concat()));
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let _held = fifo.wait();
    until("that is known here", || has_started(&boxes.bed, 0));
    boxes.processes(boxes.host_of("T1")).into_iter().for_each(super::boxes::kill_hard);
    running.wait().exits(0);
    assert_eq!(classes(&boxes.bed, 0), [Some(FailClass::Lost), None]);
    assert_eq!(boxes.bed.landings().get("T1"), Some(&1));
    boxes.assert_quiet();
    // The host had a rest meanwhile; the next work there puts away what was left.
    let listed = format!("refs/orca/runs/{}/", boxes.bed.run());
    let half = |bed: &TestRepo| {
        let names = bed.git(&["for-each-ref", "--format=%(refname)", &listed]);
        names
            .lines()
            .any(|name| name.contains("late-") && bed.git_says(&["cat-file", "-e", &format!("{name}:half.txt")]))
    };
    boxes.bed.plan(json!([{"id": "U1", "run": "put u1.txt 1"}, {"id": "U2", "run": "put u2.txt 2"}]));
    boxes.bed.commit("another plan");
    boxes.bed.execute(&["--new"]).exits(0);
    boxes.bed.orca(&["salvage", "list"]).exits(0);
    assert!(half(&boxes.bed), "{}", boxes.bed.git(&["for-each-ref"]));
    boxes.bed.assert_lossless();
}

#[test]
fn an_orphan_that_finishes_afterwards_is_kept_and_does_not_land() {
    let Some(mut boxes) = Boxes::with("executor = \"ssh\"", "") else { return };
    boxes.bed.set("ORCA_FAR_PATIENCE", "3s");
    let (a, b) = (boxes.bed.fifo("a"), boxes.bed.fifo("b"));
    let run = "if [ \"$ORCA_ATTEMPT\" = 1 ]; then block a; put late.txt late; else put one.txt 1; fi";
    boxes.bed.plan(json!([{"id": "T1", "run": run}, {"id": "T2", "after": ["T1"], "run": "block b; put two.txt 2"}]));
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let held = a.wait();
    let host = boxes.host_of("T1");
    boxes.cut(host);
    until("it is made again elsewhere and lands", || {
        boxes.bed.try_state().is_some_and(|state| state.tasks[0].landed.is_some())
    });
    drop(held);
    until("the orphan's work is in the hub", || boxes.hub_refs().iter().any(|name| name.contains("far-late")));
    drop(b.wait());
    running.wait().exits(0);
    assert_eq!(classes(&boxes.bed, 0), [Some(FailClass::Lost), None]);
    assert!(boxes.bed.result_has("one.txt") && !boxes.bed.result_has("late.txt"));
    let late = boxes.bed.git(&[
        "for-each-ref",
        "--format=%(refname)",
        &format!("refs/orca/runs/{}/left/T1/1", boxes.bed.run()),
    ]);
    let found = late.lines().any(|name| boxes.bed.git_says(&["cat-file", "-e", &format!("{name}:late.txt")]));
    assert!(found, "the orphan's work is among the saved work: {late}");
    let listed = boxes.bed.orca(&["salvage", "list", "--all"]).stdout;
    assert!(listed.contains("late-"), "{listed}");
    assert_eq!(boxes.hub_refs(), Vec::<String>::new());
    assert_one_result(&boxes, "T1");
}

#[test]
fn a_line_that_is_cut_for_a_while_is_taken_up_again() {
    let Some(mut boxes) = Boxes::two() else { return };
    let fifo = boxes.bed.fifo("a");
    boxes.bed.plan(json!([{"id": "T1", "run": "put half.txt half; block a; put one.txt 1"}]));
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    let host = boxes.host_of("T1");
    boxes.cut(host);
    // It ends while nobody can be asked there.
    drop(held);
    until("it has ended there", || boxes.processes(host).is_empty());
    boxes.start(host);
    running.wait().exits(0);
    assert_eq!(classes(&boxes.bed, 0), [None]);
    assert_eq!(boxes.hosts_of("T1").len(), 1);
    assert_one_result(&boxes, "T1");
}

#[test]
fn a_hub_that_is_away_for_a_while_is_waited_for() {
    let Some(boxes) = Boxes::two() else { return };
    let fifo = boxes.bed.fifo("a");
    boxes.bed.plan(json!([{"id": "T1", "run": "block a; put one.txt 1"}]));
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    let (hub, away) = (boxes.bed.root().join("hub.git"), boxes.bed.root().join("away.git"));
    std::fs::rename(&hub, &away).unwrap();
    drop(held);
    // Its agent is through, and nobody can be told.
    let host = boxes.host_of("T1");
    until("its agent has ended", || !boxes.command_lines_of(host).iter().any(|line| line.contains("block")));
    std::fs::rename(&away, &hub).unwrap();
    running.wait().exits(0);
    assert_eq!(classes(&boxes.bed, 0), [None]);
    assert_one_result(&boxes, "T1");
}

/// Killed while an attempt runs elsewhere; `before` lets it end before the run goes on.
fn killed_and_resumed(before: bool) {
    let Some(boxes) = Boxes::two() else { return };
    let fifo = boxes.bed.fifo("a");
    boxes.bed.plan(
        json!([{"id": "T1", "run": "block a; put one.txt 1"}, {"id": "T2", "after": ["T1"], "run": "put two.txt 2"}]),
    );
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let held = fifo.wait();
    until("that is known here", || has_started(&boxes.bed, 0));
    running.signal(Signal::SIGKILL);
    running.wait();
    let host = boxes.host_of("T1");
    assert!(!boxes.processes(host).is_empty(), "it goes on there");
    let resumed = if before {
        drop(held);
        until("it has ended there", || boxes.processes(host).is_empty());
        boxes.bed.spawn(&["resume"])
    } else {
        let resumed = boxes.bed.spawn(&["resume"]);
        until("the run goes on", || {
            boxes.bed.journal().iter().any(|it| matches!(it.event, git_orca::journal::Event::RunResumed { .. }))
        });
        drop(held);
        resumed
    };
    resumed.wait().exits(0);
    assert_eq!(classes(&boxes.bed, 0), [None], "the same attempt, not another");
    assert_eq!(boxes.hosts_of("T1").len(), 1);
    assert_eq!(boxes.hub_refs(), Vec::<String>::new());
    assert_one_result(&boxes, "T1");
}

#[test]
fn killed_here_it_is_taken_up_again_while_it_runs() {
    killed_and_resumed(false);
}

#[test]
fn killed_here_what_ended_meanwhile_is_taken_in() {
    killed_and_resumed(true);
}

#[test]
fn stopping_ends_what_runs_elsewhere_and_saves_it() {
    let Some(boxes) = Boxes::two() else { return };
    let fifo = boxes.bed.fifo("a");
    boxes.bed.plan(json!([{"id": "T1", "run": "put half.txt half; block a"}]));
    boxes.bed.commit("the beginning");
    let running = boxes.bed.spawn(&["execute", "--yes"]);
    let _held = fifo.wait();
    until("that is known here", || has_started(&boxes.bed, 0));
    boxes.bed.orca(&["stop", "--now"]).exits(0);
    running.wait().exits(130);
    boxes.assert_quiet();
    let state = boxes.bed.state();
    let last = state.tasks[0].last().unwrap();
    assert!(matches!(last.ended, Some((_, AttemptOutcome::Failed { class: FailClass::Stopped, .. }))), "{last:?}");
    let saved = last.salvage.clone().unwrap();
    assert_eq!(boxes.bed.git(&["show", &format!("{saved}:half.txt")]), "half");
    boxes.bed.assert_lossless();
}

#[test]
fn a_host_that_is_away_is_left_alone_and_the_others_do_it_all() {
    let Some(mut boxes) = Boxes::two() else { return };
    boxes.bed.plan(json!([{"id": "T1", "run": "put one.txt 1"}, {"id": "T2", "run": "put two.txt 2"}]));
    boxes.bed.commit("the beginning");
    boxes.cut(0);
    let output = boxes.bed.execute(&[]).exits(0);
    output.says(&["cannot ask `box1`"]);
    for task in ["T1", "T2"] {
        assert_eq!(boxes.hosts_of(task).last().map(String::as_str), Some("box2"));
        assert_one_result(&boxes, task);
    }
    boxes.cut(1);
    boxes.bed.plan(json!([{"id": "T3", "run": "put three.txt 3"}]));
    boxes.bed.commit("another plan");
    let begun = std::time::Instant::now();
    boxes.bed.execute(&[]).exits(1).says(&["git orca doctor --executor ssh"]);
    assert!(begun.elapsed() < Duration::from_secs(30));
}
