//! Worktrees with part of the files: what they have, what they save, and what they never delete.

use std::collections::BTreeSet;
use std::fs;

use super::super::testing::*;
use super::super::*;
use crate::model::{Oid, SparsePatterns};

const FILES: [&str; 10] = [
    "README.md",
    "docs/guide.md",
    "packages/notes.txt",
    "packages/web/index.ts",
    "packages/web/src/app.ts",
    "packages/api/index.ts",
    "packages/api/src/server.ts",
    "tools/[x]/run.sh",
    "vendor/lib.rs",
    "vendor/deep/lib.c",
];

fn scene() -> (Fixture, Repo, Oid) {
    let fixture = Fixture { dir: tempfile::tempdir().unwrap() };
    fs::create_dir_all(fixture.root()).unwrap();
    git(&fixture.root(), &["init", "-q", "-b", "main"]);
    for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.org"), ("core.autocrlf", "false")] {
        git(&fixture.root(), &["config", key, value]);
    }
    let base = fixture.commit("base", &FILES.map(|path| (path, path)));
    let repo = fixture.repo();
    (fixture, repo, base)
}

fn sparse_slot(fixture: &Fixture, repo: &Repo, base: &Oid, patterns: &SparsePatterns) -> Slot {
    let slot = create_slot(repo, &fixture.slots(), "s", base).unwrap();
    fixture.git(&["update-ref", "refs/heads/orca/r/task/s", base.as_str()]);
    set_sparse(&slot, Some(patterns)).unwrap();
    reset_slot(repo, &slot, &head(base), &Ignored::Keep).unwrap();
    slot
}

fn head(at: &Oid) -> SlotHead {
    SlotHead::Branch { name: "orca/r/task/s".to_owned(), at: at.clone() }
}

fn web() -> SparsePatterns {
    SparsePatterns::of_folders(["packages/web"])
}

/// The files that lie in a folder, but for `.git`.
fn lying(slot: &Slot) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut todo = vec![slot.path.clone()];
    while let Some(folder) = todo.pop() {
        for item in fs::read_dir(folder).unwrap().flatten().filter(|item| item.file_name() != ".git") {
            if item.file_type().unwrap().is_dir() {
                todo.push(item.path());
            } else {
                found.insert(item.path().strip_prefix(&slot.path).unwrap().display().to_string());
            }
        }
    }
    found
}

fn tree(fixture: &Fixture, commit: &Oid) -> BTreeSet<String> {
    fixture
        .git(&["-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", commit.as_str()])
        .lines()
        .map(str::to_owned)
        .collect()
}

fn left(repo: &Repo, slot: &Slot, start: &Oid) -> Leftovers {
    commit_left(repo, slot, start, &Baseline::default())
}

#[test]
fn a_slot_has_what_git_would_check_out_for_the_same_patterns() {
    let texts = [
        web().text,
        SparsePatterns::of_folders(["packages/web/src", "tools/[x]"]).text,
        "/README.md\n".to_owned(),
        "*.ts\n".to_owned(),
        "/*\n!/vendor/\n".to_owned(),
        "/*\n!vendor\nvendor/deep/lib.c\n".to_owned(),
        "packages/\n!index.ts\n".to_owned(),
        "**/src/\n!/packages/api/\n".to_owned(),
        "# a comment\n\n/docs/*.md\n/packages/*\n!/packages/*/\n".to_owned(),
    ];
    for text in texts {
        let (fixture, repo, base) = scene();
        let patterns = SparsePatterns::read(text.clone());
        let slot = sparse_slot(&fixture, &repo, &base, &patterns);
        let theirs = fixture.dir.path().join("theirs");
        git(&fixture.root(), &["worktree", "add", "-q", "--no-checkout", "--detach", theirs.to_str().unwrap()]);
        let admin = fixture.root().join(".git/worktrees/theirs");
        fs::create_dir_all(admin.join("info")).unwrap();
        fs::write(admin.join("info/sparse-checkout"), &text).unwrap();
        let cone = format!("core.sparseCheckoutCone={}", patterns.cone);
        git(&theirs, &["-c", "core.sparseCheckout=true", "-c", &cone, "reset", "-q", "--hard"]);
        let place = Slot { name: "theirs".to_owned(), path: theirs, admin };
        assert_eq!(lying(&slot), lying(&place), "{text}");
        let outside: BTreeSet<String> = left_out_of(&patterns, FILES).into_iter().map(str::to_owned).collect();
        let all: BTreeSet<String> = FILES.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(lying(&slot), &all - &outside, "{text}");
    }
}

