//! Answers that were given, by the tree that they are about. Trees never change, so neither do answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::symbol::{SymbolName, SymbolUse};
use crate::git::Repo;
use crate::model::Oid;

/// Answers that are kept; then it begins anew.
const MOST: usize = 2_000;

/// What language servers answered in this repository.
#[derive(Debug, Clone, Default)]
pub struct KeptUses {
    file: PathBuf,
    known: BTreeMap<String, Vec<SymbolUse>>,
}

impl KeptUses {
    /// What is kept of a repository; what cannot be read is as if there were none.
    pub fn of(repo: &Repo) -> KeptUses {
        let file = repo.common_dir().join("orca").join("symbols.json");
        let read = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        KeptUses { file, known: read.unwrap_or_default() }
    }

    /// Where a commit uses a symbol.
    pub fn get(&self, repo: &Repo, commit: &Oid, symbol: &SymbolName) -> Option<Vec<SymbolUse>> {
        self.known.get(&key(repo, commit, symbol)?).cloned()
    }

    /// Takes answers in and keeps them. Where that cannot be they are asked for again.
    pub(super) fn put(&mut self, repo: &Repo, commit: &Oid, answers: &[(SymbolName, Vec<SymbolUse>)]) {
        if answers.is_empty() {
            return;
        }
        if self.known.len() + answers.len() > MOST {
            self.known.clear();
        }
        let keyed = answers.iter().filter_map(|(symbol, uses)| Some((key(repo, commit, symbol)?, uses.clone())));
        self.known.extend(keyed);
        let write = || -> std::io::Result<()> {
            let folder = self.file.parent().unwrap_or(&self.file);
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(&self.known)?)?;
            file.persist(&self.file).map(drop).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "answers about symbols are not kept");
        }
    }
}

fn key(repo: &Repo, commit: &Oid, symbol: &SymbolName) -> Option<String> {
    let tree = repo.tree_of(commit).ok()?;
    let text = serde_json::to_vec(&(tree.as_str(), symbol)).ok()?;
    Some(Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}
