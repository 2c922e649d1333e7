//! Covered lines, whatever wrote them.

use std::collections::BTreeMap;

/// Lines of one file that can be covered, with whether they are.
pub type FileCoverage = BTreeMap<u32, bool>;

/// Covered lines of the files that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Path in the tree to its lines. A file that the report does not know is not in here.
    pub files: BTreeMap<String, FileCoverage>,
    /// Files that the report knows, those that were not asked for included.
    pub known: usize,
}
