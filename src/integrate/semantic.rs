//! What two sides break together though git merges them: what each did is read once, then every pair is compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::git::{self, Repo};
use crate::journal::ConflictPath;
use crate::model::{Oid, Result};
use crate::source::{
    self, Language, MergedText, Removals, SemanticClash, UsedNames, clashing_in, clashing_migrations, defined_in,
    missing_names,
};
use crate::symbols::SymbolName;

/// Files of one side that are read: a change of more is no work of one task (renamed folders, formatting).
const MOST_FILES: usize = 400;

/// Bytes of a file that are read.
const MOST_BYTES: usize = 1 << 20;

/// What one side did, as far as it can clash with another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFacts {
    /// Paths that are there and that it changed or made.
    changed: BTreeSet<String>,
    /// Paths that are new.
    added: BTreeSet<String>,
    /// Names that it removed.
    removed: Removals,
    /// Names that it uses more than before, by file.
    used: BTreeMap<String, UsedNames>,
    /// Definitions that it changed, by file.
    symbols: BTreeMap<String, BTreeSet<String>>,
}

impl SideFacts {
    /// Reads what a side did from `base` to `tip`.
    ///
    /// # Errors
    /// Git cannot compare them.
    pub fn read(repo: &Repo, base: &Oid, tip: &Oid) -> Result<SideFacts> {
        let mut facts = SideFacts::default();
        let files = git::file_diffs(repo, base, tip)?;
        let text = |commit: &Oid, path: &str| text_at(repo, commit, path).unwrap_or_default();
        let is_program = |path: &str| Language::with_grammar(path).is_some();
        let programs: Vec<_> =
            files.iter().filter(|file| is_program(&file.path) && !file.binary).take(MOST_FILES).collect();
        let after: BTreeMap<&str, String> =
            programs.iter().map(|file| (file.path.as_str(), text(tip, &file.path))).collect();
        let defines: BTreeMap<&str, BTreeSet<String>> =
            after.iter().map(|(path, text)| (*path, defined_in(path, text))).collect();
        for file in &files {
            if file.new_mode != 0 {
                facts.changed.insert(file.path.clone());
            }
            if file.old_mode == 0 && file.new_mode != 0 {
                facts.added.insert(file.path.clone());
            }
        }
        let at_any_depth: BTreeSet<String> =
            after.iter().flat_map(|(path, text)| source::all_defined_in(path, text)).collect();
        for file in programs {
            let (path, now) = (file.path.as_str(), after[file.path.as_str()].as_str());
            let old = file.old_path.as_deref().unwrap_or(path);
            let before = text(base, old);
            let elsewhere: BTreeSet<String> = defines.values().flatten().cloned().collect();
            facts.removed.add(old, &before, now, &elsewhere);
            facts.removed.add_members(old, &before, now, &at_any_depth);
            let used = UsedNames::new(path, &before, now);
            if !used.0.is_empty() {
                facts.used.insert(path.to_owned(), used);
            }
            let lines = |lines: &[git::Line]| lines.iter().map(|line| line.number).collect::<Vec<_>>();
            let mut symbols = source::symbols_at(path, now, &lines(&file.added));
            symbols.extend(source::symbols_at(old, &before, &lines(&file.removed)));
            if !symbols.is_empty() {
                facts.symbols.insert(path.to_owned(), symbols);
            }
        }
        Ok(facts)
    }

    /// What another step did besides.
    pub(super) fn take_in(&mut self, step: SideFacts) {
        self.changed.extend(step.changed);
        self.added.extend(step.added);
        for (path, names) in step.removed.by_file {
            self.removed.by_file.entry(path).or_default().extend(names);
        }
        for (path, names) in step.removed.members {
            self.removed.members.entry(path).or_default().extend(names);
        }
        for (path, used) in step.used {
            self.used.entry(path).or_default().0.extend(used.0);
        }
        for (path, names) in step.symbols {
            self.symbols.entry(path).or_default().extend(names);
        }
    }

    /// What this side removed and the other began to use by its name, where the name alone does not say that it is the one.
    pub(super) fn suspects(&self, using: &SideFacts) -> Vec<Suspect> {
        let top = self.removed.by_file.iter().flat_map(|(from, names)| names.iter().map(move |name| (from, name)));
        let members = self.removed.members.iter().flat_map(|(from, names)| names.iter().map(move |name| (from, name)));
        let mut found = Vec::new();
        for (from, full) in top.chain(members) {
            let symbol = SymbolName { path: from.clone(), names: full.split('.').map(str::to_owned).collect() };
            let language = Language::with_grammar(from);
            for (path, used) in &using.used {
                let theirs = Language::with_grammar(path);
                let both = [language, theirs].iter().all(|it| it.is_some_and(Language::is_script));
                if used.0.contains_key(symbol.own()) && (language == theirs || both) && path != from {
                    found.push(Suspect { symbol: symbol.clone(), used_in: path.clone() });
                }
            }
        }
        found
    }

