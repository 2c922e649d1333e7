//! Problems of documents: what, where, how bad, what to do. Reading never fails; it gives these.

use serde::{Deserialize, Serialize};

/// A place in a file. `line` counts from 1; 0 means the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Place {
    /// The file, as the user would name it.
    pub file: String,
    /// Line from 1, or 0 for the whole file.
    pub line: u32,
}

impl Place {
    /// `file` at `line` (from 1; 0 for the whole file).
    pub fn new(file: impl Into<String>, line: u32) -> Self {
        Place { file: file.into(), line }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// How bad a problem is: errors stop `execute` with exit 3, the rest is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably wrong; the run goes on.
    Warning,
    /// The plan cannot run.
    Error,
}

/// One problem of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// Where.
    #[serde(flatten)]
    pub at: Place,
    /// What is wrong, one sentence.
    pub what: String,
    /// What to do about it, one sentence or a command; may be empty.
    pub hint: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(severity: Severity, at: Place, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem { severity, at, what: what.into(), hint: hint.into() }
    }
}
