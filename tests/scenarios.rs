//! What people rely on, each shown by a run of the whole program on a small repository.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod support;

use std::collections::BTreeMap;

use git_orca::journal::Event;
use serde_json::json;
use support::{Bed, announced, until};

/// An agent of orca.toml that runs `script` with `sh -e`.
fn agent(script: &str) -> String {
    format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n")
}

#[test]
fn an_agent_that_changes_nothing_has_failed_whatever_it_says() {
    let bed = Bed::new();
    bed.plan(json!([{"id": "A", "run": "echo 'all done, everything works'"}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
    assert!(bed.landings().is_empty());
    assert!(!bed.git_says(&["rev-parse", "-q", "--verify", &bed.integration()]));
}

#[test]
fn an_agent_that_commits_a_change_and_takes_it_back_has_failed() {
    let bed = Bed::new();
    let run = "put a.txt a; git add a.txt; git commit -qm a; git rm -q a.txt; git commit -qm 'not a'";
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
    bed.assert_lossless();
}

#[test]
fn uncommitted_work_is_committed_gated_and_landed() {
    let bed = Bed::new();
    bed.toml("[gates.there]\nrun = \"note gate $(cat a.txt)\"\n");
    let run =
        "put a.txt staged; git add a.txt; put a.txt late; put b/c.txt untracked; put x.secret hidden; rm README.md";
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.execute(&[]).exits(0);
    assert_eq!(bed.standings(), "A landed");
    assert_eq!((bed.result("a.txt"), bed.result("b/c.txt")), ("late".to_owned(), "untracked".to_owned()));
    assert!(!bed.result_has("README.md") && !bed.result_has("x.secret"), "deletions count, ignored files do not");
    assert_eq!(bed.notes("gate").first().unwrap(), "late");
    assert_eq!(bed.git(&["log", "-1", "--format=%an <%ae>", &bed.integration()]), "Ada <ada@example.org>");
}

#[test]
fn what_gates_said_of_a_head_holds_when_the_plan_is_marked_on_it() {
    let bed = Bed::new();
    bed.toml("[gates.there]\nrun = \"test -e a.txt\"\n");
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "after": ["A"], "run": "exit 1"}]));
    bed.commit("a plan");
    let said = bed.execute(&[]).exits(4);
    assert!(bed.show(&bed.integration(), "tasks.json").contains("\"done\""), "the plan is marked");
    let layer = said.stdout.lines().find(|line| line.contains("/layer/1")).unwrap_or_default();
    assert!(layer.contains("  pass"), "{}", said.stdout);
}

#[test]
fn a_dependent_sees_the_files_of_its_dependencies() {
    let bed = Bed::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt from-a"},
        {"id": "B", "run": "put b.txt from-b"},
        {"id": "C", "after": ["A", "B"], "run": "put c.txt \"$(cat a.txt b.txt)\""},
        {"id": "D", "after": ["C"], "run": "put d.txt \"$(cat c.txt)\""},
    ]));
    bed.execute(&["-j", "4"]).exits(0);
    assert_eq!(bed.result("d.txt"), "from-a\nfrom-b");
    assert_eq!(bed.landings().values().sum::<usize>(), 4);
    bed.assert_lossless();
    bed.assert_no_processes();
}

#[test]
fn a_task_starts_when_its_own_dependency_has_landed_though_a_slow_one_still_runs() {
    let bed = Bed::new();
    let (slow, late) = (bed.fifo("slow"), bed.fifo("late"));
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "run": "block slow; put b.txt b"},
        {"id": "C", "after": ["A"], "run": "cat a.txt; block late; put c.txt c"},
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    let slow = slow.wait();
    // C runs, and B still does.
    drop(late.wait());
    until("C has landed", || bed.standings() == "A landed, B running, C landed");
    drop(slow);
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
}

#[test]
fn of_two_tasks_that_edit_the_same_line_one_lands_and_a_person_solves_the_other() {
    let bed = Bed::new();
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
    let bed = Bed::new();
    bed.plan(json!([{"id": "A", "run": "false"}]));
    bed.execute(&[]).exits(4);
    bed.orca(&["integrate"]).exits(1).says(&["git orca conflicts"]);
}

