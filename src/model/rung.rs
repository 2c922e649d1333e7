//! The ladder that solves conflicts, after git's own merge and before a person (DESIGN 7).

use serde::{Deserialize, Serialize};

/// One rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// The file is made anew by its command.
    Regenerate,
    /// The lines of both sides are kept.
    Union,
    /// What solved the same lines before.
    Remembered,
    /// The merge driver that the user's git is set up with.
    Driver,
    /// What both sides added to lists whose order says nothing, and keys that stand side by side.
    Structure,
    /// The task's agent, in a worktree with both sides.
    Agent,
    /// The task once more, on what landed.
    Again,
}

impl Rung {
    /// Every rung with its word in `orca.toml`, in the order in which they are tried.
    pub const ALL: [(Rung, &'static str); 7] = [
        (Rung::Regenerate, "regenerate"),
        (Rung::Union, "union"),
        (Rung::Remembered, "remembered"),
        (Rung::Driver, "driver"),
        (Rung::Structure, "structure"),
        (Rung::Agent, "agent"),
        (Rung::Again, "again"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Rung::ALL.iter().find(|(rung, _)| *rung == self).map_or("", |(_, word)| word)
    }
}
