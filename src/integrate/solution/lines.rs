//! Which lines of two sides a result lost, and which it brought back: on texts alone.

use std::collections::BTreeMap;

use crate::git::{FileDiff, Hunk, Lines, Part};

/// Lines of a result that do not stand where git merged by itself, over all of its files: where the work of a side went
/// that is no longer where it was.
#[derive(Debug, Default)]
pub(super) struct Fresh<'t> {
    lines: Vec<FreshLine<'t>>,
}

#[derive(Debug)]
struct FreshLine<'t> {
    text: &'t str,
    words: Vec<&'t str>,
    /// Which sides have it as it is.
    of: [bool; 2],
}

impl FreshLine<'_> {
    /// Whether this is a line as it was, or what became of it. A line that a side wrote is that side's own: it does not
    /// stand for the other side's line that resembles it.
    fn stands_for(&self, text: &str, words: &[&str]) -> bool {
        let is_alike = || words.iter().filter(|word| self.words.contains(word)).count() * 2 >= words.len();
        self.text == text || (self.of == [false; 2] && is_alike())
    }
}

impl<'t> Fresh<'t> {
    /// Adds what is new in one file, of which `sides` are both sides' versions.
    pub(super) fn add(&mut self, parts: &[Part<'_>], result: &'t str, sides: [&str; 2]) {
        let sides = sides.map(|side| counts(side.lines()));
        let of = |line: &str| [0, 1].map(|side| is_telling(line) && count(&sides[side], line) > 0);
        let line = |text: &'t str| FreshLine { text: text.trim(), words: words_of(&[text]), of: of(text) };
        self.lines.extend(fresh_lines(parts, result).into_iter().map(line));
    }

    /// Whether one of them is what became of a line: the same, or one of neither side that says at least half of it.
    fn has(&self, line: &str) -> bool {
        let words = words_of(&[line]);
        self.lines.iter().any(|new| new.stands_for(line.trim(), &words))
    }

    /// As [`Fresh::has`], and whether one of them says all of the line and more.
    fn holds(&self, line: &str) -> bool {
        let own = tokens(line);
        self.has(line) || self.lines.iter().any(|new| is_within(&own, &tokens(new.text)))
    }

    /// Whether a word stands in one that is not the other side's alone.
    fn has_word(&self, word: &str, side: usize) -> bool {
        self.lines.iter().any(|line| (line.of[side] || !line.of[1 - side]) && line.words.contains(&word))
    }
}

/// A side's lines that are nowhere in the result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) side: usize,
    pub(super) lines: Lines,
}

/// What both sides and the base have where git could not merge, by side.
#[derive(Clone, Copy)]
struct ClashLines<'a> {
    sides: [&'a [&'a str]; 2],
    base: &'a [&'a str],
}

/// Clashes of which one side left nothing, or lost a line: the other side stands there as it is, no word that it alone
/// brought in stands in any line that is new, or nothing there is what became of the line.
pub(super) fn lost_clashes(parts: &[Part<'_>], hunks: &[Hunk], result: &str, fresh: &Fresh<'_>) -> Vec<Lost> {
    let clashes = parts.iter().filter_map(|part| match part {
        Part::Clash { ours, base, theirs } => Some(ClashLines { sides: [ours, theirs], base }),
        Part::Merged(_) => None,
    });
    let taken = [0, 1].map(|side| taken_as_it_is(parts, side, result));
    let mut lost = Vec::new();
    for (n, (clash, hunk)) in clashes.zip(hunks).enumerate() {
        for (side, lines) in [(0, hunk.ours), (1, hunk.theirs)] {
            let is_gone = match taken[1 - side][n] {
                true => !clash.is_within_other(side) && !clash.went_elsewhere(side, fresh),
                false => clash.left_no_word(side, fresh),
            };
            match is_gone {
                true => lost.push(Lost { side, lines }),
                false => lost.extend(clash.lost_lines(side, lines, fresh)),
            }
        }
    }
    lost
}

impl<'a> ClashLines<'a> {
    /// Lines that a side brought in, with where they stand in it.
    fn brought(&self, side: usize) -> Vec<(usize, &'a str)> {
        let mut known = counts(self.base.iter().copied());
        let is_new = |(_, line): &(usize, &str)| !take_one(&mut known, line) && is_telling(line);
        self.sides[side].iter().copied().enumerate().filter(is_new).collect()
    }

    /// Words of some of a side's lines that neither the base nor the other side has.
    fn own_words<'l>(&self, side: usize, lines: &[&'l str]) -> Vec<&'l str> {
        let known = [words_of(self.base), words_of(self.sides[1 - side])].concat();
        words_of(lines).into_iter().filter(|word| !known.contains(word)).collect()
    }

    fn left_no_word(&self, side: usize, fresh: &Fresh<'_>) -> bool {
        let own = self.own_words(side, self.sides[side]);
        !own.is_empty() && !own.iter().any(|word| fresh.has_word(word, side))
    }

    fn went_elsewhere(&self, side: usize, fresh: &Fresh<'_>) -> bool {
        let brought = self.brought(side);
        !brought.is_empty() && brought.iter().all(|(_, line)| fresh.has(line))
    }

    /// Whether everything that a side did here, the other did as well: then nothing is lost if that one stands there.
    fn is_within_other(&self, side: usize) -> bool {
        let texts = [self.sides[side], self.sides[1 - side], self.base].map(|lines| lines.concat());
        let [own, other, base] = [0, 1, 2].map(|n| tokens(&texts[n]));
        let others: Vec<Vec<&str>> = self.sides[1 - side].iter().map(|line| tokens(line)).collect();
        let is_in_one = |line: &str| others.iter().any(|other| is_within(&tokens(line), other));
        let is_grown = self.brought(side).iter().all(|(_, line)| is_in_one(line));
        own == base || own == other || (is_grown && is_all_removed(&base, &own, &other))
    }

    /// Lines of a side of which nothing is left: not they, none like them, and none of their own words.
    fn lost_lines(&self, side: usize, at: Lines, fresh: &Fresh<'_>) -> Vec<Lost> {
        let others = counts(self.sides[1 - side].iter().copied());
        let is_gone = |line: &str| {
            let own = self.own_words(side, &[line]);
            count(&others, line) == 0 && !fresh.holds(line) && !own.iter().any(|word| fresh.has_word(word, side))
        };
        let mut lost: Vec<Lost> = Vec::new();
        for (n, _) in self.brought(side).into_iter().filter(|(_, line)| is_gone(line)) {
            let first = at.first + u32::try_from(n).unwrap_or(u32::MAX);
            match lost.last_mut() {
                Some(last) if last.lines.last() + 1 == first => last.lines.count += 1,
                _ => lost.push(Lost { side, lines: Lines { first, count: 1 } }),
            }
        }
        lost
    }
}

