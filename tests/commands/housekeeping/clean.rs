//! Tidying up.

use std::fs::File;
use std::process::{Command, Stdio};

use super::place::{Place, names};

const WHOLE: &str = r#"{"orca":1,"tasks":[
    {"id":"A","title":"first","run":"echo a > a.txt"},
    {"id":"B","title":"second","after":["A"],"run":"echo b > b.txt"}]}"#;

const HALF: &str = r#"{"orca":1,"tasks":[
    {"id":"A","title":"lands","run":"echo a > a.txt"},
    {"id":"B","title":"fails","run":"echo half > b.txt; exit 3"}]}"#;

const GATE: (&str, &str) = ("orca.toml", "orca = 1\n[gates.test]\nrun = \"git --version\"\n");

fn after(tasks: &str, exit: i32) -> Place {
    let place = Place::with(&[("tasks.json", tasks), GATE]);
    place.orca(&["execute", "--yes"]).exits(exit);
    place
}

#[test]
fn nothing_goes_without_f() {
    let place = after(WHOLE, 0);
    let (files, refs) = (place.everything(), place.refs());
    let said = place.orca(&["clean"]).exits(0).out_has("worktree   ").out_has("/a1  ").out_has("kept gate results");
    said.out_has("nothing was removed; to remove all of this (").out_has("git orca clean -f");
    let json = place.orca(&["clean", "--json"]).exits(0).json();
    assert_eq!((&json["format"], &json["removed"]), (&1.into(), &false.into()));
    assert_eq!((place.everything(), place.refs()), (files, refs));
}

#[test]
fn a_result_that_nobody_took_stays_and_all_goes_once_it_is_merged() {
    let place = after(WHOLE, 0);
    let run = place.run_id();
    let said = place.orca(&["clean", "-f"]).exits(0).out_has("its result is not merged into any of your branches");
    let said = said.out_has(&format!("branch     orca/{run}/task/A"));
    assert!(!place.slot("").exists(), "{}", said.out);
    assert_eq!(names(&place.app().join(".git/worktrees")), [""; 0]);
    assert!(!place.app().join(".git/orca/gates").exists());
    let left = place.own_refs();
    assert!(left.contains(&format!("refs/heads/orca/{run}/integration")), "{left:?}");
    assert!(!left.iter().any(|name| name.contains("/task/")), "{left:?}");
    place.orca(&["clean"]).exits(0).out_has("nothing to remove");
    place.git(&["merge", "-q", "--ff-only", &format!("orca/{run}/integration")]);
    place.orca(&["clean", "-f"]).exits(0).out_has(&format!("runs/{run}"));
    assert_eq!(place.own_refs(), [""; 0]);
    // How long tasks took is remembered of the repository, not of the run.
    assert_eq!(names(&place.app().join(".git/orca")), ["history.jsonl", "lock", "runs"]);
    assert_eq!(names(&place.app().join(".git/orca/runs")), [""; 0]);
    assert_eq!(names(&place.app().with_file_name("state").join("git-orca/trust")), [""; 0], "what the run was allowed");
    assert_eq!(place.git(&["show", "main:b.txt"]), "b");
    place.orca(&["clean", "-f"]).exits(0).out_has("nothing to remove");
}

#[test]
fn work_that_did_not_land_goes_only_when_told_to() {
    let place = after(HALF, 4);
    let run = place.run_id();
    place.git(&["merge", "-q", "--ff-only", &format!("orca/{run}/integration")]);
    place.orca(&["clean", "-f"]).exits(0).out_has("did not land").out_has("--unlanded");
    let left = place.own_refs();
    assert_eq!(left, [format!("refs/orca/runs/{run}/salvage/B/1")]);
    place.orca(&["salvage", "show", "B"]).exits(0).out_has("b.txt");
    place
        .orca(&["clean", "--unlanded"])
        .exits(0)
        .out_has("including 1 ref with work that never landed")
        .out_has("nothing was removed");
    assert_eq!(place.own_refs(), left);
    place.orca(&["clean", "-f", "--unlanded"]).exits(0).out_has("removed; freed ");
    assert_eq!(place.own_refs(), [""; 0]);
    assert_eq!(names(&place.app().join(".git/orca/runs")), [""; 0]);
}

#[test]
fn one_run_can_be_meant() {
    let place = after(WHOLE, 0);
    place.orca(&["clean", "-f", "--unlanded", "--run", "nope"]).exits(1).err_has("nope");
    place.orca(&["clean", "-f", "--unlanded", "--run", &place.run_id()]).exits(0);
    assert_eq!(place.own_refs(), [""; 0]);
    assert!(place.slot("a1").exists(), "worktrees are shared by all runs");
}

