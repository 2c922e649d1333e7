//! Conflicts that are none: both sides added to a list whose order says nothing, or changed keys that stand side by side.
//!
//! git refuses changes that touch. Here they are put together line by line ([`weave`]) and taken only where what is known of
//! the kind of file shows that nothing else can be meant:
//!
//! - JSON, TOML: the values of the text are exactly those that both sides made, key by key;
//! - programs: what touches are whole imports, definitions, members or fields, all texts parse, and nothing is there twice;
//! - lists of lines (`.gitignore`, `requirements.txt`, `go.sum`) and entries of changelogs: lines were put in, none changed.
//!
//! Statements, arms, arguments and prose are left: their order means something.

mod documents;
mod weave;

use self::weave::{Touching, Woven, weave};
use crate::source::{self, Language, MergedText, Parsed};

/// Longest text that is looked at.
const MOST_BYTES: usize = 1 << 20;

/// Files that a tool makes from others: what is right in them is more than their keys.
const MADE: [&str; 12] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "Cargo.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "pdm.lock",
    "composer.lock",
    "Gemfile.lock",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
];

/// The three texts of a conflict.
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreeTexts<'t> {
    /// What both sides began with.
    pub(super) base: &'t str,
    /// Ours.
    pub(super) ours: &'t str,
    /// Theirs.
    pub(super) theirs: &'t str,
}

impl<'t> ThreeTexts<'t> {
    fn all(&self) -> [&'t str; 3] {
        [self.base, self.ours, self.theirs]
    }

    fn lines(&self) -> [Vec<String>; 3] {
        self.all().map(|text| text.split_inclusive('\n').map(str::to_owned).collect())
    }
}

/// The text that both sides mean, where there is only one.
pub(super) fn solved(path: &str, texts: &ThreeTexts<'_>) -> Option<String> {
    let name = source::file_name(path);
    let whole = |text: &str| text.len() <= MOST_BYTES && (text.is_empty() || text.ends_with('\n'));
    if MADE.contains(&name) || !texts.all().into_iter().all(whole) {
        return None;
    }
    let ending = path.rsplit_once('.').map_or("", |(_, end)| end);
    let text = match ending {
        "json" | "toml" => document(ending, texts)?,
        _ if Language::with_grammar(path).is_some() => program(path, texts)?,
        _ => lines(name, texts)?,
    };
    let merged = MergedText { ours: texts.ours, theirs: texts.theirs, merged: &text };
    source::clashing_in(path, &merged).is_empty().then_some(text)
}

fn woven(texts: &ThreeTexts<'_>) -> Option<Woven> {
    let [base, ours, theirs] = texts.lines();
    weave(&base, [&ours, &theirs])
}

fn document(ending: &str, texts: &ThreeTexts<'_>) -> Option<String> {
    let [base, ours, theirs] = texts.all().map(|text| documents::values(ending, text));
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let meant = documents::merged(Some(&base), Some(&ours), Some(&theirs))??;
    let text = if ending == "json" {
        let [base, ours, theirs] = texts.lines().map(|lines| documents::without_commas(&lines));
        documents::with_commas(&weave(&base, [&ours, &theirs])?.lines)
    } else {
        woven(texts)?.lines.concat()
    };
    (documents::values(ending, &text)? == meant).then_some(text)
}

fn program(path: &str, texts: &ThreeTexts<'_>) -> Option<String> {
    let woven = woven(texts)?;
    let read = |text| Parsed::read(path, text).filter(Parsed::is_well_formed);
    let (base, sides) = (read(texts.base)?, [read(texts.ours)?, read(texts.theirs)?]);
    let range = |lines: &std::ops::Range<usize>| lines.start as u32 + 1..lines.end as u32 + 1;
    let items = |it: &Touching| base.are_items(&range(&it.base)) && sides[it.side].are_items(&range(&it.now));
    let text = woven.lines.concat();
    (woven.touching.iter().all(items) && read(&text).is_some()).then_some(text)
}

fn lines(name: &str, texts: &ThreeTexts<'_>) -> Option<String> {
    let lower = name.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    let fits: fn(&str) -> bool = if begins(&["changelog", "changes", "history", "news"]) {
        |line| line.starts_with("- ") || line.starts_with("* ") || line.starts_with("  ")
    } else if begins(&["requirements"]) && lower.ends_with(".txt") {
        |line| line.starts_with(|c: char| c.is_ascii_alphanumeric())
    } else if [".gitignore", ".dockerignore", ".npmignore", ".prettierignore", "go.sum"].contains(&name) {
        |line| !line.starts_with(['!', '#'])
    } else {
        return None;
    };
    let woven = woven(texts)?;
    let [_, ours, theirs] = texts.lines();
    let sides = [&ours, &theirs];
    let new = || woven.touching.iter().flat_map(|it| &sides[it.side][it.now.clone()]);
    let only_added = woven.touching.iter().all(|it| it.base.is_empty());
    let about = |line: &String| -> String {
        let end = if begins(&["requirements"]) { line.find(['=', '<', '>', '~', '!', '[', ';', ' ']) } else { None };
        line[..end.unwrap_or(line.len())].trim().to_lowercase()
    };
    let mut subjects: Vec<String> = new().map(about).filter(|it| !it.is_empty()).collect();
    let known = subjects.len();
    subjects.sort_unstable();
    subjects.dedup();
    let sound = new().all(|line| line.trim().is_empty() || fits(line)) && subjects.len() == known;
    (only_added && sound).then(|| woven.lines.concat())
}

#[cfg(test)]
mod tests;
