//! What merging two trees came to, kept between calls: a forecast asks for the same pairs again and again, and only those
//! whose work went on have to be merged.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::git::Repo;
use crate::journal::ConflictPath;
use crate::model::{Oid, Result};

/// What came of merging a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PairVerdict {
    /// Where git finds a conflict.
    pub(super) paths: Vec<ConflictPath>,
    /// Whether all of it has a rule.
    pub(super) by_rule: bool,
}

/// The verdicts of the last call, and those of this one.
pub(super) struct Verdicts {
    file: PathBuf,
    before: BTreeMap<String, PairVerdict>,
    now: BTreeMap<String, PairVerdict>,
}

impl Verdicts {
    /// Those kept for a repository; what cannot be read is as if there were none.
    pub(super) fn of(repo: &Repo) -> Verdicts {
        Verdicts::at(repo.common_dir().join("orca").join("forecast.json"))
    }

    fn at(file: PathBuf) -> Verdicts {
        let before = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Verdicts { file, before, now: BTreeMap::new() }
    }

    /// The verdict on a pair, if it is known.
    pub(super) fn get(&mut self, key: &str) -> Option<PairVerdict> {
        let known = self.before.get(key)?.clone();
        self.now.insert(key.to_owned(), known.clone());
        Some(known)
    }

    /// Takes in a new one.
    pub(super) fn put(&mut self, key: String, verdict: PairVerdict) {
        self.now.insert(key, verdict);
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
    let mut digest = Sha256::new();
    for text in [repo.tree_of(a)?.as_str(), repo.tree_of(b)?.as_str(), &base, rules] {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    Ok(digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_kept_and_what_nobody_asks_for_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orca/forecast.json");
        let clean = PairVerdict { paths: Vec::new(), by_rule: false };
        let mut first = Verdicts::at(file.clone());
        assert_eq!(first.get("a"), None);
        first.put("a".to_owned(), clean.clone());
        first.put("b".to_owned(), PairVerdict { by_rule: true, ..clean.clone() });
        first.keep();
        let mut second = Verdicts::at(file.clone());
        assert_eq!(second.get("a"), Some(clean.clone()));
        second.keep();
        let mut third = Verdicts::at(file.clone());
        assert_eq!((third.get("a"), third.get("b")), (Some(clean), None));
        fs::write(&file, "no verdicts").unwrap();
        assert_eq!(Verdicts::at(file.clone()).get("a"), None, "what cannot be read is as if there were none");
    }
}
