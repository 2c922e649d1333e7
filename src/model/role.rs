//! What an agent is asked to do with a task.

use serde::{Deserialize, Serialize};

/// What an agent is asked to do with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Plan the change; write no code.
    Design,
    /// Write failing tests only.
    Test,
    /// Do the task.
    #[default]
    Code,
    /// Improve without changing behavior.
    Refactor,
    /// Judge; change nothing.
    Review,
    /// Merge two lines of work.
    Resolve,
    /// Do the task again, with what was wrong.
    Retry,
}

impl Role {
    /// Every role with its word.
    pub const ALL: [(Role, &'static str); 7] = [
        (Role::Design, "design"),
        (Role::Test, "test"),
        (Role::Code, "code"),
        (Role::Refactor, "refactor"),
        (Role::Review, "review"),
        (Role::Resolve, "resolve"),
        (Role::Retry, "retry"),
    ];

    /// Its word: the name of its prompt template and, but for `retry`, of `[roles.NAME]`.
    pub fn word(self) -> &'static str {
        Role::ALL.iter().find(|(role, _)| *role == self).map_or("", |(_, word)| word)
    }
}