#[test]
fn nothing_is_written_to_the_users_configuration() {
    let (fixture, repo, base) = scene();
    let config = || fs::read(fixture.root().join(".git/config")).unwrap();
    let before = config();
    let slot = sparse_slot(&fixture, &repo, &base, &web());
    fs::write(slot.path.join("packages/web/index.ts"), "changed").unwrap();
    left(&repo, &slot, &base);
    reset_slot(&repo, &slot, &SlotHead::Detached(base), &Ignored::Keep).unwrap();
    assert_eq!(config(), before);
    assert!(!fixture.root().join(".git/info/sparse-checkout").exists());
    assert!(!fixture.root().join(".git/config.worktree").exists() && !slot.admin.join("config.worktree").exists());
}

#[test]
fn results_keep_what_was_left_out_and_take_what_was_written_anywhere() {
    let (fixture, repo, base) = scene();
    let slot = sparse_slot(&fixture, &repo, &base, &web());
    assert_eq!(left(&repo, &slot, &base), Leftovers::Nothing);
    assert_eq!(look(&repo, &slot).unwrap().edited, None);
    assert!(look(&repo, &slot).unwrap().exact.is_some(), "what is left out is no reason to look again");
    write(&slot.path, "packages/web/index.ts", "changed");
    write(&slot.path, "packages/api/new.ts", "new, outside");
    write(&slot.path, "packages/api/index.ts", "changed, outside");
    fs::remove_file(slot.path.join("packages/web/src/app.ts")).unwrap();
    let Leftovers::Committed { commit, .. } = left(&repo, &slot, &base) else { panic!("nothing committed") };
    let changed = fixture.git(&["diff", "--name-status", base.as_str(), commit.as_str()]);
    let wanted = [
        "M\tpackages/api/index.ts",
        "A\tpackages/api/new.ts",
        "M\tpackages/web/index.ts",
        "D\tpackages/web/src/app.ts",
    ];
    assert_eq!(changed.lines().collect::<Vec<_>>(), wanted);
    assert_eq!(left(&repo, &slot, &base), Leftovers::Nothing, "a second look finds nothing more");
    // The next attempt has its part again, whatever this one left.
    fixture.git(&["update-ref", "refs/heads/orca/r/task/s", base.as_str()]);
    reset_slot(&repo, &slot, &head(&base), &Ignored::Keep).unwrap();
    assert_eq!(lying(&slot), lying(&sparse_again(&fixture, &repo, &base)));
}

fn sparse_again(fixture: &Fixture, repo: &Repo, base: &Oid) -> Slot {
    let slot = create_slot(repo, &fixture.slots(), "again", base).unwrap();
    set_sparse(&slot, Some(&web())).unwrap();
    reset_slot(repo, &slot, &SlotHead::Detached(base.clone()), &Ignored::Keep).unwrap();
    slot
}

