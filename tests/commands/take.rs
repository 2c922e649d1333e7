//! `take`: the result onto the user's branch, as that is by then.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Options, TestRepo};

/// A run of three tasks on two layers, all landed: `a.txt`, `b.txt`, and `c.txt` on top.
fn ran() -> TestRepo {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "title": "Add a", "run": "put a.txt a; git add -A; git -c user.name=Robot -c user.email=r@x.org commit -qm 'Agent: a' -m 'Reviewed-by: Zoe <z@x.org>'"},
        {"id": "B", "title": "Add b", "run": "put b.txt b"},
        {"id": "C", "title": "Add c", "after": ["A", "B"], "run": "put c.txt c"},
    ]));
    bed.commit("a plan");
    bed.execute(&[]).exits(0);
    bed
}

fn head(bed: &TestRepo) -> String {
    bed.git(&["rev-parse", "HEAD"])
}

fn commits_since(bed: &TestRepo, from: &str) -> Vec<String> {
    let text = bed.git(&["log", "--reverse", "--first-parent", "--format=%s", &format!("{from}..HEAD")]);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_branch_that_has_not_moved_goes_forward_and_back_again() {
    let bed = ran();
    let before = head(&bed);
    bed.write("README.md", "# Edited meanwhile\n");
    let said = bed.orca(&["take", "--json"]).exits(0);
    let told: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((told["how"].as_str(), told["branch"].as_str()), (Some("fast-forward"), Some("main")));
    assert_eq!(head(&bed), bed.git(&["rev-parse", &bed.integration()]));
    assert!(bed.repo().join("c.txt").exists());
    assert_eq!(std::fs::read_to_string(bed.repo().join("README.md")).unwrap(), "# Edited meanwhile\n");
    assert!(bed.orca(&["take"]).exits(0).stdout.contains("already has the result"));
    let status: Value = serde_json::from_str(&bed.orca(&["status", "--json"]).stdout).unwrap();
    assert_eq!(status["integration"]["taken"], "main");
    bed.orca(&["undo", "--yes"]).exits(0);
    assert_eq!(head(&bed), before);
    assert!(!bed.repo().join("c.txt").exists());
    assert_eq!(std::fs::read_to_string(bed.repo().join("README.md")).unwrap(), "# Edited meanwhile\n", "edits stay");
    bed.orca(&["take"]).exits(0);
    assert!(bed.repo().join("c.txt").exists(), "after undo it can be taken again");
}

#[test]
fn a_branch_that_has_moved_gets_a_merge_by_the_users_own_hooks() {
    let bed = ran();
    bed.write("mine.txt", "mine\n");
    bed.commit("mine");
    let before = head(&bed);
    let hook = bed.repo().join(".git/hooks/commit-msg");
    std::fs::write(&hook, "#!/bin/sh\necho Checked-by: hook >> \"$1\"\n").unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&hook).status().unwrap();
    bed.orca(&["take"]).exits(0);
    assert_eq!(bed.git(&["rev-list", "--count", "--merges", &format!("{before}..HEAD^1")]), "0");
    assert_eq!(bed.git(&["rev-parse", "HEAD^1"]), before);
    assert_eq!(bed.git(&["rev-parse", "HEAD^2"]), bed.git(&["rev-parse", &bed.integration()]));
    assert!(bed.git(&["log", "-1", "--format=%B"]).contains("Checked-by: hook"));
    bed.orca(&["undo", "--yes"]).exits(0);
    assert_eq!(head(&bed), before);
}

#[test]
fn linear_is_one_commit_a_task_by_who_did_it_also_on_a_branch_that_has_moved() {
    for moved in [false, true] {
        let bed = ran();
        if moved {
            bed.write("mine.txt", "mine\n");
            bed.commit("mine");
        }
        let before = head(&bed);
        bed.orca(&["take", "--linear"]).exits(0);
        let subjects = commits_since(&bed, &before);
        let of_tasks: Vec<&String> = subjects.iter().filter(|subject| !subject.contains("in the plan")).collect();
        assert_eq!(of_tasks.len(), 3, "{subjects:?}");
        assert!(of_tasks[..2].contains(&&"Agent: a".to_owned()), "{subjects:?}");
        assert_eq!(bed.git(&["rev-list", "--merges", &format!("{before}..HEAD")]), "");
        let a = bed.git(&["log", "--format=%an|%ae|%(trailers:key=Reviewed-by,valueonly)", "--grep", "Agent: a", "-1"]);
        assert_eq!(a.trim(), "Robot|r@x.org|Zoe <z@x.org>");
        for file in ["a.txt", "b.txt", "c.txt"] {
            assert!(bed.repo().join(file).exists(), "{file}");
        }
        assert_eq!(bed.repo().join("mine.txt").exists(), moved);
        if !moved {
            assert_eq!(
                bed.git(&["rev-parse", "HEAD^{tree}"]),
                bed.git(&["rev-parse", &format!("{}^{{tree}}", bed.integration())])
            );
        }
        assert!(bed.orca(&["take"]).exits(0).stdout.contains("already has the result"));
        // Worded anew it is known by its tree.
        bed.git(&["commit", "-q", "--amend", "-m", "other words"]);
        assert!(bed.orca(&["take"]).exits(0).stdout.contains("already has the result"));
        let clean = bed.orca(&["clean"]).exits(0);
        assert!(!clean.stdout.contains("in no branch of yours"), "{}", clean.stdout);
    }
}

