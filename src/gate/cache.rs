//! Gate results by (tree, gate definition, toolchain). Only passes are kept: a failure may be flaky, and an agent or a
//! person who asks again should get an answer, not an echo.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Seal;
use crate::model::{Finding, GateDef, GateKind, Measured, Oid, WorktreeOptions, find_tool};

/// A kept result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cached {
    /// The gate.
    pub gate: String,
    /// The tree.
    pub tree: Oid,
    /// Seconds its commands took when they ran.
    pub seconds: f64,
    /// What was worth saying with the pass.
    #[serde(default)]
    pub reason: String,
    /// What was worth knowing though it passed.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What it counted.
    #[serde(default)]
    pub measured: Measured,
}

/// The results of a repository.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    seal: Seal,
    read: bool,
    write: bool,
}

/// A result as it lies on the disk: its JSON, and the seal on that and on the key it is kept under.
#[derive(Serialize, Deserialize)]
struct SealedResult {
    result: String,
    seal: String,
}

/// Words of a shell text that may name programs, without duplicates, in order.
pub fn tool_words(run: &str) -> Vec<&str> {
    let splits =
        |c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(' | ')' | '`' | '"' | '\'' | '<' | '>' | '$');
    let mut words: Vec<&str> = Vec::new();
    for word in run.split(splits).filter(|word| !word.is_empty() && !word.starts_with('-') && !word.contains('=')) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

impl Cache {
    /// Results kept in `folder`. Only those with this seal are believed.
    pub fn new(folder: PathBuf, seal: Seal) -> Cache {
        Cache { folder, seal, read: true, write: true }
    }

    /// The same results, to which nothing is added.
    pub fn unwritten(self) -> Cache {
        Cache { write: false, ..self }
    }

    /// The key of a gate on a tree. `path` is the search path of its command; every word of its text that is a program
    /// there counts with its place, size and time, so that an upgraded tool is asked again.
    /// `more` is whatever else the verdict hangs on.
    pub fn key(tree: &Oid, gate: &GateDef, worktree: &WorktreeOptions, path: &str, more: &str) -> String {
        let mut hash = Sha256::new();
        let definition = serde_json::to_vec(&(tree, gate, &worktree.setup, &worktree.keep, more)).unwrap_or_default();
        hash.update(&definition);
        if let Some(patterns) = worktree.patterns.as_ref().filter(|_| gate.sparse) {
            hash.update(&patterns.text);
        }
        let setup = worktree.setup.as_deref().unwrap_or_default();
        let tools = gate.tools.iter().flatten().filter_map(|name| find_tool(name)).map(|tool| tool.program);
        // A newer version of ours knows more rules.
        hash.update(if gate.kind == GateKind::Command { "" } else { env!("CARGO_PKG_VERSION") });
        for word in tool_words(&gate.run).into_iter().chain(tool_words(setup)).chain(tools) {
            hash.update(word);
            hash.update(tool_state(word, path));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The same results, of which none is believed: everything is asked again and kept anew.
    pub fn unread(self) -> Cache {
        Cache { read: false, ..self }
    }

    /// The result kept under a key.
    pub fn get(&self, key: &str) -> Option<Cached> {
        if !self.read {
            return None;
        }
        let kept: SealedResult = serde_json::from_slice(&std::fs::read(self.file(key)).ok()?).ok()?;
        let intact = self.seal.is_intact(key, kept.result.as_bytes(), &kept.seal);
        serde_json::from_str(&kept.result).ok().filter(|_| intact)
    }

    /// Keeps a result. A cache that cannot be written costs time, not truth, so this says nothing.
    pub fn put(&self, key: &str, result: &Cached) {
        if !self.write {
            return;
        }
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            let result = serde_json::to_string(result)?;
            let seal = self.seal.seal(key, result.as_bytes());
            serde_json::to_writer(&mut file, &SealedResult { result, seal })?;
            file.persist(self.file(key)).map_err(|error| error.error)?;
            Ok(())
        };
        if let Err(cause) = write() {
            tracing::warn!(%cause, "a gate result could not be kept");
        }
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }
}

fn tool_state(word: &str, path: &str) -> String {
    let found = if word.contains('/') {
        // Relative to the tree: its content is part of the tree's id. Absolute ones are looked at.
        Some(PathBuf::from(word)).filter(|path| path.is_absolute())
    } else {
        path.split(':')
            .filter(|folder| !folder.is_empty())
            .map(|folder| Path::new(folder).join(word))
            .find(|file| file.is_file())
    };
    let Some((file, data)) = found.and_then(|file| Some((file.clone(), std::fs::metadata(file).ok()?))) else {
        return String::new();
    };
    let time =
        data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_nanos());
    format!("{}:{}:{time}", file.display(), data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(run: &str) -> GateDef {
        serde_json::from_value(serde_json::json!({"name": "t", "run": run, "timeout": 1, "required": true})).unwrap()
    }

    #[test]
    fn the_key_changes_with_tree_definition_and_tool() {
        let tools = tempfile::tempdir().unwrap();
        let path = tools.path().display().to_string();
        let tree = |digit: &str| digit.repeat(40).parse::<Oid>().unwrap();
        let key = |tree: &Oid, run: &str| Cache::key(tree, &gate(run), &WorktreeOptions::default(), &path, "");
        let first = key(&tree("a"), "check --all");
        assert_eq!(first, key(&tree("a"), "check --all"));
        assert_ne!(first, key(&tree("b"), "check --all"));
        assert_ne!(first, key(&tree("a"), "check --some"));
        let other = Cache::key(&tree("a"), &gate("check --all"), &WorktreeOptions::default(), &path, "another base");
        assert_ne!(first, other);
        std::fs::write(tools.path().join("check"), "v1").unwrap();
        assert_ne!(first, key(&tree("a"), "check --all"));
    }

    #[test]
    fn the_key_of_a_gate_with_tools_changes_with_them() {
        let tools = tempfile::tempdir().unwrap();
        let path = tools.path().display().to_string();
        let review = GateDef { kind: GateKind::Review, tools: Some(vec!["ruff".into()]), ..gate("") };
        let tree = "a".repeat(40).parse::<Oid>().unwrap();
        let key = || Cache::key(&tree, &review, &WorktreeOptions::default(), &path, "");
        let first = key();
        std::fs::write(tools.path().join("ruff"), "v2").unwrap();
        assert_ne!(first, key());
    }

    #[test]
    fn what_was_put_is_got() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::of_this_process("r").unwrap();
        let cache = Cache::new(folder.path().join("gates"), seal.clone());
        let result = Cached {
            gate: "t".into(),
            tree: "a".repeat(40).parse().unwrap(),
            seconds: 1.5,
            reason: String::new(),
            findings: Vec::new(),
            measured: Measured::default(),
        };
        assert_eq!(cache.get("k"), None);
        cache.put("k", &result);
        assert_eq!(cache.get("k").as_ref(), Some(&result));
        let file = |key: &str| folder.path().join(format!("gates/{key}.json"));
        std::fs::copy(file("k"), file("other")).unwrap();
        assert_eq!(cache.get("other"), None, "a pass of another tree was put there");
        let planted = std::fs::read_to_string(file("k")).unwrap().replace("1.5", "2.5");
        std::fs::write(file("k"), planted).unwrap();
        assert_eq!(cache.get("k"), None, "it was changed");
        std::fs::write(file("k"), serde_json::to_vec(&result).unwrap()).unwrap();
        assert_eq!(cache.get("k"), None, "it has no seal");
        let stranger = Cache::new(folder.path().join("gates"), Seal::of_this_process("r").unwrap());
        stranger.put("k", &result);
        assert_eq!(cache.get("k"), None, "it has another's seal");
        cache.clone().unwritten().put("new", &result);
        assert!(!file("new").exists());
    }

    #[test]
    fn words_of_a_shell_text() {
        assert_eq!(tool_words("A=1 cargo test --all && cargo fmt | tee \"x\""), ["cargo", "test", "fmt", "tee", "x"]);
    }
}