    /// Whether this side removed a name that the other uses.
    fn misses(&self, other: &SideFacts) -> bool {
        let removed = || self.removed.by_file.values().flatten();
        other.used.values().any(|used| removed().any(|name| used.0.contains_key(name)))
    }
}

/// A symbol that one side removed, and a file of the other that uses something of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suspect {
    pub(super) symbol: SymbolName,
    pub(super) used_in: String,
}

/// One merge of two sides: where each stands, and the tree that git made of them; without one, where no file is
/// changed by both, the files of the one that changed them.
#[derive(Debug, Clone, Copy)]
pub struct SidesMerged<'a> {
    /// One side's commit.
    pub ours: &'a Oid,
    /// The other's.
    pub theirs: &'a Oid,
    /// The tree that became of them.
    pub merged: Option<&'a Oid>,
}

/// What two sides break together, in the order of the paths.
///
/// # Errors
/// Git cannot read the files.
pub fn semantic_clashes(
    repo: &Repo,
    (ours, theirs): (&SideFacts, &SideFacts),
    sides: &SidesMerged<'_>,
) -> Result<Vec<SemanticClash>> {
    let both = ours.changed.intersection(&theirs.changed).filter(|path| may_clash(path));
    let mut found = Vec::new();
    for path in both.take(MOST_FILES) {
        let Some(tree) = sides.merged else { break };
        let texts = (text_at(repo, sides.ours, path), text_at(repo, sides.theirs, path), text_in(repo, tree, path));
        if let (Some(ours), Some(theirs), Some(merged)) = texts {
            found.extend(clashing_in(path, &MergedText { ours: &ours, theirs: &theirs, merged: &merged }));
        }
    }
    let new = |facts: &'_ SideFacts, other: &SideFacts| -> Vec<String> {
        facts.added.difference(&other.added).cloned().collect()
    };
    let (here, there) = (new(ours, theirs), new(theirs, ours));
    let is_there = |path: &str| sides.merged.is_none_or(|tree| repo.file_in_tree(tree, path).is_ok());
    let migrations = clashing_migrations(&here, &there).into_iter();
    found.extend(migrations.filter(|it| is_there(&it.path) && is_there(&it.other)));
    for (removing, using, user) in [(ours, theirs, sides.theirs), (theirs, ours, sides.ours)] {
        found.extend(missing(repo, removing, using, user, sides.merged));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn missing(
    repo: &Repo,
    removing: &SideFacts,
    using: &SideFacts,
    user: &Oid,
    merged: Option<&Oid>,
) -> Vec<SemanticClash> {
    if !removing.misses(using) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (path, used) in &using.used {
        let text = match merged {
            Some(tree) => text_in(repo, tree, path),
            None if removing.changed.contains(path) => None,
            None => text_at(repo, user, path),
        };
        // Whoever put a name back in its file's place took care of it.
        let is_gone = |it: &SemanticClash| {
            let left = merged.and_then(|tree| text_in(repo, tree, &it.other)).unwrap_or_default();
            !defined_in(&it.other, &left).contains(&it.name)
        };
        let all = text.map(|text| missing_names(&removing.removed, path, used, &text)).unwrap_or_default();
        found.extend(all.into_iter().filter(is_gone));
    }
    found
}

/// The definitions that both sides changed, by file.
pub fn same_symbols(ours: &SideFacts, theirs: &SideFacts) -> Vec<ConflictPath> {
    let both = |(path, symbols): (&String, &BTreeSet<String>)| {
        let shared: Vec<String> = symbols.intersection(theirs.symbols.get(path)?).cloned().collect();
        let kind = format!("same symbol: {}", shared.join(", "));
        (!shared.is_empty()).then(|| ConflictPath { path: path.clone(), kind, lines: String::new() })
    };
    ours.symbols.iter().filter_map(both).collect()
}

/// A clash as a path in conflict is told.
pub fn as_conflict(clash: &SemanticClash) -> ConflictPath {
    let line = if clash.line == 0 { String::new() } else { clash.line.to_string() };
    ConflictPath {
        path: clash.path.clone(),
        kind: format!("{}; the other: {}", clash.words().replace('`', ""), clash.other),
        lines: line,
    }
}

fn may_clash(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    Language::with_grammar(path).is_some() || matches!(ending, "json" | "toml" | "yaml" | "yml")
}

pub(super) fn text_at(repo: &Repo, commit: &Oid, path: &str) -> Option<String> {
    text_in(repo, &repo.tree_of(commit).ok()?, path)
}

pub(super) fn text_in(repo: &Repo, tree: &Oid, path: &str) -> Option<String> {
    let bytes = repo.file_in_tree(tree, path).ok().filter(|bytes| bytes.len() <= MOST_BYTES)?;
    String::from_utf8(bytes).ok()
}