#[test]
fn a_worktree_that_somebody_edited_stays() {
    let place = after(WHOLE, 0);
    std::fs::write(place.slot("a1").join("mine.txt"), "mine").unwrap();
    place
        .orca(&["clean", "-f", "--unlanded"])
        .exits(0)
        .out_has("`mine.txt` in it was edited")
        .out_has("git worktree remove -f -f");
    assert_eq!(std::fs::read_to_string(place.slot("a1").join("mine.txt")).unwrap(), "mine");
    assert!(!place.slot("g1").exists(), "what a gate leaves beside the files it judged is nobody's work");
    place.git(&["worktree", "remove", "-f", "-f", place.slot("a1").to_str().unwrap()]);
    place.orca(&["clean", "-f"]).exits(0);
    assert!(!place.slot("").exists());
}

#[test]
fn commits_that_only_a_worktree_has_stay() {
    let place = after(WHOLE, 0);
    let slot = place.slot("a1");
    place.git(&["-C", slot.to_str().unwrap(), "commit", "-q", "--allow-empty", "-m", "mine"]);
    place.orca(&["clean", "-f"]).exits(0).out_has("1 commit that no branch has");
    assert!(slot.exists());
    place.orca(&["clean", "-f", "--unlanded"]).exits(0);
    assert!(!slot.exists());
}

#[test]
fn a_branch_that_is_checked_out_stays() {
    let place = after(WHOLE, 0);
    let branch = format!("orca/{}/task/A", place.run_id());
    let elsewhere = place.app().with_file_name("look");
    place.git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), &branch]);
    place.orca(&["clean", "-f"]).exits(0).out_has(&format!("kept       {branch}: it is checked out in"));
    assert!(place.refs().contains_key(&format!("refs/heads/{branch}")));
    assert!(elsewhere.join("a.txt").exists());
}

#[test]
fn a_worktree_that_somebody_works_in_stays() {
    let place = after(WHOLE, 0);
    let mut shell =
        Command::new("sleep").arg("600").current_dir(place.slot("a1")).stdin(Stdio::null()).spawn().unwrap();
    let said = place.orca(&["clean", "-f"]);
    shell.kill().unwrap();
    shell.wait().unwrap();
    said.exits(0).out_has("has its working folder in it");
    assert!(place.slot("a1").exists());
}

#[test]
fn nothing_goes_while_a_run_is_active() {
    let place = after(WHOLE, 0);
    let lock = File::options().write(true).open(place.app().join(".git/orca/lock")).unwrap();
    lock.lock().unwrap();
    let before = place.everything();
    for args in [&["clean"][..], &["clean", "-f", "--unlanded"]] {
        place.orca(args).exits(1).err_has("is active in this repository").err_has("git orca status");
    }
    place.orca(&["undo", "--yes"]).exits(1).err_has("is active");
    assert_eq!(place.everything(), before);
}

#[test]
fn an_interrupted_run_keeps_all_of_its_own_but_loses_its_processes() {
    let place = after(WHOLE, 0);
    place.interrupt();
    let (run, refs) = (place.run_id(), place.refs());
    let digest = git_orca::run::repo_digest(&place.app().join(".git"));
    let mut left = Command::new("sleep")
        .arg("600")
        .env("ORCA_REPO", &digest)
        .env("ORCA_RUN", &run)
        .current_dir(place.slot("a1"))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let pid = left.id().to_string();
    let listed = place.orca(&["clean"]);
    let sick = place.orca(&["doctor"]);
    let cleaned = place.orca(&["clean", "-f", "--unlanded"]);
    let ended = left.try_wait().unwrap();
    if ended.is_none() {
        left.kill().unwrap();
        left.wait().unwrap();
    }
    listed.exits(0).out_has(&format!("process    {pid} runs still: sleep 600"));
    sick.exits(1).out_has(&format!("1 of its processes still run (pid {pid})"));
    cleaned.exits(0).out_has(&format!("process    {pid} ended")).out_has(&format!("git orca resume {run}"));
    assert!(ended.is_some_and(|status| !status.success()), "it was ended by clean");
    assert_eq!(place.refs(), refs);
    assert!(!place.slot("").exists(), "its worktrees held nothing that was not saved");
    place.orca(&["resume", &run, "--yes"]).exits(0);
}
