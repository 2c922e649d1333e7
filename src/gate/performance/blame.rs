//! Where it lies: found out by setting back parts of the change and measuring again.
//!
//! First whole files, when several changed, then the places within the file that it was; of each kind a few at most, the
//! most suspicious first. A part without which the command does not even run says nothing, and neither does one without
//! which it stays slow.

use std::collections::BTreeSet;

use super::measures::Measure;
use crate::gate::{Diff, Evidence, Probe};
use crate::git::FileDiff;
use crate::source::{Language, is_test_path};

/// Parts tried in each round. Each is one run of the command.
const MOST: usize = 6;

/// Time that a round may take, seconds: fewer parts are tried of what takes long.
const ROUND: f64 = 120.0;

/// How much of the excess a part must take back to be named: of three that share it evenly, each.
const SHARE: f64 = 0.3;

/// A part of a change that can be set back alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Names the probe that runs without it.
    pub(super) label: String,
    /// Its file.
    pub(super) file: String,
    /// Its first line in the head.
    pub(super) line: u32,
    /// Its last line in the head; before `line` when it only takes lines out.
    pub(super) last: u32,
    /// Whether it is all of its file's change.
    pub(super) whole: bool,
    /// The files to lay over the head: none removes one.
    pub(super) without: Vec<(String, Option<Vec<u8>>)>,
}

/// The changed source files that are no tests; without any, all that changed.
fn suspects(diff: &Diff) -> Vec<&FileDiff> {
    let source = |file: &&FileDiff| Language::with_grammar(&file.path).is_some() && !is_test_path(&file.path);
    let mut files: Vec<&FileDiff> = diff.files.iter().filter(source).collect();
    if files.is_empty() {
        files = diff.files.iter().collect();
    }
    // What is new cannot run without what calls it, and that lies in a file that was there.
    files.sort_by_key(|file| file.old_mode == 0);
    files
}

/// How many parts are tried of a command that takes so long.
fn most(seconds: f64) -> usize {
    ((ROUND / seconds.max(0.001)) as usize).min(MOST)
}

/// The first round: one part for each suspected file, or the places of the only one.
fn parts(diff: &Diff) -> Vec<Part> {
    match suspects(diff)[..] {
        [] => Vec::new(),
        [file] => places(diff, file),
        ref files => files.iter().enumerate().map(|(n, file)| whole(diff, file, n)).collect(),
    }
}

/// The second round: the places within a file.
fn within(diff: &Diff, path: &str) -> Vec<Part> {
    diff.file(path).map(|file| places(diff, file)).unwrap_or_default()
}

fn whole(diff: &Diff, file: &FileDiff, n: usize) -> Part {
    let was = file.old_path.as_deref().unwrap_or(&file.path);
    let mut without = vec![(file.path.clone(), None)];
    if file.old_mode != 0 {
        without.retain(|(path, _)| path != was);
        without.push((was.to_owned(), diff.old.bytes(was)));
    }
    let (line, last) = (file.added.first().map_or(0, |line| line.number), file.added.last().map_or(0, |l| l.number));
    Part { label: format!("without-file-{}", n + 1), file: file.path.clone(), line, last, whole: true, without }
}

/// A run of changed lines, as indices of lines: of the old text, and of the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
}

fn places(diff: &Diff, file: &FileDiff) -> Vec<Part> {
    let before = diff.old.text(file.old_path.as_deref().unwrap_or(&file.path)).unwrap_or_default();
    let after = diff.new.text(&file.path).unwrap_or_default();
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let ends = |lines: &[crate::git::Line], n: usize| lines.last().is_none_or(|line| line.number as usize <= n);
    let readable = !file.truncated && ends(&file.removed, old.len()) && ends(&file.added, new.len());
    let mut hunks = if readable { hunks(file, old.len(), new.len()) } else { Vec::new() };
    if hunks.len() < 2 {
        return vec![whole(diff, file, 0)];
    }
    let nth = diff.files.iter().position(|it| it.path == file.path).unwrap_or_default() + 1;
    // What changes lines that were there is in the way of who was there; what only adds may not be called at all.
    hunks.sort_by_key(|hunk| hunk.old.is_empty());
    let part = |(n, hunk): (usize, &Hunk)| {
        let lines = new[..hunk.new.start].iter().chain(&old[hunk.old.clone()]).chain(&new[hunk.new.end..]);
        let text: String = lines.copied().collect();
        Part {
            label: format!("without-place-{nth}-{}", n + 1),
            file: file.path.clone(),
            line: hunk.new.start as u32 + 1,
            last: hunk.new.end as u32,
            whole: false,
            without: vec![(file.path.clone(), Some(text.into_bytes()))],
        }
    };
    hunks.iter().enumerate().map(part).collect()
}

/// The changed parts of a file with so many lines before and now.
fn hunks(file: &FileDiff, before: usize, now: usize) -> Vec<Hunk> {
    let numbers =
        |lines: &[crate::git::Line]| lines.iter().map(|line| (line.number as usize).saturating_sub(1)).collect();
    let (removed, added): (BTreeSet<usize>, BTreeSet<usize>) = (numbers(&file.removed), numbers(&file.added));
    let (mut hunks, mut old, mut new) = (Vec::new(), 0, 0);
    while old < before || new < now {
        let (from_old, from_new) = (old, new);
        while removed.contains(&old) {
            old += 1;
        }
        while added.contains(&new) {
            new += 1;
        }
        if (old, new) == (from_old, from_new) {
            (old, new) = (old + 1, new + 1);
        } else {
            hunks.push(Hunk { old: from_old..old, new: from_new..new });
        }
    }
    hunks
}

