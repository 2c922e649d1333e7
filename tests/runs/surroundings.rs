//! What surrounds the work: time limits, choices, worktrees and their environment, rules for conflicts, the user's branch.

use std::collections::BTreeSet;

use crate::support::{TestRepo, until};
use git_orca::journal::FailClass;
use nix::sys::signal::Signal;
use serde_json::json;

/// `[agents.mine]` with a script and more keys, chosen for the run.
fn agent(script: &str, more: &str) -> String {
    format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n{more}\n")
}

#[test]
fn an_agent_that_takes_too_long_is_ended_with_all_that_ignores_it_and_its_work_is_saved() {
    let bed = TestRepo::new();
    let never = bed.fifo("never");
    let script = "put a.txt half; (trap '' TERM; block never) & trap '' TERM; block never; block never";
    bed.toml(&agent(script, "timeout = \"1s\""));
    bed.plan(json!([{"id": "A"}, {"id": "B", "run": "put b.txt b"}]));
    bed.execute(&["--attempts", "1"]).exits(4);
    drop(never);
    assert_eq!(bed.standings(), "A failed, B landed");
    bed.assert_no_processes();
    bed.assert_lossless();
    assert_eq!(crate::support::announced(&bed).len(), 2);
}

#[test]
fn an_agent_that_is_silent_too_long_is_ended_and_one_that_talks_is_not() {
    let bed = TestRepo::new();
    let (quiet, loud) = (bed.fifo("quiet"), bed.fifo("loud"));
    let script = r#"
        if [ "$ORCA_TASK" = A ]; then put a.txt a; block quiet; fi
        (while :; do echo talk; sleep 0.2; done) & talker=$!
        block loud; kill $talker; put b.txt b
    "#;
    bed.toml(&agent(script, "idle = \"2s\""));
    bed.plan(json!([{"id": "A"}, {"id": "B"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2", "--attempts", "1"]);
    let loud = loud.wait();
    until("A was ended", || bed.standings().starts_with("A failed"));
    drop((loud, quiet));
    running.wait().exits(4);
    assert_eq!(bed.standings(), "A failed, B landed");
    assert!(
        bed.state().tasks[0].last().unwrap().failure().unwrap().1.contains("no output for too long"),
        "it says why"
    );
    bed.assert_lossless();
    bed.assert_no_processes();
}

/// Time is limited for an attempt, for all attempts of a task, and for a run, whichever is over first.
#[test]
fn time_is_over_for_an_attempt_a_task_or_the_run() {
    let ended = |limits: &str, more: &[&str]| {
        let bed = TestRepo::new();
        let never = bed.fifo("never");
        bed.toml(&format!("{}[limits]\n{limits}\n", agent("put a.txt $ORCA_ATTEMPT; block never", "")));
        bed.plan(json!([{"id": "A"}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
        bed.execute(more).exits(4);
        drop(never);
        bed.assert_no_processes();
        bed.assert_lossless();
        assert_eq!(bed.standings(), "A failed, B blocked", "{limits}");
        let attempts = &bed.state().tasks[0].attempts;
        let status: serde_json::Value = serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap();
        (attempts.len(), status["tasks"][0]["reason"].as_str().unwrap().to_owned())
    };
    // Not again and again: the same failure twice is a person's.
    let (attempts, why) = ended("attempt-time = \"1s\"", &["--attempts", "5"]);
    assert!(attempts == 2 && why.contains("it timed out"), "{attempts} {why}");
    let (attempts, why) = ended("task-time = \"1s\"", &["--attempts", "5"]);
    assert!(attempts == 1 && why.contains("the task's time limit is reached"), "{attempts} {why}");
    let (attempts, why) = ended("run-time = \"1s\"", &["--attempts", "5"]);
    assert!(attempts == 1 && why.contains("the run's time limit is reached"), "{attempts} {why}");
}

#[test]
fn a_quiet_run_says_its_end_and_nothing_else() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let said = bed.execute(&["--quiet"]).exits(0);
    assert_eq!(said.stderr, "");
    assert!(said.stdout.contains("1 of 1 landed"), "{}", said.stdout);
}

#[test]
fn only_and_skip_choose_tasks() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "after": ["A"], "run": "put b.txt b"},
        {"id": "C", "after": ["B"], "run": "put c.txt c"},
        {"id": "D", "run": "put d.txt d"},
        {"id": "E", "optional": true, "run": "put e.txt e"},
        {"id": "F", "done": true, "run": "put f.txt f"},
    ]));
    bed.execute(&["--only", "B,layer:3"]).exits(0);
    assert_eq!(bed.standings(), "B landed, C landed");
    assert!(!bed.result_has("a.txt") && bed.result_has("c.txt"));
    bed.execute(&["--new", "--skip", "C"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, D landed");
    bed.execute(&["--new", "--include-optional", "--include-done", "--only", "E,F"]).exits(0);
    assert_eq!(bed.standings(), "E landed, F landed");
}

#[test]
fn into_moves_a_branch_that_is_free_and_keeps_its_old_value() {
    let bed = TestRepo::new();
    bed.git(&["branch", "next"]);
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&["--into", "next"]).exits(0);
    assert_eq!(bed.git(&["rev-parse", "next"]), bed.git(&["rev-parse", &bed.integration()]));
    let old = format!("refs/orca/runs/{}/old/next", bed.run());
    assert_eq!(bed.git(&["rev-parse", &old]), bed.git(&["rev-parse", "main"]));
}

#[test]
fn into_leaves_a_branch_alone_that_is_checked_out_or_was_moved() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    let main = bed.git(&["rev-parse", "main"]);
    bed.execute(&["--into", "main"]).exits(7);
    assert_eq!((bed.git(&["rev-parse", "main"]), bed.standings()), (main, "A landed".to_owned()));

    bed.git(&["branch", "next"]);
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "block go; put a.txt a"}]));
    let running = bed.spawn(&["execute", "--yes", "--into", "next"]);
    let held = go.wait();
    let other = bed.git(&["commit-tree", "-p", "main", "-m", "somebody else's", "main^{tree}"]);
    bed.git(&["update-ref", "refs/heads/next", &other]);
    drop(held);
    running.wait().exits(7);
    assert_eq!(bed.git(&["rev-parse", "next"]), other);
    assert_eq!(bed.standings(), "A landed");
}

