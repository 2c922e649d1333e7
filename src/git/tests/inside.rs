//! Repositories inside a slot: submodules, nested ones, links that nobody could fetch.

use std::fs;

use super::super::testing::{Fixture, commit_left, git, noon, write};
use super::super::*;
use crate::model::Oid;

const PREFIX: &str = "refs/orca/runs/r/inside/T/1";

fn inner(fixture: &Fixture, name: &str, content: &str) -> std::path::PathBuf {
    let path = fixture.dir.path().canonicalize().unwrap().join(name);
    git(path.parent().unwrap(), &["init", "-q", "-b", "main", name]);
    write(&path, "l.c", content);
    git(&path, &["add", "-A"]);
    git(&path, &["commit", "-qm", "1"]);
    path
}

/// A repository with a submodule at `lib`, and a slot of it.
fn scene() -> (Fixture, Repo, Oid, Slot) {
    let fixture = Fixture::new();
    let up = inner(&fixture, "up", "one\n");
    fixture.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", up.to_str().unwrap(), "lib"]);
    let base = fixture.commit("with a submodule", &[]);
    let repo = fixture.repo();
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    assert_eq!(fs::read_to_string(slot.path.join("lib/l.c")).unwrap(), "one\n");
    (fixture, repo, base, slot)
}

fn committed(left: Leftovers) -> (Oid, Vec<LeftoverNote>) {
    match left {
        Leftovers::Committed { commit, told, .. } => (commit, told),
        other => panic!("nothing committed: {other:?}"),
    }
}

fn link(fixture: &Fixture, commit: &Oid, path: &str) -> String {
    fixture.git(&["ls-tree", commit.as_str(), path])
}

fn keep(repo: &Repo, slot: &Slot, base: &Oid) -> Vec<KeptInside> {
    let met = remove_odd(slot).unwrap().repositories;
    keep_inside(repo, slot, &met, base, PREFIX, "Kept", noon()).unwrap()
}

/// Whether some ref of the store reaches the content.
fn reaches(store: &std::path::Path, content: &str) -> bool {
    let listed = git(store, &["rev-list", "--objects", "--all"]);
    listed.lines().filter_map(|line| line.split(' ').next()).any(|oid| {
        git(store, &["cat-file", "-t", oid]) == "blob" && git(store, &["cat-file", "blob", oid]) == content.trim_end()
    })
}

#[test]
fn what_nobody_touched_is_not_kept_and_not_work() {
    let (_fixture, repo, base, slot) = scene();
    assert_eq!(keep(&repo, &slot, &base), []);
    assert_eq!(commit_left(&repo, &slot, &base, &Baseline::default()), Leftovers::Nothing);
    assert_eq!(edited(&repo, &slot).unwrap(), None);
}

#[test]
fn a_commit_in_a_submodule_is_kept_where_its_owner_has_it() {
    let (fixture, repo, base, slot) = scene();
    write(&slot.path, "lib/l.c", "two\n");
    git(&slot.path.join("lib"), &["commit", "-qam", "2"]);
    let at = git(&slot.path.join("lib"), &["rev-parse", "HEAD"]);
    let kept = keep(&repo, &slot, &base);
    let brief: Vec<_> = kept.iter().map(|it| (it.path.as_str(), it.is_submodule, it.has_edits)).collect();
    assert_eq!(brief, [("lib", true, false)]);
    assert!(kept[0].store.ends_with(".git/modules/lib"), "{kept:?}");
    assert!(reaches(&kept[0].store, "two\n"));
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &Baseline::default()));
    assert!(link(&fixture, &commit, "lib").contains(&at), "its pointer is committed");
    let moved = moved_submodules(&repo, &slot, &base, &commit).unwrap();
    assert!(matches!(&moved[..], [(path, oid, Fetchable::No)] if path == "lib" && oid.as_str() == at), "{moved:?}");
    // Pushed, it is everybody's.
    git(&slot.path.join("lib"), &["push", "-q", "origin", "HEAD:refs/heads/more"]);
    let moved = moved_submodules(&repo, &slot, &base, &commit).unwrap();
    assert!(matches!(&moved[..], [(_, _, Fetchable::Yes)]), "{moved:?}");
    fs::rename(fixture.dir.path().join("up"), fixture.dir.path().join("away")).unwrap();
    git(&slot.path.join("lib"), &["update-ref", "-d", "refs/remotes/origin/more"]);
    let moved = moved_submodules(&repo, &slot, &base, &commit).unwrap();
    assert!(matches!(&moved[..], [(_, _, Fetchable::Unchecked(_))]), "{moved:?}");
}

#[test]
fn edits_and_new_files_in_a_submodule_are_kept_and_move_no_pointer() {
    let (fixture, repo, base, slot) = scene();
    write(&slot.path, "lib/l.c", "edited\n");
    write(&slot.path, "lib/new.c", "new\n");
    write(&slot.path, "app.c", "app\n");
    let kept = keep(&repo, &slot, &base);
    assert!(kept[0].has_edits && kept[0].in_words().contains("not part of the result"), "{kept:?}");
    assert!(reaches(&kept[0].store, "edited\n") && reaches(&kept[0].store, "new\n"));
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &Baseline::default()));
    assert_eq!(link(&fixture, &commit, "lib"), link(&fixture, &base, "lib"));
    assert_eq!(repo.file_at(&commit, "app.c").unwrap(), b"app\n");
}

