//! Ids, parsed once at the border and trusted afterwards.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Error, ErrorKind};

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_newtype! {
    /// A task's id: a valid ref component and file name on every system, at most 100 bytes. Unique in a plan, ignoring case.
    TaskId
}
text_newtype! {
    /// A run's id: sortable and short, e.g. `20261120-1812-k3`.
    RunId
}
text_newtype! {
    /// A git object id: 40 or 64 lowercase hex digits.
    Oid
}
text_newtype! {
    /// A path inside the repository: relative, `/`-separated, without `.`, `..`, `.git` or control characters.
    RepoPath
}
text_newtype! {
    /// A gate's name: what is valid for a task id.
    GateName
}
text_newtype! {
    /// An agent's own name for a conversation that can be gone on with. It comes from the agent and goes onto command
    /// lines: letters, digits and `-_.:` only, at most 200 bytes, and never like an option.
    SessionId
}

/// Longest task id, bytes (DESIGN 4).
const MAX_ID: usize = 100;

/// Names that some systems reserve whatever their ending.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "head", "orca"];

fn id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn reserved(id: &str) -> bool {
    let stem = id.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.len() == 4
        && (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.ends_with(|c: char| c.is_ascii_digit());
    numbered || RESERVED.contains(&stem.as_str())
}

fn safe_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_ID
        && id.chars().all(id_char)
        && !id.starts_with(['-', '.'])
        && !id.ends_with('.')
        && !id.to_ascii_lowercase().ends_with(".lock")
        && !id.contains("..")
        && !reserved(id)
}

fn bad(what: &str, text: &str, rule: &str) -> Error {
    let shown: String = text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
    Error::new(ErrorKind::Usage, format!("reading the {what} `{shown}`"), rule.to_owned())
}

impl FromStr for TaskId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if safe_id(text) { Ok(TaskId(text.to_owned())) } else { Err(bad("task id", text, "not a valid task id")) }
    }
}

impl FromStr for SessionId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = text.chars().all(|c| id_char(c) || c == ':') && !text.starts_with('-');
        if plain && (1..=200).contains(&text.len()) {
            Ok(SessionId(text.to_owned()))
        } else {
            Err(bad("session", text, "not a valid session id"))
        }
    }
}

impl TaskId {
    /// Maps any text to a safe id that differs, ignoring case, from all in `taken`, and adds it there.
    ///
    /// Texts that are safe and free map to themselves. Others keep what is safe of them; what was too long ends in a
    /// digest of the whole, so that the result depends on the text and on `taken` only.
    pub fn mapped(raw: &str, taken: &mut HashSet<String>) -> TaskId {
        let mut id: String = raw.trim().chars().map(|c| if id_char(c) { c } else { '-' }).collect();
        while id.contains("..") {
            id = id.replace("..", ".");
        }
        while id.contains("--") && !raw.contains("--") {
            id = id.replace("--", "-");
        }
        let mut id = id.trim_start_matches(['-', '.']).trim_end_matches(['.', '-']).to_owned();
        if id.to_ascii_lowercase().ends_with(".lock") {
            id.push('-');
            id.push('1');
        }
        if id.len() > MAX_ID - 12 && !safe_id(&id) || id.len() > MAX_ID {
            id.truncate(MAX_ID - 20);
            id = format!("{}-{:08x}", id.trim_end_matches(['.', '-']), crc32fast::hash(raw.as_bytes()));
        }
        if id.is_empty() || reserved(&id) {
            id = format!("task-{id}").trim_end_matches('-').to_owned();
        }
        let mut free = id.clone();
        let mut n = 2;
        while taken.contains(&free.to_ascii_lowercase()) || !safe_id(&free) {
            free = format!("{}-{n}", &id[..id.len().min(MAX_ID - 8)]);
            n += 1;
        }
        taken.insert(free.to_ascii_lowercase());
        TaskId(free)
    }
}

impl FromStr for GateName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if safe_id(text) {
            Ok(GateName(text.to_owned()))
        } else {
            Err(bad("gate name", text, "not a valid name: use letters, digits, - and _"))
        }
    }
}

impl FromStr for RunId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if safe_id(text) && text.len() <= 40 {
            Ok(RunId(text.to_owned()))
        } else {
            Err(bad("run id", text, "not a valid run id"))
        }
    }
}

impl FromStr for Oid {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if hex && (text.len() == 40 || text.len() == 64) {
            Ok(Oid(text.to_owned()))
        } else {
            Err(bad("object id", text, "not 40 or 64 hex digits"))
        }
    }
}

impl Oid {
    /// The first seven digits, as git shows them in small repositories.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl FromStr for RepoPath {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches("./").trim_end_matches('/');
        let parts_ok =
            text.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"));
        if parts_ok && !text.contains(['\\', '\0']) && !text.chars().any(char::is_control) && text.len() <= 4096 {
            Ok(RepoPath(text.to_owned()))
        } else {
            Err(bad("path", text, "not a path inside the repository"))
        }
    }
}

/// One attempt: task and number from 1. Shown as `T003.2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The task.
    pub task: TaskId,
    /// Counts from 1.
    pub n: u32,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.task, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_ids_map_to_safe_ones() {
        let mut taken = HashSet::new();
        let long = "x".repeat(300);
        let table = [
            ("../../x", "x"),
            ("-x", "x-2"),
            ("a..b", "a.b"),
            ("con", "task-con"),
            ("layer/1", "layer-1"),
            ("T1", "T1"),
            ("t1", "t1-2"),
            ("", "task"),
            ("a.lock", "a.lock-1"),
            ("a\x1b[31mb", "a-31mb"),
        ];
        for (raw, expected) in table {
            assert_eq!(TaskId::mapped(raw, &mut taken).as_str(), expected, "{raw:?}");
        }
        assert!(TaskId::mapped(&long, &mut taken).as_str().len() <= 100);
    }

    #[test]
    fn paths_cannot_leave() {
        for ok in ["a", "./a/b", "a/b/"] {
            assert!(ok.parse::<RepoPath>().is_ok(), "{ok}");
        }
        for no in ["", "/a", "../a", "a/../b", ".git/config", "a/.GIT/x", "a//b", "a\nb"] {
            assert!(no.parse::<RepoPath>().is_err(), "{no}");
        }
    }

    proptest! {
        #[test]
        fn any_text_maps_to_a_valid_unique_id(texts in proptest::collection::vec(any::<String>(), 1..20)) {
            let mut taken = HashSet::new();
            for text in texts {
                let id = TaskId::mapped(&text, &mut taken);
                prop_assert!(safe_id(id.as_str()));
                prop_assert!(id.as_str().parse::<TaskId>().is_ok());
            }
        }
    }
}
