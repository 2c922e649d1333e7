//! Snapshots, leftovers, and bringing saved work back.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::testing::{Fixture, commit_left, git, noon, try_git, write};
use super::super::*;
use crate::model::{AttemptId, Oid};

const REF: &str = "refs/orca/runs/r/snapshot/T1/1";

fn scene() -> (Fixture, Repo, Oid, Slot) {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    (fixture, repo, base, slot)
}

fn take(repo: &Repo, slot: &Slot, base: &Oid) -> Snapshot {
    snapshot(repo, slot, base, &Baseline::default(), REF, "Snapshot of T1.1", noon()).unwrap()
}

fn tree(fixture: &Fixture, commit: &Oid) -> Vec<String> {
    let list = fixture.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", commit.as_str()]);
    list.lines().map(str::to_owned).collect()
}

/// Index, branch and files of a slot, to see that nothing moved.
fn state(slot: &Slot) -> (Vec<u8>, Vec<u8>, String) {
    let read = |name: &str| fs::read(slot.admin.join(name)).unwrap_or_default();
    (read("index"), read("HEAD"), git(&slot.path, &["status", "--porcelain", "-uall"]))
}

#[test]
fn nothing_to_save_is_no_snapshot() {
    let (_fixture, repo, base, slot) = scene();
    write(&slot.path, "target/x", "ignored");
    let expected = Snapshot { head: base.clone(), commit: None, staged: None, left_out: vec![] };
    assert_eq!(take(&repo, &slot, &base), expected);
    assert_eq!(repo.read_ref(REF).unwrap(), None);
}

