//! What setup leaves is no work.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::super::testing::{Fixture, commit_left, git, noon, write};
use super::super::*;
use crate::model::Oid;

/// A slot in which setup made `.env`, a link and a folder, rewrote `a.txt`, and removed `b.txt`.
fn scene() -> (Fixture, Repo, Oid, Slot, Baseline) {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    write(&slot.path, ".env", "TOKEN=x\n");
    write(&slot.path, "gen/code.txt", "code\n");
    symlink("gen", slot.path.join("link")).unwrap();
    write(&slot.path, "a.txt", "1\n2\n3\n4\nset up\n");
    fs::remove_file(slot.path.join("b.txt")).unwrap();
    write(&slot.path, "target/x", "ignored");
    let folder = fixture.dir.path().join("kept");
    let baseline = Baseline::take(&repo, &slot, &folder).unwrap();
    let paths: Vec<&str> = baseline.paths().collect();
    assert_eq!(paths, [".env", "a.txt", "b.txt", "gen/code.txt", "link"]);
    assert!(baseline.rewrites());
    assert_eq!(Baseline::read(&folder).unwrap(), baseline, "what is kept is what was taken");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "it may hold secrets");
    (fixture, repo, base, slot, baseline)
}

fn changed(repo: &Repo, base: &Oid, commit: &Oid) -> Vec<String> {
    repo.changed(base, commit).unwrap().into_iter().map(|change| change.path).collect()
}

fn committed(left: Leftovers) -> (Oid, Vec<LeftoverNote>) {
    match left {
        Leftovers::Committed { commit, told, .. } => (commit, told),
        other => panic!("nothing committed: {other:?}"),
    }
}

#[test]
fn who_does_nothing_left_nothing() {
    let (_fixture, repo, base, slot, baseline) = scene();
    assert_eq!(commit_left(&repo, &slot, &base, &baseline), Leftovers::Nothing);
    assert_eq!(disturbed(&repo, &slot, &base, &baseline, &|_| false).unwrap(), None);
    let saved = snapshot(&repo, &slot, &base, &baseline, "refs/orca/runs/r/snapshot/T/1", "x", noon()).unwrap();
    assert_eq!((saved.commit, saved.staged), (None, None));
    // Staged as a whole, as `git add -A` does: still nothing.
    git(&slot.path, &["add", "-A"]);
    assert_eq!(commit_left(&repo, &slot, &base, &baseline), Leftovers::Nothing);
    let saved = snapshot(&repo, &slot, &base, &baseline, "refs/orca/runs/r/snapshot/T/1", "x", noon()).unwrap();
    assert_eq!((saved.commit, saved.staged), (None, None));
}

#[test]
fn only_what_an_agent_made_is_committed() {
    let (_fixture, repo, base, slot, baseline) = scene();
    write(&slot.path, "new.txt", "work\n");
    write(&slot.path, "a.txt", "agent\n2\n3\n4\nset up\n");
    let (commit, told) = committed(commit_left(&repo, &slot, &base, &baseline));
    assert_eq!(changed(&repo, &base, &commit), ["a.txt", "new.txt"]);
    assert_eq!(repo.file_at(&commit, "a.txt").unwrap(), b"agent\n2\n3\n4\n5\n", "setup's line is not in it");
    assert_eq!(told, []);
}

#[test]
fn what_cannot_be_told_apart_is_the_agents_and_said() {
    let (_fixture, repo, base, slot, baseline) = scene();
    write(&slot.path, "a.txt", "1\n2\n3\n4\nset up by hand\n");
    write(&slot.path, ".env", "TOKEN=y\n");
    let (commit, told) = committed(commit_left(&repo, &slot, &base, &baseline));
    assert_eq!(changed(&repo, &base, &commit), [".env", "a.txt"]);
    assert_eq!(told, [".env", "a.txt"].map(|path| LeftoverNote::Mixed(path.to_owned())));
}

#[test]
fn what_a_task_declares_counts_whoever_wrote_it() {
    let (_fixture, repo, base, slot, baseline) = scene();
    let baseline = baseline.without(&|path| path.starts_with("gen/"));
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &baseline));
    assert_eq!(changed(&repo, &base, &commit), ["gen/code.txt"]);
}

#[test]
fn commits_are_made_again_without_it() {
    let (fixture, repo, base, slot, baseline) = scene();
    write(&slot.path, "one.txt", "1\n");
    git(&slot.path, &["add", "-A"]);
    git(&slot.path, &["commit", "-qm", "First\n\nIts body.\n\nReviewed-by: Bob <bob@example.org>"]);
    write(&slot.path, "a.txt", "agent\n2\n3\n4\nset up\n");
    git(&slot.path, &["commit", "-qam", "Second"]);
    let old = slot.head(&repo).unwrap().unwrap();
    let rewritten = rewrite_without(&repo, &slot, &base, &baseline).unwrap();
    assert_eq!((rewritten.commits.len(), rewritten.mixed), (2, vec![]));
    let new = slot.head(&repo).unwrap().unwrap();
    assert_ne!(new, old);
    assert_eq!(repo.read_ref("refs/heads/orca/r/task/s").unwrap(), Some(new.clone()));
    assert_eq!(changed(&repo, &base, &new), ["a.txt", "one.txt"]);
    assert_eq!(repo.file_at(&new, "a.txt").unwrap(), b"agent\n2\n3\n4\n5\n");
    let range = format!("{base}..{new}");
    let history = fixture.git(&["log", "--format=", "--name-only", &range]);
    assert!(!history.contains(".env") && !history.contains("gen/"), "{history}");
    let told = |rev: &Oid| fixture.git(&["log", "--format=%an %ae %ad %cn %cd%n%B", &format!("{base}..{rev}")]);
    assert_eq!(told(&new), told(&old), "authors, dates, messages and trailers stay");
    assert_eq!(commit_left(&repo, &slot, &base, &baseline), Leftovers::Nothing);
    assert_eq!(rewrite_without(&repo, &slot, &base, &baseline).unwrap(), Rewritten::default(), "once is enough");
}

#[test]
fn an_agent_may_remove_what_set_up_made() {
    let (_fixture, repo, base, slot, baseline) = scene();
    fs::remove_file(slot.path.join("a.txt")).unwrap();
    discard(&slot.path.join("gen")).unwrap();
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &baseline));
    assert_eq!(changed(&repo, &base, &commit), ["a.txt"]);
    assert!(repo.file_at(&commit, "a.txt").is_err() && repo.file_at(&commit, "b.txt").is_ok());
}
