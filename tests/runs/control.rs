//! Control of a run: from the terminal it runs in, from others, and by signals; and what is trusted.

use crate::support::{TestRepo, until};
use git_orca::journal::{Event, FailClass, RunOutcome};
use nix::sys::signal::Signal;
use serde_json::json;

/// Tasks A and B, side by side, each waiting at a FIFO; C needs A.
fn two_waiting(bed: &TestRepo) -> (crate::support::Fifo, crate::support::Fifo) {
    bed.plan(json!([
        {"id": "A", "run": "put a.early early; block a; put a.txt a"},
        {"id": "B", "run": "put b.early early; block b; put b.txt b"},
        {"id": "C", "after": ["A"], "run": "put c.txt c"},
    ]));
    (bed.fifo("a"), bed.fifo("b"))
}

/// Waits until the latest attempt of the first task is its `n`-th: those before it are gone then.
fn attempt_begins(bed: &TestRepo, n: usize) {
    until("the task is tried again", || bed.state().tasks[0].attempts.len() == n);
}

fn outcome(bed: &TestRepo) -> RunOutcome {
    bed.state().finished.unwrap().1
}

#[test]
fn one_ctrl_c_lets_running_agents_finish_and_starts_nothing_new() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    running.signal(Signal::SIGINT);
    until("the request is journalled", || bed.state().stop.is_some());
    drop(held);
    running.wait().exits(130);
    assert_eq!(outcome(&bed), RunOutcome::Stopped);
    let state = bed.state();
    assert!(state.tasks[0].last().unwrap().result().is_some() && state.tasks[1].last().unwrap().result().is_some());
    assert!(state.tasks[2].attempts.is_empty(), "C was not started");
    bed.assert_no_processes();
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!(bed.state().tasks[0].attempts.len(), 1, "what had finished is not done again");
    bed.assert_lossless();
}

#[test]
fn a_second_ctrl_c_stops_now_and_saves_everything() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    running.signal(Signal::SIGINT);
    until("the request is journalled", || bed.state().stop.is_some());
    running.signal(Signal::SIGINT);
    running.wait().exits(130);
    drop(held);
    bed.assert_no_processes();
    bed.assert_lossless();
    assert!(bed.state().tasks.iter().all(|task| task.open().is_none()));
    assert!(matches!(bed.state().tasks[0].last().unwrap().failure(), Some((FailClass::Stopped, _))));
    // Agents that are not held this time.
    let again = bed.spawn(&["resume"]);
    let held = (a.wait(), b.wait());
    drop(held);
    again.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
}

#[test]
fn a_closed_terminal_does_not_end_a_run() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    running.signal(Signal::SIGHUP);
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
}

#[test]
fn stop_ends_the_run_and_stop_now_at_once() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    bed.orca(&["stop"]).exits(0);
    until("the request is journalled", || bed.state().stop.is_some());
    bed.orca(&["stop", "--now"]).exits(0);
    running.wait().exits(130);
    bed.assert_no_processes();
    drop(held);
    assert_eq!(outcome(&bed), RunOutcome::Stopped);
    bed.assert_lossless();
    bed.orca(&["stop"]).exits(0).says(&["has already ended"]);
}

