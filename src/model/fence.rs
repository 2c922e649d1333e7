//! The fence around agents, gates and setup commands, as it was chosen for a run.

use serde::{Deserialize, Serialize};

/// What enforces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FenceKind {
    /// Nothing.
    #[default]
    Off,
    /// bubblewrap: namespaces and mounts.
    Bwrap,
    /// Landlock: the kernel's own rules for a process and its children.
    Landlock,
    /// `sandbox-exec` of macOS.
    Seatbelt,
}

/// What it keeps a command from writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FenceScope {
    /// The user's checkouts, the shared git folder and the other worktrees; the rest of the disk stays as it is.
    #[default]
    Repository,
    /// Everything but its own worktree, what committing needs, its temporary folder, and what is listed.
    Disk,
}

/// The fence of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fence {
    /// What enforces it.
    pub kind: FenceKind,
    /// What it protects.
    pub scope: FenceScope,
    /// Whether the network can be reached.
    pub network: bool,
    /// More folders and files that may be written ([`FenceScope::Disk`]), absolute.
    pub write: Vec<String>,
    /// Why it is off although nobody said so; empty otherwise.
    pub why: String,
}

impl Default for Fence {
    fn default() -> Self {
        Fence {
            kind: FenceKind::Off,
            scope: FenceScope::Repository,
            network: true,
            write: Vec::new(),
            why: String::new(),
        }
    }
}

impl Fence {
    /// Whether anything is enforced.
    pub fn is_on(&self) -> bool {
        self.kind != FenceKind::Off
    }

    /// One line for people.
    pub fn about(&self) -> String {
        let what = match (self.kind, self.scope) {
            (FenceKind::Off, _) if self.why.is_empty() => return "off: agents can write wherever you can".to_owned(),
            (FenceKind::Off, _) => return format!("OFF, agents can write wherever you can: {}", self.why),
            (_, FenceScope::Repository) => "agents cannot write to your checkout, .git or other worktrees",
            (_, FenceScope::Disk) => "agents can write only to their task's worktree, temporary folder and caches",
        };
        let kind = match self.kind {
            FenceKind::Landlock => "landlock",
            FenceKind::Seatbelt => "sandbox-exec",
            FenceKind::Bwrap | FenceKind::Off => "bwrap",
        };
        // As the setting is called that asks for it, with what enforces it here.
        let kind = match self.scope {
            FenceScope::Repository => format!("repository ({kind})"),
            FenceScope::Disk => kind.to_owned(),
        };
        let network = if self.network { "" } else { "; no network" };
        format!("{kind}: {what}{network}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_says_what_is_in_force() {
        let fence = |kind, scope| Fence { kind, scope, ..Fence::default() };
        assert!(fence(FenceKind::Off, FenceScope::Disk).about().starts_with("off"));
        let usual = fence(FenceKind::Bwrap, FenceScope::Repository).about();
        assert!(usual.starts_with("repository (bwrap): ") && usual.contains("checkout"), "{usual}");
        assert!(fence(FenceKind::Landlock, FenceScope::Disk).about().starts_with("landlock: agents can write only"));
        let none = Fence { network: false, ..fence(FenceKind::Bwrap, FenceScope::Disk) };
        assert!(none.about().ends_with("no network"));
        let why = Fence { why: "no bubblewrap".to_owned(), ..Fence::default() };
        assert!(why.about().contains("OFF") && why.about().contains("no bubblewrap"));
    }
}
