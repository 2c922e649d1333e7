//! The built-in answer: files that have the name are read, and say by their imports whether they mean it.

use std::collections::BTreeSet;

use super::seam::UseSource;
use super::symbol::{SymbolName, SymbolUse};
use crate::git::Repo;
use crate::model::Oid;
use crate::source::{Language, Parsed, uses_of};

/// Files of a language that are looked through; in larger repositories there is no answer rather than a slow one.
const MOST_FILES: usize = 20_000;
/// Longer files are data.
const MOST_BYTES: usize = 1 << 20;

/// Our own reader.
#[derive(Debug)]
pub(super) struct BuiltIn {
    repo: Repo,
}

impl BuiltIn {
    pub(super) fn new(repo: &Repo) -> BuiltIn {
        BuiltIn { repo: repo.clone() }
    }
}

impl UseSource for BuiltIn {
    fn serves(&self, path: &str) -> bool {
        Language::with_grammar(path).is_some()
    }

    fn uses(&mut self, commit: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> {
        let wanted: BTreeSet<Language> = symbols.iter().filter_map(|it| Language::with_grammar(&it.path)).collect();
        let scripts = wanted.iter().any(|language| language.is_script());
        let is_wanted = |path: &str| {
            let language = Language::with_grammar(path);
            language.is_some_and(|it| wanted.contains(&it) || (scripts && it.is_script()))
        };
        let Ok(mut files) = self.repo.files_with_blobs(commit) else { return vec![None; symbols.len()] };
        files.retain(|(path, _)| is_wanted(path));
        if files.len() > MOST_FILES {
            return vec![None; symbols.len()];
        }
        let mut found = vec![Vec::new(); symbols.len()];
        for (path, blob) in files {
            let bytes = self.repo.blob(&blob).ok().filter(|bytes| bytes.len() <= MOST_BYTES);
            let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else { continue };
            for (symbol, found) in symbols.iter().zip(&mut found) {
                if symbol.path != path && text.contains(symbol.own()) {
                    let used = uses_of(&path, &text, &symbol.path, &symbol.names);
                    found.extend(used.into_iter().map(|it| SymbolUse { path: path.clone(), line: it.line }));
                }
            }
        }
        found.into_iter().map(Some).collect()
    }
}

/// Whether a tree defines another symbol of this name, in whatever file of the language.
pub fn is_defined_elsewhere(repo: &Repo, commit: &Oid, symbol: &SymbolName) -> bool {
    let language = Language::with_grammar(&symbol.path);
    let is_script = language.is_some_and(Language::is_script);
    let is_alike = |path: &str| {
        let theirs = Language::with_grammar(path);
        theirs == language || (is_script && theirs.is_some_and(Language::is_script))
    };
    // Where nobody can look nothing is certain.
    let Ok(files) = repo.files_with_blobs(commit) else { return true };
    let files: Vec<_> = files.into_iter().filter(|(path, _)| is_alike(path)).collect();
    let defines = |path: &str, text: &str| {
        let Some(parsed) = Parsed::read(path, text) else { return true };
        let mut others = parsed.definitions().into_iter().filter(|it| it.name == symbol.own());
        others.any(|it| path != symbol.path || it.full_name() != symbol.full())
    };
    let has_other = |(path, blob): &(String, Oid)| {
        let bytes = repo.blob(blob).ok().filter(|bytes| bytes.len() <= MOST_BYTES);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.is_some_and(|text| text.contains(symbol.own()) && defines(path, &text))
    };
    files.len() > MOST_FILES || files.iter().any(has_other)
}