#[test]
fn into_waits_until_everything_has_landed() {
    let bed = TestRepo::new();
    bed.git(&["branch", "next"]);
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "exit 1"}]));
    bed.execute(&["--into", "next"]).exits(4);
    assert_eq!(bed.git(&["rev-parse", "next"]), bed.git(&["rev-parse", "main"]));
}

#[test]
fn a_branch_of_the_run_that_is_checked_out_is_not_moved_under_its_user() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "block go; put b.txt b"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = go.wait();
    until("A has landed", || bed.standings().starts_with("A landed"));
    let look = bed.root().join("look");
    bed.git(&["worktree", "add", "-q", look.to_str().unwrap(), &bed.integration()]);
    let seen = bed.git(&["rev-parse", &bed.integration()]);
    drop(held);
    running.wait().exits(0);
    assert_eq!(bed.git(&["rev-parse", &bed.integration()]), seen, "it stays where its user has it");
    assert_eq!(bed.git_in(&look, &["status", "--porcelain"]), "");
    assert!(bed.state().held_back.iter().any(|held| held.branch == bed.integration()));
    assert!(bed.git_says(&["cat-file", "-e", &format!("orca/{}/layer/1:b.txt", bed.run())]));
}

#[test]
fn layered_waits_for_the_whole_layer() {
    let bed = TestRepo::new();
    let slow = bed.fifo("slow");
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "run": "block slow; put b.txt b"},
        {"id": "C", "after": ["A"], "run": "cat b.txt; put c.txt c"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "3", "--schedule", "layered"]);
    let slow = slow.wait();
    until("A has landed", || bed.standings().starts_with("A landed"));
    assert!(bed.standings().ends_with("C ready"), "{}", bed.standings());
    drop(slow);
    running.wait().exits(0);
    assert_eq!(bed.result("c.txt"), "c");
}

