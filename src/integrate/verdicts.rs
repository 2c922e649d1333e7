//! What merging two trees came to, kept between calls: a forecast asks for the same pairs again and again, and only those
//! whose work went on have to be merged.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::git::Repo;
use crate::journal::ConflictPath;
use crate::model::{Oid, Result};

/// What came of merging a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PairVerdict {
    /// Where git finds a conflict.
    pub(super) paths: Vec<ConflictPath>,
    /// Whether all of it has a rule.
    pub(super) by_rule: bool,
    /// Definitions that both change.
    pub(super) symbols: Vec<ConflictPath>,
    /// What they break together though git merges them.
    pub(super) clashes: Vec<ConflictPath>,
}

/// What the last call found out, and what this one did.
pub(super) struct KeptAnswers<T> {
    file: PathBuf,
    before: BTreeMap<String, T>,
    now: BTreeMap<String, T>,
}

impl<T: Clone + PartialEq + Serialize + DeserializeOwned> KeptAnswers<T> {
    /// What is kept for a repository under `name`; what cannot be read is as if there were none.
    pub(super) fn of(repo: &Repo, name: &str) -> KeptAnswers<T> {
        KeptAnswers::at(repo.common_dir().join("orca").join(name))
    }

    fn at(file: PathBuf) -> KeptAnswers<T> {
        let before = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        KeptAnswers { file, before, now: BTreeMap::new() }
    }

    /// What is known by this name.
    pub(super) fn get(&mut self, key: &str) -> Option<T> {
        let known = self.before.get(key)?.clone();
        self.now.insert(key.to_owned(), known.clone());
        Some(known)
    }

    /// Takes in something new.
    pub(super) fn put(&mut self, key: String, value: T) {
        self.now.insert(key, value);
    }

    /// Keeps what this call asked for; the rest is out of date. Where it cannot be kept it is found out again.
    pub(super) fn keep(self) {
        if self.now == self.before {
            return;
        }
        let write = || -> std::io::Result<()> {
            let folder = self.file.parent().unwrap_or(&self.file);
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(&self.now)?)?;
            file.persist(&self.file).map(drop).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "the forecast's verdicts are not kept");
        }
    }
}

/// The name of a pair: both trees, what they have in common, and the rules. Two snapshots of the same files are the same.
///
/// # Errors
/// Git cannot read the commits.
pub(super) fn key(repo: &Repo, (a, b): (&Oid, &Oid), rules: &str) -> Result<String> {
    let base = repo.merge_base(a, b)?.map(|base| base.to_string()).unwrap_or_default();
    Ok(digest_of(&[repo.tree_of(a)?.as_str(), repo.tree_of(b)?.as_str(), &base, rules]))
}

/// The name of what a side did: its trees, and the version of what reads them.
///
/// # Errors
/// Git cannot read the commits.
pub(super) fn side_key(repo: &Repo, base: &Oid, tip: &Oid) -> Result<String> {
    Ok(digest_of(&[repo.tree_of(base)?.as_str(), repo.tree_of(tip)?.as_str(), env!("CARGO_PKG_VERSION"), "2"]))
}

fn digest_of(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_kept_and_what_nobody_asks_for_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orca/forecast.json");
        let clean = PairVerdict::default();
        let mut first = KeptAnswers::<PairVerdict>::at(file.clone());
        assert_eq!(first.get("a"), None);
        first.put("a".to_owned(), clean.clone());
        first.put("b".to_owned(), PairVerdict { by_rule: true, ..clean.clone() });
        first.keep();
        let mut second = KeptAnswers::<PairVerdict>::at(file.clone());
        assert_eq!(second.get("a"), Some(clean.clone()));
        second.keep();
        let mut third = KeptAnswers::<PairVerdict>::at(file.clone());
        assert_eq!((third.get("a"), third.get("b")), (Some(clean), None));
        fs::write(&file, "no verdicts").unwrap();
        assert_eq!(
            KeptAnswers::<PairVerdict>::at(file.clone()).get("a"),
            None,
            "what cannot be read is as if there were none"
        );
    }
}
