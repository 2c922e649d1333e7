//! `git orca validate`: the gates on one commit, without a run.

use crate::support::TestRepo;
use serde_json::{Value, json};

const TOML: &str = "[gates.good]\nrun = \"note ran good; ! test -e bad.txt\"\n\
    [gates.shape]\nrun = \"note ran shape; test -e README.md\"\non = \"merged\"\n";

fn bed() -> TestRepo {
    let bed = TestRepo::new();
    bed.toml(TOML);
    bed.commit("gates");
    bed
}

fn side(bed: &TestRepo, file: &str) {
    bed.git(&["switch", "-q", "-c", "side"]);
    bed.write(file, "x\n");
    bed.commit("work");
    bed.git(&["switch", "-q", "main"]);
}

fn answer(bed: &TestRepo, args: &[&str], code: i32) -> Value {
    let output = bed.orca(&[&["validate", "--yes", "--json"], args].concat()).exits(code);
    serde_json::from_str(&output.stdout).unwrap()
}

#[test]
fn a_branch_is_judged_against_where_it_left_and_the_checkout_stays() {
    let bed = bed();
    side(&bed, "bad.txt");
    bed.write("bad.txt", "uncommitted, and nobody's business\n");
    let found = answer(&bed, &["side"], 5);
    assert_eq!(found["results"][0]["gates"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["results"][0]["gates"][0]["verdict"], "fail");
    assert_eq!(found["results"][0]["base"], bed.git(&["rev-parse", "main"]));
    assert_eq!(bed.git(&["status", "--porcelain"]), "?? bad.txt");
    assert_eq!(bed.git(&["branch", "--show-current"]), "main");
    let found = answer(&bed, &["main"], 0);
    assert_eq!(found["passed"], true);
}

#[test]
fn a_known_verdict_is_not_asked_for_again_unless_it_is_wanted() {
    let bed = bed();
    side(&bed, "fine.txt");
    answer(&bed, &["side"], 0);
    let again = answer(&bed, &["side"], 0);
    assert_eq!(again["results"][0]["gates"][0]["cached"], true);
    assert_eq!(bed.notes("ran"), ["good"]);
    answer(&bed, &["--no-cache", "side"], 0);
    assert_eq!(bed.notes("ran"), ["good", "good"]);
}

#[test]
fn tasks_and_heads_are_judged_as_what_they_are() {
    let bed = bed();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}, {"id": "B", "run": "put bad.txt b; exit 1"}]));
    bed.execute(&["--new"]).exits(4);
    let found = answer(&bed, &["A", &format!("orca/{}/integration", bed.run())], 0);
    let names = |n: usize| -> Vec<String> {
        let gates = found["results"][n]["gates"].as_array().unwrap().clone();
        gates.iter().map(|gate| gate["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(found["results"][0]["what"], "task A, attempt 1");
    assert_eq!((names(0), names(1)), (vec!["good".to_owned()], vec!["good".to_owned(), "shape".to_owned()]));
    let nothing = bed.orca(&["validate", "--yes", "B"]).exits(1);
    assert!(nothing.stderr.contains("committed nothing"), "{}", nothing.stderr);
}

#[test]
fn evidence_is_left_on_the_commit_but_not_for_a_part_of_the_gates() {
    let bed = bed();
    side(&bed, "fine.txt");
    answer(&bed, &["--gate", "good", "side"], 0);
    assert!(!bed.git_says(&["notes", "--ref=orca", "show", "side"]));
    answer(&bed, &["side"], 0);
    let note = bed.git(&["notes", "--ref=orca", "show", "side"]);
    assert!(note.contains("all required gates passed on tree"), "{note}");
    let wrong = bed.orca(&["validate", "--gate", "god", "side", "--yes"]).exits(2);
    assert!(wrong.stderr.contains("did you mean good?"), "{}", wrong.stderr);
}

#[test]
fn ranges_linked_worktrees_and_commits_without_a_parent() {
    let bed = bed();
    side(&bed, "bad.txt");
    assert_eq!(answer(&bed, &["main..side"], 5)["results"][0]["what"], "main..side");
    let linked = bed.root().join("linked");
    bed.git(&["worktree", "add", "-q", &linked.display().to_string(), "side"]);
    let output = bed.spawn_in(&linked, &["validate", "--yes"], &[]).wait().exits(5);
    assert!(output.stdout.starts_with("side "), "{}", output.stdout);
    assert!(output.stdout.contains("refused: good fail"), "{}", output.stdout);
    let root = bed.git(&["rev-list", "--max-parents=0", "main"]);
    let output = bed.orca(&["validate", "--yes", &root]).exits(2);
    assert!(output.stderr.contains("--base"), "{}", output.stderr);
    bed.orca(&["validate", "--yes", "nothing-of-that-name"]).exits(1);
}

#[test]
fn commands_of_the_repository_need_trust() {
    let bed = bed();
    let output = bed.orca(&["validate", "main"]).exits(1);
    assert!(output.stderr.contains("git orca trust"), "{}", output.stderr);
    assert!(bed.notes("ran").is_empty());
    bed.orca(&["trust", "--yes"]).exits(0);
    bed.orca(&["validate", "main"]).exits(0);
}

#[test]
fn it_works_beside_a_run() {
    let bed = bed();
    side(&bed, "fine.txt");
    let gate = bed.fifo("gate");
    bed.plan(json!([{"id": "A", "run": "put a.txt a; block gate"}]));
    let run = bed.spawn(&["execute", "--yes", "--new"]);
    let held = gate.wait();
    answer(&bed, &["side"], 0);
    drop(held);
    run.wait().exits(0);
}

#[test]
fn nothing_is_called_checked_that_was_not() {
    let bed = TestRepo::new();
    let output = bed.orca(&["validate", "--base", "HEAD"]).exits(0);
    assert!(output.stdout.contains("nothing was checked"), "{}", output.stdout);
}