#[test]
fn sequential_runs_one_task_after_the_other_on_what_landed() {
    let bed = TestRepo::new();
    let task = |id: &str| json!({"id": id, "run": format!("note order in; note order out; echo {id} >> all.txt; announce all.txt")});
    bed.plan(json!([task("A"), task("B"), task("C"), task("D")]));
    bed.execute(&["-j", "4", "--schedule", "sequential"]).exits(0);
    assert_eq!(bed.result("all.txt").lines().count(), 4, "each built on the one before, nothing clashed");
    assert!(bed.notes("order").chunks(2).all(|pair| pair == ["in", "out"]));
}

#[test]
fn needs_are_counted_against_capacities() {
    let bed = TestRepo::new();
    let fifos = ["A", "B", "C"].map(|id| bed.fifo(id));
    let task = |id: &str| json!({"id": id, "needs": {"db": 1}, "run": format!("block {id}; put {id}.txt {id}")});
    bed.plan(json!({"orca": 1, "resources": {"db": 2}, "tasks": [task("A"), task("B"), task("C")]}));
    let running = bed.spawn(&["execute", "--yes", "-j", "3"]);
    let (a, b) = (fifos[0].wait(), fifos[1].wait());
    assert_eq!(bed.standings(), "A running, B running, C ready");
    assert!(fifos[2].caught().is_none());
    drop(a);
    let c = fifos[2].wait();
    drop((b, c));
    running.wait().exits(0);
}

#[test]
fn exclusive_paths_are_changed_one_after_the_other_and_never_clash() {
    let bed = TestRepo::new();
    bed.write("db/schema.sql", "0\n");
    bed.commit("schema");
    bed.toml("[conflicts]\nexclusive = [\"db/**\"]\n");
    let task = |id: &str| {
        let run = format!("n=$(cat db/schema.sql); put db/schema.sql $((n + 1)); put {id}.txt {id}");
        json!({"id": id, "files": ["db/schema.sql"], "run": run})
    };
    bed.plan(json!([task("A"), task("B"), task("C")]));
    bed.execute(&["-j", "3"]).exits(0);
    assert_eq!(bed.result("db/schema.sql"), "3");
    bed.assert_lossless();
}