#[test]
fn a_submodule_of_a_submodule_counts_as_well() {
    let fixture = Fixture::new();
    let (deep, mid) = (inner(&fixture, "deep", "deep\n"), inner(&fixture, "mid", "mid\n"));
    let add = |at: &std::path::Path, what: &std::path::Path, to: &str| {
        git(at, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", what.to_str().unwrap(), to]);
    };
    add(&mid, &deep, "deep");
    git(&mid, &["commit", "-qam", "with deep"]);
    add(&fixture.root(), &mid, "mid");
    fixture.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive"]);
    let base = fixture.commit("with submodules", &[]);
    let repo = fixture.repo();
    let Ok((slot, _)) = fixture.slot(&repo, "s", &base) else { panic!("no slot") };
    write(&slot.path, "mid/deep/l.c", "changed deep down\n");
    let kept = keep(&repo, &slot, &base);
    assert!(kept.iter().any(|it| it.path == "mid/deep" && it.has_edits), "{kept:?}");
    assert!(kept.iter().any(|it| reaches(&it.store, "changed deep down\n")));
}

#[test]
fn pointers_that_were_staged_or_merged_survive() {
    let (fixture, repo, base, slot) = scene();
    write(&fixture.dir.path().join("up"), "l.c", "two\n");
    git(&fixture.dir.path().join("up"), &["commit", "-qam", "2"]);
    let new = git(&fixture.dir.path().join("up"), &["rev-parse", "HEAD"]);
    git(&slot.path, &["update-index", "--cacheinfo", &format!("160000,{new},lib")]);
    write(&slot.path, "note.txt", "n\n");
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &Baseline::default()));
    assert!(link(&fixture, &commit, "lib").contains(&new));
    write(&slot.path, "note.txt", "more\n");
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &Baseline::default()));
    assert!(link(&fixture, &commit, "lib").contains(&new), "committed, and not put back by a later commit");
}

#[test]
fn an_added_submodule_becomes_a_link_and_a_created_repository_files() {
    let (fixture, repo, base, slot) = scene();
    let more = inner(&fixture, "more", "more\n");
    git(
        &slot.path,
        &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", more.to_str().unwrap(), "new"],
    );
    git(&slot.path, &["init", "-q", "web"]);
    write(&slot.path, "web/app.js", "only copy\n");
    git(&slot.path.join("web"), &["add", "-A"]);
    git(&slot.path.join("web"), &["commit", "-qm", "i"]);
    let kept = keep(&repo, &slot, &base);
    let names: Vec<&str> = kept.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(names, ["new", "web"]);
    let (commit, _) = committed(commit_left(&repo, &slot, &base, &Baseline::default()));
    assert!(link(&fixture, &commit, "new").starts_with("160000 "));
    assert!(String::from_utf8(repo.file_at(&commit, ".gitmodules").unwrap()).unwrap().contains("path = new"));
    assert_eq!(repo.file_at(&commit, "web/app.js").unwrap(), b"only copy\n");
}

#[test]
fn a_link_to_a_nested_repository_becomes_its_files() {
    let (fixture, repo, base, slot) = scene();
    git(&slot.path, &["init", "-q", "web"]);
    write(&slot.path, "web/app.js", "only copy\n");
    git(&slot.path.join("web"), &["add", "-A"]);
    git(&slot.path.join("web"), &["commit", "-qm", "i"]);
    git(&slot.path, &["add", "-A"]);
    git(&slot.path, &["commit", "-qm", "web"]);
    let head = slot.head(&repo).unwrap().unwrap();
    assert!(link(&fixture, &head, "web").starts_with("160000 "));
    let saved =
        snapshot(&repo, &slot, &base, &Baseline::default(), "refs/orca/runs/r/snapshot/T/1", "x", noon()).unwrap();
    assert_eq!(repo.file_at(&saved.commit.unwrap(), "web/app.js").unwrap(), b"only copy\n");
    let kept = keep(&repo, &slot, &base);
    assert!(kept.iter().any(|it| it.path == "web" && reaches(&it.store, "only copy\n")));
    let (commit, told) = committed(commit_left(&repo, &slot, &base, &Baseline::default()));
    assert_eq!(told, [LeftoverNote::Unlinked("web".to_owned())]);
    assert_eq!(repo.file_at(&commit, "web/app.js").unwrap(), b"only copy\n");
    reset_slot(&repo, &slot, &SlotHead::Detached(base), &Ignored::Keep).unwrap();
    assert!(!slot.path.join("web").exists());
}

/// An agent writes the configuration of a repository that it creates; looking into that must run none of it.
#[test]
fn nothing_that_an_inner_repository_configures_is_run() {
    let (fixture, repo, base, slot) = scene();
    let mark = fixture.dir.path().join("ran");
    let evil = format!("touch {}; cat", mark.display());
    for folder in ["web", "lib"] {
        let inner = slot.path.join(folder);
        if folder == "web" {
            git(&slot.path, &["init", "-q", folder]);
        }
        write(&inner, ".gitattributes", "* filter=evil diff=evil\n");
        write(&inner, "f.txt", "f\n");
        for key in ["filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor", "core.editor"] {
            git(&inner, &["config", key, &evil]);
        }
        fs::create_dir_all(slot.path.join("hooks")).unwrap();
        write(&slot.path, "hooks/post-index-change", &format!("#!/bin/sh\n{evil}\n"));
        git(&inner, &["config", "core.hooksPath", slot.path.join("hooks").to_str().unwrap()]);
    }
    let _cleared = fs::remove_file(&mark);
    keep(&repo, &slot, &base);
    snapshot(&repo, &slot, &base, &Baseline::default(), "refs/orca/runs/r/snapshot/T/1", "x", noon()).unwrap();
    commit_left(&repo, &slot, &base, &Baseline::default());
    assert!(!mark.exists(), "a program of an agent's choice ran outside of the fence");
}
