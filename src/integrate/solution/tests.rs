//! Solutions that may be taken, and those that may not.

use super::lines::{back_again, lost_clashes, lost_lines, went_elsewhere};
use super::*;
use crate::git::{Hunk, Line};

const MARKED: &str = "fn total() {\n<<<<<<< x\n    sum - code\n||||||| o\n    sum\n=======\n    sum + tax\n>>>>>>> y\n}\nfn other() {}\n";

fn lost(result: &str) -> Vec<usize> {
    let parts = git::parts(MARKED, MarkerWidth::default()).unwrap();
    let lines = Lines { first: 2, count: 1 };
    let mut fresh = Fresh::default();
    fresh.add(&parts, result, ["    sum - code\n", "    sum + tax\n"]);
    lost_clashes(&parts, &[Hunk { ours: lines, theirs: lines }], result, &fresh)
        .into_iter()
        .map(|lost| lost.side)
        .collect()
}

#[test]
fn a_side_of_which_no_word_is_left_is_told() {
    let table: [(&str, &[usize]); 5] = [
        ("fn total() {\n    sum + tax - code\n}\nfn other() {}\n", &[]),
        ("fn total() {\n    let net = sum - code;\n    net + tax\n}\nfn other() {}\n", &[]),
        ("fn total() {\n    sum + tax\n}\nfn other() {}\n", &[0]),
        ("fn total() {\n    sum - code\n}\nfn other() {}\n", &[1]),
        ("fn total() {\n    sum\n}\nfn other() {}\n", &[0, 1]),
    ];
    for (result, sides) in table {
        assert_eq!(lost(result), sides, "{result}");
    }
}

/// What is lost of a clash of these versions (of a file that is nothing else), by side and line.
fn lost_of([base, ours, theirs]: [&str; 3], result: &str) -> Vec<(usize, u32)> {
    let marked = format!("top\n<<<<<<< x\n{ours}||||||| o\n{base}=======\n{theirs}>>>>>>> y\nend\n");
    let parts = git::parts(&marked, MarkerWidth::default()).unwrap();
    let of = |text: &str| Lines { first: 2, count: u32::try_from(text.lines().count()).unwrap() };
    let mut fresh = Fresh::default();
    let result = format!("top\n{result}end\n");
    let sides = [ours, theirs].map(|side| format!("top\n{side}end\n"));
    fresh.add(&parts, &result, [&sides[0], &sides[1]]);
    let hunks = [Hunk { ours: of(ours), theirs: of(theirs) }];
    let lost = lost_clashes(&parts, &hunks, &result, &fresh).into_iter();
    lost.flat_map(|lost| {
        (lost.lines.first..=lost.lines.last().max(lost.lines.first)).map(move |line| (lost.side, line))
    })
    .collect()
}

#[test]
fn a_line_of_the_other_side_that_resembles_one_does_not_stand_for_it() {
    const NEW: [&str; 3] = ["", "1.2 was here\n", "1.1 was here\n"];
    const THREE: [&str; 3] = ["", "1.2 was here\n", "1.1 was here\n1.3 was here\n"];
    const SIGNS: [&str; 3] = ["if a < b\n", "if a <= b\n", "if a > b\n"];
    const ORDER: [&str; 3] = ["f(a, b)\n", "f(b, a)\n", "f(a, a)\n"];
    const GROWN: [&str; 3] = ["wait = 1\n", "wait = 2\n", "wait = 2 # seconds\n"];
    const SHRUNK: [&str; 3] = ["x + 1 + 2\n", "x\n", "x + 1\n"];
    const GONE: [&str; 3] = ["a(1)\n", "", "a(2)\n"];
    const FORMAT: [&str; 3] = ["f( a )\n", "f(a)\n", "f( a, b )\n"];
    const LIST: [&str; 3] = ["", "beta\n", "alpha\ngamma\n"];
    type Table<'t> = [([&'t str; 3], &'t str, &'t [(usize, u32)]); 22];
    let table: Table<'_> = [
        (NEW, NEW[1], &[(1, 2)]),
        (NEW, NEW[2], &[(0, 2)]),
        (NEW, "1.1 was here\n1.2 was here\n", &[]),
        (NEW, "1.2 was here\n1.1 was here\n", &[]),
        (NEW, "1.1 and 1.2 were here\n", &[]),
        (THREE, THREE[1], &[(1, 2), (1, 3)]),
        (THREE, THREE[2], &[(0, 2)]),
        (THREE, "1.2 was here\n1.3 was here\n", &[(1, 2)]),
        (THREE, "1.1 was here\n1.2 was here\n1.3 was here\n", &[]),
        (SIGNS, SIGNS[1], &[(1, 2)]),
        (SIGNS, SIGNS[2], &[(0, 2)]),
        (ORDER, ORDER[2], &[(0, 2)]),
        (GROWN, GROWN[2], &[]),
        (GROWN, GROWN[1], &[(1, 2)]),
        (SHRUNK, SHRUNK[2], &[(0, 2)]),
        (GONE, GONE[1], &[(1, 2)]),
        (GONE, GONE[2], &[(0, 2)]),
        (FORMAT, FORMAT[2], &[]),
        (LIST, "beta\ngamma\n", &[(1, 2)]),
        (LIST, "alpha\nbeta\ngamma\n", &[]),
        (LIST, "beta\n# merged by me\n", &[(1, 2), (1, 3)]),
        (LIST, "alpha\ngamma\ndelta\n", &[(0, 2)]),
    ];
    for (versions, result, gone) in table {
        assert_eq!(lost_of(versions, result), gone, "{versions:?} {result:?}");
    }
}

