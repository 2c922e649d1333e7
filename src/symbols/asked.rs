//! Whom to ask, and in which order.

use std::sync::{Mutex, PoisonError};

use super::built_in::BuiltIn;
use super::kept::KeptUses;
use super::report::{FileSymbols, defined_in, words};
use super::seam::UseSource;
use super::serena::{Serena, SerenaPlace};
use super::symbol::{SymbolName, SymbolUse};
use crate::git::Repo;
use crate::model::{Oid, SymbolOptions, SymbolReader};

/// Who knows about symbols in a run.
#[derive(Debug)]
pub struct Symbols {
    repo: Repo,
    inner: Mutex<SymbolSources>,
}

#[derive(Debug)]
struct SymbolSources {
    /// Serena, where she is asked.
    serena: Option<Box<dyn UseSource>>,
    /// None: nobody is to be asked at all.
    built_in: Option<BuiltIn>,
    kept: KeptUses,
    told: bool,
}

impl Symbols {
    /// As the run's options say; `place` is where Serena stands.
    pub fn new(repo: &Repo, options: &SymbolOptions, place: SerenaPlace) -> Symbols {
        let serena = (options.reader == SymbolReader::Serena)
            .then(|| Box::new(Serena::new(repo, &options.servers(), place)) as Box<dyn UseSource>);
        let built_in = (options.reader != SymbolReader::Off).then(|| BuiltIn::new(repo));
        let inner = SymbolSources { serena, built_in, kept: KeptUses::of(repo), told: false };
        Symbols { repo: repo.clone(), inner: Mutex::new(inner) }
    }

    /// A line for each of these files that defines something at `commit`: what, and who uses it.
    pub fn about(&self, commit: &Oid, paths: &[String]) -> Vec<String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.built_in.is_none() {
            return Vec::new();
        }
        let mut files: Vec<FileSymbols> = defined_in(&self.repo, commit, paths);
        let asked: Vec<SymbolName> =
            files.iter().flat_map(|file| file.symbols.iter().map(|it| it.name.clone())).collect();
        let answers = inner.uses(&self.repo, commit, &asked);
        let all = files.iter_mut().flat_map(|file| &mut file.symbols);
        all.zip(answers).for_each(|(symbol, uses)| symbol.uses = uses.unwrap_or_default());
        files.iter().filter(|file| !file.symbols.is_empty()).map(words).collect()
    }

    /// Where a commit uses symbols, as far as Serena says; none where she does not.
    pub fn known_by_types(&self, commit: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.by_types(&self.repo, commit, symbols)
    }

    /// What people should know, once.
    pub fn complaint(&self) -> Option<String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let words = inner.serena.as_mut()?.complaint()?;
        (!std::mem::replace(&mut inner.told, true)).then_some(words)
    }

    /// Nobody asks any more. One who is asking just now is not waited for: the server ends with this process.
    pub fn end(&self) {
        let Ok(mut inner) = self.inner.try_lock() else { return };
        if let Some(serena) = &mut inner.serena {
            serena.end();
        }
    }
}

impl SymbolSources {
    /// Each symbol asked of Serena if she reads its file, and of ourselves where she has no answer.
    fn uses(&mut self, repo: &Repo, commit: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> {
        let mut found = self.by_types(repo, commit, symbols);
        let open: Vec<usize> = (0..symbols.len()).filter(|n| found[*n].is_none()).collect();
        let asked: Vec<SymbolName> = open.iter().map(|n| symbols[*n].clone()).collect();
        if let Some(built_in) = self.built_in.as_mut().filter(|_| !asked.is_empty()) {
            let answers = built_in.uses(commit, &asked);
            open.into_iter().zip(answers).for_each(|(n, uses)| found[n] = uses);
        }
        found
    }

    fn by_types(&mut self, repo: &Repo, commit: &Oid, symbols: &[SymbolName]) -> Vec<Option<Vec<SymbolUse>>> {
        let Some(serena) = &mut self.serena else { return vec![None; symbols.len()] };
        let mut found: Vec<Option<Vec<SymbolUse>>> =
            symbols.iter().map(|symbol| self.kept.get(repo, commit, symbol)).collect();
        let open: Vec<usize> =
            (0..symbols.len()).filter(|n| found[*n].is_none() && serena.serves(&symbols[*n].path)).collect();
        if open.is_empty() {
            return found;
        }
        let asked: Vec<SymbolName> = open.iter().map(|n| symbols[*n].clone()).collect();
        let answers = serena.uses(commit, &asked);
        let known = asked.into_iter().zip(&answers).filter_map(|(symbol, uses)| Some((symbol, uses.clone()?)));
        self.kept.put(repo, commit, &known.collect::<Vec<_>>());
        open.into_iter().zip(answers).for_each(|(n, uses)| found[n] = uses);
        found
    }
}
