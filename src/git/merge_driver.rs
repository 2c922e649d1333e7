//! Merge drivers of the user's git.

/// A merge driver that git is set up with: `merge.NAME.driver`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeDriver {
    /// Its name, as attributes give it.
    pub name: String,
    /// Its command line, with git's placeholders.
    pub command: String,
}
