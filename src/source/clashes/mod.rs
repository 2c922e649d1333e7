//! What two changes break together though git merges them line by line: found by reading both sides and what was merged.
//!
//! One rule holds for all kinds but one: a thing that may be there once is there twice in the merged text, and once at most
//! on either side. So nothing that either side did by itself is found, and a text that repeats a name out of habit
//! (overloads, twins for two platforms, steps of a test) is left alone. False alarms cost more than misses here: what is
//! behind a condition, inside a function, or in a text that does not parse, is not looked at.
//!
//! | file | holds |
//! |---|---|
//! | `kinds.rs` | the table of kinds |
//! | `marks.rs` | things that may be there once, and the rule |
//! | `defined.rs`, `imported.rs`, `routed.rs`, `literals.rs` | such things in programs |
//! | `documents.rs` | keys of JSON, TOML and YAML |
//! | `migrations.rs` | numbers of migrations, by their paths |
//! | `missing.rs` | names that one side removed and the other uses |
//!
//! To add a kind: a row in `kinds.rs`, and marks for it.

mod defined;
mod documents;
mod imported;
mod kinds;
mod literals;
mod marks;
mod migrations;
mod missing;
mod routed;

use super::Parsed;
use super::language::Language;
use marks::TextMark;

pub use kinds::{CLASH_KINDS, ClashKind, SemanticClash};
pub use migrations::clashing_migrations;
pub use missing::{Removals, UsedNames, all_defined_in, defined_in, missing_names};

/// A file of both sides that git has merged.
#[derive(Debug, Clone, Copy)]
pub struct MergedText<'a> {
    /// On one side.
    pub ours: &'a str,
    /// On the other.
    pub theirs: &'a str,
    /// What became of them.
    pub merged: &'a str,
}

/// What is there twice in a merged file, and once on either side.
pub fn clashing_in(path: &str, texts: &MergedText<'_>) -> Vec<SemanticClash> {
    let read = |text| marks_of(path, text);
    let Some(merged) = read(texts.merged) else { return Vec::new() };
    match (read(texts.ours), read(texts.theirs)) {
        (Some(ours), Some(theirs)) => marks::twice(path, &ours, &theirs, &merged),
        _ => Vec::new(),
    }
}

/// Everything in a text that may be there once; none where it cannot be read as what its name says.
fn marks_of(path: &str, text: &str) -> Option<Vec<TextMark>> {
    if Language::with_grammar(path).is_none() {
        return documents::keys(path, text);
    }
    let parsed = Parsed::read(path, text).filter(Parsed::is_well_formed)?;
    let mut found = defined::definitions(&parsed);
    found.extend(imported::imports(&parsed));
    found.extend(literals::keys(&parsed));
    if !super::is_test_path(path) {
        found.extend(routed::routes(&parsed));
    }
    Some(found)
}

/// The symbols that hold any of these lines (from 1): what enclose a line innermost, by full name.
pub fn symbols_at(path: &str, text: &str, lines: &[u32]) -> std::collections::BTreeSet<String> {
    let Some(parsed) = Parsed::read(path, text) else { return std::collections::BTreeSet::new() };
    let all = parsed.definitions();
    let innermost = |line: &u32| {
        let around = all.iter().filter(|definition| definition.has_line(*line));
        around.min_by_key(|definition| definition.last_line - definition.first_line).map(super::Definition::full_name)
    };
    lines.iter().filter_map(innermost).collect()
}

#[cfg(test)]
mod tests;
