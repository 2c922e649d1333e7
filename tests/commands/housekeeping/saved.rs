//! Saved work, and taking a run back.

use super::place::Place;

/// A lands, B does not and leaves a file.
const HALF: &str = r#"{"orca":1,"tasks":[
    {"id":"A","title":"lands","run":"echo a > a.txt"},
    {"id":"B","title":"fails","run":"echo half > b.txt; exit 3"}]}"#;

const WHOLE: &str = r#"{"orca":1,"tasks":[
    {"id":"A","title":"first","run":"echo a > a.txt"},
    {"id":"B","title":"second","after":["A"],"run":"echo b > b.txt"}]}"#;

#[test]
fn what_a_failed_task_wrote_is_listed_shown_and_brought_back() {
    let place = Place::with(&[("tasks.json", HALF)]);
    place.orca(&["salvage"]).exits(0).out_has("no saved work that has not landed");
    place.orca(&["execute", "--yes"]).exits(4);
    let listed = place.orca(&["salvage", "list", "--json"]).exits(0).json();
    let saved = listed["saved"].as_array().unwrap();
    assert_eq!(saved.len(), 1, "{listed}");
    assert_eq!(
        (&saved[0]["task"], &saved[0]["kind"], &saved[0]["landed"]),
        (&"B".into(), &"salvage".into(), &false.into())
    );
    let n = saved[0]["n"].to_string();
    place.orca(&["salvage"]).exits(0).out_has("salvage  1 file, +1 -0").err_has("salvage list --all");
    place.orca(&["salvage", "list", "--all"]).exits(0).out_has("attempt, landed");
    place
        .orca(&["salvage", "show", "B"])
        .exits(0)
        .out_has("b.txt  +1 -0")
        .out_has(&format!("git orca salvage restore {n} --branch"));
    assert_eq!(place.orca(&["salvage", "show", &n, "--json"]).exits(0).json()["changes"][0]["path"], "b.txt");
    place.orca(&["salvage", "restore", &n, "--branch", "rescued"]).exits(0).out_has("rescued");
    assert_eq!(place.git(&["show", "rescued:b.txt"]), "half");
    place.orca(&["salvage", "restore", "B", "--branch", "rescued"]).exits(2).err_has("the branch exists");
    place.orca(&["salvage", "restore", "B", "--folder", "../back"]).exits(0);
    assert_eq!(std::fs::read_to_string(place.app().with_file_name("back").join("b.txt")).unwrap(), "half\n");
    place.orca(&["salvage", "restore", "B", "--folder", "../back"]).exits(2).err_has("not empty");
    place.orca(&["salvage", "show", "Z"]).exits(1).err_has("git orca salvage list");
    assert_eq!(place.git(&["status", "--porcelain"]), "", "the checkout was not touched");
}

#[test]
fn undo_puts_every_ref_back_and_deletes_no_commit() {
    let place = Place::with(&[("tasks.json", WHOLE)]);
    place.git(&["branch", "release"]);
    let before = place.refs();
    place.orca(&["execute", "--yes", "--into", "release"]).exits(0);
    let result = place.git(&["rev-parse", "release"]);
    assert_ne!(before["refs/heads/release"], result);
    let run = place.run_id();
    let after = place.refs();
    place.orca(&["undo"]).exits(2).out_has("reset    release").err_has(&format!("git orca undo {run} --yes"));
    assert_eq!(place.refs(), after, "nothing happens without a yes");
    let said = place.orca(&["undo", "--yes"]).exits(0).out_has(&format!("delete   orca/{run}/integration"));
    let said = said.err_has(&format!("git branch -f release {}", &result[..7]));
    let undone = place.refs();
    assert_eq!(undone["refs/heads/release"], before["refs/heads/release"]);
    let shown = |refs: &std::collections::BTreeMap<String, String>| {
        refs.keys().filter(|name| name.contains("/layer/") || name.ends_with("/integration")).count()
    };
    assert_eq!((shown(&after), shown(&undone)), (3, 0));
    assert!(undone.contains_key(&format!("refs/heads/orca/{run}/task/A")), "tasks' branches stay");
    assert!(undone.values().any(|oid| *oid == result), "the result stays reachable");
    for line in said.err.lines().filter_map(|line| line.strip_prefix("  git ")) {
        place.git(&line.split(' ').collect::<Vec<_>>());
    }
    assert_eq!(place.refs(), after, "what it said brings everything back");
    place.orca(&["undo", &run, "--yes"]).exits(0);
    place.orca(&["undo", "--yes"]).exits(0).out_has("to put back");
    assert_eq!(place.refs(), undone);
}

#[test]
fn undo_leaves_what_somebody_moved_or_stands_on() {
    let place = Place::with(&[("tasks.json", WHOLE)]);
    place.git(&["branch", "release"]);
    place.orca(&["execute", "--yes", "--into", "release"]).exits(0);
    place.git(&["switch", "-q", "release"]);
    let old = place.git(&["rev-parse", "main"]);
    let said = place.orca(&["undo", "--yes"]).exits(0).out_has("leave    release  it is checked out in");
    let line = said.out.lines().find_map(|line| line.trim().strip_prefix("git -C ")).unwrap().to_owned();
    place.git(&std::iter::once("-C").chain(line.split(' ')).collect::<Vec<_>>());
    assert_eq!(place.git(&["rev-parse", "release"]), old, "what it said to type does it");
    place.git(&["commit", "-q", "--allow-empty", "-m", "mine"]);
    place.orca(&["undo", "--yes"]).exits(0).out_has("leave    release  it has moved on since");
}

#[test]
fn undo_of_a_result_taken_by_hand_says_so() {
    let place = Place::with(&[("tasks.json", WHOLE)]);
    place.orca(&["undo", "--yes"]).exits(1).err_has("no run");
    place.orca(&["execute", "--yes"]).exits(0);
    let run = place.run_id();
    place.git(&["merge", "-q", "--ff-only", &format!("orca/{run}/integration")]);
    let main = place.git(&["rev-parse", "main"]);
    place.orca(&["undo", "--yes"]).exits(0).out_has("git orca did not put it there").out_has("git reflog main");
    assert_eq!(place.git(&["rev-parse", "main"]), main);
}