#[test]
fn squash_is_one_commit_and_the_rest_comes_later() {
    let bed = TestRepo::new();
    bed.plan(json!([
        {"id": "A", "run": "put a.txt a"},
        {"id": "B", "run": "test -e ../../out/go && put b.txt b"},
        {"id": "C", "run": "put c.txt c"},
    ]));
    bed.commit("a plan");
    bed.execute(&["--attempts", "1"]).exits(4);
    let before = head(&bed);
    bed.orca(&["take", "--squash"]).exits(0);
    assert_eq!(commits_since(&bed, &before).len(), 1);
    assert!(bed.repo().join("a.txt").exists() && !bed.repo().join("b.txt").exists());
    std::fs::write(bed.out("go"), "").unwrap();
    bed.orca(&["retry", "B", "--yes"]).exits(0);
    let between = head(&bed);
    bed.orca(&["take"]).exits(0);
    assert_eq!(commits_since(&bed, &between).len(), 1, "as it was taken before");
    assert!(bed.repo().join("b.txt").exists() && bed.repo().join("a.txt").exists());
    bed.orca(&["undo", "--yes"]).exits(0);
    assert_eq!(head(&bed), before, "both go back, since nothing else came between");
}

#[test]
fn what_clashes_or_is_in_the_way_changes_nothing() {
    let bed = ran();
    bed.write("a.txt", "another\n");
    bed.commit("mine");
    let before = head(&bed);
    for how in [&["take"][..], &["take", "--linear"], &["take", "--squash"]] {
        bed.orca(how).exits(6).says(&["a.txt"]);
        assert_eq!((head(&bed), bed.git(&["status", "--porcelain"])), (before.clone(), String::new()));
    }
    bed.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let level = head(&bed);
    // Something of the user's in a path that the result changes.
    bed.write("b.txt", "mine");
    bed.orca(&["take"]).exits(2).says(&["b.txt"]);
    std::fs::remove_file(bed.repo().join("b.txt")).unwrap();
    // Staged changes, where a commit has to be made.
    bed.write("README.md", "# Staged\n");
    bed.git(&["add", "README.md"]);
    bed.orca(&["take", "--squash"]).exits(2).says(&["staged"]);
    bed.git(&["reset", "-q", "--hard"]);
    // A hook that refuses.
    let hook = bed.repo().join(".git/hooks/pre-commit");
    std::fs::write(&hook, "#!/bin/sh\ntest -z \"$(git diff --cached --name-only -- b.txt)\"\n").unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&hook).status().unwrap();
    bed.orca(&["take", "--linear"]).exits(1);
    assert_eq!((head(&bed), bed.git(&["status", "--porcelain"])), (level.clone(), String::new()));
    std::fs::remove_file(hook).unwrap();
    // In the middle of a merge.
    bed.git(&["branch", "side", "HEAD"]);
    std::fs::write(bed.repo().join(".git/MERGE_HEAD"), format!("{level}\n")).unwrap();
    bed.orca(&["take"]).exits(2).says(&["git merge --abort"]);
    std::fs::remove_file(bed.repo().join(".git/MERGE_HEAD")).unwrap();
    // On no branch, and on one of git orca's.
    bed.git(&["checkout", "-q", "--detach"]);
    bed.orca(&["take"]).exits(2).says(&["detached"]);
    bed.orca(&["take", "--here"]).exits(0);
    assert_eq!((bed.git(&["rev-parse", "main"]), bed.repo().join("c.txt").exists()), (level, true));
    bed.git(&["checkout", "-q", &bed.integration()]);
    bed.orca(&["take"]).exits(2).says(&["git switch BRANCH"]);
}