type Deed = (&'static str, fn(&Slot), &'static [&'static str]);

/// What agents do to their patterns and indexes, and what of the base is gone from their result then.
const DEEDS: [Deed; 10] = [
    ("its patterns are narrowed", |s| drop(git(&s.path, &["sparse-checkout", "set", "--no-cone", "/README.md"])), &[]),
    ("its patterns are gone", |s| drop(git(&s.path, &["sparse-checkout", "disable"])), &[]),
    ("its index is gone", |s| fs::remove_file(s.admin.join("index")).unwrap(), &[]),
    ("its index is broken", |s| fs::write(s.admin.join("index"), "no index").unwrap(), &[]),
    ("the marks are gone", |s| drop(git(&s.path, &["read-tree", "HEAD"])), &[]),
    (
        "its index was made anew",
        |s| {
            fs::remove_file(s.admin.join("index")).unwrap();
            git(&s.path, &["add", "-A"]);
        },
        &[],
    ),
    (
        "removed on purpose",
        |s| drop(git(&s.path, &["rm", "-q", "--sparse", "--cached", "vendor/lib.rs"])),
        &["vendor/lib.rs"],
    ),
    (
        "removed after it was checked out",
        |s| {
            git(&s.path, &["-c", "core.sparseCheckout=true", "sparse-checkout", "add", "vendor"]);
            fs::remove_file(s.path.join("vendor/lib.rs")).unwrap();
        },
        &["vendor/lib.rs"],
    ),
    ("removed inside", |s| fs::remove_file(s.path.join("packages/web/index.ts")).unwrap(), &["packages/web/index.ts"]),
    ("an empty folder outside", |s| fs::create_dir_all(s.path.join("vendor/deep")).unwrap(), &[]),
];

#[test]
fn whatever_an_agent_does_to_its_patterns_only_what_it_removed_is_gone() {
    for (what, deed, gone) in DEEDS {
        let (fixture, repo, base) = scene();
        let slot = sparse_slot(&fixture, &repo, &base, &web());
        deed(&slot);
        let saved = snapshot(&repo, &slot, &base, &Baseline::default(), "refs/orca/s", "saved", noon()).unwrap();
        let wanted: BTreeSet<String> =
            FILES.iter().filter(|path| !gone.contains(path)).map(|path| (*path).to_owned()).collect();
        if let Some(commit) = &saved.commit {
            assert_eq!(tree(&fixture, commit), wanted, "{what}: saved");
        }
        match left(&repo, &slot, &base) {
            Leftovers::Committed { commit, .. } => assert_eq!(tree(&fixture, &commit), wanted, "{what}"),
            Leftovers::Nothing => assert!(gone.is_empty(), "{what}"),
            other => panic!("{what}: {other:?}"),
        }
        fixture.git(&["update-ref", "refs/heads/orca/r/task/s", base.as_str()]);
        reset_slot(&repo, &slot, &head(&base), &Ignored::Keep).unwrap_or_else(|why| panic!("{what}: {why}"));
        assert_eq!(lying(&slot).len(), 4, "{what}: {:?}", lying(&slot));
        assert!(slot.admin.join("info/sparse-checkout").exists() && slot.admin.join("index").exists(), "{what}");
    }
}

#[test]
fn a_slot_goes_from_whole_to_part_and_back_whatever_lies_in_it() {
    let (fixture, repo, base) = scene();
    let (slot, head) = fixture.slot(&repo, "s", &base).unwrap();
    assert_eq!(lying(&slot).len(), FILES.len());
    write(&slot.path, "vendor/lib.rs", "edited");
    write(&slot.path, "vendor/more.rs", "unknown");
    for (patterns, files) in
        [(Some(web()), 4), (None, FILES.len()), (Some(SparsePatterns::of_folders(["docs"])), 2), (Some(web()), 4)]
    {
        set_sparse(&slot, patterns.as_ref()).unwrap();
        for _ in 0..2 {
            reset_slot(&repo, &slot, &head, &Ignored::Keep).unwrap();
            assert_eq!(lying(&slot).len(), files, "{patterns:?}: {:?}", lying(&slot));
        }
    }
    // A file that came back outside goes with the next reset, also an edited one.
    write(&slot.path, "vendor/lib.rs", "edited");
    assert_eq!(look(&repo, &slot).unwrap().edited.as_deref(), Some("vendor/lib.rs"));
    reset_slot(&repo, &slot, &head, &Ignored::Only(Vec::new())).unwrap();
    assert_eq!(lying(&slot).len(), 4);
}

#[test]
fn the_users_own_sparse_checkout_is_known() {
    let (fixture, repo, _base) = scene();
    assert_eq!(repo.own_sparse().unwrap(), None);
    fixture.git(&["sparse-checkout", "set", "packages/web"]);
    assert_eq!(repo.own_sparse().unwrap(), Some(web()));
    fixture.git(&["sparse-checkout", "set", "--no-cone", "/*", "!vendor"]);
    assert_eq!(repo.own_sparse().unwrap(), Some(SparsePatterns { cone: false, text: "/*\n!vendor\n".to_owned() }));
    fixture.git(&["sparse-checkout", "disable"]);
    assert_eq!(repo.own_sparse().unwrap(), None);
}

#[test]
fn a_hook_and_a_gate_see_a_part_in_which_nothing_is_deleted() {
    let (fixture, repo, base) = scene();
    let slot = sparse_slot(&fixture, &repo, &base, &web());
    write(&slot.path, "packages/web/index.ts", "changed");
    let Leftovers::Committed { commit, .. } = left(&repo, &slot, &base) else { panic!("nothing committed") };
    stage_commit(&repo, &slot, &commit).unwrap();
    assert_eq!(git(&slot.path, &["status", "--porcelain"]), "");
    stand_at(&slot, &base).unwrap();
    assert_eq!(git(&slot.path, &["status", "--porcelain"]), "M  packages/web/index.ts");
    reset_slot(&repo, &slot, &SlotHead::Detached(base.clone()), &Ignored::Only(Vec::new())).unwrap();
    show_as_clone(&repo, &slot, &base).unwrap();
    assert_eq!(git(&slot.path, &["status", "--porcelain"]), "");
    assert_eq!(disturbed(&repo, &slot, &base, &Baseline::default(), &|_| false).unwrap(), None);
    write(&slot.path, "vendor/lib.rs", "a gate's");
    let found = disturbed(&repo, &slot, &base, &Baseline::default(), &|_| false).unwrap();
    assert_eq!(found.as_deref(), Some("vendor/lib.rs"));
}