/// Everything of the user's that a run could touch.
fn users_own(bed: &Bed) -> BTreeMap<&'static str, String> {
    let mut files: Vec<String> = Vec::new();
    let mut todo = vec![bed.repo()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && path != bed.repo().join(".git") {
                todo.push(path);
            } else if path.is_file() {
                files.push(format!("{} {:?}", path.display(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    // Ours are `refs/orca/…`, branches below `orca/`, and the notes of gates.
    let own =
        |line: &String| line.contains("refs/orca/") || line.contains("/orca/") || line.starts_with("refs/notes/orca ");
    let branches = bed.refs().into_iter().filter(|line| !own(line));
    let read =
        |name: &str| String::from_utf8_lossy(&std::fs::read(bed.repo().join(".git").join(name)).unwrap()).into_owned();
    BTreeMap::from([
        ("files", files.join("\n")),
        ("index", bed.git(&["ls-files", "-s"])),
        ("staged", bed.git(&["diff", "--cached"])),
        ("unstaged", bed.git(&["diff"])),
        ("status", bed.git(&["status", "--porcelain=v2", "--branch"])),
        ("stash", bed.git(&["stash", "list", "--format=%H %gd %s"])),
        ("configuration", read("config")),
        ("exclude", read("info/exclude")),
        ("HEAD", read("HEAD")),
        ("log of HEAD", read("logs/HEAD")),
        ("refs", branches.collect::<Vec<_>>().join("\n")),
    ])
}

#[test]
fn a_task_with_an_exact_base_sees_its_dependencies_and_nothing_else_that_has_landed() {
    let bed = Bed::new();
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
    let bed = Bed::new();
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
    assert!(said.stderr.contains("what a task builds on clashes in sum.lock"), "{}", said.stderr);
}

#[test]
fn the_users_checkout_index_stash_configuration_and_branches_stay_as_they_are() {
    let bed = Bed::new();
    bed.write("a.txt", "a\n");
    bed.write("b.txt", "b\n");
    bed.commit("files");
    bed.git(&["branch", "other"]);
    bed.git(&["tag", "v1"]);
    bed.write("a.txt", "stashed\n");
    bed.git(&["stash", "-q"]);
    bed.write("a.txt", "staged\n");
    bed.git(&["add", "a.txt"]);
    bed.write("a.txt", "staged, then edited\n");
    bed.write("b.txt", "edited\n");
    bed.write("untracked.txt", "untracked\n");
    bed.write("ignored/x", "ignored\n");
    bed.write(".git/info/exclude", "mine\n");
    bed.toml("[gates.ok]\nrun = \"! test -e untracked.txt\"\n");
    bed.plan(json!([
        {"id": "A", "run": "put a.txt changed-by-agent; put untracked.txt no; rm untracked.txt; git commit -qam a"},
        {"id": "B", "after": ["A"], "run": "put b.txt changed-by-agent"},
        {"id": "C", "run": "exit 1"},
    ]));
    let before = users_own(&bed);
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A landed, B landed, C failed");
    let after = users_own(&bed);
    for (what, text) in before {
        assert_eq!(text, after[what], "{what}");
    }
    assert_eq!(bed.result("a.txt"), "changed-by-agent");
}

#[test]
fn tasks_that_need_the_same_two_resources_in_either_order_never_wait_for_each_other() {
    let bed = Bed::new();
    let needs = |id: &str, needs| json!({"id": id, "needs": needs, "run": format!("note held {id} in; note held {id} out; put {id} {id}")});
    bed.plan(json!([
        needs("A", json!({"x": 1, "y": 1})),
        needs("B", json!({"y": 1, "x": 1})),
        needs("C", json!({"x": 1, "y": 1})),
        needs("D", json!({"y": 1, "x": 1})),
    ]));
    bed.execute(&["-j", "4"]).exits(0);
    let held = bed.notes("held");
    for pair in held.chunks(2) {
        assert_eq!(pair[0].replace("in", "out"), pair[1], "nobody else had them meanwhile: {held:?}");
    }
    assert_eq!(held.len(), 8);
}

#[test]
fn a_failing_task_stops_no_other_and_its_dependents_name_it() {
    let bed = Bed::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt half; exit 3"},
        {"id": "B", "run": "put b.txt b"},
        {"id": "C", "after": ["A"], "run": "put c.txt c"},
        {"id": "D", "after": ["B"], "run": "put d.txt d"},
        {"id": "E", "after": ["C", "D"], "run": "put e.txt e"},
    ]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed, B landed, C blocked, D landed, E blocked");
    let state = bed.state();
    let course = git_orca::schedule::Course::new(state.info.clone());
    let now = git_orca::schedule::standings(&course, &state, jiff::Timestamp::now());
    for blocked in ["C", "E"] {
        let by = git_orca::schedule::blockers(&course, &state, &now, &blocked.parse().unwrap());
        assert_eq!(by, ["A".parse().unwrap()], "{blocked}");
    }
    assert_eq!(bed.result("d.txt"), "d");
    bed.assert_lossless();
}

#[test]
fn red_together_though_green_alone_the_culprit_stays_out_and_the_rest_lands() {
    let bed = Bed::new();
    // Green with either of the two files, red with both; the first head, which has only Z, is held.
    let gate = "if test ! -e a.txt && test ! -e b.txt; then block train; fi; ! { test -e b.txt && test -e d.txt; }";
    bed.toml(&format!("[gates.apart]\nrun = \"{gate}\"\non = \"merged\"\n"));
    let (train, go) = (bed.fifo("train"), ["a", "b", "c", "d", "e"].map(|name| bed.fifo(name)));
    let task = |id: &str| json!({"id": id.to_uppercase(), "run": format!("block {id}; put {id}.txt {id}")});
    let first = json!({"id": "Z", "run": "put z.txt z"});
    bed.plan(json!([task("a"), task("b"), task("c"), task("d"), task("e"), first]));
    let running = bed.spawn(&["execute", "--yes", "-j", "6"]);
    let held = (train.wait(), go.each_ref().map(support::Fifo::wait));
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
fn two_that_change_the_lockfile(command: &str) -> Bed {
    let bed = Bed::new();
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
    assert!(log.contains("Solved by rule: regenerate deps.lock"), "{log}");
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
    let bed = Bed::new();
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
    let bed = Bed::new();
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

#[test]
fn a_task_that_only_verifies_lands_as_no_change_when_its_commands_pass() {
    let bed = Bed::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "V", "kind": "verify", "after": ["A"], "run": "test -e a.txt; note verified yes"},
        {"id": "B", "after": ["V"], "run": "put b.txt b"},
        {"id": "W", "kind": "verify", "run": "exit 1"},
    ]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A landed, V landed, B landed, W failed");
    assert_eq!(bed.notes("verified"), ["yes"]);
    assert_eq!(bed.landings().into_keys().collect::<Vec<_>>(), ["A", "B"], "no change, no merge");
}

#[test]
fn a_failed_gate_goes_back_to_the_agent_with_its_findings() {
    let bed = Bed::new();
    let script = r#"
        if [ "$ORCA_ATTEMPT" = 1 ]; then put greet.txt "Hello Bob"; exit 0; fi
        grep -q 'Hello Bob is rude' "$ORCA_PROMPT_FILE"
        grep -q greet.txt "$ORCA_PROMPT_FILE"
        cat greet.txt | sed 's/^/saw /' | while read -r line; do note saw "$line"; done
        put greet.txt "Dear Bob"
    "#;
    let gate = "[gates.polite]\nrun = '''if grep -q Hello greet.txt; then echo \"greet.txt:1: Hello Bob is rude\"; exit 1; fi'''\n";
    bed.toml(&format!("{}{gate}", agent(script)));
    bed.plan(json!([{"id": "A", "title": "Greet", "details": "Greet Bob."}]));
    bed.execute(&[]).exits(0);
    assert_eq!(bed.result("greet.txt"), "Dear Bob");
    assert_eq!(bed.notes("saw"), ["saw Hello Bob"], "the second attempt goes on from the first one's work");
    assert_eq!(bed.state().tasks[0].attempts.len(), 2);
    bed.assert_lossless();
}

/// An agent that fails with the same words, or work to which gates object in the same way, is not tried a third time; what
/// fails in another way each time has all its attempts.
#[test]
fn the_same_failure_twice_goes_to_a_person() {
    let bed = Bed::new();
    let script = r#"
        case $ORCA_TASK in SAME) echo "gave up after $ORCA_ATTEMPT tries"; exit 3;; OTHER) exit "$ORCA_ATTEMPT";; esac
        put "$ORCA_TASK.txt" "$ORCA_ATTEMPT"
    "#;
    let gates = r#"
[gates.header]
run = '''test ! -e FOUND.txt || { echo "FOUND.txt:1: no header"; exit 1; }'''
[gates.number]
run = '''test ! -e VARIED.txt || { echo "VARIED.txt:1: $(cat VARIED.txt) is odd"; exit 1; }'''
"#;
    bed.toml(&format!("{}{gates}", agent(script)));
    bed.plan(json!([{"id": "SAME"}, {"id": "OTHER"}, {"id": "FOUND"}, {"id": "VARIED"}]));
    bed.execute(&["--attempts", "3", "-j", "4"]).exits(4);
    let attempts: Vec<usize> = bed.state().tasks.iter().map(|task| task.attempts.len()).collect();
    assert_eq!(attempts, [2, 3, 2, 3]);
    let status: serde_json::Value = serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap();
    let reason = |i: usize| status["tasks"][i]["reason"].as_str().unwrap().to_owned();
    let asks = |i: usize| reason(i).contains("the same failure twice, so a person is asked");
    assert_eq!([asks(0), asks(1), asks(2), asks(3)], [true, false, true, false], "{}", reason(0));
    assert!(reason(0).ends_with("exit 3: gave up after 2 tries"), "the program's last words: {}", reason(0));
    assert!(status["needs_you"].to_string().contains("git orca retry SAME"), "{}", status["needs_you"]);
}

#[test]
fn attempts_are_bounded_and_a_script_has_one() {
    let bed = Bed::new();
    bed.toml(&format!("{}[gates.no]\nrun = \"false\"\n", agent("note tries $ORCA_TASK; put $ORCA_TASK $ORCA_ATTEMPT")));
    bed.plan(json!([{"id": "A"}, {"id": "S", "run": "note tries S; put s s"}]));
    bed.execute(&["--attempts", "2"]).exits(5);
    assert_eq!(bed.standings(), "A failed, S failed");
    let tries = bed.notes("tries");
    assert_eq!((tries.iter().filter(|t| *t == "A").count(), tries.iter().filter(|t| *t == "S").count()), (2, 1));
    bed.assert_lossless();
}

#[test]
fn the_lowest_exit_code_that_applies_is_given() {
    let bed = Bed::new();
    bed.toml("[gates.no]\nrun = \"! test -e g.txt\"\non = \"task\"\n");
    bed.plan(
        json!([{"id": "A", "run": "exit 1"}, {"id": "G", "run": "put g.txt g"}, {"id": "OK", "run": "put ok ok"}]),
    );
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed, G failed, OK landed");
    bed.execute(&["--new", "--skip", "A"]).exits(5);
}

#[test]
fn work_of_a_failed_attempt_is_saved() {
    let bed = Bed::new();
    let run =
        "put a.txt committed; git add a.txt; git commit -qm a; put b.txt staged; git add b.txt; put c.txt new; exit 1";
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.execute(&[]).exits(4);
    assert_eq!(announced(&bed).len(), 3);
    bed.assert_lossless();
    let salvage = bed.state().tasks[0].last().unwrap().salvage.clone().unwrap();
    assert_eq!(bed.show(salvage.as_str(), "c.txt"), "new");
}

#[test]
fn commits_that_an_agent_left_behind_are_kept() {
    let bed = Bed::new();
    let commit = |name: &str| format!("put {name} {name}; git add {name}; git commit -qm {name};");
    let run = format!(
        "{} git reset -q --hard HEAD~1; {} git checkout -q -b aside; {} git checkout -q -; {}",
        commit("reset"),
        commit("first"),
        commit("aside"),
        commit("last")
    );
    bed.plan(json!([
        {"id": "A", "run": run},
        {"id": "B", "run": format!("{} {} git checkout -q --detach HEAD~1; exit 1", commit("one"), commit("two"))},
    ]));
    // Without a fence: inside one a branch of its own cannot even be made.
    bed.execute(&["--sandbox", "off", "--attempts", "1"]).exits(4);
    assert_eq!(bed.standings(), "A failed, B failed");
    assert_eq!(announced(&bed).len(), 6);
    assert!(!bed.git_says(&["rev-parse", "--verify", "-q", "aside"]), "a branch outside its task is put away");
    bed.assert_lossless();
}

#[test]
fn a_merge_left_in_the_middle_is_saved_and_fails_the_attempt() {
    let bed = Bed::new();
    let run = "git checkout -q -b side; put f left; git add f; git commit -qm l; git checkout -q -; put f right; git add f; \
               git commit -qm r; git merge side || true";
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
    bed.assert_lossless();
}

#[test]
fn journal_and_state_agree_and_time_never_goes_back() {
    let bed = Bed::new();
    bed.toml("[gates.ok]\nrun = \"true\"\n");
    bed.plan(json!([{"id": "A", "run": "put a a"}, {"id": "B", "after": ["A"], "run": "put b b"}]));
    bed.execute(&[]).exits(0);
    let entries = bed.journal();
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].seq + 1 == pair[1].seq));
    assert!(matches!(entries.last().unwrap().event, Event::RunFinished { .. }));
    assert_eq!(git_orca::journal::RunState::replay(&entries).unwrap(), bed.state());
}