/// Git ignores them and would overwrite them: the file itself, and one where the result has a folder.
#[test]
fn files_that_git_ignores_are_not_overwritten() {
    for (how, mine) in [(&["take"][..], "a.txt"), (&["take", "--linear"], "c.txt"), (&["take", "--squash"], "b.txt")] {
        let bed = ran();
        std::fs::write(bed.repo().join(".git/info/exclude"), format!("{mine}\n")).unwrap();
        bed.write(mine, "mine\n");
        let before = head(&bed);
        bed.orca(how).exits(2).says(&[mine, "git ignores"]);
        assert_eq!((head(&bed), std::fs::read_to_string(bed.repo().join(mine)).unwrap()), (before, "mine\n".into()));
        std::fs::rename(bed.repo().join(mine), bed.repo().join("moved")).unwrap();
        bed.orca(how).exits(0);
    }
}

/// Whoever amends or rebases what the run began from has no common history with it any more but for what lies before.
#[test]
fn a_branch_whose_base_was_amended_gets_what_the_run_changed() {
    for how in [&["take"][..], &["take", "--linear"], &["take", "--squash"]] {
        let bed = ran();
        bed.git(&["commit", "-q", "--amend", "-m", "amended"]);
        bed.write("mine.txt", "mine\n");
        bed.commit("mine");
        bed.orca(how).exits(0);
        for path in ["a.txt", "b.txt", "c.txt", "mine.txt"] {
            assert!(bed.repo().join(path).exists(), "{path}");
        }
        assert_eq!(bed.git(&["status", "--porcelain"]), "");
        let again = bed.orca(&["take"]).exits(0);
        assert!(again.stdout.contains("already has the result"), "{again:?}");
    }
}

#[test]
fn other_branches_linked_worktrees_and_single_layers_take_it_too() {
    let bed = ran();
    let main = bed.git(&["rev-parse", "main"]);
    bed.git(&["worktree", "add", "-q", "-b", "feature", "../linked", "main"]);
    let linked = bed.root().join("linked");
    let take = |args: &[&str]| bed.spawn_in(&linked, args, &[]).wait();
    take(&["take", "--layer", "1"]).exits(0);
    assert!(linked.join("a.txt").exists() && linked.join("b.txt").exists() && !linked.join("c.txt").exists());
    take(&["take"]).exits(0);
    assert!(linked.join("c.txt").exists());
    assert_eq!(bed.git(&["rev-parse", "main"]), main, "the main checkout's branch stays");
    assert!(!Path::new(&bed.repo().join("a.txt")).exists());
    take(&["undo", "--yes"]).exits(0);
    assert_eq!(bed.git(&["rev-parse", "feature"]), main);
}

#[test]
fn nothing_landed_is_nothing_to_take() {
    let bed = TestRepo::with(&Options::default());
    bed.plan(json!([{"id": "A", "run": "exit 1"}]));
    bed.execute(&["--attempts", "1"]).exits(4);
    bed.orca(&["take"]).exits(1).says(&["nothing of run"]);
}

#[test]
fn revert_takes_a_landed_task_and_its_dependents_out_and_they_can_come_again() {
    let bed = ran();
    let before = head(&bed);
    bed.orca(&["take"]).exits(0);
    bed.orca(&["revert", "NOPE", "--yes"]).exits(1).says(&["NOPE"]);
    bed.orca(&["revert", "A"]).exits(2).says(&["no terminal"]);
    bed.orca(&["revert", "A", "--yes"]).exits(0);
    assert_eq!(bed.standings(), "A failed, B landed, C failed");
    assert!(!bed.result_has("a.txt") && bed.result_has("b.txt") && !bed.result_has("c.txt"));
    bed.orca(&["revert", "A", "--yes"]).exits(2).says(&["has not landed"]);
    // Where the result was taken already, taking it again brings the revert.
    bed.orca(&["take"]).exits(0);
    assert!(!bed.repo().join("a.txt").exists() && bed.repo().join("b.txt").exists());
    bed.orca(&["retry", "A", "C", "--yes"]).exits(0);
    assert_eq!(bed.standings(), "A landed, B landed, C landed");
    bed.orca(&["take"]).exits(0);
    assert!(bed.repo().join("a.txt").exists() && bed.repo().join("c.txt").exists());
    bed.orca(&["undo", "--yes"]).exits(0);
    assert_eq!(head(&bed), before, "all takes go back together");
}
