//! What one side removed and the other began to use, where the name alone does not say whether it is the same: functions of
//! types, and names that come through third files. Somebody who knows types is asked (Serena, where the user has her), in
//! the tree of the side that uses it, which has the definition still. Without an answer only what is certain is told: a
//! function of a type that the file names, and of a name that nothing else in the tree has.

use std::collections::BTreeMap;

use super::semantic::{SideFacts, SidesMerged, Suspect, semantic_clashes, text_at, text_in};
use crate::git::Repo;
use crate::model::Oid;
use crate::source::{ClashKind, SemanticClash, all_defined_in, uses_of};
use crate::symbols::{SymbolName, SymbolUse, is_defined_elsewhere};

/// Where the files of a commit use each symbol; none where nobody knows.
pub type AskUses<'a> = dyn Fn(&Oid, &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> + 'a;

/// Nobody knows.
pub fn ask_nobody(_: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> {
    vec![None; symbols.len()]
}

/// Symbols asked about for one pair: a side that removes more is a rewrite, and clashes elsewhere, too.
const MOST_ASKED: usize = 20;

/// What two sides break together by symbols that one removed. What [`semantic_clashes`] finds is not found again.
pub fn clashes_by_types(
    repo: &Repo,
    (ours, theirs): (&SideFacts, &SideFacts),
    sides: &SidesMerged<'_>,
    ask: &AskUses<'_>,
) -> Vec<SemanticClash> {
    let pairs = [(ours.suspects(theirs), sides.theirs), (theirs.suspects(ours), sides.ours)];
    if pairs.iter().all(|(suspects, _)| suspects.is_empty()) {
        return Vec::new();
    }
    let known = semantic_clashes(repo, (ours, theirs), sides).unwrap_or_default();
    let is_known = |it: &Suspect| known.iter().any(|clash| clash.path == it.used_in && clash.name == it.symbol.full());
    let mut found = Vec::new();
    for (mut suspects, user) in pairs {
        suspects.retain(|it| !is_known(it));
        found.extend(confirmed(repo, user, &suspects, sides.merged, ask));
    }
    found.sort();
    found.dedup();
    found
}

/// The suspects that are what they look like.
fn confirmed(
    repo: &Repo,
    user: &Oid,
    suspects: &[Suspect],
    merged: Option<&Oid>,
    ask: &AskUses<'_>,
) -> Vec<SemanticClash> {
    let mut asked: Vec<SymbolName> = suspects.iter().map(|it| it.symbol.clone()).collect();
    asked.sort();
    asked.dedup();
    asked.truncate(MOST_ASKED);
    let answers = if asked.is_empty() { Vec::new() } else { ask(user, &asked) };
    let answers: BTreeMap<SymbolName, Option<Vec<SymbolUse>>> = asked.into_iter().zip(answers).collect();
    let mut found = Vec::new();
    for suspect in suspects {
        let Some(answer) = answers.get(&suspect.symbol) else { continue };
        let line = match answer {
            Some(uses) => uses.iter().filter(|it| it.path == suspect.used_in).map(|it| it.line).max(),
            None => certain_use(repo, user, suspect),
        };
        found.extend(line.and_then(|line| clash(repo, suspect, line, merged)));
    }
    found
}

/// The last line that uses it for sure, by reading alone.
fn certain_use(repo: &Repo, user: &Oid, Suspect { symbol, used_in }: &Suspect) -> Option<u32> {
    // Top-level names were looked for by their imports.
    let text = text_at(repo, user, used_in).filter(|_| symbol.names.len() > 1)?;
    let used = uses_of(used_in, &text, &symbol.path, &symbol.names);
    let line = used.last()?.line;
    (!is_defined_elsewhere(repo, user, symbol)).then_some(line)
}

/// None where the merged tree has the symbol back, or uses it no more.
fn clash(repo: &Repo, Suspect { symbol, used_in }: &Suspect, line: u32, merged: Option<&Oid>) -> Option<SemanticClash> {
    let mut line = line;
    if let Some(tree) = merged {
        let text = text_in(repo, tree, used_in)?;
        let has = |text: &str| all_words(text).any(|word| word == symbol.own());
        let at = |n: u32| text.lines().nth(n as usize - 1).is_some_and(has);
        if !at(line) {
            line = text.lines().position(has)? as u32 + 1;
        }
        let left = text_in(repo, tree, &symbol.path).unwrap_or_default();
        if all_defined_in(&symbol.path, &left).contains(symbol.own()) {
            return None;
        }
    }
    let (path, other) = (used_in.clone(), symbol.path.clone());
    Some(SemanticClash { path, line, kind: ClashKind::Missing, name: symbol.full(), other })
}

fn all_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
}
