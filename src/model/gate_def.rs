//! A gate as a run is told of it (`[gates.NAME]`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{GateKind, GateName, KindOptions, Verdict};

/// An agent that reads a change, under a gate of the kind review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    /// Its name.
    pub agent: String,
    /// Whether it may be the same agent, with the same model, as the author's.
    #[serde(default)]
    pub same_agent: bool,
}

/// Which trees a gate judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GatePhase {
    /// A task's own commit.
    Task,
    /// Merged trees.
    Merged,
    /// Both.
    #[default]
    Both,
    /// The last head, once, at the end.
    Final,
}

/// What it counts for that a command gate is red and then green on one merged tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenFlaky {
    /// As green; it is said.
    #[default]
    Pass,
    /// As not checked, which blocks.
    Unchecked,
}

/// The default is not written into journals: older ones do not have it.
fn is_pass(flaky: &WhenFlaky) -> bool {
    *flaky == WhenFlaky::Pass
}

/// Format of a report file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the formats' own")]
pub enum ReportFormat {
    Junit,
    Lcov,
    Cobertura,
    Sarif,
    Checkstyle,
    Tap,
    Libtest,
    Go,
    Json,
}

/// A report that a gate's command writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportSpec {
    /// Path in the tree.
    pub path: String,
    /// Its format.
    pub format: ReportFormat,
    /// Least share of changed lines covered, percent (coverage reports).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
}

/// One gate (`[gates.NAME]`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDef {
    /// Its name.
    pub name: GateName,
    /// Shell text, `sh -c` in a clean checkout of the commit.
    pub run: String,
    /// Kind of judgement.
    #[serde(default)]
    pub kind: GateKind,
    /// Test report.
    #[serde(default)]
    pub report: Option<ReportSpec>,
    /// Coverage report.
    #[serde(default)]
    pub coverage: Option<ReportSpec>,
    /// Globs: untouched means not applicable. Empty: always applies.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Resources taken while it runs.
    #[serde(default)]
    pub needs: BTreeMap<String, u32>,
    /// Seconds.
    pub timeout: u64,
    /// Memory that its command may have with all that it starts, bytes; none where nothing is said of this gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Whether anything but a pass blocks.
    pub required: bool,
    /// What counts when it is red and then green on one merged tree.
    #[serde(default, skip_serializing_if = "is_pass")]
    pub flaky: WhenFlaky,
    /// Which trees.
    #[serde(default)]
    pub on: GatePhase,
    /// Globs of test files besides those that each language's habits tell (tdd).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// Least share of added lines that tests must reach, percent, whatever measures it (tdd).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_coverage: Option<f64>,
    /// Whether nobody asked for it: it was found to fit the project. *Unchecked* does not block then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detected: bool,
    /// Whether its command runs the tests that a tdd gate runs, too, and may be run as that one does: once for both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_proof: bool,
    /// Names of the [`TOOLS`](super::TOOLS) that it runs; none where nobody chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// What its kind alone understands. Here because digests are made of the order in which the first versions wrote it.
    #[serde(flatten)]
    pub own: KindOptions,
    /// The agent that reads the change besides, for gates of the kind review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<Reviewer>,
    /// Whether it only reads the change and runs nothing: a tdd gate that was found where tests cannot run, or where the
    /// project has gates of its own. What it finds blocks; what it cannot tell without running is unchecked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_reads: bool,
    /// Digest of the gate as `orca.toml` has it, before anything was chosen for it: tools that are installed here, a
    /// command that was found. None for gates that nobody wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// The folder that it runs in, from the repository's root; empty for the root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// Whether it judges where only the part of the files is that sparse worktrees have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sparse: bool,
}

impl GateDef {
    /// Whether a subject with this verdict goes on.
    pub fn lets_through(&self, verdict: Verdict) -> bool {
        !self.required || verdict.lets_through() || (self.detected && verdict == Verdict::Unchecked)
    }

    /// A gate with everything but its name and kind at its default: no command, required, on tasks and merged trees.
    pub fn new(name: GateName, kind: GateKind) -> GateDef {
        GateDef {
            name,
            run: String::new(),
            kind,
            report: None,
            coverage: None,
            paths: Vec::new(),
            needs: BTreeMap::new(),
            timeout: GATE_TIMEOUT,
            memory: None,
            required: true,
            flaky: WhenFlaky::default(),
            on: GatePhase::Both,
            tests: Vec::new(),
            min_coverage: None,
            detected: false,
            as_proof: false,
            tools: None,
            own: KindOptions::default(),
            reviewer: None,
            only_reads: false,
            written: None,
            folder: String::new(),
            sparse: false,
        }
    }
}

/// Seconds a gate may take where `orca.toml` says nothing: ten minutes, the example of DESIGN 11.
pub const GATE_TIMEOUT: u64 = 600;
