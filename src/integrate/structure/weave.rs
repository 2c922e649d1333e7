//! Both sides' changes of a text, line by line, put together where git calls them a conflict only because they touch.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One side's change: these lines of the base, and what stands there now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LineChange {
    base: Range<usize>,
    now: Range<usize>,
}

/// A change that touches one of the other side's, by the lines of the base and of the side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Touching {
    /// Which side: 0 ours, 1 theirs.
    pub(super) side: usize,
    /// Its lines in the base, from 0.
    pub(super) base: Range<usize>,
    /// Its lines on the side, from 0.
    pub(super) now: Range<usize>,
}

/// Both sides in one text, and the changes that met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Woven {
    /// The lines.
    pub(super) lines: Vec<String>,
    /// What touched.
    pub(super) touching: Vec<Touching>,
}

/// Puts the changes of both sides together. None where they change the same lines.
pub(super) fn weave(base: &[String], sides: [&[String]; 2]) -> Option<Woven> {
    let changes = sides.map(|side| changes(base, side));
    let mut all: Vec<(usize, &LineChange)> = Vec::new();
    for (side, changes) in changes.iter().enumerate() {
        all.extend(changes.iter().map(|change| (side, change)));
    }
    // What is put in before a line goes before what replaces it; ours before theirs.
    all.sort_by_key(|(side, change)| (change.base.start, change.base.end, *side));
    let mut woven = Woven { lines: Vec::new(), touching: Vec::new() };
    let (mut at, mut skip) = (0, None);
    for (n, (side, change)) in all.iter().enumerate() {
        if skip == Some(n) {
            continue;
        }
        let lines = &sides[*side][change.now.clone()];
        if let Some((other, next)) = all.get(n + 1).filter(|(other, _)| other != side) {
            let same = next.base == change.base && sides[*other][next.now.clone()] == *lines;
            match same {
                true => skip = Some(n + 1),
                false if next.base.start < change.base.end => return None,
                false => {}
            }
        }
        let met = |(other, it): &&(usize, &LineChange)| {
            other != side && it.base.start <= change.base.end && change.base.start <= it.base.end
        };
        if all.iter().any(|it| met(&it)) {
            woven.touching.push(Touching { side: *side, base: change.base.clone(), now: change.now.clone() });
        }
        woven.lines.extend_from_slice(base.get(at..change.base.start)?);
        woven.lines.extend_from_slice(lines);
        at = change.base.end;
    }
    woven.lines.extend_from_slice(base.get(at..)?);
    Some(woven)
}

/// What a side changed, each line for itself where as many stand there as before, and what it put in as far down as it can
/// stand: so that whole items are put in, not the end of one and the beginning of the next.
fn changes(base: &[String], side: &[String]) -> Vec<LineChange> {
    let mut found = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, base, side) {
        let (mut old, mut new) = (op.old_range(), op.new_range());
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Replace { .. } if old.len() == new.len() => {
                let pairs = old.zip(new).filter(|(b, s)| base[*b] != side[*s]);
                found.extend(pairs.map(|(b, s)| LineChange { base: b..b + 1, now: s..s + 1 }));
            }
            DiffOp::Insert { .. } => {
                while old.start < base.len() && new.end < side.len() && side[new.start] == base[old.start] {
                    if side[new.end] != base[old.start] {
                        break;
                    }
                    (old, new) = (old.start + 1..old.start + 1, new.start + 1..new.end + 1);
                }
                found.push(LineChange { base: old, now: new });
            }
            DiffOp::Delete { .. } | DiffOp::Replace { .. } => found.push(LineChange { base: old, now: new }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split_inclusive('\n').map(str::to_owned).collect()
    }

    fn woven(base: &str, ours: &str, theirs: &str) -> Option<String> {
        weave(&lines(base), [&lines(ours), &lines(theirs)]).map(|woven| woven.lines.concat())
    }

    #[test]
    fn what_only_touches_is_put_together_and_what_overlaps_is_not() {
        assert_eq!(woven("a\nb\n", "A\nb\n", "a\nB\n").as_deref(), Some("A\nB\n"), "neighbours");
        assert_eq!(woven("a\n", "a\nx\n", "a\ny\n").as_deref(), Some("a\nx\ny\n"), "both append");
        assert_eq!(woven("a\nb\n", "a\nx\nb\n", "a\ny\nb\n").as_deref(), Some("a\nx\ny\nb\n"), "both put in");
        assert_eq!(woven("a\n", "a\nx\n", "a\nx\n").as_deref(), Some("a\nx\n"), "the same once");
        assert_eq!(woven("a\n", "b\n", "b\n").as_deref(), Some("b\n"), "the same once");
        assert_eq!(woven("a\nb\n", "x\nb\n", "y\nb\n"), None, "one line, two values");
        assert_eq!(woven("a\nb\nc\n", "a\nc\n", "a\nB\nc\n"), None, "taken away and changed");
        let functions = woven("f {\n1\n}\n", "f {\n1\n}\n\ng {\n2\n}\n", "f {\n1\n}\n\nh {\n3\n}\n");
        assert_eq!(functions.as_deref(), Some("f {\n1\n}\n\ng {\n2\n}\n\nh {\n3\n}\n"), "whole functions");
    }
}