/// A plain stop lets agents finish what ends by itself, and nothing is left when the run is over: neither of agents that
/// finished nor of gates.
#[test]
fn after_a_stop_nothing_of_the_run_is_alive() {
    let bed = TestRepo::new();
    let (a, gate) = (bed.fifo("a"), bed.fifo("gate"));
    bed.toml("[gates.slow]\nrun = \"(setsid sleep 1000 > /dev/null 2>&1 &) ; block gate\"\n");
    bed.plan(json!([{"id": "G", "run": "put g.txt g"}, {"id": "A", "run": "(setsid sleep 1000 > /dev/null 2>&1 &) ; block a; put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), gate.wait());
    bed.orca(&["stop"]).exits(0);
    until("the request is journalled", || bed.state().stop.is_some());
    drop(held);
    running.wait().exits(130);
    bed.assert_no_processes();
    bed.assert_lossless();
}

#[test]
fn stopping_a_task_ends_it_alone_and_retry_brings_it_back_with_a_hint() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    let script = r#"
        put out.txt "$ORCA_ATTEMPT"
        if [ "$ORCA_ATTEMPT" = 1 ]; then block go; fi
        grep -o 'use the small hammer' "$ORCA_PROMPT_FILE" > hint.txt
    "#;
    bed.toml(&format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n"));
    bed.plan(
        json!([{"id": "A"}, {"id": "B", "run": "put b.txt b"}, {"id": "C", "after": ["A"], "run": "put c.txt c"}]),
    );
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = go.wait();
    bed.orca(&["stop", "A"]).exits(0);
    running.wait().exits(4);
    drop(held);
    assert_eq!(bed.standings(), "A failed, B landed, C blocked");
    bed.assert_lossless();
    bed.assert_no_processes();
    bed.orca(&["retry", "A", "-m", "use the small hammer"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!(bed.result("hint.txt"), "use the small hammer");
}

#[test]
fn a_task_is_retried_while_the_run_is_active() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([
        {"id": "A", "run": "note tries x; test -e \"$HOME/mended\"; put a.txt a"},
        {"id": "B", "run": "block go; put b.txt b"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = go.wait();
    until("A has failed", || bed.standings().starts_with("A failed"));
    std::fs::write(bed.root().join("home/mended"), "").unwrap();
    bed.orca(&["retry", "A"]).exits(0);
    until("A has landed", || bed.standings().starts_with("A landed"));
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.notes("tries").len(), 2);
}

#[test]
fn a_task_that_is_retried_leaves_the_batch_that_is_being_gated_at_once() {
    let bed = TestRepo::new();
    bed.toml("[gates.slow]\nrun = \"if grep -qs first a.txt; then block gate; fi\"\non = \"merged\"\n");
    let gate = bed.fifo("gate");
    bed.plan(json!([
        {"id": "A", "run": "note tries x; if test -e \"$HOME/mended\"; then put a.txt second; else put a.txt first; fi"},
        {"id": "B", "after": ["A"], "run": "put b.txt b"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = gate.wait();
    std::fs::write(bed.root().join("home/mended"), "").unwrap();
    bed.orca(&["retry", "A"]).exits(0);
    // The gate of the first candidate is still held: nobody waits for it.
    until("A has landed", || bed.standings().starts_with("A landed"));
    assert_eq!(bed.result("a.txt"), "second");
    drop(held);
    running.wait().exits(0);
    assert_eq!((bed.notes("tries").len(), bed.state().tasks[0].attempts.len()), (2, 2));
    bed.assert_lossless();
}

#[test]
fn a_paused_run_starts_nothing_until_it_is_resumed() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let (a, b) = (a.wait(), b.wait());
    bed.orca(&["pause"]).exits(0);
    until("it is paused", || bed.state().paused);
    drop(a);
    until("A has landed", || bed.standings().starts_with("A landed"));
    bed.orca(&["stop", "B"]).exits(0);
    until("B has ended", || bed.standings().contains("B failed"));
    drop(b);
    assert!(bed.standings().contains("C ready"), "it could start, and does not: {}", bed.standings());
    bed.orca(&["resume"]).exits(0);
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A landed, B failed, C landed");
}

#[test]
fn skipping_a_failed_task_lets_its_dependents_go_on_and_the_run_is_still_not_whole() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "exit 1"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed, B blocked");
    bed.orca(&["skip", "A"]).exits(4);
    assert_eq!(bed.standings(), "A skipped, B landed");
    assert!(bed.result_has("b.txt"));
}

#[test]
fn skipping_a_running_task_ends_it_and_saves_its_work() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    bed.orca(&["skip", "A"]).exits(0);
    until("C has landed", || bed.standings().ends_with("C landed"));
    drop(held);
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A skipped, B landed, C landed");
    bed.assert_lossless();
}

#[test]
fn a_detached_run_goes_on_without_its_starter() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    bed.orca(&["execute", "--yes", "--detach", "-j", "2"]).exits(0).says(&[bed.run().as_str(), "git orca status"]);
    let held = (a.wait(), b.wait());
    assert_eq!(bed.standings(), "A running, B running, C waiting");
    drop(held);
    until("the run is over", || bed.state().finished.is_some() && !bed.store().is_locked());
    assert_eq!(outcome(&bed), RunOutcome::Done);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
}

#[test]
fn a_detached_run_that_cannot_start_says_why() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "after": ["B"], "run": "true"}, {"id": "B", "after": ["A"], "run": "true"}]));
    bed.orca(&["execute", "--yes", "--detach"]).exits(3).says(&["tasks.json"]);
    assert!(bed.runs().is_empty());
}

#[test]
fn of_two_runs_at_once_the_second_is_told_or_waits() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    let first = bed.run().to_string();
    bed.execute(&[]).exits(1).says(&[&first, "git orca status", "--wait"]);
    bed.orca(&["resume"]).exits(1).says(&[&first]);
    let waiting = bed.spawn(&["execute", "--yes", "--new", "--wait", "--only", "C"]);
    until("the second waits", || waiting.said().contains("waiting"));
    drop(held);
    running.wait().exits(0);
    waiting.wait().exits(0);
    assert_eq!(bed.runs().len(), 2);
    assert_eq!(bed.standings(), "C landed");
}

#[test]
fn an_interrupted_run_of_the_same_plan_is_offered_and_new_starts_afresh() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let (a, held) = (a.wait(), b.wait());
    drop(a);
    until("A has landed", || bed.standings().starts_with("A landed"));
    let first = bed.run();
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().code, 128 + 9);
    drop(held);
    bed.execute(&[]).exits(1).says(&[&format!("git orca resume {first}"), "--new", "1 of 3"]);
    let second = bed.spawn(&["execute", "--yes", "--new", "--only", "C"]);
    second.wait().exits(0);
    assert_ne!(bed.run(), first);
    // The first goes on where it was.
    let again = bed.spawn(&["resume", first.as_str()]);
    until("B is tried again", || bed.store().run(&first).state().unwrap().tasks[1].attempts.len() == 2);
    drop(b.wait());
    again.wait().exits(0);
    let state = bed.store().run(&first).state().unwrap();
    assert_eq!(crate::support::standings_of(&state), "A landed, B landed, C landed");
    bed.assert_lossless();
}

