//! A person mends a task in a worktree: it is committed as theirs, gated, and lands; whatever state it was in, and killed
//! anywhere.

use std::path::PathBuf;

use crate::support::{Output, TestRepo, until};
use git_orca::journal::{Event, Request};
use nix::sys::signal::Signal;
use serde_json::json;

/// A run of which one task fails its gate.
fn refused(bed: &TestRepo) {
    bed.toml("[gates.test]\nrun = \"test ! -e bad\"\non = \"task\"\n[run]\nattempts = 1\n");
    bed.plan(json!([
        {"id": "T1", "title": "First", "run": "put a.txt a; put bad x"},
        {"id": "T2", "run": "put b.txt b", "after": ["T1"]},
    ]));
    bed.commit("plan");
    bed.execute(&[]).exits(5);
}

/// Opens it; where.
fn opened(bed: &TestRepo, task: &str) -> PathBuf {
    let out = bed.orca(&["edit", task]).exits(0).says(&[&format!("git orca edit {task} --done")]);
    PathBuf::from(out.stdout.trim())
}

#[test]
fn what_a_gate_refused_is_mended_and_lands_as_theirs() {
    let bed = TestRepo::new();
    refused(&bed);
    let place = opened(&bed, "T1");
    assert_eq!(opened(&bed, "T1"), place, "once more is the same");
    assert!(place.join("bad").exists(), "the agent's work lies there");
    bed.orca(&["edit", "T1", "--done"]).exits(1).says(&["nothing was changed in its worktree"]);
    std::fs::remove_file(place.join("bad")).unwrap();
    std::fs::write(place.join("more.txt"), "mine\n").unwrap();
    bed.git(&["config", "user.name", "Grace"]);
    bed.orca(&["edit", "T1", "--done", "-m", "Without the bad file"]).exits(0);
    let open = Request::ByHand { task: "T1".parse().unwrap(), open: true };
    let opened = |entry: &&git_orca::journal::Entry| matches!(&entry.event, Event::Requested { request, .. } if *request == open);
    assert_eq!(bed.journal().iter().filter(opened).count(), 1, "when it was opened is in the journal");
    assert!(bed.orca(&["log", "T1"]).stdout.contains("T1 opened to be edited by hand"));
    assert_eq!(bed.standings(), "T1 landed, T2 landed");
    assert_eq!(bed.result("more.txt"), "mine");
    let run = bed.run();
    let log = bed.git(&["log", "--format=%an %s", &format!("orca/{run}/integration")]);
    assert!(log.contains("Grace Without the bad file"), "{log}");
    assert_eq!(bed.state().tasks[0].last().unwrap().agent, "person");
    assert!(!place.exists(), "its worktree is gone");
    bed.orca(&["show", "T1"]).exits(0).answers(&["by hand: 2 files, +2 -0"]);
    bed.assert_lossless();
}

#[test]
fn what_a_person_left_wrong_is_refused_by_the_gates_and_can_be_mended_again() {
    let bed = TestRepo::new();
    refused(&bed);
    let place = opened(&bed, "T1");
    std::fs::write(place.join("more.txt"), "mine\n").unwrap();
    bed.orca(&["edit", "T1", "--done"]).exits(5);
    let place = opened(&bed, "T1");
    assert!(place.join("more.txt").exists());
    std::fs::remove_file(place.join("bad")).unwrap();
    bed.orca(&["edit", "T1", "--done"]).exits(0);
    assert_eq!(bed.standings(), "T1 landed, T2 landed");
}