/// Whether whatever one version removed of a base, another removed too.
fn is_all_removed(base: &[&str], own: &[&str], other: &[&str]) -> bool {
    let [base, own, other] = [base, own, other].map(|tokens| counts(tokens.iter().copied()));
    let removed = |by: &BTreeMap<&str, usize>, token: &str, n: usize| n.saturating_sub(count(by, token));
    base.iter().all(|(token, n)| removed(&own, token, *n) <= removed(&other, token, *n))
}

/// For each clash, whether a side's version stands there as it is, right between what git merged.
fn taken_as_it_is(parts: &[Part<'_>], side: usize, result: &str) -> Vec<bool> {
    let mut text: Vec<&str> = Vec::new();
    let mut clashes = Vec::new();
    for part in parts {
        let start = text.len();
        match part {
            Part::Merged(lines) => text.extend(lines.iter().map(|line| line.trim())),
            Part::Clash { ours, theirs, .. } => {
                text.extend([ours, theirs][side].iter().map(|line| line.trim()));
                clashes.push(start..text.len());
            }
        }
    }
    let result: Vec<&str> = result.lines().map(str::trim).collect();
    // Where each line went, with the beginning and the end of both texts as one line more.
    let mut went: Vec<Option<usize>> = vec![None; text.len() + 2];
    went[0] = Some(0);
    went[text.len() + 1] = Some(result.len() + 1);
    for op in similar::capture_diff_slices(similar::Algorithm::Patience, &text, &result) {
        if let similar::DiffOp::Equal { old_index, new_index, len } = op {
            (0..len).for_each(|n| went[old_index + n + 1] = Some(new_index + n + 1));
        }
    }
    let follows = |pair: &[Option<usize>]| matches!(pair, [Some(a), Some(b)] if a + 1 == *b);
    clashes.into_iter().map(|lines| went[lines.start..lines.end + 2].windows(2).all(follows)).collect()
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
    added.peek().is_some() && added.all(|line| fresh.has(&line.text))
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

/// Takes one such line out of the count, where there is one.
fn take_one(counts: &mut BTreeMap<&str, usize>, line: &str) -> bool {
    let left = counts.get_mut(line.trim()).filter(|n| **n > 0);
    left.map(|n| *n -= 1).is_some()
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
    result.lines().filter(|line| !take_one(&mut known, line)).collect()
}

fn words_of<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let word = |c: char| !(c.is_alphanumeric() || c == '_');
    lines.iter().flat_map(|line| line.split(word)).filter(|word| !word.is_empty()).collect()
}

/// Words, and every sign between them.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    found
}

/// Whether all of these stand in the others, in this order.
fn is_within(some: &[&str], all: &[&str]) -> bool {
    let mut all = all.iter();
    some.iter().all(|token| all.any(|other| other == token))
}
