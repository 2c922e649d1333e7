//! What is to be judged, and how.

/// What is to be judged, and how.
#[derive(Debug, Clone, Default)]
pub struct ValidateWish {
    /// Tasks, branches, commits, or ranges `A..B`; none: the commit checked out here.
    pub what: Vec<String>,
    /// What the changes are counted from; none: a task's own base, else where it left the main worktree's branch.
    pub base: Option<String>,
    /// Only these gates; then no evidence is recorded.
    pub gates: Vec<String>,
    /// Ask every gate again, whatever is known.
    pub no_cache: bool,
    /// The run whose tasks are meant; none: the active one, else the last.
    pub run: Option<String>,
    /// Whether the repository's commands are allowed for this time.
    pub yes: bool,
}
