//! What is tried when two tasks clash, rung by rung: remembered, a driver of the user's git, an agent that merges, the
//! task once more. Real git, scripts as agents.

use crate::support::{Output, TestRepo, until};
use git_orca::journal::RunState;
use git_orca::model::AttemptId;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const LIST: &str = "one\ntwo\nthree\n";
const BOTH: &str = "one\\ntwee zwei\\nthree\\n";

/// A bed whose tasks A and B both start before either is through, A landing first; `mine` is the shell text that does
/// the rest, by `$ORCA_TASK.$ORCA_ATTEMPT`.
fn bed(settings: &str, mine: &str) -> TestRepo {
    let bed = TestRepo::in_memory();
    bed.write("list.txt", LIST);
    bed.write("other.txt", "other\n");
    let script = format!(
        "#!/bin/sh -e\nwait_for() {{ until test -e \"{out}/$1\"; do sleep 0.02; done; }}\n\
         case $ORCA_TASK.$ORCA_ATTEMPT in\n\
         A.1) wait_for b; sed -i s/two/twee/ list.txt; announce list.txt;;\n\
         B.1) note b started; wait_for landed; sed -i s/two/zwei/ list.txt; echo b > b.txt; announce list.txt b.txt;;\n\
         {mine}\n*) echo \"nothing to do for $ORCA_TASK.$ORCA_ATTEMPT\" >&2; exit 1;;\nesac\n",
        out = bed.out("").display()
    );
    bed.program("mine", &script);
    bed.toml(&format!("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"mine\"]\n{settings}"));
    bed.plan(tasks());
    bed.commit("a list, settings, a plan");
    bed
}

fn tasks() -> Value {
    json!([
        {"id": "A", "title": "Dutch", "details": "Say the second in Dutch."},
        {"id": "B", "title": "German", "details": "Say the second in German."},
        {"id": "C", "title": "After", "after": ["B"], "run": "put c.txt c"},
    ])
}

/// Runs it; B goes on once A has landed.
fn run(bed: &TestRepo, args: &[&str]) -> Output {
    let runs = bed.runs().len();
    let words: Vec<&str> = ["execute", "--yes", "-j", "2"].iter().chain(args).copied().collect();
    let running = bed.spawn(&words);
    until("A has landed", || bed.runs().len() > runs && bed.standings().starts_with("A landed"));
    std::fs::write(bed.out("landed"), "").unwrap();
    running.wait()
}

fn reasons(state: &RunState, task: usize) -> Vec<String> {
    let failed = state.tasks[task].attempts.iter().filter_map(|attempt| attempt.failure());
    failed.map(|(_, why)| why.to_owned()).collect()
}

#[test]
fn the_agent_merges_both_sides_and_what_it_did_is_remembered() {
    let merge = format!(
        "B.2) grep -q '^<<<<<<<' list.txt; git status | note status; note status \"$(git status --short)\"; \
         cp \"$ORCA_PROMPT_FILE\" \"$(dirname \"$(command -v note)\")/../out/prompt\"; \
         printf '{BOTH}' > list.txt; announce list.txt; git add list.txt; git commit -q --no-edit;;"
    );
    let bed = bed("", &merge);
    let told = run(&bed, &[]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
    assert_eq!(bed.state().tasks[1].rules, ["agent list.txt"]);
    assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1, 1]);
    let status = bed.notes("status").join("\n");
    assert!(status.contains("UU list.txt") && !status.contains("b.txt"), "{status}");
    let prompt = std::fs::read_to_string(bed.out("prompt")).unwrap();
    for words in ["`list.txt` (contents, lines 2)", "A: Dutch", "Say the second in Dutch.", "Orca-Dropped:"] {
        assert!(prompt.contains(words), "{words}\n{prompt}");
    }
    let words = "list.txt changed on both sides, merged by an agent";
    assert!(told.stderr.contains("B  attempt 2 merges its work with landed work"), "{}", told.stderr);
    for command in [&["report"][..], &["report", "--format", "html"], &["show", "B"], &["report", "--format", "json"]] {
        let said = bed.orca(command).exits(0).stdout;
        assert!(said.contains(words), "{command:?}\n{said}");
    }
    let told = bed.orca(&["conflicts"]).exits(0).stdout;
    assert!(told.contains("no conflicts") && told.contains(&format!("severity medium: {words}")), "{told}");
    bed.assert_no_markers();
    bed.assert_lossless();

    // The same clash once more needs no agent.
    std::fs::remove_file(bed.out("landed")).unwrap();
    std::fs::remove_file(bed.out("b")).unwrap();
    run(&bed, &["--new"]).exits(0);
    assert_eq!(bed.state().tasks[1].rules, ["remembered list.txt"]);
    assert_eq!(bed.state().tasks[1].attempts.len(), 1);
    assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
}

