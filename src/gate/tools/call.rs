//! One call of a tool, as data.

use crate::gate::{Diff, Evidence};
use crate::model::{Finding, ReportSpec};

/// What a tool said about a tree.
pub(super) type Answer = Result<Vec<Finding>, String>;

/// What of an answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Findings on added lines.
    Lines,
    /// Findings that the base does not have.
    Files,
}

/// One call of a tool.
pub(super) struct Call {
    /// The tool.
    pub(super) name: &'static str,
    /// Names its log.
    pub(super) label: String,
    /// Shell text.
    pub(super) run: String,
    /// The same for the base, where new files do not exist.
    pub(super) run_on_base: String,
    /// The report it writes, if a file is read.
    pub(super) report: Option<ReportSpec>,
    /// Folder it runs in, with a slash at the end; empty for the root.
    pub(super) folder: String,
    /// Exit codes after which its answer counts.
    pub(super) codes: &'static [i32],
    /// Whether a code other than 0 promises findings.
    pub(super) says_by_code: bool,
    /// What counts.
    pub(super) scope: Scope,
    /// Reads its answer.
    pub(super) read: fn(&Call, &Diff, &Evidence) -> Answer,
}
