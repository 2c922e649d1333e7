//! Files that lie in a worktree otherwise than they are stored: line ends, filters, ident, encodings.

use std::fs;
use std::time::{Duration, SystemTime};

use super::super::testing::{Fixture, commit_left, git, write};
use super::super::*;

/// Attributes or settings, the content of `f.dat` as it lies in a worktree, and what is stored for it.
type Conversion = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static [u8], &'static [u8]);

const TABLE: [Conversion; 8] = [
    ("eol=crlf", "*.dat text eol=crlf\n", &[], b"one\r\ntwo\r\n", b"one\ntwo\n"),
    ("text=auto eol=crlf", "* text=auto eol=crlf\n", &[], b"one\r\ntwo\r\n", b"one\ntwo\n"),
    ("core.autocrlf", "", &[("core.autocrlf", "true")], b"one\r\ntwo\r\n", b"one\ntwo\n"),
    ("core.eol", "*.dat text\n", &[("core.eol", "crlf")], b"one\r\ntwo\r\n", b"one\ntwo\n"),
    (
        "clean and smudge",
        "*.dat filter=up\n",
        &[("filter.up.clean", "tr a-z A-Z"), ("filter.up.smudge", "tr A-Z a-z")],
        b"one\n",
        b"ONE\n",
    ),
    (
        "a filter that changes the size, as LFS does",
        "*.dat filter=pack\n",
        &[("filter.pack.clean", "gzip -nc | base64"), ("filter.pack.smudge", "base64 -d | gzip -dc")],
        b"one one one one one one one one one\n",
        b"",
    ),
    ("ident", "*.dat ident\n", &[], b"$Id$\n", b"$Id$\n"),
    ("working-tree-encoding", "*.dat text working-tree-encoding=UTF-16LE eol=lf\n", &[], b"o\0n\0e\0\n\0", b"one\n"),
];

fn scene(row: &Conversion) -> (Fixture, Repo, Oid, Slot) {
    let (_, attributes, settings, lies, stored) = row;
    let fixture = Fixture::new();
    for (key, value) in *settings {
        fixture.git(&["config", key, value]);
    }
    fs::write(fixture.root().join("f.dat"), lies).unwrap();
    let base = fixture.commit("converted", &[(".gitattributes", attributes)]);
    let repo = fixture.repo();
    if !stored.is_empty() {
        assert_eq!(repo.file_at(&base, "f.dat").unwrap(), *stored, "{}: the table is right", row.0);
    }
    let (slot, _) = fixture.slot(&repo, "s", &base).unwrap();
    (fixture, repo, base, slot)
}

use crate::model::Oid;

/// As a build or an editor may: same content, another time; and the time of the index, where git itself has to compare.
fn touch(slot: &Slot) {
    let now = fs::metadata(slot.admin.join("index")).unwrap().modified().unwrap();
    for time in [now, SystemTime::now() - Duration::from_secs(1000)] {
        fs::File::options().write(true).open(slot.path.join("f.dat")).unwrap().set_modified(time).unwrap();
    }
}

#[test]
fn an_untouched_checkout_is_called_that() {
    for row in &TABLE {
        let (_fixture, repo, base, slot) = scene(row);
        for touched in [false, true] {
            if touched {
                touch(&slot);
            }
            assert_eq!(edited(&repo, &slot).unwrap(), None, "{}, touched {touched}", row.0);
            let nobody = Baseline::default();
            assert_eq!(disturbed(&repo, &slot, &base, &nobody, &|_| false).unwrap(), None, "{}, {touched}", row.0);
            assert_eq!(commit_left(&repo, &slot, &base, &nobody), Leftovers::Nothing, "{}, {touched}", row.0);
        }
        // Written anew, as by a formatter that changed nothing.
        let bytes = fs::read(slot.path.join("f.dat")).unwrap();
        fs::remove_file(slot.path.join("f.dat")).unwrap();
        fs::write(slot.path.join("f.dat"), bytes).unwrap();
        assert_eq!(edited(&repo, &slot).unwrap(), None, "{}, written anew", row.0);
    }
}

#[test]
fn a_change_is_seen_and_stored_as_git_would() {
    for row in &TABLE {
        let (fixture, repo, base, slot) = scene(row);
        let mut bytes = fs::read(slot.path.join("f.dat")).unwrap();
        let more = if row.0 == "working-tree-encoding" { b"x\0\n\0".to_vec() } else { b"xyz\n".to_vec() };
        bytes.extend_from_slice(&more);
        fs::write(slot.path.join("f.dat"), &bytes).unwrap();
        let nobody = Baseline::default();
        let seen = disturbed(&repo, &slot, &base, &nobody, &|_| false).unwrap();
        assert_eq!(seen.as_deref(), Some("f.dat"), "{}", row.0);
        let Leftovers::Committed { commit, .. } = commit_left(&repo, &slot, &base, &nobody) else {
            panic!("{}", row.0)
        };
        // git is the authority on what it would store.
        let theirs = git(&slot.path, &["hash-object", "--path=f.dat", "f.dat"]);
        assert_eq!(fixture.git(&["rev-parse", &format!("{commit}:f.dat")]), theirs, "{}", row.0);
    }
}

#[test]
fn a_reset_gives_what_git_would_check_out() {
    for row in &TABLE {
        let (_fixture, repo, base, slot) = scene(row);
        let lay = fs::read(slot.path.join("f.dat")).unwrap();
        write(&slot.path, "f.dat", "something else\n");
        reset_slot(&repo, &slot, &SlotHead::Detached(base.clone()), &Ignored::Keep).unwrap();
        assert_eq!(fs::read(slot.path.join("f.dat")).unwrap(), lay, "{}", row.0);
    }
}