#[test]
fn a_conflict_is_opened_merged_and_markers_are_not_taken() {
    let bed = TestRepo::new();
    bed.write("list.txt", "one\ntwo\nthree\n");
    bed.toml("[conflicts]\nresolve = [\"union\"]\n");
    bed.commit("a list");
    let (a, b) = (bed.fifo("a"), bed.fifo("b"));
    bed.plan(json!([
        {"id": "A", "run": "block a; sed -i s/two/twee/ list.txt; announce list.txt"},
        {"id": "B", "run": "block b; sed -i s/two/zwei/ list.txt; announce list.txt"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let (a, b) = (a.wait(), b.wait());
    drop(a);
    until("A has landed", || bed.standings().starts_with("A landed"));
    drop(b);
    running.wait().exits(6);
    let place = opened(&bed, "B");
    let text = std::fs::read_to_string(place.join("list.txt")).unwrap();
    assert!(text.contains("<<<<<<<") && text.contains("twee") && text.contains("zwei"), "{text}");
    bed.orca(&["edit", "B", "--done"]).exits(2).says(&["still has conflict markers", "list.txt"]);
    std::fs::write(place.join("list.txt"), "one\ntwee zwei\nthree\n").unwrap();
    bed.orca(&["edit", "B", "--done"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed");
    assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
    bed.assert_no_markers();
    bed.assert_lossless();
}

#[test]
fn in_a_run_that_lives_and_from_a_linked_worktree() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([
        {"id": "slow", "run": "block go; put s.txt s"},
        {"id": "broken", "run": "exit 3"},
        {"id": "waiting", "run": "put w.txt w", "after": ["slow"]},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = go.wait();
    until("it has failed", || bed.standings().contains("broken failed"));
    for (task, why) in [("slow", "git orca stop slow"), ("waiting", "can be fixed by hand")] {
        bed.orca(&["edit", task]).exits(2).says(&[why]);
    }
    let linked = bed.root().join("linked");
    bed.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    let out = bed.spawn_in(&linked, &["edit", "broken"], &[]).wait().exits(0);
    let place = PathBuf::from(out.stdout.trim());
    std::fs::write(place.join("x.txt"), "x\n").unwrap();
    // From inside of it: it stays, and its branch is free.
    bed.spawn_in(&place, &["edit", "broken", "--done"], &[]).wait().exits(0).says(&["git worktree remove"]);
    until("it has landed", || bed.standings().contains("broken landed"));
    assert!(place.exists());
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.result("x.txt"), "x");
    let solved = |event: &Event| matches!(event, Event::Requested { request: Request::Solved { .. }, .. });
    assert_eq!(bed.journal().iter().filter(|entry| solved(&entry.event)).count(), 1);
    bed.orca(&["edit", "broken"]).exits(2).says(&["it has already landed", "git orca revert broken"]);
}

#[test]
fn what_waits_for_approval_can_be_mended_first() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "T1", "run": "put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes", "--approve", "task"]);
    until("it waits", || bed.try_state().is_some_and(|state| state.unanswered().count() > 0));
    let place = opened(&bed, "T1");
    std::fs::write(place.join("a.txt"), "better\n").unwrap();
    bed.orca(&["edit", "T1", "--done"]).exits(0);
    let commit = || bed.state().tasks[0].last().and_then(|last| last.result().cloned());
    until("the new commit is asked for", || {
        bed.state().unanswered().any(|it| Some(&it.digest) == commit().map(|it| it.to_string()).as_ref())
            && bed.state().tasks[0].attempts.len() == 2
    });
    bed.orca(&["approve", "T1"]).exits(0);
    running.wait().exits(0);
    assert_eq!(bed.result("a.txt"), "better");
}

#[test]
fn killed_anywhere_between_it_is_repeated() {
    let bed = TestRepo::in_memory();
    refused(&bed);
    let place = opened(&bed, "T1");
    std::fs::remove_file(place.join("bad")).unwrap();
    let mut n = 0;
    loop {
        n += 1;
        let out = bed.spawn_with(&["edit", "T1", "--done"], &[("ORCA_CRASH_AT", &n.to_string())]).wait();
        if out.code != 128 + Signal::SIGKILL as i32
            || bed
                .journal()
                .iter()
                .any(|entry| matches!(&entry.event, Event::Requested { request: Request::Solved { .. }, .. }))
        {
            break;
        }
        assert!(n < 200, "it never gets through");
    }
    assert!(n > 2, "it was killed at {n} places");
    if bed.state().tasks[0].landed.is_none() {
        bed.orca(&["resume", "--yes"]).exits(0);
    }
    assert_eq!(bed.standings(), "T1 landed, T2 landed");
    let attempts: Vec<String> = bed.state().tasks[0].attempts.iter().map(|attempt| attempt.agent.clone()).collect();
    assert_eq!(attempts, ["script", "person"]);
    bed.assert_lossless();
}

/// What a command said on both streams, without the breaks between lines.
fn words_of(said: &Output) -> String {
    said.stdout.split_whitespace().chain(said.stderr.split_whitespace()).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_open_is_shown_and_can_be_given_up_without_losing_it() {
    let bed = TestRepo::new();
    refused(&bed);
    bed.orca(&["edit", "T1", "--give-up"]).exits(1).says(&["it is not open"]);
    let branch = format!("orca/{}/task/T1", bed.run());
    let agents = bed.git(&["rev-parse", &branch]);
    let place = opened(&bed, "T1");
    let shown = format!("is open in {}", place.display());
    for command in [&["status"][..], &["diff", "T1"], &["conflicts"], &["clean"]] {
        let said = words_of(&bed.orca(command).exits(0));
        assert!(said.contains(&shown), "{command:?}: {said}");
    }
    let said = words_of(&bed.orca(&["clean"]).exits(0));
    assert!(said.contains("git orca edit T1 --give-up"), "{said}");
    bed.orca(&["edit", "T1", "--give-up"]).exits(0).says(&["nothing was changed"]);
    assert!(!place.exists() && bed.git(&["rev-parse", &branch]) == agents);

    let place = opened(&bed, "T1");
    std::fs::write(place.join("more.txt"), "mine\n").unwrap();
    bed.orca(&["edit", "T1", "--give-up"]).exits(0).says(&["are kept in refs/orca/runs/"]);
    assert!(!place.exists());
    assert_eq!(bed.git(&["rev-parse", &branch]), agents, "the branch is the agent's again");
    let kept = bed.git(&["for-each-ref", "--format=%(refname)", &format!("refs/orca/runs/{}/by-hand/", bed.run())]);
    assert_eq!(bed.git(&["show", &format!("{}:more.txt", kept.trim())]).trim(), "mine");
    assert!(!bed.orca(&["status"]).exits(0).stdout.contains(" is open in "));
    assert_eq!(bed.standings(), "T1 failed, T2 blocked", "nothing of it lands");
    assert!(!opened(&bed, "T1").join("more.txt").exists(), "the next begins anew");
    bed.assert_lossless();
}

#[test]
fn a_shell_of_theirs_starts_where_the_work_lies() {
    let bed = TestRepo::new();
    refused(&bed);
    bed.program("their-shell", "#!/bin/sh\nrm bad; pwd > \"$SHELL.was-in\"\n");
    let shell = bed.root().join("bin/their-shell");
    let env = [("SHELL", shell.to_str().unwrap())];
    let out = bed.spawn_in(&bed.repo(), &["edit", "T1", "--shell"], &env).wait().exits(0);
    let out = out.says(&["it is still open"]);
    let place = out.stdout.trim();
    let was = std::fs::read_to_string(format!("{}.was-in", shell.display())).unwrap();
    assert_eq!(std::fs::canonicalize(was.trim()).unwrap(), std::fs::canonicalize(place).unwrap());
    bed.orca(&["edit", "T1", "--done"]).exits(0);
    assert_eq!(bed.standings(), "T1 landed, T2 landed");
}