#[test]
fn a_merge_that_cannot_be_taken_is_refused_and_the_task_is_done_again() {
    let again = format!("B.3) printf '{BOTH}' > list.txt; echo b > b.txt; announce list.txt;;");
    let table = [
        ("git commit -qam markers", "list.txt has conflict markers"),
        ("git checkout -q --theirs list.txt; git commit -qam theirs", "dropped: all of its own list.txt"),
        ("git checkout -q --ours list.txt; git commit -qam ours", "dropped: all of what landed in list.txt"),
        ("printf 'one\\ntwo\\nthree\\n' > list.txt; git commit -qam neither", "dropped: its own list.txt:2"),
        (
            &format!("printf '{BOTH}' > list.txt; echo more >> other.txt; git commit -qam more"),
            "it edited other.txt, which neither side had changed",
        ),
        ("true", "it left unmerged files: list.txt"),
        ("git merge --abort; echo x > x.txt; git add x.txt; git commit -qm x", "it is not a merge: what landed"),
        ("exit 3", "exit 3"),
    ];
    for (wrong, why) in table {
        let bed = bed("", &format!("B.2) {wrong};;\n{again}"));
        run(&bed, &[]).exits(0);
        let state = bed.state();
        let reasons = reasons(&state, 1);
        assert!(reasons.len() == 1 && reasons[0].contains(why), "{wrong}: {reasons:?}");
        assert_eq!(state.tasks[1].rules, ["again list.txt"], "{wrong}");
        assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree", "{wrong}");
        let prompt =
            std::fs::read_to_string(bed.paths().prompt_file(&AttemptId { task: "B".parse().unwrap(), n: 3 })).unwrap();
        for words in ["A: Dutch", "list.txt, the earlier attempt:", "zwei", "/attempt/B/1", why] {
            assert!(prompt.contains(words), "{wrong}: {words}\n{prompt}");
        }
        bed.assert_no_markers();
        bed.assert_lossless();
    }
}

#[test]
fn what_a_task_that_is_run_again_replaces_of_what_landed_is_said() {
    for (again, said) in [
        ("printf 'one\\nzwei\\nthree\\n' > list.txt", true),
        ("rm list.txt", true),
        (&format!("printf '{BOTH}' > list.txt"), false),
        ("printf 'one\\ntwee\\nzwei\\nthree\\n' > list.txt", false),
    ] {
        let bed = bed("[conflicts]\nresolve = [\"again\"]\n", &format!("B.2) {again}; echo b > b.txt;;"));
        run(&bed, &[]).exits(0);
        assert_eq!(bed.state().tasks[1].rules, ["again list.txt"], "{again}");
        let log = bed.orca(&["log"]).exits(0).stdout;
        let log = log.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = "run again on top of what landed, it replaced";
        assert_eq!(log.contains(words) && log.contains("what landed in list.txt"), said, "{again}: {log}");
    }
}

#[test]
fn what_has_to_go_may_go_with_a_reason_and_markers_solved_but_not_staged_are_staged() {
    let said = "git checkout -q --theirs list.txt; \
                git commit -qam 'take the Dutch\n\nOrca-Dropped: list.txt: one language is enough'";
    let told = bed("", &format!("B.2) {said};;"));
    run(&told, &[]).exits(0);
    assert_eq!(told.result("list.txt"), "one\ntwee\nthree");
    let journal = serde_json::to_string(&told.journal()).unwrap();
    assert!(journal.contains("dropped: all of its own list.txt, with the reason: one language is enough"), "{journal}");
    let unstaged = bed("", &format!("B.2) printf '{BOTH}' > list.txt;;"));
    run(&unstaged, &[]).exits(0);
    assert_eq!(unstaged.state().tasks[1].rules, ["agent list.txt"]);
    assert_eq!(unstaged.result("list.txt"), "one\ntwee zwei\nthree");
}

#[test]
fn gates_refuse_a_merge_as_they_refuse_any_work() {
    let gate = "[gates.words]\nrun = \"! grep -q wrong list.txt\"\n";
    let wrong = "B.2) printf 'one\\nwrong twee zwei\\nthree\\n' > list.txt;;";
    let bed = bed(gate, &format!("{wrong}\nB.3) printf '{BOTH}' > list.txt;;"));
    run(&bed, &[]).exits(0);
    assert_eq!(bed.state().tasks[1].rules, ["again list.txt"]);
    assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
}

