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
    /// What serves where that program is missing, the first that is there.
    pub otherwise: Vec<OtherRunner>,
}

/// Another way to run the same tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRunner {
    /// Shell text.
    pub run: String,
    /// The framework.
    pub framework: &'static str,
    /// The program it needs, and how to get that.
    pub tool: (&'static str, &'static str),
    /// Why nothing measures its coverage, if nothing does.
    pub unmeasured: Option<&'static str>,
}

impl Test {
    /// The tests as they can be run with what is installed.
    pub(super) fn with(self, tools: &dyn Fn(&str) -> bool) -> Test {
        let other = self.otherwise.iter().find(|other| tools(other.tool.0)).filter(|_| !tools(self.tool.0)).cloned();
        let Some(OtherRunner { run, framework, tool, unmeasured }) = other else { return self };
        Test { run, framework, tool, unmeasured: unmeasured.map(str::to_owned), setup: None, ..self }
    }
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
    /// A file that shows a project of this language in the root although no manifest does.
    pub(super) shown_by: fn(&ProjectTree<'_>) -> Option<String>,
    /// Reads the unit in a folder that has one of the manifests.
    pub(super) unit: fn(&ProjectTree<'_>, folder: &str, manifest: String) -> ProjectUnit,
}
