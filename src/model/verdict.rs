//! What a gate says.

use serde::{Deserialize, Serialize};

use super::Usage;

/// A gate's verdict. What could not be checked is not a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Checked, and good.
    Pass,
    /// Checked, and refused.
    Fail,
    /// Could not be checked: tool missing, timed out, zero tests, empty report. Blocks like `Fail` where required.
    Unchecked,
    /// The gate's `paths` were not touched, or it does not concern this kind of subject.
    NotApplicable,
}

impl Verdict {
    /// Whether a required gate with this verdict lets its subject through.
    pub fn lets_through(self) -> bool {
        matches!(self, Verdict::Pass | Verdict::NotApplicable)
    }

    /// The word shown to people and programs.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unchecked => "unchecked",
            Verdict::NotApplicable => "not applicable",
        }
    }
}

/// One thing a gate found; what the agent gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// File in the tree, or empty.
    #[serde(default)]
    pub file: String,
    /// Line from 1, or 0.
    #[serde(default)]
    pub line: u32,
    /// The rule's name in its tool, or empty.
    #[serde(default)]
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// What to do, or empty.
    #[serde(default)]
    pub advice: String,
}

/// What a gate counted while it judged. Empty where it counts nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Tests that ran on the judged tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestCounts>,
    /// Share of changed lines that tests reach, percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// Tests that fail and are meant to: written by a task that only writes tests, their implementation still to come. Of
    /// the base: every test that fails there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub red: Vec<RedTest>,
    /// Whether the base could not be judged either: what is missing is the machine's, and no fault of the work.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
    /// Whether a person agreed that this cannot be told: the gate fails on the base, whose report names no tests.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waived: bool,
    /// What a reviewing agent used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Box<Usage>>,
}

impl Measured {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Measured::default()
    }
}

/// A test that fails and is meant to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RedTest {
    /// The file that has it.
    pub file: String,
    /// Its name as the report has it; empty when nobody knows the tests of the file one by one.
    #[serde(default)]
    pub test: String,
}

/// What fails on the base already: a change is held to no new failures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownRed {
    /// These tests, by their names in the gate's report.
    Tests(std::collections::BTreeSet<String>),
    /// Something, of which no report says what: whether a change adds to it cannot be told.
    Unlisted,
}

/// Tests by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct TestCounts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}