#[test]
fn everything_that_git_does_not_ignore_is_saved_and_nothing_of_the_slot_changes() {
    let (fixture, repo, base, slot) = scene();
    let path = |name: &str| slot.path.join(name);
    write(&slot.path, "a.txt", "changed");
    fs::remove_file(path("b.txt")).unwrap();
    fs::rename(path("src"), path("moved")).unwrap();
    symlink("moved", path("src")).unwrap();
    write(&slot.path, "new\n\"ü\\", "odd");
    write(&slot.path, "run.sh", "#!/bin/sh\n");
    fs::set_permissions(path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("/nonexistent", path("link")).unwrap();
    write(&slot.path, "big", &"0123456789abcdef".repeat(600_000));
    write(&slot.path, "x.log", "ignored");
    git(&slot.path, &["init", "-q", "nested"]);
    write(&slot.path, "nested/inner", "inner");
    write(&slot.path, "nested/.gitignore", "junk\n");
    write(&slot.path, "nested/junk", "junk");
    git(&path("nested"), &["init", "-q", "deeper"]);
    write(&slot.path, "nested/deeper/f", "f");
    nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let before = state(&slot);
    let found = take(&repo, &slot, &base);
    assert_eq!(state(&slot), before);
    let commit = found.commit.clone().unwrap();
    let expected = [
        "100644 .gitignore",
        "100644 a.txt",
        "100644 big",
        "120000 link",
        "100644 moved/deep/two.rs",
        "100644 moved/lib.rs",
        "100644 nested/.gitignore",
        "100644 nested/deeper/f",
        "100644 nested/inner",
        "100644 \"new\\n\\\"\\303\\274\\\\\"",
        "100755 run.sh",
        "120000 src",
    ];
    assert_eq!(tree(&fixture, &commit), expected);
    assert_eq!(repo.file_at(&commit, "big").unwrap().len(), 9_600_000);
    assert_eq!(repo.file_at(&commit, "new\n\"ü\\").unwrap(), b"odd");
    assert_eq!(repo.commit_info(&commit).unwrap().parents, std::slice::from_ref(&base));
    assert_eq!(found.left_out, []);
    assert_eq!(repo.read_ref(REF).unwrap(), Some(commit.clone()));
    // The next one replaces it; the reflog keeps it.
    write(&slot.path, "a.txt", "changed again");
    let next = take(&repo, &slot, &base).commit.unwrap();
    assert_eq!(repo.read_ref(REF).unwrap(), Some(next));
    assert_eq!(fixture.git(&["rev-parse", &format!("{REF}@{{1}}")]), commit.as_str());
}

#[test]
fn what_is_staged_is_saved_where_it_differs() {
    let (_fixture, repo, base, slot) = scene();
    write(&slot.path, "a.txt", "staged");
    git(&slot.path, &["add", "a.txt"]);
    assert_eq!(take(&repo, &slot, &base).staged, None, "the files say the same");
    write(&slot.path, "a.txt", "later");
    let found = take(&repo, &slot, &base);
    let (commit, staged) = (found.commit.unwrap(), found.staged.unwrap());
    assert_eq!(repo.file_at(&staged, "a.txt").unwrap(), b"staged");
    assert_eq!(repo.file_at(&commit, "a.txt").unwrap(), b"later");
    assert_eq!(repo.commit_info(&commit).unwrap().parents, [base.clone(), staged]);
    assert_eq!(repo.read_ref(REF).unwrap(), Some(commit));
    write(&slot.path, "a.txt", "1\n2\n3\n4\n5\n");
    let found = take(&repo, &slot, &base);
    assert!(found.commit.is_some() && found.staged.is_some(), "only the index differs");
}

#[test]
fn snapshots_work_in_the_middle_of_anything() {
    type Make = fn(&Slot);
    let table: &[(&str, Make)] = &[
        ("merge", |slot| drop(try_git(&slot.path, &["merge", "-q", "other"]))),
        ("rebase", |slot| drop(try_git(&slot.path, &["rebase", "-q", "other"]))),
        ("locked", |slot| fs::write(slot.admin.join("index.lock"), "").unwrap()),
        ("damaged", |slot| fs::write(slot.admin.join("index"), "garbage").unwrap()),
        ("no index", |slot| fs::remove_file(slot.admin.join("index")).unwrap()),
        ("hidden", |slot| drop(git(&slot.path, &["update-index", "--skip-worktree", "b.txt", "mark"]))),
        ("unborn", |slot| drop(git(&slot.path, &["checkout", "-q", "--orphan", "empty"]))),
        ("no .git", |slot| fs::remove_file(slot.path.join(".git")).unwrap()),
        ("sparse", |slot| drop(git(&slot.path, &["sparse-checkout", "set", "--no-cone", "/mark", "/new"]))),
    ];
    for (name, make) in table {
        let (fixture, repo, base, slot) = scene();
        git(&slot.path, &["checkout", "-q", "-b", "other"]);
        for (branch, text) in [("other", "other"), ("orca/r/task/s", "mine")] {
            git(&slot.path, &["checkout", "-q", branch]);
            write(&slot.path, "mark", text);
            git(&slot.path, &["add", "-A"]);
            git(&slot.path, &["commit", "-qm", text]);
        }
        make(&slot);
        write(&slot.path, "new", "new");
        write(&slot.path, "mark", "changed");
        let found = take(&repo, &slot, &base);
        let commit = found.commit.unwrap_or_else(|| panic!("{name}"));
        assert_eq!(repo.file_at(&commit, "new").unwrap(), b"new", "{name}");
        assert_eq!(repo.file_at(&commit, "mark").unwrap(), b"changed", "{name}");
        assert!(tree(&fixture, &commit).contains(&"100644 b.txt".to_owned()), "{name}");
    }
}

#[test]
fn snapshots_under_churn_never_fail() {
    let (fixture, repo, base, slot) = scene();
    let stop = AtomicBool::new(false);
    let churn = || {
        for n in 0_usize.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let path = format!("churn/{}/{}", n % 5, n % 50);
            match n % 3 {
                0 => drop(fs::remove_dir_all(slot.path.join(format!("churn/{}", n % 5)))),
                1 => drop(fs::File::create(slot.path.join(&path))),
                _ => {
                    let _gone_again = fs::create_dir_all(slot.path.join(format!("churn/{}", n % 5)));
                    let _gone_again = fs::write(slot.path.join(&path), vec![b'x'; n % 9000]);
                }
            }
            let _gone_again = fs::write(slot.path.join("a.txt"), vec![b'y'; n % 5000]);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(churn);
        let all: Vec<_> =
            (0..12).map(|_| snapshot(&repo, &slot, &base, &Baseline::default(), REF, "churn", noon())).collect();
        stop.store(true, Ordering::Relaxed);
        all.into_iter().for_each(|found| drop(found.unwrap()));
    });
    assert_eq!(fixture.git(&["fsck", "--no-dangling"]), "");
}

