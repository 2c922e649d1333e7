//! Nothing that lies in a slot can make a call wait for ever.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::stat::Mode;

use super::super::testing::{self, Fixture, commit_left, noon, write};
use super::super::*;
use crate::model::Oid;

fn scene() -> (Fixture, Repo, Oid, Slot) {
    let fixture = Fixture::new();
    let repo = fixture.repo();
    let base = repo.head().unwrap().commit;
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    write(&slot.path, "work.txt", "work\n");
    (fixture, repo, base, slot)
}

fn pipe(path: &Path) {
    let _may_be_there = fs::remove_file(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    nix::unistd::mkfifo(path, Mode::S_IRWXU).unwrap();
}

/// Something made in a slot, with how it is named afterwards; an empty name: it harms nobody and stays.
type OddThing = (&'static str, fn(&Slot), &'static str);

const THINGS: [OddThing; 17] = [
    ("a pipe .gitignore", |s| pipe(&s.path.join(".gitignore")), ".gitignore (pipe)"),
    ("a pipe .gitattributes in a folder", |s| pipe(&s.path.join("src/.gitattributes")), "src/.gitattributes (pipe)"),
    ("a pipe .gitmodules", |s| pipe(&s.path.join(".gitmodules")), ".gitmodules (pipe)"),
    ("a pipe in place of a tracked file", |s| pipe(&s.path.join("a.txt")), "a.txt (pipe)"),
    ("a pipe with another name", |s| pipe(&s.path.join("deep/er/p")), "deep/er/p (pipe)"),
    ("a pipe in an ignored folder", |s| pipe(&s.path.join("target/.gitignore")), "target/.gitignore (pipe)"),
    ("a socket", |s| drop(UnixListener::bind(s.path.join("sock")).unwrap()), "sock (socket)"),
    ("a pipe for the index", |s| pipe(&s.admin.join("index")), ".git/index (pipe)"),
    ("a pipe for MERGE_HEAD", |s| pipe(&s.admin.join("MERGE_HEAD")), ".git/MERGE_HEAD (pipe)"),
    ("a pipe for the log of HEAD", |s| pipe(&s.admin.join("logs/HEAD")), ".git/logs/HEAD (pipe)"),
    (
        "a link for the index to a pipe",
        |s| {
            pipe(&s.path.join("p"));
            fs::remove_file(s.admin.join("index")).unwrap();
            symlink(s.path.join("p"), s.admin.join("index")).unwrap();
        },
        "p (pipe)",
    ),
    ("a link to a device", |s| symlink("/dev/zero", s.path.join("z")).unwrap(), ""),
    (
        "a link .gitignore to a device",
        |s| {
            fs::remove_file(s.path.join(".gitignore")).unwrap();
            symlink("/dev/zero", s.path.join(".gitignore")).unwrap();
        },
        ".gitignore (device)",
    ),
    ("a link to itself", |s| symlink("loop", s.path.join("loop")).unwrap(), ""),
    (
        "a folder without permissions",
        |s| {
            write(&s.path, "shut/inside.txt", "inside\n");
            fs::set_permissions(s.path.join("shut"), fs::Permissions::from_mode(0o000)).unwrap();
        },
        "",
    ),
    (
        "a sparse file of a terabyte",
        |s| fs::File::create(s.path.join("big.bin")).unwrap().set_len(1 << 40).unwrap(),
        "",
    ),
    (
        "a terabyte in place of an empty file",
        |s| fs::File::create(s.path.join("empty.txt")).unwrap().set_len(1 << 40).unwrap(),
        "",
    ),
];

#[test]
fn work_beside_it_is_committed_and_it_is_named() {
    for (what, make, named) in THINGS {
        let (_fixture, repo, base, slot) = scene();
        make(&slot);
        // While somebody works there a snapshot never waits; it may be refused for what lies in the slot's entry.
        let saved = snapshot(&repo, &slot, &base, &Baseline::default(), "refs/orca/x", "x", noon());
        if !named.starts_with(".git/") && !what.contains("index") {
            let commit = saved.unwrap_or_else(|error| panic!("{what}: {error:?}")).commit.unwrap();
            assert_eq!(repo.file_at(&commit, "work.txt").unwrap(), b"work\n", "{what}");
        }
        let odd: Vec<String> = remove_odd(&slot).unwrap().odd.iter().map(ToString::to_string).collect();
        match named {
            "" => assert_eq!(odd, [""; 0], "{what}"),
            named => assert!(odd.iter().any(|odd| odd == named), "{what}: {odd:?}"),
        }
        let left = commit_left(&repo, &slot, &base, &Baseline::default());
        let Leftovers::Committed { commit, left_out, .. } = left else { panic!("{what}: {left:?}") };
        assert_eq!(repo.file_at(&commit, "work.txt").unwrap(), b"work\n", "{what}");
        assert_eq!(left_out.len(), usize::from(what.contains("terabyte")), "{what}: {left_out:?}");
        if what.contains("without permissions") {
            assert_eq!(repo.file_at(&commit, "shut/inside.txt").unwrap(), b"inside\n");
        }
        reset_slot(&repo, &slot, &SlotHead::Detached(base), &Ignored::Keep).unwrap();
    }
}

/// What it is, how it comes into a worktree, and whether a snapshot is made all the same.
type OddRow = (&'static str, fn(&Slot), bool);

/// Staged work as well, changed files behind attributes, a repository inside: what can be saved is, and what git would wait
/// for is named.
#[test]
fn a_snapshot_goes_past_whatever_has_the_name_of_an_ignore_file() {
    let rows: [OddRow; 6] = [
        ("at the top", |s| pipe(&s.path.join(".gitignore")), true),
        ("in a new folder", |s| pipe(&s.path.join("new/.gitignore")), true),
        (
            "attributes beside it",
            |s| ["x/.gitignore", "x/.gitattributes"].iter().for_each(|it| pipe(&s.path.join(it))),
            true,
        ),
        (
            "in a repository inside",
            |s| {
                testing::git(&s.path, &["init", "-q", "inner"]);
                write(&s.path, "inner/own.txt", "own\n");
                pipe(&s.path.join("inner/.gitignore"));
            },
            true,
        ),
        (
            "a socket",
            |s| {
                fs::create_dir(s.path.join("y")).unwrap();
                drop(UnixListener::bind(s.path.join("y/.gitignore")).unwrap());
            },
            true,
        ),
        (
            "attributes in a repository inside",
            |s| {
                testing::git(&s.path, &["init", "-q", "inner"]);
                pipe(&s.path.join("inner/.gitattributes"));
            },
            false,
        ),
    ];
    for (what, make, is_saved) in rows {
        for staged in [false, true] {
            let (_fixture, repo, base, slot) = scene();
            write(&slot.path, "a.txt", "changed\n");
            if staged {
                testing::git(&slot.path, &["add", "work.txt", "a.txt"]);
                write(&slot.path, "work.txt", "more work\n");
            }
            make(&slot);
            let saved = snapshot(&repo, &slot, &base, &Baseline::default(), "refs/orca/x", "x", noon());
            assert_eq!(saved.is_ok(), is_saved, "{what}: {saved:?}");
            let Ok(saved) = saved else { continue };
            let commit = saved.commit.unwrap();
            let text = |path: &str| String::from_utf8(repo.file_at(&commit, path).unwrap()).unwrap();
            assert_eq!(text("work.txt"), if staged { "more work\n" } else { "work\n" }, "{what}");
            assert_eq!(text("a.txt"), "changed\n", "{what}");
            assert!(
                saved.left_out.iter().any(|(path, _)| path.ends_with(".gitignore")),
                "{what}: {:?}",
                saved.left_out
            );
            if what == "in a repository inside" {
                assert_eq!(text("inner/own.txt"), "own\n");
            }
        }
    }
}

#[test]
fn a_folder_that_became_a_link_is_not_looked_through() {
    let (fixture, repo, base, slot) = scene();
    let other = fixture.dir.path().join("private");
    write(&other, "secret.txt", "secret\n");
    discard(&slot.path).unwrap();
    symlink(&other, &slot.path).unwrap();
    assert!(remove_odd(&slot).unwrap_err().cause.contains("replaced"));
    assert!(snapshot(&repo, &slot, &base, &Baseline::default(), "refs/orca/x", "x", noon()).is_err());
    assert!(reset_slot(&repo, &slot, &SlotHead::Detached(base), &Ignored::Keep).is_err());
    assert_eq!(fs::read_to_string(other.join("secret.txt")).unwrap(), "secret\n");
}

/// The shared folder is closed by the fence; without one an agent can do this too.
#[test]
fn pipes_in_the_shared_folder_are_looked_at_without_waiting() {
    let (fixture, repo, _base, _slot) = scene();
    let run = "r".parse().unwrap();
    let before = Outside::look(&repo, &run, &Outside::default(), false);
    for name in ["info/exclude", "hooks/pre-commit", "refs/heads/pipe", "logs/refs/stash", "logs/refs/heads/main"] {
        pipe(&fixture.root().join(".git").join(name));
    }
    let (_, found) = before.compare(&repo, &run, false);
    assert!(found.iter().any(|it| matches!(it, Difference::File { path, .. } if path == "hooks/pre-commit")));
}
