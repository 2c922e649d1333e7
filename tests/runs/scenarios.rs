//! What people rely on, each shown by a run of the whole program on a small repository.

use std::collections::BTreeMap;

use crate::support::{TestRepo, announced, until};
use git_orca::journal::Event;
use serde_json::json;

/// An agent of orca.toml that runs `script` with `sh -e`.
fn agent(script: &str) -> String {
    format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", '''{script}''']\n")
}

#[test]
fn an_agent_that_changes_nothing_has_failed_whatever_it_says() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "echo 'all done, everything works'"}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
    assert!(bed.landings().is_empty());
    assert!(!bed.git_says(&["rev-parse", "-q", "--verify", &bed.integration()]));
}

#[test]
fn an_agent_that_commits_a_change_and_takes_it_back_has_failed() {
    let bed = TestRepo::new();
    let run = "put a.txt a; git add a.txt; git commit -qm a; git rm -q a.txt; git commit -qm 'not a'";
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
    bed.assert_lossless();
}

#[test]
fn uncommitted_work_is_committed_gated_and_landed() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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

/// Everything of the user's that a run could touch.
fn users_own(bed: &TestRepo) -> BTreeMap<&'static str, String> {
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
fn the_users_checkout_index_stash_configuration_and_branches_stay_as_they_are() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let course = git_orca::schedule::RunContext::new(state.info.clone());
    let now = git_orca::schedule::standings(&course, &state, jiff::Timestamp::now());
    for blocked in ["C", "E"] {
        let by = git_orca::schedule::blockers(&course, &state, &now, &blocked.parse().unwrap());
        assert_eq!(by, ["A".parse().unwrap()], "{blocked}");
    }
    assert_eq!(bed.result("d.txt"), "d");
    bed.assert_lossless();
}

#[test]
fn a_task_that_only_verifies_lands_as_no_change_when_its_commands_pass() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let asks = |i: usize| reason(i).contains("gave up, since it failed twice in the same way");
    assert_eq!([asks(0), asks(1), asks(2), asks(3)], [true, false, true, false], "{}", reason(0));
    assert!(reason(0).ends_with("exit 3: gave up after 2 tries"), "the program's last words: {}", reason(0));
    assert!(status["needs_you"].to_string().contains("git orca retry SAME"), "{}", status["needs_you"]);
}

#[test]
fn attempts_are_bounded_and_a_script_has_one() {
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
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
    let bed = TestRepo::new();
    let run = "git checkout -q -b side; put f left; git add f; git commit -qm l; git checkout -q -; put f right; git add f; \
               git commit -qm r; git merge side || true";
    bed.plan(json!([{"id": "A", "run": run}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.standings(), "A failed");
    bed.assert_lossless();
}

#[test]
fn journal_and_state_agree_and_time_never_goes_back() {
    let bed = TestRepo::new();
    bed.toml("[gates.ok]\nrun = \"true\"\n");
    bed.plan(json!([{"id": "A", "run": "put a a"}, {"id": "B", "after": ["A"], "run": "put b b"}]));
    bed.execute(&[]).exits(0);
    let entries = bed.journal();
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].seq + 1 == pair[1].seq));
    assert!(matches!(entries.last().unwrap().event, Event::RunFinished { .. }));
    assert_eq!(git_orca::journal::RunState::replay(&entries).unwrap(), bed.state());
}
