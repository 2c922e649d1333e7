//! Whether somebody's solution of a conflict may be taken: what can be proved without knowing what the code means. Gates
//! judge the rest.
//!
//! Refused are markers, files that no longer are what their name says, edits of files that neither side had touched, and
//! what one side did and is nowhere any more: lines it added, lines it took away, a binary file, where a link
//! leads. An edit that followed its function into another file is not lost. What has to go may go where a commit's message
//! says so (`Orca-Dropped: path: why`); then it is told to people.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the judgement, path by path |
//! | `lines.rs` | which lines are lost, and which are back, on texts alone |

mod lines;

use std::collections::BTreeMap;

use self::lines::{Fresh, Versions};
use super::join::{self, Joined, Rules};
use super::parse;
use super::unsolved::mode_of;
use crate::git::{
    self, ChangeKind, DeclaredAttribute, FileDiff, Lines, MarkerWidth, Part, Repo, StagedEntry, TreeEntry,
};
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
            judged.objections.push(format!("it is not a merge: {name} is not in its history"));
        }
    }
    let Joined::Clash(clash) = join::join(repo, rules, (ours, theirs), None)? else { return Ok(judged) };
    let base = repo.merge_base(ours, theirs)?.unwrap_or_else(|| ours.clone());
    let look = Look {
        repo,
        rules,
        commits: [ours, theirs, result],
        tree: &clash.tree,
        stages: &clash.stages,
        changes: &[git::file_diffs(repo, &base, ours)?, git::file_diffs(repo, &base, theirs)?],
        said: &reasons(repo, ours, theirs, result)?,
        widths: &git::declared_at(repo, ours, git::MARKER_SIZE)?,
    };
    let clashing: Vec<&str> = clash.paths.iter().map(|path| path.path.as_str()).collect();
    let others = repo.changed(&clash.tree, &repo.tree_of(result)?)?;
    let others: Vec<_> = others.iter().filter(|it| !clashing.contains(&it.path.as_str())).collect();
    let paths = clashing.iter().copied().chain(others.iter().map(|change| change.path.as_str()));
    let texts: Vec<(&str, String)> = paths.filter_map(|path| Some((path, look.text(RESULT, path)?))).collect();
    let mut fresh = Fresh::default();
    for (path, text) in &texts {
        let [ours, theirs] = [0, 1].map(|side| look.text(side, path).unwrap_or_default());
        fresh.add(&look.parts(path, &look.merged(path)), text, [&ours, &theirs]);
    }
    for path in &clashing {
        look.at_clash(path, &fresh, &mut judged)?;
    }
    for change in others.iter().filter(|change| !rules.regenerate.contains(&change.path)) {
        look.at_other(&change.path, change.kind == ChangeKind::Added, &fresh, &mut judged);
    }
    Ok(judged)
}

/// What of `landed` an attempt replaced that was made again on top of it, since `earlier` work of its task clashed with it:
/// places, in words. It may well have been asked to, so nothing is wrong with it by itself.
///
/// # Errors
/// Git failed.
pub fn replaced(repo: &Repo, rules: &Rules, earlier: &Oid, landed: &Oid, result: &Oid) -> Result<Vec<String>> {
    let lost = format!("dropped: {}", SIDES[1]);
    let all = format!("dropped: all of {}", SIDES[1]);
    let judged = judge(repo, rules, earlier, landed, result)?;
    let place = |objection: &String| match objection.strip_suffix(GONE) {
        Some(path) => Some(format!("{} {}", SIDES[1], path.trim_end())),
        None if objection.starts_with(&lost) || objection.starts_with(&all) => {
            objection.strip_prefix("dropped: ").map(str::to_owned)
        }
        None => None,
    };
    Ok(judged.objections.iter().filter_map(place).collect())
}

/// What is said of a file that is there no more.
const GONE: &str = "is gone, though neither side had removed it";

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
    /// Its own work, what landed, and the result.
    commits: [&'a Oid; 3],
    tree: &'a Oid,
    stages: &'a [StagedEntry],
    /// What each side changed: its own, and what landed.
    changes: &'a [Vec<FileDiff>; 2],
    said: &'a BTreeMap<String, String>,
    widths: &'a DeclaredAttribute,
}

/// Where the result stands in [`Look::commits`].
const RESULT: usize = 2;

