//! Agents and people who do what nobody expects: nothing is lost, and nothing of it lands unseen.

use crate::support::TestRepo;
use serde_json::json;

/// Whether some ref reaches a file of this content.
fn is_kept(bed: &TestRepo, text: &str) -> bool {
    let file = bed.repo().join("probe");
    std::fs::write(&file, text).unwrap();
    let blob = bed.git(&["hash-object", "probe"]);
    std::fs::remove_file(file).unwrap();
    bed.git(&["rev-list", "--objects", "--all"]).lines().any(|line| line.starts_with(blob.trim()))
}

#[test]
fn work_on_an_orphaned_branch_is_kept_though_another_task_takes_the_slot() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "git checkout -q --orphan x; echo precious-orphan > new.txt"},
        {"id": "B", "run": "put b.txt b"}
    ]));
    bed.execute(&["-j", "1"]).exits(4);
    assert_eq!(bed.standings(), "A failed, B landed");
    assert!(is_kept(&bed, "precious-orphan\n"));
}

#[test]
fn on_a_branch_of_the_user_nothing_is_committed_and_nothing_of_it_lands() {
    let bed = TestRepo::new();
    bed.git(&["branch", "dev"]);
    let before = bed.git(&["rev-parse", "dev"]);
    bed.plan(json!([{"id": "A", "run": "git checkout -q dev; echo on-dev > new.txt"}]));
    bed.execute(&[]).exits(4);
    assert_eq!(bed.git(&["rev-parse", "dev"]), before);
    assert!(is_kept(&bed, "on-dev\n"));
}

#[test]
fn what_a_person_committed_in_an_idle_slot_or_on_a_task_branch_stays_reachable() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a; exit 1"}]));
    bed.execute(&[]).exits(4);
    let slot = std::path::PathBuf::from(&bed.state().info.slots).join("a1");
    std::fs::write(slot.join("mine.txt"), "made-by-a-person\n").unwrap();
    bed.git_in(&slot, &["add", "mine.txt"]);
    bed.git_in(&slot, &["commit", "-q", "-m", "mine"]);
    bed.orca(&["retry", "A", "--yes"]).exits(4);
    assert!(is_kept(&bed, "made-by-a-person\n"));
}

#[test]
fn copies_do_not_follow_a_link_that_an_agent_put_in_their_way() {
    let bed = TestRepo::new();
    let elsewhere = tempfile::tempdir().unwrap();
    bed.write("conf/keep.txt", "x");
    bed.write(".gitignore", "*.env\n");
    bed.toml("[worktree]\ncopy = [\"conf/*.env\"]\n");
    bed.commit("conf");
    bed.write("conf/a.env", "secret\n");
    let link = format!("rm -r conf; ln -s {} conf", elsewhere.path().display());
    bed.plan(json!([{"id": "A", "run": link}, {"id": "B", "after": ["A"], "run": "put b.txt b"}]));
    bed.execute(&["-j", "1"]);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "written outside the worktree");
}

#[test]
fn a_task_with_an_exclusive_path_is_tried_again() {
    let bed = TestRepo::new();
    bed.toml("[run]\nagent = \"mine\"\n[agents.mine]\ncommand = [\"sh\", \"-ec\", 'put m/a.txt \"$ORCA_ATTEMPT\"']\n[gates.second]\nrun = \"grep -q 2 m/a.txt\"\n[conflicts]\nexclusive = [\"m/**\"]\n");
    bed.plan(json!([{"id": "A", "title": "A", "files": ["m/a.txt"]}]));
    bed.execute(&[]).exits(0);
    assert_eq!(bed.result("m/a.txt"), "2");
}

#[test]
fn a_refused_move_of_the_users_branch_is_tried_again_by_resume() {
    let bed = TestRepo::new();
    bed.plan(json!([{"id": "A", "run": "put a.txt a"}]));
    bed.execute(&["--into", "main"]).exits(7);
    bed.git(&["switch", "-q", "--detach"]);
    bed.orca(&["resume", "--yes"]).exits(0);
    assert_eq!(bed.git(&["rev-parse", "main"]), bed.git(&["rev-parse", &bed.integration()]));
}
