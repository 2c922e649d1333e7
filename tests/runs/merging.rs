//! How work comes together: heads of layers, bases, clashes and who is to blame, each shown by a run of the whole program.

use crate::support::{TestRepo, until};
use git_orca::journal::Event;
use serde_json::json;

#[test]
fn of_two_tasks_that_edit_the_same_line_one_lands_and_a_person_solves_the_other() {
    let bed = TestRepo::new();
    bed.write("list.txt", "one\ntwo\nthree\n");
    bed.toml("[conflicts]\nresolve = [\"union\"]\n");
    bed.commit("a list");
    let (a, b) = (bed.fifo("a"), bed.fifo("b"));
    bed.plan(json!([
        {"id": "A", "title": "Dutch", "run": "block a; sed -i s/two/twee/ list.txt; announce list.txt"},
        {"id": "B", "title": "German", "run": "block b; sed -i s/two/zwei/ list.txt; announce list.txt"},
        {"id": "C", "after": ["B"], "run": "put c.txt c"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let (a, b) = (a.wait(), b.wait());
    drop(a);
    until("A has landed", || bed.standings().starts_with("A landed"));
    drop(b);
    running.wait().exits(6);
    assert_eq!(bed.standings(), "A landed, B conflicted, C blocked");
    let conflict = bed.state().tasks[1].last().unwrap().conflict.clone().unwrap();
    assert_eq!(conflict.with.iter().map(ToString::to_string).collect::<Vec<_>>(), ["A"]);
    assert_eq!((conflict.paths[0].path.as_str(), conflict.paths[0].kind.as_str()), ("list.txt", "contents"));
    bed.assert_no_markers();
    bed.assert_lossless();

    // By hand, as `git orca conflicts` says (TRANSCRIPTS d).
    let run = bed.run();
    let solve = bed.root().join("solve");
    let solve = solve.to_str().unwrap();
    bed.git(&["worktree", "add", "-q", solve, &format!("orca/{run}/task/B")]);
    let there = std::path::Path::new(solve);
    let merge = ["merge", "-q", &format!("orca/{run}/layer/1")];
    assert!(!bed.command("git").current_dir(there).args(merge).output().unwrap().status.success());
    std::fs::write(there.join("list.txt"), "one\ntwee zwei\nthree\n").unwrap();
    bed.git_in(there, &["add", "-A"]);
    bed.git_in(there, &["commit", "-q", "-m", "both"]);
    bed.orca(&["integrate"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
    let landings: Vec<(String, usize)> = bed.landings().into_iter().collect();
    assert_eq!(landings, [("A".to_owned(), 1), ("B".to_owned(), 1), ("C".to_owned(), 1)]);
    bed.assert_no_markers();
    bed.assert_lossless();
}

#[test]
fn integrate_without_a_solution_says_what_to_type() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "false"}]));
    bed.execute(&[]).exits(4);
    bed.orca(&["integrate"]).exits(1).says(&["git orca conflicts"]);
}

#[test]
fn a_task_with_an_exact_base_sees_its_dependencies_and_nothing_else_that_has_landed() {
    let bed = TestRepo::new();
    bed.toml("[run]\nbase = \"exact\"\n[conflicts]\nunion = [\"log.txt\"]\n");
    let add = |id: &str, sees: &str| {
        let name = id.to_lowercase();
        format!("test \"$(echo *.txt)\" = '{sees}'; echo {id} >> log.txt; put {name}.txt {name}")
    };
    bed.write("log.txt", "log\n");
    bed.commit("a log");
    bed.plan(json!([
        {"id": "X", "estimate": 99, "run": "test \"$(echo *.txt)\" = log.txt; put x.txt x"},
        {"id": "A", "run": add("A", "log.txt")},
        {"id": "B", "run": add("B", "log.txt")},
        {"id": "C", "after": ["A"], "run": add("C", "a.txt log.txt")},
        {"id": "D", "after": ["A", "B"], "run": add("D", "a.txt b.txt log.txt")},
        {"id": "E", "after": ["C", "D"], "run": add("E", "a.txt b.txt c.txt d.txt log.txt")},
    ]));
    bed.execute(&["-j", "1"]).exits(0);
    assert_eq!(bed.standings(), "X landed, A landed, B landed, C landed, D landed, E landed");
    let lines = bed.result("log.txt");
    assert!(["A", "B", "C", "D", "E"].iter().all(|id| lines.lines().filter(|line| line == id).count() == 1), "{lines}");
    assert!(bed.result_has("x.txt"));
    bed.assert_lossless();
}

#[test]
fn where_dependencies_cannot_be_merged_on_the_side_the_head_of_the_layer_is_the_base_and_that_is_said() {
    let bed = TestRepo::new();
    let regenerate = "[conflicts]\nregenerate = { \"sum.lock\" = \"cat ?.txt > sum.lock\" }\n";
    bed.toml(&format!("[run]\nbase = \"exact\"\n{regenerate}"));
    let lock = |id: &str| format!("put {id}.txt {id}; cat ?.txt > sum.lock");
    bed.plan(json!([
        {"id": "A", "run": lock("a")},
        {"id": "B", "run": lock("b")},
        {"id": "C", "after": ["A", "B"], "run": "test \"$(echo $(cat sum.lock))\" = 'a b'; put c.txt c"},
    ]));
    let said = bed.execute(&["-j", "1"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert!(said.stderr.contains("the changes that a task builds on conflict in sum.lock"), "{}", said.stderr);
}

#[test]
fn red_together_though_green_alone_the_culprit_stays_out_and_the_rest_lands() {
    let bed = TestRepo::new();
    // Green with either of the two files, red with both; the first head, which has only Z, is held.
    let gate = "if test ! -e a.txt && test ! -e b.txt; then block train; fi; ! { test -e b.txt && test -e d.txt; }";
    bed.toml(&format!("[gates.apart]\nrun = \"{gate}\"\non = \"merged\"\n"));
    let (train, go) = (bed.fifo("train"), ["a", "b", "c", "d", "e"].map(|name| bed.fifo(name)));
    let task = |id: &str| json!({"id": id.to_uppercase(), "run": format!("block {id}; put {id}.txt {id}")});
    let first = json!({"id": "Z", "run": "put z.txt z"});
    bed.plan(json!([task("a"), task("b"), task("c"), task("d"), task("e"), first]));
    let running = bed.spawn(&["execute", "--yes", "-j", "6"]);
    let held = (train.wait(), go.each_ref().map(crate::support::Fifo::wait));
    drop(held.1);
    until("all others wait for the train", || bed.standings().matches("passed").count() == 6);
    drop(held.0);
    running.wait().exits(5);
    assert_eq!(bed.standings(), "A landed, B landed, C landed, D failed, E landed, Z landed");
    assert!(bed.result_has("e.txt") && !bed.result_has("d.txt"));
    assert!(bed.state().tasks[3].last().unwrap().refused.is_some());
    assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1, 1, 1, 1]);
    let batches = bed.journal().into_iter().filter(|entry| matches!(entry.event, Event::LandRefused { .. })).count();
    assert!(batches > 1, "all five were taken together, and halved");
    bed.assert_lossless();
}

/// Two tasks that both change a manifest's list and the lockfile made from it.
fn two_that_change_the_lockfile(command: &str) -> TestRepo {
    let bed = TestRepo::new();
    bed.write("deps/one", "");
    bed.write("deps.lock", "one\n");
    let command = command.replace('"', "\\\"");
    let rungs = "resolve = [\"regenerate\"]";
    let regenerate = format!("[conflicts]\n{rungs}\nregenerate = {{ \"deps.lock\" = \"{command}\" }}\n");
    let gate = "[gates.locked]\nrun = \"ls deps | cmp - deps.lock\"\n";
    bed.toml(&format!("{regenerate}{gate}"));
    bed.commit("files");
    let task =
        |id: &str, name: &str| json!({"id": id, "run": format!("block {id}; : > deps/{name}; ls deps > deps.lock")});
    let (a, b) = (bed.fifo("A"), bed.fifo("B"));
    bed.plan(json!([task("A", "three"), task("B", "two")]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let held = (a.wait(), b.wait());
    drop(held);
    let code = if command.contains("false") { 6 } else { 0 };
    running.wait().exits(code);
    bed
}

#[test]
fn a_lockfile_that_two_tasks_change_is_made_anew_on_the_merged_tree() {
    let bed = two_that_change_the_lockfile("ls deps > deps.lock; touch scratch");
    assert_eq!(bed.standings(), "A landed, B landed");
    assert_eq!(bed.result("deps.lock"), "one\nthree\ntwo");
    assert!(!bed.result_has("scratch"), "only the file that was asked for is taken");
    let rules: Vec<String> = bed.state().tasks.iter().flat_map(|task| task.rules.clone()).collect();
    assert_eq!(rules, ["regenerate deps.lock"]);
    let log = bed.git(&["log", "--format=%B", &bed.integration()]);
    assert!(log.contains("Resolved by rule: regenerate deps.lock"), "{log}");
    bed.assert_no_markers();
    bed.assert_lossless();
    bed.assert_no_processes();
}

#[test]
fn a_regenerator_that_fails_leaves_the_conflict_and_says_why() {
    let bed = two_that_change_the_lockfile("echo registry is away; false");
    assert_eq!(bed.standings().matches("landed").count(), 1);
    let told = bed.orca(&["conflicts"]).exits(0).stdout;
    assert!(told.contains("deps.lock") && told.contains("registry is away"), "{told}");
    bed.assert_no_markers();
    bed.assert_lossless();
}

#[test]
fn a_task_of_layer_1_lands_after_tasks_of_layer_2_and_layers_hold_exactly_their_tasks() {
    let bed = TestRepo::new();
    let slow = bed.fifo("slow");
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "run": "block slow; put b.txt b"},
        {"id": "C", "after": ["A"], "run": "put c.txt c"},
        {"id": "D", "after": ["C"], "run": "put d.txt d"},
        {"id": "E", "after": ["B", "D"], "run": "cat a.txt b.txt c.txt d.txt; put e.txt e"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let slow = slow.wait();
    until("D has landed", || bed.standings().contains("D landed"));
    drop(slow);
    running.wait().exits(0);
    let run = bed.run();
    let own = |layer: u32, below: &str| {
        let range = format!("{below}..orca/{run}/layer/{layer}");
        let diff = bed.git(&["diff", "--name-only", &range]);
        diff.lines().filter(|name| name.ends_with(".txt")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(own(1, "main"), "a.txt b.txt");
    assert_eq!(own(2, &format!("orca/{run}/layer/1")), "c.txt");
    assert_eq!(own(3, &format!("orca/{run}/layer/2")), "d.txt");
    assert_eq!(own(4, &format!("orca/{run}/layer/3")), "e.txt");
    for layer in 1..4 {
        let (low, high) = (format!("orca/{run}/layer/{layer}"), format!("orca/{run}/layer/{}", layer + 1));
        assert!(bed.git_says(&["merge-base", "--is-ancestor", &low, &high]), "layer {layer} lies below");
    }
    assert_eq!(bed.git(&["rev-parse", &bed.integration()]), bed.git(&["rev-parse", &format!("orca/{run}/layer/4")]));
    assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1, 1, 1, 1]);
}

#[test]
fn a_carried_forward_clash_keeps_out_the_task_that_clashes() {
    let bed = TestRepo::new();
    let slow = bed.fifo("slow");
    bed.write("f.txt", "1\n");
    bed.commit("f");
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "run": "block slow; put f.txt b"},
        {"id": "C", "after": ["A"], "run": "put f.txt c"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let slow = slow.wait();
    until("C has landed", || bed.standings().contains("C landed"));
    drop(slow);
    running.wait().exits(6);
    assert_eq!(bed.standings(), "A landed, B conflicted, C landed");
    assert_eq!(bed.result("f.txt"), "c");
    bed.assert_no_markers();
    bed.assert_lossless();

    // By hand, as `git orca conflicts` says: the solution goes into the merge commit of the later layer's head.
    let run = bed.run();
    let told = bed.orca(&["conflicts"]).exits(0).stdout;
    assert!(told.contains(&format!("git merge orca/{run}/layer/2")), "{told}");
    let there = bed.root().join("solve");
    bed.git(&["worktree", "add", "-q", there.to_str().unwrap(), &format!("orca/{run}/task/B")]);
    let merge = ["merge", "-q", &format!("orca/{run}/layer/2")];
    assert!(!bed.command("git").current_dir(&there).args(merge).output().unwrap().status.success());
    std::fs::write(there.join("f.txt"), "b and c\n").unwrap();
    bed.git_in(&there, &["add", "-A"]);
    bed.git_in(&there, &["commit", "-q", "-m", "both"]);
    bed.orca(&["integrate"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!(bed.result("f.txt"), "b and c");
    let layer = |n: u32| format!("orca/{run}/layer/{n}");
    assert_eq!(bed.git(&["show", &format!("{}:f.txt", layer(1))]), "b", "the lower layer has its own task only");
    let log = bed.git(&["log", "--format=%(trailers:key=Orca-Task,valueonly)", &layer(1)]);
    assert!(log.contains('B') && !log.contains('C'), "{log}");
    assert!(bed.git_says(&["merge-base", "--is-ancestor", &layer(1), &layer(2)]));
    assert_eq!(bed.state().tasks[1].rules, ["by-hand 2"]);
    assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1, 1]);
    bed.assert_no_markers();
    bed.assert_lossless();
}
