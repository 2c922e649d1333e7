//! Whether somebody's solution of a conflict may be taken: what can be proved without knowing what the code means. Gates
//! judge the rest.
//!
//! Refused are markers, files that no longer are what their name says, edits of files that neither side had touched, and
//! what one side did and is nowhere any more. What has to go may go where a commit's message says so
//! (`Orca-Dropped: path: why`); then it is told to people.

use std::collections::BTreeMap;

use super::join::{self, Joined, Rules};
use super::parse;
use crate::git::{self, ChangeKind, DeclaredAttribute, FileDiff, Hunk, Lines, MarkerWidth, Part, Repo};
use crate::model::{Oid, Result};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// Why it cannot be taken.
    pub objections: Vec<String>,
    /// What people should know of it.
    pub remarks: Vec<String>,
}

/// The trailer that says what was left out on purpose.
const DROPPED: &str = "Orca-Dropped:";

/// Commits whose messages are read, newest first: a merge, and what was mended after it.
const MOST_COMMITS: usize = 20;

/// Judges `result`, which claims to merge `theirs` into `ours`.
///
/// # Errors
/// Git failed.
pub fn judge(repo: &Repo, rules: &Rules, ours: &Oid, theirs: &Oid, result: &Oid) -> Result<Judged> {
    let mut judged = Judged::default();
    for (side, name) in [(ours, "its own work"), (theirs, "what landed")] {
        if !repo.is_ancestor(side, result)? {
            judged.objections.push(format!("it is no merge: {name} is not in its history"));
        }
    }
    let Joined::Clash(clash) = join::join(repo, rules, (ours, theirs), None)? else { return Ok(judged) };
    let said = reasons(repo, ours, theirs, result)?;
    let base = repo.merge_base(ours, theirs)?.unwrap_or_else(|| ours.clone());
    let changes = [git::file_diffs(repo, &base, ours)?, git::file_diffs(repo, &base, theirs)?];
    let widths = git::declared_at(repo, ours, git::MARKER_SIZE)?;
    let look =
        Look { repo, rules, ours, theirs, result, tree: &clash.tree, changes: &changes, said: &said, widths: &widths };
    let clashing: Vec<&str> = clash.paths.iter().map(|path| path.path.as_str()).collect();
    for path in &clashing {
        look.at_clash(path, &mut judged);
    }
    for change in repo.changed(&clash.tree, &repo.tree_of(result)?)? {
        if !clashing.contains(&change.path.as_str()) && !rules.regenerate.contains(&change.path) {
            look.at_other(&change.path, change.kind == ChangeKind::Added, &mut judged);
        }
    }
    Ok(judged)
}

/// What commits that belong to neither side say that they leave out, by path.
fn reasons(repo: &Repo, ours: &Oid, theirs: &Oid, result: &Oid) -> Result<BTreeMap<String, String>> {
    let mut said = BTreeMap::new();
    let of_merge = |(commit, _): &(Oid, String)| !repo.is_ancestor(commit, theirs).unwrap_or(true);
    for (commit, _) in git::commits_between(repo, ours, result)?.into_iter().filter(of_merge).take(MOST_COMMITS) {
        let body = repo.commit_info(&commit)?.body;
        for line in body.lines().filter_map(|line| line.trim().strip_prefix(DROPPED)) {
            if let Some((path, why)) = line.trim().split_once(':').filter(|(_, why)| !why.trim().is_empty()) {
                said.entry(path.trim().to_owned()).or_insert_with(|| why.trim().to_owned());
            }
        }
    }
    Ok(said)
}

struct Look<'a> {
    repo: &'a Repo,
    rules: &'a Rules,
    ours: &'a Oid,
    theirs: &'a Oid,
    result: &'a Oid,
    tree: &'a Oid,
    /// What each side changed: its own, and what landed.
    changes: &'a [Vec<FileDiff>; 2],
    said: &'a BTreeMap<String, String>,
    widths: &'a DeclaredAttribute,
}

/// The sides in words, in the order of [`Look::changes`].
const SIDES: [&str; 2] = ["its own", "what landed in"];