/// What the journal says to be under way is not, once nobody is there to do it.
#[test]
fn a_killed_run_tells_what_was_at_work_and_what_to_type() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    let run = bed.run();
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().code, 128 + 9);
    drop(held);
    let status = bed.orca(&["status"]).stdout;
    let told = ["2 interrupted", "A  interrupted", "was running", &format!("git orca resume {run}")];
    assert!(told.iter().all(|words| status.contains(words)), "{status}");
    for command in [&["status"][..], &["report"], &["report", "--format", "html"], &["show", "A"]] {
        let said = bed.orca(command).stdout;
        assert!(said.contains("interrupted"), "{command:?}\n{said}");
        let still = ["  running ", ">running<", "by script: running", " 0.0 s  "];
        assert!(still.iter().all(|words| !said.contains(words)), "{command:?}\n{said}");
    }
    // Programs get the words that they know.
    let json: serde_json::Value = serde_json::from_str(&bed.orca(&["status", "--format", "json"]).stdout).unwrap();
    assert_eq!((json["state"].as_str(), json["tasks"][0]["state"].as_str()), (Some("interrupted"), Some("running")));
}

#[test]
fn a_killed_run_is_resumed_by_another_process_and_loses_nothing() {
    let bed = TestRepo::new();
    let (a, b) = two_waiting(&bed);
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let (a1, b1) = (a.wait(), b.wait());
    drop(a1);
    until("A has landed", || bed.standings().starts_with("A landed"));
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(b1);
    // The run was begun with --yes: going on with it needs none.
    let again = bed.spawn(&["resume"]);
    until("B is tried again", || bed.state().tasks[1].attempts.len() == 2);
    drop(b.wait());
    again.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert!(bed.landings().values().all(|n| *n == 1));
    assert!(bed.journal().iter().any(|entry| matches!(entry.event, Event::RunResumed { .. })));
    bed.assert_lossless();
    bed.assert_no_processes();
    bed.orca(&["resume"]).exits(0).says(&["is done"]);
}

#[test]
fn without_a_terminal_nothing_runs_unless_allowed() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "note ran x; put a.txt a"}]));
    let refused = bed.orca(&["execute"]);
    assert!([1, 2].contains(&refused.code), "{refused:?}");
    refused.says(&["git orca execute --yes"]);
    assert_eq!((bed.notes("ran").len(), bed.runs().len()), (0, 0));
    assert!(!bed.slots().exists(), "not even a worktree was made");
    bed.orca(&["execute", "--detach"]).exits(1);
    assert!(bed.notes("ran").is_empty());
    bed.execute(&[]).exits(0);
    assert_eq!(bed.notes("ran").len(), 1);
    // --yes allows one run and records nothing.
    let refused = bed.orca(&["execute", "--new"]);
    assert!([1, 2].contains(&refused.code), "{refused:?}");
    assert_eq!(bed.notes("ran").len(), 1);
}