/// A part that makes it slow or large.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Culprit {
    pub(super) part: Part,
    /// What was measured without it; none where it is all that changed, and nothing had to be tried.
    pub(super) without: Option<f64>,
}

/// What is known of where it lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Blame {
    /// The culprits, the worst first; none when no part alone takes enough back.
    Known(Vec<Culprit>),
    /// It takes too long to be looked for.
    Unknown,
    /// These have to be tried first.
    Try(Vec<Part>),
}

/// Finds out where too much of something comes from. The command takes `seconds` on the head.
pub(super) fn blame(diff: &Diff, evidence: &[(Probe, Evidence)], measure: &Measure, seconds: f64) -> Blame {
    let (mut parts, most) = (parts(diff), most(seconds));
    if parts.len() < 2 {
        return Blame::Known(parts.into_iter().map(|part| Culprit { part, without: None }).collect());
    }
    if most < 2 {
        return Blame::Unknown;
    }
    parts.truncate(most);
    let files = match tried(parts, evidence, measure) {
        Blame::Known(files) => files,
        more => return more,
    };
    let mut places = match files.first() {
        Some(worst) if worst.part.whole => within(diff, &worst.part.file),
        _ => return Blame::Known(files),
    };
    if places.len() < 2 {
        return Blame::Known(files);
    }
    places.truncate(most);
    match tried(places, evidence, measure) {
        // No place alone: then the file.
        Blame::Known(places) if places.is_empty() => Blame::Known(files),
        known_or_more => known_or_more,
    }
}

fn tried(parts: Vec<Part>, evidence: &[(Probe, Evidence)], measure: &Measure) -> Blame {
    let left = |part: &Part| evidence.iter().find(|(probe, _)| probe.label == part.label).map(|(_, left)| left);
    let (tried, missing): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|part| left(part).is_some());
    if !missing.is_empty() {
        return Blame::Try(missing);
    }
    let (base, head) = (measure.pairs.base(), measure.pairs.head());
    let values = tried.into_iter().filter_map(|part| {
        let left = left(&part).filter(|left| left.prepared && left.is_good_exit())?;
        Some((measure.metric.of(left), part))
    });
    let mut some: Vec<(f64, Part)> = values.filter(|(value, _)| head - value >= (head - base) * SHARE).collect();
    some.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    Blame::Known(some.into_iter().map(|(value, part)| Culprit { part, without: Some(value) }).collect())
}

/// Where it may lie when nothing was found out: the first line of the first suspected file, and all of them in words.
pub(super) fn guess(diff: &Diff) -> (String, u32, String) {
    let files = suspects(diff);
    let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.path)).collect();
    let names = match names.len() {
        0..=MOST => names.join(", "),
        n => format!("{} and {} more", names[..MOST].join(", "), n - MOST),
    };
    let place = files.first().map(|file| (file.path.clone(), file.added.first().map_or(0, |line| line.number)));
    let (file, line) = place.unwrap_or_default();
    (file, line, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;

    fn lines(part: &Part) -> (String, u32, u32) {
        (part.file.clone(), part.line, part.last)
    }

    #[test]
    fn a_file_of_several_places_is_set_back_place_by_place() {
        let (old, new) = ("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n");
        let mut diff = testing::diff(&[("x.py", old, new), ("tests/test_x.py", "1\n", "2\n")]);
        // The test's difference knows one place only.
        let file = diff.files.iter_mut().find(|file| file.path == "x.py").unwrap();
        let line = |number, text: &str| crate::git::Line { number, text: text.into() };
        (file.added, file.removed) = (vec![line(2, "B"), line(5, "e")], vec![line(2, "b")]);
        let parts = parts(&diff);
        assert_eq!(parts.iter().map(lines).collect::<Vec<_>>(), [("x.py".into(), 2, 2), ("x.py".into(), 5, 5)]);
        let texts: Vec<&[u8]> = parts.iter().map(|part| part.without[0].1.as_deref().unwrap()).collect();
        assert_eq!(texts, [&b"a\nb\nc\nd\ne\n"[..], b"a\nB\nc\nd\n"]);
    }

    #[test]
    fn several_files_are_set_back_one_by_one_and_new_ones_last() {
        let diff = testing::diff(&[("a.py", "", "x\n"), ("b.py", "1\n", "2\n"), ("c.py", "1\n", "")]);
        let parts = parts(&diff);
        let without: Vec<_> = parts.iter().map(|part| part.without.clone()).collect();
        let one = |path: &str, text: Option<&str>| vec![(path.to_owned(), text.map(|text| text.as_bytes().to_vec()))];
        assert_eq!(without, [one("b.py", Some("1\n")), one("c.py", Some("1\n")), one("a.py", None)]);
        assert_eq!(within(&diff, "b.py").len(), 1);
        assert_eq!(guess(&diff), ("b.py".into(), 1, "`b.py`, `c.py`, `a.py`".into()));
    }

    #[test]
    fn what_takes_long_is_looked_for_less() {
        assert_eq!([0.0, 1.0, 20.0, 30.0, 61.0, 600.0].map(most), [6, 6, 6, 4, 1, 0]);
    }

    #[test]
    fn lines_that_are_only_taken_out_are_a_place() {
        let mut diff = testing::diff(&[("x.py", "a\nb\nc\nd\n", "a\nc\nD\n")]);
        let line = |number, text: &str| crate::git::Line { number, text: text.into() };
        (diff.files[0].added, diff.files[0].removed) = (vec![line(3, "D")], vec![line(2, "b"), line(4, "d")]);
        let found: Vec<_> = parts(&diff).iter().map(lines).collect();
        assert_eq!(found, [("x.py".into(), 2, 1), ("x.py".into(), 3, 3)]);
    }
}