fn left(repo: &Repo, slot: &Slot) -> Leftovers {
    commit_left(repo, slot, &slot.head(repo).unwrap().unwrap(), &Baseline::default())
}

#[test]
fn leftovers_become_a_commit_on_the_branch() {
    let (fixture, repo, base, slot) = scene();
    write(&slot.path, "target/x", "ignored");
    assert_eq!(left(&repo, &slot), Leftovers::Nothing);
    // A hook that refuses has no say.
    write(repo.common_dir(), "hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(repo.common_dir().join("hooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    write(&slot.path, "staged", "staged");
    git(&slot.path, &["add", "staged"]);
    write(&slot.path, "a.txt", "changed");
    fs::remove_file(slot.path.join("b.txt")).unwrap();
    fs::remove_file(slot.path.join("src/lib.rs")).unwrap();
    write(&slot.path, "src/lib.rs/now/a folder", "x");
    for (name, commit) in [("nested", true), ("fresh", false)] {
        git(&slot.path, &["init", "-q", name]);
        write(&slot.path, &format!("{name}/inner"), "inner");
        if commit {
            git(&slot.path.join(name), &["add", "-A"]);
            git(&slot.path.join(name), &["commit", "-qm", "inner"]);
        }
    }
    let Leftovers::Committed { commit, left_out, .. } = left(&repo, &slot) else { panic!("nothing committed") };
    assert_eq!(left_out, []);
    let expected = [
        "100644 .gitignore",
        "100644 a.txt",
        "100644 fresh/inner",
        "100644 nested/inner",
        "100644 src/deep/two.rs",
        "100644 src/lib.rs/now/a folder",
        "100644 staged",
    ];
    assert_eq!(tree(&fixture, &commit), expected);
    assert_eq!(repo.read_ref("refs/heads/orca/r/task/s").unwrap(), Some(commit.clone()));
    assert_eq!(repo.commit_info(&commit).unwrap().parents, [base]);
    assert_eq!(left(&repo, &slot), Leftovers::Nothing);
    assert_eq!(git(&slot.path, &["diff", "--cached", "--name-only"]), "");
}

#[test]
fn leftovers_go_through_the_users_filters() {
    let (_fixture, repo, _base, slot) = scene();
    write(&slot.path, ".gitattributes", "*.txt text eol=crlf\n");
    write(&slot.path, "dos.txt", "one\r\ntwo\r\n");
    let Leftovers::Committed { commit, .. } = left(&repo, &slot) else { panic!("nothing committed") };
    assert_eq!(repo.file_at(&commit, "dos.txt").unwrap(), b"one\ntwo\n");
}

#[test]
fn operations_left_in_the_middle_are_told_apart() {
    let clash = || {
        let (fixture, repo, base, slot) = scene();
        git(&slot.path, &["checkout", "-q", "-b", "other"]);
        for (branch, text) in [("other", "other"), ("orca/r/task/s", "mine")] {
            git(&slot.path, &["checkout", "-q", branch]);
            write(&slot.path, "a.txt", text);
            git(&slot.path, &["commit", "-qam", text]);
        }
        (fixture, repo, base, slot)
    };
    let (_fixture, repo, _, slot) = clash();
    assert!(!try_git(&slot.path, &["merge", "-q", "other"]).0);
    assert_eq!(left(&repo, &slot), Leftovers::Unmerged(vec!["a.txt".to_owned()]));
    // Solved but not committed: it becomes the merge.
    write(&slot.path, "a.txt", "both");
    git(&slot.path, &["add", "a.txt"]);
    let Leftovers::Committed { commit, .. } = left(&repo, &slot) else { panic!("nothing committed") };
    assert_eq!(repo.commit_info(&commit).unwrap().parents.len(), 2);
    assert!(!slot.admin.join("MERGE_HEAD").exists());
    let (_fixture, repo, _, slot) = clash();
    assert!(!try_git(&slot.path, &["rebase", "-q", "other"]).0);
    git(&slot.path, &["add", "a.txt"]);
    assert_eq!(left(&repo, &slot), Leftovers::InProgress("rebase"));
}

#[test]
fn sparse_checkouts_of_the_agent_delete_nothing() {
    let (fixture, repo, _base, slot) = scene();
    git(&slot.path, &["sparse-checkout", "set", "--no-cone", "/a.txt"]);
    assert_eq!(left(&repo, &slot), Leftovers::Nothing);
    write(&slot.path, "a.txt", "changed");
    let Leftovers::Committed { commit, .. } = left(&repo, &slot) else { panic!("nothing committed") };
    assert_eq!(tree(&fixture, &commit).len(), 5);
}

#[test]
fn commits_that_were_left_behind_are_known() {
    let (_fixture, repo, base, slot) = scene();
    write(&slot.path, "a.txt", "lost");
    git(&slot.path, &["commit", "-qam", "lost"]);
    let lost = slot.head(&repo).unwrap().unwrap();
    git(&slot.path, &["reset", "-q", "--hard", base.as_str()]);
    assert!(slot.head_history().contains(&lost));
}

#[test]
fn saved_work_is_listed_and_brought_back_without_overwriting() {
    let (fixture, repo, base, slot) = scene();
    write(&slot.path, "a.txt", "1\n2\n3\n4\n5\n6\n");
    write(&slot.path, "new/file", "x\ny\n");
    let id = AttemptId { task: "T1".parse().unwrap(), n: 1 };
    assert_eq!(SavedKind::Snapshot.ref_name(&"r".parse().unwrap(), &id), REF);
    let commit = take(&repo, &slot, &base).commit.unwrap();
    fixture.git(&["update-ref", "refs/orca/runs/r/base", base.as_str()]);
    fixture.git(&["update-ref", "refs/orca/runs/r2/attempt/T2/3", base.as_str()]);
    let all = saved(&repo, None, &|_, _| Some(base.clone())).unwrap();
    let brief: Vec<_> =
        all.iter().map(|it| (it.task.as_str(), it.attempt, it.kind, it.files, it.added, it.removed)).collect();
    assert_eq!(brief, [("T1", 1, SavedKind::Snapshot, 2, 3, 0), ("T2", 3, SavedKind::Attempt, 0, 0, 0)]);
    assert_eq!(saved(&repo, Some(&"r".parse().unwrap()), &|_, _| None).unwrap(), all[..1]);
    assert_eq!((all[0].at, &all[0].commit), (noon(), &commit));

    let folder = fixture.dir.path().join("restored");
    restore(&repo, &commit, &RestoreInto::Folder(folder.clone())).unwrap();
    assert_eq!(fs::read_to_string(folder.join("new/file")).unwrap(), "x\ny\n");
    assert_eq!(fs::read_to_string(folder.join("b.txt")).unwrap(), "b\n");
    assert!(!folder.join(".git").exists());
    restore(&repo, &commit, &RestoreInto::Folder(folder)).unwrap_err();
    restore(&repo, &commit, &RestoreInto::Branch("back".into())).unwrap();
    assert_eq!(repo.read_ref("refs/heads/back").unwrap(), Some(commit.clone()));
    for name in ["back", "main", "-x", "a..b", ""] {
        restore(&repo, &commit, &RestoreInto::Branch(name.into())).unwrap_err();
    }
    assert_eq!(fixture.git(&["status", "--porcelain"]), "");
}