impl Look<'_> {
    fn width(&self, path: &str) -> MarkerWidth {
        self.widths.marker_width(path)
    }

    fn read(&self, commit: &Oid, path: &str) -> Option<Vec<u8>> {
        self.repo.file_at(commit, path).ok()
    }

    fn added(&self, side: usize, path: &str) -> Option<&FileDiff> {
        self.changes[side].iter().find(|diff| diff.path == path || diff.old_path.as_deref() == Some(path))
    }

    /// A path that git could not merge.
    fn at_clash(&self, path: &str, judged: &mut Judged) {
        let [ours, theirs, result] = [self.ours, self.theirs, self.result].map(|commit| self.read(commit, path));
        let texts = [&ours, &theirs, &result].map(|bytes| bytes.as_deref().and_then(|it| std::str::from_utf8(it).ok()));
        self.is_sound(path, texts, judged);
        if self.rules.regenerate.contains(path) || ours == theirs {
            return;
        }
        if result == ours || result == theirs {
            let gone = SIDES[usize::from(result == ours)];
            self.dropped(path, format!("dropped: all of {gone} {path}"), judged);
            return;
        }
        let marked = self.repo.file_in_tree(self.tree, path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (Some(marked), Some(result)) = (marked, texts[2]) else { return };
        let Some(parts) = git::parts(&marked, self.width(path)) else { return };
        let hunks = git::hunks(self.repo, self.tree, path, self.width(path)).unwrap_or_default();
        for what in lost_clashes(&parts, &hunks, result) {
            self.dropped(path, format!("dropped: {} {path}:{}", SIDES[what.side], range(what.lines)), judged);
        }
        for (side, name) in SIDES.into_iter().enumerate() {
            let Some(diff) = self.added(side, path) else { continue };
            for line in lost_lines(diff, &parts, result) {
                self.dropped(path, format!("dropped: {} {path}:{line}", name), judged);
            }
        }
    }

    /// A path that git merged, or that no side has, and that differs all the same.
    fn at_other(&self, path: &str, is_new: bool, judged: &mut Judged) {
        let [ours, theirs, result] = [self.ours, self.theirs, self.result].map(|commit| self.read(commit, path));
        let texts = [&ours, &theirs, &result].map(|bytes| bytes.as_deref().and_then(|it| std::str::from_utf8(it).ok()));
        self.is_sound(path, texts, judged);
        let sides: Vec<usize> = (0..SIDES.len()).filter(|side| self.added(*side, path).is_some()).collect();
        if sides.is_empty() && !is_new {
            judged.objections.push(format!("it edited {path}, which neither side had changed"));
            return;
        }
        judged.remarks.push(format!("besides what clashed it changed {path}"));
        let merged = self.repo.file_in_tree(self.tree, path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(merged) = merged else { return };
        let lines: Vec<&str> = merged.split_inclusive('\n').collect();
        let parts = [Part::Merged(lines)];
        for side in sides {
            let Some(diff) = self.added(side, path) else { continue };
            for line in lost_lines(diff, &parts, texts[2].unwrap_or_default()) {
                self.dropped(path, format!("dropped: {} {path}:{line}", SIDES[side]), judged);
            }
        }
    }

    /// No markers, and still what its name says: as far as the two sides were.
    fn is_sound(&self, path: &str, [ours, theirs, result]: [Option<&str>; 3], judged: &mut Judged) {
        let Some(text) = result else { return };
        let both = |holds: &dyn Fn(&str) -> bool| [ours, theirs].into_iter().flatten().all(holds);
        let marked = |text: &str| !self.width(path).left_in(text).is_empty();
        if marked(text) && both(&|side| !marked(side)) {
            judged.objections.push(format!("{path} has conflict markers"));
        } else if let Some(why) = parse::error(path, text)
            && both(&|side| parse::error(path, side).is_none())
        {
            judged.objections.push(format!("{path} is {why}"));
        }
    }

    fn dropped(&self, path: &str, what: String, judged: &mut Judged) {
        match self.said.get(path) {
            Some(why) => judged.remarks.push(format!("{what}, with the reason: {why}")),
            None => judged.objections.push(what),
        }
    }
}

/// A side's lines that are nowhere in the result.
#[derive(Debug, PartialEq, Eq)]
struct Lost {
    side: usize,
    lines: Lines,
}

/// Clashes of which one side left nothing: no word that it alone brought in stands in any line that is new.
fn lost_clashes(parts: &[Part<'_>], hunks: &[Hunk], result: &str) -> Vec<Lost> {
    let fresh = words_of(&fresh_lines(parts, result));
    let clashes = parts.iter().filter_map(|part| match part {
        Part::Clash { ours, base, theirs } => Some([ours, base, theirs]),
        Part::Merged(_) => None,
    });
    let mut lost = Vec::new();
    for ([ours, base, theirs], hunk) in clashes.zip(hunks) {
        for (side, lines, own, other) in [(0, hunk.ours, ours, theirs), (1, hunk.theirs, theirs, ours)] {
            let known = [words_of(base), words_of(other)].concat();
            let mut brought = words_of(own).into_iter().filter(|word| !known.contains(word)).peekable();
            if brought.peek().is_some() && !brought.any(|word| fresh.contains(&word)) {
                lost.push(Lost { side, lines });
            }
        }
    }
    lost
}

/// Lines that a side added, that git merged, and that are gone: not there any more, nor one like it among the new.
fn lost_lines(diff: &FileDiff, parts: &[Part<'_>], result: &str) -> Vec<u32> {
    let merged: Vec<&str> = merged_lines(parts).map(str::trim).collect();
    let now: Vec<&str> = result.lines().map(str::trim).collect();
    let fresh = fresh_lines(parts, result);
    let is_like = |line: &str| {
        let words = words_of(&[line]);
        fresh.iter().any(|new| {
            let new = words_of(&[*new]);
            words.iter().filter(|word| new.contains(word)).count() * 2 >= words.len()
        })
    };
    let gone = |text: &str| {
        let line = text.trim();
        let count = |lines: &[&str]| lines.iter().filter(|it| **it == line).count();
        let before = count(&merged);
        line.contains(char::is_alphanumeric) && before > 0 && count(&now) < before && !is_like(line)
    };
    diff.added.iter().filter(|line| gone(&line.text)).map(|line| line.number).collect()
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
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    merged_lines(parts).for_each(|line| *known.entry(line.trim()).or_default() += 1);
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

fn range(lines: Lines) -> String {
    if lines.count <= 1 { lines.first.to_string() } else { format!("{}-{}", lines.first, lines.last()) }
}

#[cfg(test)]
mod tests;