/// The sides in words, in the order of [`Look::changes`].
const SIDES: [&str; 2] = ["its own", "what landed in"];

impl Look<'_> {
    fn width(&self, path: &str) -> MarkerWidth {
        self.widths.marker_width(path)
    }

    fn bytes(&self, version: usize, path: &str) -> Option<Vec<u8>> {
        self.repo.file_at(self.commits[version], path).ok()
    }

    /// A version of a file, where it is a text.
    fn text(&self, version: usize, path: &str) -> Option<String> {
        self.bytes(version, path).and_then(text)
    }

    /// What git made of it, markers and all.
    fn merged(&self, path: &str) -> String {
        self.repo.file_in_tree(self.tree, path).ok().and_then(text).unwrap_or_default()
    }

    /// What of it git merged by itself; where its markers cannot be read, nothing counts as that.
    fn parts<'t>(&self, path: &str, merged: &'t str) -> Vec<Part<'t>> {
        git::parts(merged, self.width(path)).unwrap_or_default()
    }

    fn added(&self, side: usize, path: &str) -> Option<&FileDiff> {
        self.changes[side].iter().find(|diff| diff.path == path || diff.old_path.as_deref() == Some(path))
    }

    fn base(&self, path: &str) -> Option<String> {
        let base = self.stages.iter().find(|entry| entry.stage == 1 && entry.path == path && entry.is_file())?;
        self.repo.blob(&base.oid).ok().and_then(text)
    }

    /// A path that git could not merge.
    fn at_clash(&self, path: &str, fresh: &Fresh<'_>, judged: &mut Judged) -> Result<()> {
        self.is_sound(path, judged);
        let entry = |version: usize| self.repo.entry_in_tree(self.commits[version], path);
        let [ours, theirs, result] = [entry(0)?, entry(1)?, entry(RESULT)?];
        if self.rules.regenerate.contains(path) || ours == theirs {
            return Ok(());
        }
        if result == ours || result == theirs {
            let side = usize::from(result == ours);
            let went_elsewhere = self.added(side, path).is_some_and(|diff| lines::went_elsewhere(diff, fresh));
            let mode = |entry: &Option<TreeEntry>| entry.as_ref().map(|entry| entry.mode.clone());
            let is_same_kind = mode(&ours) == mode(&theirs);
            if !(went_elsewhere || is_same_kind && self.is_in_both(path, side, fresh)) {
                self.dropped(path, format!("dropped: all of {} {path}", SIDES[side]), judged);
            }
            return Ok(());
        }
        let texts = [0, 1, RESULT].map(|version| self.text(version, path));
        let merged: Vec<StagedEntry> = self.stages.iter().filter(|entry| entry.path == path).cloned().collect();
        let mode = mode_of(&merged);
        if let Some(what) = neither([ours.as_ref(), theirs.as_ref(), result.as_ref()], &texts, mode) {
            self.dropped(path, format!("{path} {what}"), judged);
        }
        let [Some(ours), Some(theirs), Some(result)] = &texts else { return Ok(()) };
        self.lost_at_clash(path, [ours, theirs, result], fresh, judged);
        Ok(())
    }

    /// Whether nothing of a side is lost although the other side's file stands there: both did the same, or that one more.
    fn is_in_both(&self, path: &str, side: usize, fresh: &Fresh<'_>) -> bool {
        let [Some(ours), Some(theirs), Some(result)] = &[0, 1, RESULT].map(|version| self.text(version, path)) else {
            return false;
        };
        let merged = self.merged(path);
        let Some(diff) = self.added(side, path) else { return false };
        let mut lost = Judged::default();
        self.lost_at_clash(path, [ours, theirs, result], fresh, &mut lost);
        lost == Judged::default() && lines::back_again(diff, &self.parts(path, &merged), result).is_empty()
    }

    fn lost_at_clash(&self, path: &str, texts: [&str; 3], fresh: &Fresh<'_>, judged: &mut Judged) {
        let [ours, theirs, result] = texts;
        let merged = self.merged(path);
        let parts = self.parts(path, &merged);
        let hunks = git::hunks(self.repo, self.tree, path, self.width(path)).unwrap_or_default();
        for what in lines::lost_clashes(&parts, &hunks, result, fresh) {
            self.dropped(path, format!("dropped: {} {path}:{}", SIDES[what.side], range(what.lines)), judged);
        }
        for (side, name) in SIDES.into_iter().enumerate() {
            let Some(diff) = self.added(side, path) else { continue };
            for line in lines::lost_lines(diff, &parts, result, fresh) {
                self.dropped(path, format!("dropped: {name} {path}:{line}"), judged);
            }
        }
        let Some(base) = self.base(path) else { return };
        let versions = Versions { base: &base, sides: [ours, theirs], result };
        for (side, line) in versions.undone() {
            self.dropped(
                path,
                format!("brought back: {path}:{line}, which {} change had removed", WHOSE[side]),
                judged,
            );
        }
        for line in versions.untouched_and_gone(fresh) {
            self.dropped(path, format!("dropped: {path}:{line}, which neither side had changed"), judged);
        }
    }

    /// A path that git merged, or that no side has, and that differs all the same.
    fn at_other(&self, path: &str, is_new: bool, fresh: &Fresh<'_>, judged: &mut Judged) {
        self.is_sound(path, judged);
        let sides: Vec<usize> = (0..SIDES.len()).filter(|side| self.added(*side, path).is_some()).collect();
        if sides.is_empty() && !is_new {
            judged.objections.push(format!("it edited {path}, which neither side had changed"));
            return;
        }
        judged.remarks.push(format!("besides the conflict it changed {path}"));
        let merged = self.merged(path);
        let parts = [Part::Merged(merged.split_inclusive('\n').collect())];
        let result = self.text(RESULT, path).unwrap_or_default();
        for (side, diff) in sides.iter().filter_map(|side| Some((*side, self.added(*side, path)?))) {
            for line in lines::lost_lines(diff, &parts, &result, fresh) {
                self.dropped(path, format!("dropped: {} {path}:{line}", SIDES[side]), judged);
            }
            for line in lines::back_again(diff, &parts, &result) {
                let what = format!("brought back: {path}:{line}, which {} change had removed", WHOSE[side]);
                self.dropped(path, what, judged);
            }
        }
    }

    /// No markers, and still what its name says: as far as the two sides were.
    fn is_sound(&self, path: &str, judged: &mut Judged) {
        let [ours, theirs, result] = [0, 1, RESULT].map(|version| self.text(version, path));
        let Some(text) = result else { return };
        let both = |holds: &dyn Fn(&str) -> bool| [&ours, &theirs].into_iter().flatten().all(|side| holds(side));
        let marked = |text: &str| !self.width(path).left_in(text).is_empty();
        if marked(&text) && both(&|side| !marked(side)) {
            judged.objections.push(format!("{path} has conflict markers"));
        } else if let Some(why) = parse::error(path, &text)
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

/// Whose change, in the order of [`Look::changes`].
const WHOSE: [&str; 2] = ["its own", "the landed"];

/// What is wrong with an entry that is that of neither side: only texts can be both at once. `mode` is that of both sides
/// merged, where there is one.
fn neither(entries: [Option<&TreeEntry>; 3], texts: &[Option<String>; 3], mode: Option<&str>) -> Option<&'static str> {
    let [ours, theirs, result] = entries;
    let sides = [ours, theirs];
    let is_file = |entry: &&TreeEntry| entry.mode.starts_with("100");
    let Some(result) = result else { return Some(GONE) };
    if !sides.into_iter().flatten().all(|entry| is_file(&entry)) || !is_file(&result) {
        return Some("is not a file on one side, and is now neither side's version");
    }
    // A file that a side has is a text or it is not; one that it lacks is no obstacle.
    let is_text = |n: usize| texts[n].is_some() || (n < RESULT && sides[n].is_none());
    if !(is_text(0) && is_text(1) && is_text(RESULT)) {
        return Some("is binary, and is now neither side's version");
    }
    let both = ours.is_some() && theirs.is_some();
    (both && mode != Some(result.mode.as_str())).then_some("does not have the mode that results from both sides")
}

/// Bytes that git would look at line by line; what is not UTF-8 in them is replaced.
fn text(bytes: Vec<u8>) -> Option<String> {
    /// As many as git looks at.
    const LOOKED_AT: usize = 8_000;
    let binary = bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0);
    (!binary).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn range(lines: Lines) -> String {
    if lines.count <= 1 { lines.first.to_string() } else { format!("{}-{}", lines.first, lines.last()) }
}

#[cfg(test)]
mod tests;
