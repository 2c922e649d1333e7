//! The registry of languages.

use super::tree::ProjectTree;
use crate::source::Language;

/// The test command of a unit, and what must be there for it to mean anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Shell text, run in the unit's folder.
    pub run: String,
    /// The framework, as agents should be told.
    pub framework: &'static str,
    /// The program it needs, and how to get that.
    pub tool: (&'static str, &'static str),
    /// Whether its results can be had test by test, so that a gate can prove what tests are worth.
    pub reports: bool,
    /// Whether these are the results of all that it runs: a script may lint before.
    pub reports_whole: bool,
    /// Whether tests are there already.
    pub found: bool,
    /// Whether the command still checks something without tests (that everything compiles).
    pub compiles: bool,
    /// What must run in a fresh worktree before, such as `npm ci`.
    pub setup: Option<String>,
    /// Why nothing measures its coverage, where the project's own files say so: its environment lacks what would.
    pub unmeasured: Option<String>,
}

/// A buildable part of the repository: its root, or a folder with a manifest of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectUnit {
    /// Its folder, empty for the root.
    pub folder: String,
    /// Its language.
    pub language: Language,
    /// The manifest that shows it, relative to the repository.
    pub manifest: String,
    /// How it is tested, if that can be told; otherwise why not.
    pub test: Result<Test, String>,
    /// How it is built, if there is a command for it.
    pub build: Option<String>,
    /// How it is linted, if the project says so.
    pub lint: Option<String>,
    /// Build results worth keeping in gate slots, as ignored paths.
    pub keep: Option<&'static str>,
}

/// How one language's projects look.
pub(super) struct Ecosystem {
    /// Manifests, the telling first.
    pub(super) manifests: &'static [&'static str],
    /// Reads the unit in a folder that has one of the manifests.
    pub(super) unit: fn(&ProjectTree<'_>, folder: &str, manifest: String) -> ProjectUnit,
}
