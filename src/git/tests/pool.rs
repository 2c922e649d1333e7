//! Slots: made at once, reused, removed; ghosts; submodules.

use std::fs;

use super::super::testing::{Fixture, git, write};
use super::super::*;
use crate::model::Oid;

/// Rounds of the test below; `ORCA_POOL_ROUNDS=50` is DESIGN 12's number.
fn rounds() -> usize {
    std::env::var("ORCA_POOL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

#[test]
fn eight_slots_start_at_once_without_a_failure() {
    let fixture = Fixture::new();
    let base = fixture.commit(
        "files",
        &(0..60)
            .map(|n| (*format!("d{}/f{n}", n % 7)).to_owned())
            .collect::<Vec<_>>()
            .iter()
            .map(|path| (path.as_str(), "x\n"))
            .collect::<Vec<_>>(),
    );
    let next = fixture.commit("next", &[("d1/f1", "y\n")]);
    let repo = fixture.repo();
    for round in 0..rounds() {
        let barrier = std::sync::Barrier::new(8);
        let start = |n: usize| {
            let (name, parent) = (format!("slot-{round}-{n}"), fixture.slots());
            barrier.wait();
            let slot = create_slot(&repo, &parent, &name, &base).unwrap();
            for at in [&base, &next, &next] {
                reset_slot(&repo, &slot, &SlotHead::Detached(at.clone()), &Ignored::Keep).unwrap();
            }
            assert_eq!(slot.head(&repo).unwrap(), Some(next.clone()));
            remove_slot(&repo, &slot).unwrap();
        };
        std::thread::scope(|scope| (0..8).for_each(|n| drop(scope.spawn(move || start(n)))));
    }
    assert_eq!(slots(&repo, &fixture.slots()), []);
    empty_trash(&fixture.slots());
    assert_eq!(fs::read_dir(fixture.slots().join(".trash")).unwrap().count(), 0);
    assert_eq!(fixture.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn only_our_own_ghosts_are_removed() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (ghost, _) = fixture.slot(&repo, "ghost", &base).unwrap();
    let (kept, _) = fixture.slot(&repo, "kept", &base).unwrap();
    // The user's own: one beside ours and locked, one on a disk that is away.
    let theirs = [fixture.slots().join("theirs"), fixture.dir.path().join("away")];
    for path in &theirs {
        fixture.git(&["worktree", "add", "-q", "--lock", "--detach", path.to_str().unwrap()]);
        fs::remove_dir_all(path).unwrap();
    }
    assert_eq!(repo.checked_out("orca/r/task/ghost"), Some(ghost.path.clone()));
    assert_eq!(repo.checked_out("main"), Some(fixture.root()));
    fs::remove_dir_all(&ghost.path).unwrap();
    assert_eq!(slots(&repo, &fixture.slots()), std::slice::from_ref(&kept));
    assert_eq!(recover_ghosts(&repo, &fixture.slots()).unwrap(), ["ghost"]);
    assert_eq!(recover_ghosts(&repo, &fixture.slots()).unwrap(), [""; 0]);
    assert_eq!(repo.checked_out("orca/r/task/ghost"), None);
    assert_eq!(fixture.git(&["worktree", "list"]).lines().count(), 4);
    // Free for the user once it is detached.
    detach_slot(&repo, &kept).unwrap();
    detach_slot(&repo, &kept).unwrap();
    fixture.git(&["checkout", "-q", "orca/r/task/kept"]);
    assert_eq!(kept.head(&repo).unwrap(), Some(base));
}

#[test]
fn a_slot_set_aside_keeps_everything_and_is_no_slot_any_more() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    write(&slot.path, "a.txt", "edited by a person\n");
    let place = set_aside_slot(&repo, &slot).unwrap();
    assert_eq!(fs::read_to_string(place.join("a.txt")).unwrap(), "edited by a person\n");
    assert_eq!(git(&place, &["status", "--porcelain"]), " M a.txt");
    assert_eq!(slots(&repo, &fixture.slots()), []);
    assert_eq!(repo.checked_out("orca/r/task/s"), None);
    // Its name is free.
    fixture.git(&["update-ref", "-d", "refs/heads/orca/r/task/s"]);
    let (again, _) = fixture.slot(&repo, "s", &base).unwrap();
    assert_ne!(again.admin, slot.admin);
    assert_eq!(slots(&repo, &fixture.slots()), [again]);
}

#[test]
fn a_branch_that_is_elsewhere_is_not_checked_out() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    let next = fixture.commit("next", &[]);
    let to = SlotHead::Branch { name: "orca/r/task/s".into(), at: next };
    let why = reset_slot(&repo, &slot, &to, &Ignored::Keep).unwrap_err().why;
    assert!(why.contains(&format!("it is at {}", base.short())), "{why}");
    let to = SlotHead::Branch { name: "orca/r/task/none".into(), at: base };
    assert!(reset_slot(&repo, &slot, &to, &Ignored::Keep).unwrap_err().why.contains("it is missing"));
}

#[test]
fn gate_slots_keep_only_what_is_listed() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (slot, head) = fixture.slot(&repo, "s", &base).unwrap();
    for path in ["target/cache", "target/deep/x", "x.log", "src/y.log", "logs/z.log", "logs/keep/a.log", "untracked"] {
        write(&slot.path, path, "x");
    }
    let keep = Ignored::Only(vec!["target/deep/".into(), "logs/*/a.log".into()]);
    reset_slot(&repo, &slot, &head, &keep).unwrap();
    let left = |path: &str| slot.path.join(path).exists();
    assert!(left("target/deep/x") && left("logs/keep/a.log"));
    assert!(!left("target/cache") && !left("x.log") && !left("src/y.log") && !left("logs/z.log") && !left("untracked"));
    reset_slot(&repo, &slot, &head, &Ignored::Only(vec![])).unwrap();
    assert!(!left("target") && !left("logs") && left("a.txt"));
    assert!(reset_slot(&repo, &slot, &head, &Ignored::Only(vec!["a[".into()])).unwrap_err().why.contains("`a[`"));
}