#[test]
fn a_run_keeps_the_settings_it_began_with() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.toml("[gates.old]\nrun = \"note gates old\"\n");
    bed.plan(json!([{"id": "A", "run": "block go; put a.txt a"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    bed.toml("[gates.new]\nrun = \"note gates new\"\n");
    bed.plan(json!([{"id": "A", "run": "note ran changed; put a.txt changed"}, {"id": "Z", "run": "put z z"}]));
    let again = bed.spawn(&["resume"]);
    attempt_begins(&bed, 2);
    drop(go.wait());
    again.wait().exits(0);
    assert!(bed.notes("gates").iter().all(|gate| gate == "old"), "{:?}", bed.notes("gates"));
    assert_eq!((bed.notes("ran").len(), bed.standings()), (0, "A landed, B landed".to_owned()));
    assert_eq!(bed.result("a.txt"), "a");
}

#[test]
fn an_agent_that_edits_orca_toml_changes_nothing_of_its_run() {
    let bed = TestRepo::new();
    bed.toml("[gates.strict]\nrun = \"note gates strict; ! test -e bad.txt\"\n");
    bed.commit("settings");
    bed.plan(json!([{"id": "A", "run": "printf 'orca = 1\\n' > orca.toml; put bad.txt x"}]));
    bed.execute(&[]).exits(5);
    assert_eq!(bed.standings(), "A failed");
}

#[test]
fn commands_work_from_any_folder_and_from_linked_worktrees() {
    let bed = TestRepo::new();
    bed.write("deep/er/x", "x");
    bed.commit("folders");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.commit("a plan, for every worktree");
    bed.spawn_in(&bed.repo().join("deep/er"), &["execute", "--yes"], &[]).wait().exits(0);
    let linked = bed.root().join("linked");
    bed.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    bed.spawn_in(&linked, &["execute", "--yes", "--new"], &[]).wait().exits(0);
    assert_eq!(bed.runs().len(), 2);
}

#[test]
fn locks_of_a_killed_git_do_not_block_a_resumed_run() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "block go; put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    let run = bed.run();
    let git = bed.repo().join(".git");
    for name in [format!("refs/heads/orca/{run}/integration.lock"), format!("refs/orca/runs/{run}/head/1.lock")] {
        std::fs::create_dir_all(git.join(&name).parent().unwrap()).unwrap();
        std::fs::write(git.join(name), "").unwrap();
    }
    let again = bed.spawn(&["resume"]);
    attempt_begins(&bed, 2);
    drop(go.wait());
    again.wait().exits(0);
    assert_eq!(bed.standings(), "A landed");
}

/// Fails while the other task still waits at the FIFO, and both are over.
fn one_needs_somebody(bed: &TestRepo) {
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "block go; put a.txt a"}, {"id": "B", "run": "exit 3"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = go.wait();
    until("somebody was told", || !bed.notes("told").is_empty());
    let first = bed.notes("told");
    assert!(first.len() == 1 && first[0].contains("B failed"), "{first:?}");
    drop(held);
    running.wait().exits(4);
    let all = bed.notes("told");
    assert!(all.len() == 2 && all[1].contains("1 of 2 landed in"), "{all:?}");
}

#[test]
fn the_desktop_is_told_when_somebody_is_needed_and_at_the_end() {
    let mut bed = TestRepo::new();
    bed.set("DISPLAY", ":0");
    bed.program("notify-send", "#!/bin/sh\nnote told \"$(printf %s \"$*\" | tr '\\n' ' ')\"\n");
    bed.git(&["config", "orca.notify", "desktop"]);
    one_needs_somebody(&bed);
    assert!(
        bed.notes("told").iter().all(|line| line.contains("--app-name=git orca git orca: ")),
        "{:?}",
        bed.notes("told")
    );
}

#[test]
fn a_webhook_is_told_when_somebody_is_needed_and_at_the_end() {
    let bed = TestRepo::new();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/T0/hook", server.local_addr().unwrap());
    let told = bed.out("told");
    std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Read, Write};
        for stream in server.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            let mut length = 0;
            while reader.read_line(&mut line).unwrap() > 2 {
                let (name, value) = line.split_once(':').unwrap_or_default();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            body.push(b'\n');
            let mut file = std::fs::File::options().create(true).append(true).open(&told).unwrap();
            file.write_all(&body).unwrap();
            write!(reader.into_inner(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    bed.git(&["config", "orca.notify", &address]);
    one_needs_somebody(&bed);
    let all: Vec<serde_json::Value> =
        bed.notes("told").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&all[0]["event"], &all[0]["commands"][0]), (&json!("needs_you"), &json!("git orca retry B")));
    assert_eq!((&all[1]["event"], &all[1]["format"]), (&json!("finished"), &json!(1)));
}
