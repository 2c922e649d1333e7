//! Solutions that may be taken, and those that may not.

use super::*;
use crate::git::Line;

const MARKED: &str = "fn total() {\n<<<<<<< x\n    sum - code\n||||||| o\n    sum\n=======\n    sum + tax\n>>>>>>> y\n}\nfn other() {}\n";

fn lost(result: &str) -> Vec<usize> {
    let parts = git::parts(MARKED, MarkerWidth::default()).unwrap();
    let lines = Lines { first: 2, count: 1 };
    lost_clashes(&parts, &[Hunk { ours: lines, theirs: lines }], result).into_iter().map(|lost| lost.side).collect()
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

#[test]
fn lines_that_git_merged_must_stay_or_be_changed() {
    let merged = "a\nlet rate = load(file);\n}\nb\n";
    let parts = [Part::Merged(merged.split_inclusive('\n').collect())];
    let line = |number, text: &str| Line { number, text: text.to_owned() };
    let diff = FileDiff {
        path: "x".into(),
        old_path: None,
        kind: ChangeKind::Modified,
        old_mode: 0,
        new_mode: 0,
        binary: false,
        added: vec![line(2, "let rate = load(file);"), line(3, "}")],
        removed: Vec::new(),
        truncated: false,
    };
    let table: [(&str, &[u32]); 5] = [
        (merged, &[]),
        ("a\n    let rate = load(file);\nb\n", &[]),
        ("a\nlet rate = load(file, today);\n}\nb\n", &[]),
        ("a\n}\nb\n", &[2]),
        ("a\nsomething(else_);\n}\nb\n", &[2]),
    ];
    for (result, gone) in table {
        assert_eq!(lost_lines(&diff, &parts, result), gone, "{result}");
    }
}
