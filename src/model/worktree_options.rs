//! What becomes of a worktree and of what is committed in it (`[worktree]`).

use serde::{Deserialize, Serialize};

use super::SparsePatterns;

/// Seconds that a hook of the repository may take where `orca.toml` says nothing: what takes longer belongs into a gate.
pub const HOOK_TIMEOUT: u64 = 120;

/// `[worktree]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorktreeOptions {
    /// The folder that its commands run in, from the repository's root; empty for the root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// Setup command, once per slot.
    pub setup: Option<String>,
    /// Ignored files to bring along (globs), besides `.worktreeinclude`.
    pub copy: Vec<String>,
    /// Ignored paths that worktrees get whole, as reflinks where the file system can.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reflink: Vec<String>,
    /// Ignored paths that survive in gate slots too.
    pub keep: Vec<String>,
    /// Files (globs) that setup reads: when one changes it runs again. None: manifests and lock files.
    pub inputs: Vec<String>,
    /// Command run before a worktree is given up or removed.
    pub teardown: Option<String>,
    /// What becomes of a submodule pointer that nobody else can fetch.
    pub submodules: SubmodulePolicy,
    /// The folders that worktrees have, from the repository's root; none: what the user's own checkout has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sparse: Option<Vec<String>>,
    /// What follows from that: the part of the files that worktrees have, where they do not have all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patterns: Option<SparsePatterns>,
    /// Whether the repository's own hooks have a say in what is committed for an agent.
    pub hooks: bool,
    /// Seconds that a hook may take.
    pub hook_timeout: u64,
    /// The subject of commits made for an agent, with `{task}` and `{title}`.
    pub message: Option<String>,
}

impl Default for WorktreeOptions {
    fn default() -> Self {
        WorktreeOptions {
            folder: String::new(),
            setup: None,
            copy: Vec::new(),
            reflink: Vec::new(),
            keep: Vec::new(),
            inputs: Vec::new(),
            teardown: None,
            submodules: SubmodulePolicy::default(),
            sparse: None,
            patterns: None,
            hooks: true,
            hook_timeout: HOOK_TIMEOUT,
            message: None,
        }
    }
}

/// What becomes of a result whose submodule points to a commit that nobody else can fetch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubmodulePolicy {
    /// It lands, and is said.
    #[default]
    Local,
    /// It is refused.
    Refuse,
    /// The commit is pushed to the submodule's address, to a branch of our name.
    Push,
}