fn line(number: u32, text: &str) -> Line {
    Line { number, text: text.to_owned() }
}

fn changed(added: Vec<Line>, removed: Vec<Line>) -> FileDiff {
    FileDiff {
        path: "x".into(),
        old_path: None,
        kind: ChangeKind::Modified,
        old_mode: 0,
        new_mode: 0,
        binary: false,
        added,
        removed,
        truncated: false,
    }
}

#[test]
fn lines_that_git_merged_must_stay_or_be_changed_or_go_elsewhere() {
    let merged = "a\nlet rate = load(file);\n}\nb\n";
    let parts = [Part::Merged(merged.split_inclusive('\n').collect())];
    let diff = changed(vec![line(2, "let rate = load(file);"), line(3, "}")], Vec::new());
    let table: [(&str, &str, &[u32]); 6] = [
        (merged, "", &[]),
        ("a\n    let rate = load(file);\nb\n", "", &[]),
        ("a\nlet rate = load(file, today);\n}\nb\n", "", &[]),
        ("a\n}\nb\n", "", &[2]),
        ("a\nsomething(else_);\n}\nb\n", "", &[2]),
        ("a\n}\nb\n", "fn rate() {\n    let rate = load(file);\n}\n", &[]),
    ];
    for (result, other, gone) in table {
        let mut fresh = Fresh::default();
        fresh.add(&parts, result, [""; 2]);
        fresh.add(&[], other, [""; 2]);
        assert_eq!(lost_lines(&diff, &parts, result, &fresh), gone, "{result}");
        assert_eq!(went_elsewhere(&diff, &fresh), !other.is_empty() || result.contains("today"), "{result}");
    }
}

#[test]
fn lines_that_a_side_took_away_must_stay_away() {
    let parts = [Part::Merged(vec!["a\n", "b\n"])];
    let diff = changed(Vec::new(), vec![line(2, "old()"), line(3, "}")]);
    assert_eq!(back_again(&diff, &parts, "a\nb\nold()\n}\n"), [3]);
    assert!(back_again(&diff, &parts, "a\nb\n}\n").is_empty());
    let base = "def keep():\ndef drop():\n    x + 1\ndef end():\n";
    let sides = ["def keep():\ndef end():\n", "def keep():\ndef drop():\n    x + x\ndef end():\n"];
    let undone = |result| Versions { base, sides, result }.undone();
    assert_eq!(undone(sides[1]), [(0, 2)], "the deletion is dropped");
    assert_eq!(undone(base), [(0, 2), (0, 3)]);
    assert!(undone(sides[0]).is_empty());
    let gone = |result: &str| {
        let mut fresh = Fresh::default();
        fresh.add(&[], result, sides);
        Versions { base, sides, result }.untouched_and_gone(&fresh)
    };
    assert_eq!(gone("I merged both sides for you.\n"), [1, 4]);
    assert!(gone("def keep(deep):\ndef end():\n").is_empty());
}

#[test]
fn what_is_no_text_must_be_one_of_the_two() {
    let entry = |mode: &str, n: u8| TreeEntry { mode: mode.into(), oid: n.to_string().repeat(40).parse().unwrap() };
    let file = |n| entry("100644", n);
    let texts = |binary: [bool; 3]| binary.map(|it| (!it).then(String::new));
    let judge = |entries: [Option<TreeEntry>; 3], binary, mode| {
        let [ours, theirs, result] = &entries;
        neither([ours.as_ref(), theirs.as_ref(), result.as_ref()], &texts(binary), mode).is_some()
    };
    let usual = Some("100644");
    assert!(!judge([Some(file(1)), Some(file(2)), Some(file(3))], [false; 3], usual), "texts may be both");
    assert!(judge([Some(file(1)), Some(file(2)), Some(file(3))], [true; 3], usual));
    assert!(judge([Some(file(1)), Some(file(2)), Some(file(3))], [false, false, true], usual));
    assert!(judge([Some(file(1)), Some(file(2)), None], [false; 3], usual));
    assert!(judge([Some(entry("120000", 1)), Some(entry("120000", 2)), Some(entry("120000", 3))], [false; 3], None));
    assert!(judge([Some(file(1)), Some(file(2)), Some(entry("100755", 3))], [false; 3], usual));
    assert!(judge([Some(file(1)), Some(entry("100755", 1)), Some(entry("100755", 3))], [false; 3], None));
    assert!(!judge([Some(file(1)), None, Some(file(3))], [false; 3], None), "deleted here, edited there");
}
