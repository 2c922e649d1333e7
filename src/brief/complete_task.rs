//! The complete task: the shape that programs rely on (DESIGN 10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::budget::Count;
use super::escape::visible;
use crate::model::TaskKind;

/// Format of this shape.
pub(super) const FORMAT: u32 = 1;

/// All that a fresh agent needs to do one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompleteTask {
    /// Format of this shape.
    pub format: u32,
    /// The task's id.
    pub task_id: String,
    /// One line.
    pub title: String,
    /// What to know.
    pub complete_context: CompleteContext,
    /// What to test.
    pub tdd_specifications: TddSpecifications,
    /// What will be checked.
    pub quality_gates: QualityGates,
    /// When it is done.
    pub acceptance_criteria: Vec<String>,
    /// Minutes, if known.
    pub estimated_duration: Option<f64>,
    /// 0–100, higher first.
    pub priority: u8,
    /// What a fresh agent would miss, a sentence each.
    pub missing: Vec<String>,
    /// What it leaves behind, when that is not a change.
    #[serde(default, skip_serializing_if = "is_change")]
    pub kind: TaskKind,
    /// Resources taken while it runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, u32>,
    /// Its tokens by a real tokenizer (o200k), where they had to be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<usize>,
    /// Shell text that does the task, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

fn is_change(kind: &TaskKind) -> bool {
    *kind == TaskKind::Change
}

/// What to know. Texts are Markdown and may be empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CompleteContext {
    /// What the project is.
    pub project_background: String,
    /// How it is built.
    pub architecture_context: String,
    /// What is wanted.
    pub requirements_context: String,
    /// How to go about this task.
    pub implementation_guidance: String,
    /// Path to purpose.
    pub file_locations: BTreeMap<String, String>,
    /// What earlier tasks left behind.
    pub dependencies: Vec<Delivered>,
    /// Languages, commands, tools.
    pub environment_context: String,
    /// What is executed to judge the result.
    pub validation_criteria: Vec<String>,
    /// What its files define and who uses it, a line a file; known once an attempt begins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<String>,
}

/// What a dependency left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Its id.
    pub task_id: String,
    /// What is there now: title, commit, changed files. Before it has landed: what it will deliver.
    pub delivered: String,
}

/// What to test.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TddSpecifications {
    /// Where the tests go, or empty.
    pub test_file: String,
    /// What they show.
    pub test_cases: Vec<String>,
    /// Coverage wanted, or empty.
    pub coverage_requirements: String,
    /// What runs them, or empty.
    pub test_framework: String,
}

/// What will be checked, by kind of gate.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct QualityGates {
    pub tdd_requirements: Vec<String>,
    pub security_requirements: Vec<String>,
    pub performance_requirements: Vec<String>,
    pub code_quality_requirements: Vec<String>,
}

/// Something without which a fresh agent would have to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingSection {
    /// What the project is.
    Background,
    /// What to do beyond the title.
    Guidance,
    /// A test case or something executable that judges the result.
    Check,
    /// An acceptance criterion.
    Acceptance,
}

impl MissingSection {
    /// All of them.
    pub const ALL: [MissingSection; 4] =
        [MissingSection::Background, MissingSection::Guidance, MissingSection::Check, MissingSection::Acceptance];

    /// One sentence, saying where it could be written.
    pub fn words(self) -> &'static str {
        match self {
            MissingSection::Background => "project background (add a README or an introduction to the plan)",
            MissingSection::Guidance => "guidance beyond the title (write details under the task)",
            MissingSection::Check => {
                "a test case or anything executable to check it (add a gate or an acceptance criterion)"
            }
            MissingSection::Acceptance => "an acceptance criterion (write how to tell that the task is done)",
        }
    }
}

impl CompleteTask {
    /// What it lacks to be done by an agent that knows nothing else. A task with its own `run` text lacks nothing.
    pub fn lacks(&self) -> Vec<MissingSection> {
        if self.run.is_some() {
            return Vec::new();
        }
        let context = &self.complete_context;
        let checked = !self.tdd_specifications.test_cases.is_empty() || !context.validation_criteria.is_empty();
        let conditions = [
            (MissingSection::Background, !context.project_background.trim().is_empty()),
            (MissingSection::Guidance, !context.implementation_guidance.trim().is_empty()),
            (MissingSection::Check, checked),
            (MissingSection::Acceptance, !self.acceptance_criteria.is_empty()),
        ];
        conditions.into_iter().filter(|(_, there)| !there).map(|(lack, _)| lack).collect()
    }

    /// Whether an agent that knows nothing else can do it (DESIGN 5).
    pub fn is_stateless_ready(&self) -> bool {
        self.lacks().is_empty()
    }

    /// Adds what its files define, as far as the budget goes.
    pub fn add_symbols(&mut self, lines: &[String], budget: usize, count: Count) {
        for line in lines {
            self.complete_context.symbols.push(visible(line));
            if count(&self.to_json()) > budget {
                self.complete_context.symbols.pop();
                return;
            }
            self.tokens = self.tokens.map(|tokens| tokens + count(line));
        }
    }

    /// The bytes of `tasks/<id>.json`: indented, with a line end.
    pub fn to_json(&self) -> String {
        // Maps have text keys and numbers are finite, so serialization has nothing to fail on.
        serde_json::to_string_pretty(self).expect("a complete task is plain data") + "\n"
    }
}
