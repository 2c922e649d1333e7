//! Which lines of two sides a result lost, and which it brought back: on texts alone.

use std::collections::BTreeMap;

use crate::git::{FileDiff, Hunk, Lines, Part};

/// Lines of a result that do not stand where git merged by itself, over all of its files: where the work of a side went
/// that is no longer where it was.
#[derive(Debug, Default)]
pub(super) struct Fresh<'t> {
    lines: Vec<Vec<&'t str>>,
}

impl<'t> Fresh<'t> {
    /// Adds what is new in one file.
    pub(super) fn add(&mut self, parts: &[Part<'_>], result: &'t str) {
        self.lines.extend(fresh_lines(parts, result).into_iter().map(|line| words_of(&[line])));
    }

    /// Whether one of them says at least half of what a line said.
    fn holds(&self, line: &str) -> bool {
        let words = words_of(&[line]);
        self.lines.iter().any(|new| words.iter().filter(|word| new.contains(word)).count() * 2 >= words.len())
    }

    fn has_word(&self, word: &str) -> bool {
        self.lines.iter().any(|line| line.contains(&word))
    }
}

/// A side's lines that are nowhere in the result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) side: usize,
    pub(super) lines: Lines,
}

/// Clashes of which one side left nothing: no word that it alone brought in stands in any line that is new.
pub(super) fn lost_clashes(parts: &[Part<'_>], hunks: &[Hunk], fresh: &Fresh<'_>) -> Vec<Lost> {
    let clashes = parts.iter().filter_map(|part| match part {
        Part::Clash { ours, base, theirs } => Some([ours, base, theirs]),
        Part::Merged(_) => None,
    });
    let mut lost = Vec::new();
    for ([ours, base, theirs], hunk) in clashes.zip(hunks) {
        for (side, lines, own, other) in [(0, hunk.ours, ours, theirs), (1, hunk.theirs, theirs, ours)] {
            let known = [words_of(base), words_of(other)].concat();
            let mut brought = words_of(own).into_iter().filter(|word| !known.contains(word)).peekable();
            if brought.peek().is_some() && !brought.any(|word| fresh.has_word(word)) {
                lost.push(Lost { side, lines });
            }
        }
    }
    lost
}

/// Lines that a side added, that git merged, and that are gone: not there any more, nor one like it among the new.
pub(super) fn lost_lines(diff: &FileDiff, parts: &[Part<'_>], result: &str, fresh: &Fresh<'_>) -> Vec<u32> {
    let merged = counts(merged_lines(parts));
    let now = counts(result.lines());
    let gone = |text: &str| {
        let before = count(&merged, text);
        is_telling(text) && before > 0 && count(&now, text) < before && !fresh.holds(text)
    };
    diff.added.iter().filter(|line| gone(&line.text)).map(|line| line.number).collect()
}

/// Whether everything that a side added stands among the new lines, wherever that is.
pub(super) fn went_elsewhere(diff: &FileDiff, fresh: &Fresh<'_>) -> bool {
    let mut added = diff.added.iter().filter(|line| is_telling(&line.text)).peekable();
    added.peek().is_some() && added.all(|line| fresh.holds(&line.text))
}

/// Lines (of the result) that a side had removed, that git had merged away, and that are back.
pub(super) fn back_again(diff: &FileDiff, parts: &[Part<'_>], result: &str) -> Vec<u32> {
    let merged = counts(merged_lines(parts));
    let removed = counts(diff.removed.iter().map(|line| line.text.as_str()));
    let back = |line: &str| is_telling(line) && count(&removed, line) > 0 && count(&merged, line) == 0;
    (1..).zip(result.lines()).filter(|(_, line)| back(line)).map(|(number, _)| number).collect()
}

/// What both sides of a clash and the result have of a file.
pub(super) struct Versions<'t> {
    pub(super) base: &'t str,
    pub(super) sides: [&'t str; 2],
    pub(super) result: &'t str,
}

impl Versions<'_> {
    /// Lines (of the result) that a side had removed and that are back, with that side. Only lines that the base has once:
    /// of others nobody knows which is which.
    pub(super) fn undone(&self) -> Vec<(usize, u32)> {
        let base = counts(self.base.lines());
        let sides = self.sides.map(|side| counts(side.lines()));
        let undone = |line: &str| {
            let [ours, theirs] = [count(&sides[0], line), count(&sides[1], line)];
            let by = usize::from(ours > 0);
            (is_telling(line) && count(&base, line) == 1 && ours + theirs <= 1).then_some(by)
        };
        (1..).zip(self.result.lines()).filter_map(|(number, line)| Some((undone(line)?, number))).collect()
    }

    /// Lines (of the base) that neither side had touched and that are gone, nor one like it among the new.
    pub(super) fn untouched_and_gone(&self, fresh: &Fresh<'_>) -> Vec<u32> {
        let base = counts(self.base.lines());
        let sides = self.sides.map(|side| counts(side.lines()));
        let now = counts(self.result.lines());
        let gone = |line: &str| {
            let before = count(&base, line);
            let kept = sides.iter().all(|side| count(side, line) == before);
            is_telling(line) && kept && count(&now, line) < before && !fresh.holds(line)
        };
        (1..).zip(self.base.lines()).filter(|(_, line)| gone(line)).map(|(number, _)| number).collect()
    }
}

/// Whether a line says anything: brackets alone do not.
fn is_telling(line: &str) -> bool {
    line.contains(char::is_alphanumeric)
}

/// How often each line stands there, without its indentation.
fn counts<'t>(lines: impl Iterator<Item = &'t str>) -> BTreeMap<&'t str, usize> {
    let mut counts = BTreeMap::new();
    lines.for_each(|line| *counts.entry(line.trim()).or_default() += 1);
    counts
}

fn count(counts: &BTreeMap<&str, usize>, line: &str) -> usize {
    counts.get(line.trim()).copied().unwrap_or(0)
}

fn merged_lines<'t>(parts: &'t [Part<'t>]) -> impl Iterator<Item = &'t str> {
    parts
        .iter()
        .flat_map(|part| match part {
            Part::Merged(lines) => lines.as_slice(),
            Part::Clash { .. } => &[],
        })
        .copied()
}

/// Lines of the result that do not stand where git merged by itself.
fn fresh_lines<'t>(parts: &[Part<'_>], result: &'t str) -> Vec<&'t str> {
    let mut known: BTreeMap<&str, usize> = counts(merged_lines(parts));
    let is_new = |line: &&str| match known.get_mut(line.trim()) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    };
    result.lines().filter(is_new).collect()
}

fn words_of<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let word = |c: char| !(c.is_alphanumeric() || c == '_');
    lines.iter().flat_map(|line| line.split(word)).filter(|word| !word.is_empty()).collect()
}