#[test]
fn union_takes_the_lines_of_both_and_says_so() {
    let bed = TestRepo::new();
    bed.write("CHANGELOG.md", "# Changes\n");
    bed.commit("changes");
    let (a, b) = (bed.fifo("a"), bed.fifo("b"));
    bed.toml("[conflicts]\nunion = [\"CHANGELOG.md\"]\n");
    let task = |id: &str, fifo: &str| json!({"id": id, "run": format!("block {fifo}; echo '- {id}' >> CHANGELOG.md; announce CHANGELOG.md")});
    bed.plan(json!([task("A", "a"), task("B", "b")]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    drop(held);
    running.wait().exits(0);
    let lines: BTreeSet<String> = bed.result("CHANGELOG.md").lines().map(str::to_owned).collect();
    assert_eq!(lines.into_iter().collect::<Vec<_>>(), ["# Changes", "- A", "- B"]);
    let rules: Vec<String> = bed.state().tasks.iter().flat_map(|task| task.rules.clone()).collect();
    assert_eq!(rules, ["union CHANGELOG.md"]);
    bed.assert_no_markers();
}

#[test]
fn ignored_files_are_brought_along_and_set_up_runs_once_a_slot() {
    let bed = TestRepo::new();
    bed.write(".gitignore", ".env\ncerts/\ndeps/\nignored/\n");
    bed.write(".worktreeinclude", "# secrets\n.env\n");
    bed.write("a.txt", "a\n");
    bed.commit("ignore");
    bed.write(".env", "KEY=1\n");
    bed.write("certs/ca.pem", "pem\n");
    bed.write("ignored/big", "big\n");
    let setup = "note setup $ORCA_WORKTREE; mkdir -p deps; test -e .env; test -e certs/ca.pem; echo ready > deps/ready";
    let gate = "grep -q KEY .env && grep -q ready deps/ready && note gates ok";
    bed.toml(&format!(
        "[worktree]\nsetup = \"{setup}\"\ncopy = [\"certs/**\"]\n[gates.there]\nrun = \"{gate}\"\non = \"task\"\n"
    ));
    let task = |id: &str, after: &[&str]| {
        let run = format!("cat deps/ready .env certs/ca.pem > {id}.txt; test ! -e ignored/big; announce {id}.txt");
        json!({"id": id, "after": after, "run": run})
    };
    bed.plan(json!([task("A", &[]), task("B", &["A"]), task("C", &["B"])]));
    bed.execute(&["-j", "1"]).exits(0);
    assert_eq!(bed.result("C.txt"), "ready\nKEY=1\npem");
    let in_agents_slot = bed.notes("setup").into_iter().filter(|place| place.ends_with("/a1")).count();
    assert_eq!(in_agents_slot, 1, "{:?}", bed.notes("setup"));
    assert_eq!(bed.notes("gates").len(), 3);
    assert!(!bed.result_has(".env") && !bed.result_has("deps/ready"));
}

#[test]
fn a_failing_set_up_is_said_with_its_output() {
    let bed = TestRepo::new();
    bed.toml("[worktree]\nsetup = \"echo registry is down; exit 9\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&[]).exits(4);
    let state = bed.state();
    let (_, reason) = state.tasks[0].last().unwrap().failure().unwrap();
    assert!(reason.contains("registry is down") && reason.contains("exit 9"), "{reason}");
}

#[test]
fn agents_know_where_they_are_and_share_no_port_or_temporary_folder() {
    let mut bed = TestRepo::new();
    bed.set("SECRET_TOKEN", "hunter2");
    bed.set("PASSED", "through");
    let (a, b) = (bed.fifo("A"), bed.fifo("B"));
    let script = r#"
        test "$PWD" = "$ORCA_WORKTREE"; test -s "$ORCA_PROMPT_FILE"; test -s "$ORCA_TASK_FILE"
        test -z "${SECRET_TOKEN:-}"; test "$PASSED" = through; test -d "$TMPDIR"; test -w "$TMPDIR"
        git cat-file -e "$ORCA_BASE^{commit}"; test "$1" = "$ORCA_TASK"; test "$2" = "$ORCA_ATTEMPT"
        grep -q "\"task_id\"" "$ORCA_TASK_FILE"
        git config --get gc.auto > /dev/null
        note places "$ORCA_PORT $TMPDIR $ORCA_WORKTREE $ORCA_RUN"
        block "$ORCA_TASK"; put "$ORCA_TASK.txt" x
    "#;
    let command = format!("command = [\"sh\", \"-ec\", '''{script}''', \"sh\", \"{{task}}\", \"{{attempt}}\"]");
    bed.toml(&format!("[run]\nagent = \"mine\"\n[agents.mine]\n{command}\nenv = [\"PASSED\"]\n[gates.env]\nrun = \"test -n \\\"$ORCA_RUN$ORCA_PORT\\\" && test -z \\\"$SECRET_TOKEN\\\"\"\n"));
    bed.plan(json!([{"id": "A"}, {"id": "B"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2", "--attempts", "1"]);
    let held = (a.wait(), b.wait());
    let places = bed.notes("places");
    drop(held);
    running.wait().exits(0);
    let columns =
        |n: usize| places.iter().map(|line| line.split(' ').nth(n).unwrap().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!((columns(0).len(), columns(1).len(), columns(2).len(), columns(3).len()), (2, 2, 2, 1), "{places:?}");
    assert!(columns(1).iter().all(|tmp| !tmp.starts_with(&format!("{}/", bed.repo().display()))));
}

#[test]
fn what_detaches_from_an_agent_ends_with_it() {
    let bed = TestRepo::new();
    bed.fifo("never");
    bed.plan(json!([{"id": "A", "run": "nohup setsid block never > /dev/null 2>&1 & put a.txt a"}]));
    bed.execute(&[]).exits(0);
    bed.assert_no_processes();
}

#[test]
fn an_edited_worktree_is_put_aside_with_what_its_user_wrote() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "block go; put b.txt b"}]));
    bed.execute(&["--only", "A"]).exits(0);
    std::fs::write(bed.slots().join("a1/mine.txt"), "mine").unwrap();
    let running = bed.spawn(&["execute", "--yes", "--new"]);
    drop(go.wait());
    running.wait().exits(0);
    let aside: Vec<_> = std::fs::read_dir(bed.slots().join("aside")).unwrap().flatten().collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(std::fs::read_to_string(aside[0].path().join("mine.txt")).unwrap(), "mine");
    assert!(!bed.result_has("mine.txt"));
}

#[test]
fn worktrees_that_were_removed_by_hand_are_made_anew() {
    let bed = TestRepo::new();
    bed.toml("[gates.there]\nrun = \"test -e a.txt\"\n");
    let go = bed.fifo("go");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "block go; put b.txt b"}, {"id": "C", "after": ["B"], "run": "put c.txt c"}]));
    let running = bed.spawn(&["execute", "--yes", "-j", "1"]);
    drop(go.wait());
    running.wait().exits(0);
    let slot = bed.slots().join("a1");
    std::fs::write(slot.join("mine.txt"), "mine\n").unwrap();
    bed.git_in(&slot, &["add", "mine.txt"]);
    bed.git_in(&slot, &["commit", "-q", "-m", "somebody's own"]);
    let mine = bed.git_in(&slot, &["rev-parse", "HEAD"]);
    std::fs::remove_dir_all(bed.slots()).unwrap();

    let running = bed.spawn(&["execute", "--yes", "--new", "-j", "1"]);
    let held = go.wait();
    // Those of the gates, while an agent runs.
    let gates = std::fs::read_dir(bed.slots()).unwrap().flatten().map(|item| item.path());
    gates.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('g')).for_each(|path| {
        std::fs::remove_dir_all(path).unwrap();
    });
    drop(held);
    running.wait().exits(0);
    assert_eq!((bed.standings().as_str(), bed.result("c.txt").as_str()), ("A landed, B landed, C landed", "c"));
    assert!(bed.git(&["rev-list", "--all"]).contains(&mine), "a commit that only a removed worktree had");
}