#[test]
fn when_all_rungs_fail_a_person_gets_the_commands_and_begins_from_the_work_that_clashed() {
    let bed = bed("", "B.2) echo x > x.txt; git add x.txt; git commit -qam markers;;\nB.3) exit 3;;");
    // Twice the same failure ends the third rung as well.
    run(&bed, &[]).exits(6);
    assert_eq!(bed.standings(), "A landed, B conflicted, C blocked");
    let told = bed.orca(&["conflicts"]).exits(0).stdout;
    for words in ["merged by an agent, attempt 2: its merge is refused", "run again on top of what landed, attempt 3"] {
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}\n{told}");
    }
    let json: Value = serde_json::from_str(&bed.orca(&["conflicts", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(json["conflicts"][0]["rungs"][0]["rung"], "agent");
    let command = |n: usize| json["conflicts"][0]["commands"][n].as_str().unwrap().to_owned();
    bed.git(&command(0).split(' ').skip(1).collect::<Vec<_>>());
    let there = std::path::PathBuf::from(command(1).strip_prefix("cd ").unwrap());
    let there = bed.repo().join(there);
    let merge: Vec<String> = command(2).split(' ').skip(1).map(str::to_owned).collect();
    assert!(!bed.command("git").current_dir(&there).args(merge).output().unwrap().status.success());
    std::fs::write(there.join("list.txt"), "one\ntwee zwei\nthree\n").unwrap();
    bed.git_in(&there, &["add", "-A"]);
    bed.git_in(&there, &["commit", "-q", "--no-edit"]);
    bed.orca(&["integrate"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!((bed.result("list.txt"), bed.result("b.txt")), ("one\ntwee zwei\nthree".into(), "b".into()));
    assert_eq!(bed.state().tasks[1].rules, ["by-hand 1"]);
    bed.assert_lossless();
    // What the person did is remembered, too.
    let kept = std::fs::read_dir(bed.repo().join(".git/orca/resolutions")).unwrap();
    let kept: Vec<String> = kept.map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap()).collect();
    assert!(kept.len() == 1 && kept[0].contains("\"by\": \"person\""), "{kept:?}");
}

#[test]
fn another_agent_may_be_named_for_merging_and_run_texts_are_done_again() {
    let solver = "[agents.solver]\ncommand = [\"solver\"]\n[roles.resolve]\nagent = \"solver\"\n";
    for (settings, rules) in [(solver, "agent list.txt"), ("", "again list.txt")] {
        let bed = bed(settings, "");
        bed.program("solver", &format!("#!/bin/sh -e\nprintf '{BOTH}' > list.txt\n"));
        let wait = format!("until test -e {}; do sleep 0.02; done", bed.out("landed").display());
        let text = format!("{wait}; grep -q two list.txt && sed -i s/two/zwei/ list.txt || printf '{BOTH}' > list.txt");
        bed.plan(json!([{"id": "A"}, {"id": "B", "run": format!("note b started; {text}")}]));
        bed.commit("a plan with a text to execute");
        run(&bed, &[]).exits(0);
        assert_eq!(bed.state().tasks[1].rules, [rules]);
        assert_eq!(bed.state().tasks[1].last().unwrap().agent, if settings.is_empty() { "script" } else { "solver" });
        assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
    }
    let bed = bed("[roles.resolve]\nagent = \"script\"\n", "");
    bed.execute(&[]).exits(2).says(&["[roles.resolve]"]);
}

#[test]
fn while_they_work_it_is_told_which_tasks_meet_and_how_badly() {
    let bed = TestRepo::in_memory();
    let lines: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    bed.write("list.txt", &format!("{}\n", lines.join("\n")));
    bed.toml("[conflicts]\nunion = [\"log.md\"]\nresolve = [\"union\"]\n");
    bed.write("log.md", "begin\n");
    bed.commit("files");
    let go = bed.out("go");
    let wait = format!("until test -e {}; do sleep 0.02; done", go.display());
    let task = |id: &str, text: &str| json!({"id": id, "run": format!("{text}; git commit -qam {id}; {wait}")});
    bed.plan(json!([
        task("A", "sed -i s/^3$/three/ list.txt; echo a >> log.md"),
        task("B", "sed -i s/^3$/drei/ list.txt"),
        task("C", "sed -i s/^17$/seventeen/ list.txt"),
        task("D", "echo d >> log.md"),
    ]));
    let running = bed.spawn(&["execute", "--yes", "-j", "4"]);
    let told = || -> Value {
        if bed.runs().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&bed.orca(&["conflicts", "--json"]).stdout).unwrap_or_default()
    };
    let pairs = |told: &Value| -> Vec<String> {
        let live = told["live"].as_array().cloned().unwrap_or_default();
        let one = |it: &Value| {
            let name = |n: usize| it["tasks"][n].as_str().unwrap_or_default().to_owned();
            format!("{}{} {}", name(0), name(1), it["severity"].as_str().unwrap_or_default())
        };
        live.iter().map(one).collect()
    };
    until("all pairs are told", || pairs(&told()) == ["AB medium", "AC info", "AD low", "BC info"]);
    let text = bed.orca(&["conflicts"]).exits(0).stdout;
    assert!(text.contains("A x B  severity medium: list.txt:4"), "{text}");
    std::fs::write(go, "").unwrap();
    running.wait().exits(6);
}

#[test]
fn nothing_is_tried_that_is_switched_off() {
    let bed = bed("[conflicts]\nresolve = [\"union\"]\n", "");
    run(&bed, &[]).exits(6);
    assert_eq!(bed.standings(), "A landed, B conflicted, C blocked");
    assert_eq!(bed.state().tasks[1].attempts.len(), 1);
}

#[test]
fn the_users_merge_driver_solves_what_it_can_unless_it_is_switched_off() {
    for (settings, code) in [("", 0), ("[conflicts]\nresolve = [\"union\"]\n", 6)] {
        let bed = bed(settings, "");
        bed.program("join-both", "#!/bin/sh -e\nsort -u \"$1\" \"$3\" > joined\ncat joined > \"$1\"\nrm joined\n");
        bed.git(&["config", "merge.both.driver", "join-both %A %O %B"]);
        bed.write(".gitattributes", "list.txt merge=both\n");
        bed.commit("attributes");
        run(&bed, &[]).exits(code);
        if code == 0 {
            assert_eq!(bed.state().tasks[1].rules, ["driver list.txt"]);
            assert_eq!(bed.result("list.txt"), "one\nthree\ntwee\nzwei");
        }
    }
}

#[test]
fn a_driver_for_files_without_lines_can_be_switched_off_too() {
    for (settings, code) in [("", 0), ("[conflicts]\nresolve = [\"union\"]\n", 6)] {
        let bed = TestRepo::in_memory();
        bed.write(".gitattributes", "blob merge=theirs\n");
        bed.write("blob", "a\0b\n");
        bed.git(&["config", "merge.theirs.driver", "cp %B %A"]);
        bed.toml(&format!("[run]\nbase = \"exact\"\n{settings}"));
        let change = |id: &str| json!({"id": id, "title": id, "run": format!("printf 'a\\000{id}' > blob")});
        bed.plan(json!([change("A"), change("B")]));
        bed.commit("base");
        bed.orca(&["execute", "--yes", "-j", "2"]).exits(code);
        let rules: Vec<String> = bed.state().tasks.iter().flat_map(|task| task.rules.clone()).collect();
        let expected: &[&str] = if code == 0 { &["driver blob"] } else { &[] };
        assert_eq!(rules, expected);
    }
}

#[test]
fn a_clash_with_a_later_layer_is_merged_into_that_layers_head() {
    let bed = bed(
        "",
        "B.2) printf 'one\\nzwei drie\\nthree\\n' > list.txt; announce list.txt;;\nL.1) sed -i s/two/drie/ list.txt;;",
    );
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "title": "German"},
        {"id": "L", "title": "Later", "after": ["A"]},
    ]));
    bed.commit("another plan");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    until("L has landed", || bed.runs().len() == 1 && bed.standings().ends_with("L landed"));
    std::fs::write(bed.out("landed"), "").unwrap();
    running.wait().exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, L landed");
    assert_eq!(bed.result("list.txt"), "one\nzwei drie\nthree");
    let run = bed.run();
    let layer = |n: u32| format!("orca/{run}/layer/{n}");
    assert_eq!(bed.show(&layer(1), "list.txt"), "one\nzwei\nthree", "the lower layer has its own task only");
    assert_eq!(bed.state().tasks[1].rules, ["agent list.txt"]);
    assert!(bed.git_says(&["merge-base", "--is-ancestor", &layer(1), &layer(2)]));
    assert_eq!(bed.landings().values().copied().collect::<Vec<_>>(), [1, 1, 1]);
    bed.assert_no_markers();
    bed.assert_lossless();
}

#[test]
fn killed_in_the_middle_of_a_merge_it_goes_on() {
    let solve = format!("printf '{BOTH}' > list.txt; announce list.txt");
    let bed =
        bed("", &format!("B.2) printf 'half <<<\\n' > half.txt; announce half.txt; block merge;;\nB.3) {solve};;"));
    let merge = bed.fifo("merge");
    let running = bed.spawn(&["execute", "--yes", "-j", "2"]);
    until("A has landed", || bed.runs().len() == 1 && bed.standings().starts_with("A landed"));
    std::fs::write(bed.out("landed"), "").unwrap();
    let held = merge.wait();
    running.signal(Signal::SIGKILL);
    drop(running.wait());
    drop(held);
    bed.orca(&["resume"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    assert_eq!(bed.result("list.txt"), "one\ntwee zwei\nthree");
    assert_eq!(bed.state().tasks[1].rules, ["agent list.txt"]);
    bed.assert_no_markers();
    bed.assert_lossless();
    bed.assert_no_processes();
}
