//! Things that may be in a text once, and which of them came together in a merge.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::{ClashKind, SemanticClash};

/// Something that may be there once in what contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextMark {
    pub(super) kind: ClashKind,
    /// What it is, as people are told.
    pub(super) name: String,
    /// What else must be equal for two to be one too many: namespace, condition, source.
    pub(super) detail: String,
    /// What contains it, within one text.
    pub(super) container: String,
    /// Its line, from 1.
    pub(super) line: u32,
}

/// What is twice in the merged text and nowhere twice on either side.
pub(super) fn twice(path: &str, ours: &[TextMark], theirs: &[TextMark], merged: &[TextMark]) -> Vec<SemanticClash> {
    let before: BTreeSet<_> = repeated(ours).into_keys().chain(repeated(theirs).into_keys()).collect();
    let new = repeated(merged).into_iter().filter(|(what, _)| !before.contains(what));
    let clash = |((kind, name, _), lines): (Repeated<'_>, Vec<u32>)| SemanticClash {
        path: path.to_owned(),
        line: lines.last().copied().unwrap_or(0),
        kind,
        name: name.to_owned(),
        other: format!("line {}", lines.first().copied().unwrap_or(0)),
    };
    new.map(clash).collect()
}

type Repeated<'a> = (ClashKind, &'a str, &'a str);

/// What is there more than once in one container, with the lines of it. Where containers are told apart by nothing that
/// lasts, several of a text count together: an answer that errs towards silence.
fn repeated(marks: &[TextMark]) -> BTreeMap<Repeated<'_>, Vec<u32>> {
    let mut by_place: BTreeMap<(Repeated<'_>, &str), Vec<u32>> = BTreeMap::new();
    for mark in marks {
        let what = (mark.kind, mark.name.as_str(), mark.detail.as_str());
        by_place.entry((what, &mark.container)).or_default().push(mark.line);
    }
    by_place.into_iter().filter(|(_, lines)| lines.len() > 1).map(|((what, _), lines)| (what, lines)).collect()
}