#[test]
fn a_snapshot_is_taken_while_an_agent_works() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.toml("[run]\nsnapshot-every = \"1s\"\n");
    bed.plan(json!([{"id": "A", "run": "put early.txt early; block go; put early.txt late"}]));
    let running = bed.spawn(&["execute", "--yes"]);
    let held = go.wait();
    until("a snapshot is journalled", || bed.state().tasks[0].last().is_some_and(|attempt| attempt.snapshot.is_some()));
    let snapshot = bed.state().tasks[0].last().unwrap().snapshot.clone().unwrap();
    assert_eq!(bed.show(snapshot.as_str(), "early.txt"), "early");
    running.signal(Signal::SIGKILL);
    running.wait();
    drop(held);
    bed.assert_lossless();
}

#[test]
fn a_lost_attempt_does_not_count_and_its_failure_class_says_so() {
    let bed = TestRepo::new();
    let go = bed.fifo("go");
    bed.toml(&agent("put a.txt $ORCA_ATTEMPT; if [ $ORCA_ATTEMPT -lt 3 ]; then block go; fi", ""));
    bed.plan(json!([{"id": "A"}]));
    for n in 1..=2 {
        let words: &[&str] = if n == 1 { &["execute", "--yes", "--attempts", "1"] } else { &["resume"] };
        let running = bed.spawn(words);
        until("the attempt runs", || bed.try_state().is_some_and(|state| state.tasks[0].attempts.len() == n));
        let held = go.wait();
        running.signal(Signal::SIGKILL);
        running.wait();
        drop(held);
    }
    bed.orca(&["resume"]).exits(0);
    let state = bed.state();
    let classes: Vec<_> =
        state.tasks[0].attempts.iter().map(|attempt| attempt.failure().map(|(class, _)| class)).collect();
    assert_eq!(classes, [Some(FailClass::Lost), Some(FailClass::Lost), None]);
    bed.assert_lossless();
}