#[test]
fn files_that_are_dirty_when_freshly_checked_out_are_no_reason_to_throw_a_slot_away() {
    let fixture = Fixture::new();
    // Stored with line endings that its own attributes forbid.
    fixture.commit("crlf", &[("dos.txt", "one\r\ntwo\r\n")]);
    write(&fixture.root(), ".gitattributes", "*.txt text\n");
    fixture.git(&["add", ".gitattributes"]);
    fixture.git(&["commit", "-qm", "attributes"]);
    let repo = fixture.repo();
    let head = repo.head().unwrap().commit;
    let slot = create_slot(&repo, &fixture.slots(), "s", &head).unwrap();
    let to = SlotHead::Detached(head);
    reset_slot(&repo, &slot, &to, &Ignored::Keep).unwrap();
    write(&slot.path, "dos.txt", "edited\r\n");
    reset_slot(&repo, &slot, &to, &Ignored::Keep).unwrap();
    assert_eq!(fs::read(slot.path.join("dos.txt")).unwrap(), b"one\r\ntwo\r\n");
}

/// A fixture whose repository has a submodule, initialised, and another that the user has not.
fn with_submodules() -> (Fixture, Oid) {
    let fixture = Fixture::new();
    let (lib, root) = (fixture.dir.path().join("lib"), fixture.root());
    git(fixture.dir.path(), &["init", "-q", "-b", "main", "lib"]);
    write(&lib, "lib.c", "int x;\n");
    git(&lib, &["add", "-A"]);
    git(&lib, &["commit", "-qm", "lib"]);
    for name in ["used", "unused"] {
        let url = lib.to_str().unwrap();
        git(&root, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, name]);
    }
    let base = fixture.commit("submodules", &[]);
    fixture.git(&["submodule", "--quiet", "deinit", "-f", "unused"]);
    (fixture, base)
}

#[test]
fn submodules_are_checked_out_as_the_user_has_them_and_reset() {
    let (fixture, base) = with_submodules();
    let repo = fixture.repo();
    let config = fs::read(repo.common_dir().join("config")).unwrap();
    let (slot, head) = fixture.slot(&repo, "s", &base).unwrap();
    let lib = slot.path.join("used/lib.c");
    let is_as_committed = |when: &str| {
        assert_eq!(fs::read_to_string(&lib).unwrap(), "int x;\n", "{when}");
        assert_eq!(fs::read_dir(slot.path.join("unused")).unwrap().count(), 0, "{when}");
        assert_eq!(git(&slot.path, &["status", "--porcelain", "--ignore-submodules=none"]), "", "{when}");
    };
    is_as_committed("fresh");
    write(&slot.path, "used/lib.c", "int y;\n");
    write(&slot.path, "used/new.c", "new");
    write(&slot.path, "unused/file", "x");
    reset_slot(&repo, &slot, &head, &Ignored::Keep).unwrap();
    is_as_committed("dirty");
    git(&slot.path.join("used"), &["commit", "-q", "--allow-empty", "-m", "moved"]);
    git(&slot.path, &["commit", "-qam", "moved"]);
    fixture.git(&["update-ref", "refs/heads/orca/r/task/s", base.as_str()]);
    reset_slot(&repo, &slot, &head, &Ignored::Keep).unwrap();
    is_as_committed("moved");
    fs::remove_dir_all(slot.path.join("used")).unwrap();
    reset_slot(&repo, &slot, &head, &Ignored::Keep).unwrap();
    is_as_committed("removed");
    assert_eq!(fs::read(repo.common_dir().join("config")).unwrap(), config, "the user's configuration is as it was");
    remove_slot(&repo, &slot).unwrap();
}

#[test]
fn what_was_proved_before_a_reset_is_proved_after_it() {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let next = fixture.commit("next", &[("a.txt", "changed\n"), ("deep/new.txt", "new\n")]);
    let (slot, _) = fixture.slot(&repo, "s1", &base).unwrap();
    let to = |commit: &Oid| SlotHead::Detached(commit.clone());
    for commit in [&next, &base, &next] {
        let seen = look(&repo, &slot).unwrap();
        assert_eq!(seen.edited, None);
        reset_known_slot(&repo, &slot, &to(commit), &Ignored::Keep, seen.exact.as_ref()).unwrap();
        assert_eq!(git(&slot.path, &["status", "--porcelain", "--ignored"]), "");
        assert_eq!(git(&slot.path, &["rev-parse", "HEAD"]), commit.as_str());
    }
    // A file that git was to change and that is not as it should be is seen, whatever was proved before.
    let seen = look(&repo, &slot).unwrap().exact.unwrap();
    reset_slot(&repo, &slot, &to(&base), &Ignored::Keep).unwrap();
    write(&slot.path, "a.txt", "scribbled\n");
    reset_known_slot(&repo, &slot, &to(&base), &Ignored::Keep, Some(&seen)).unwrap();
    assert_eq!(git(&slot.path, &["status", "--porcelain"]), "");
    write(&slot.path, "untracked", "x");
    assert!(look(&repo, &slot).unwrap().exact.is_none());
}
