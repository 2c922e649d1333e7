//! One command that a gate wants run, and what it left.

use std::collections::BTreeMap;

use super::reports::Report;
use crate::model::{GateDef, Oid, ReportSpec};
use crate::process::End;
use crate::settings::units::show_size;

/// In place of a report's path: the command's own output, standard output and error as they come.
pub const OUTPUT: &str = "-";

/// Where a probe's tree begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// The commit that is judged.
    Head,
    /// What it is compared with.
    Base,
    /// Another commit of the difference.
    Commit(Oid),
}

/// The tree that a probe runs on: a clean checkout, and files written over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeTree {
    /// The checkout.
    pub on: On,
    /// Path to its content instead of the commit's; none removes it. Folders are made as needed.
    pub overlay: BTreeMap<String, Option<Vec<u8>>>,
}

impl ProbeTree {
    /// The judged commit as it is.
    pub fn head() -> ProbeTree {
        ProbeTree { on: On::Head, overlay: BTreeMap::new() }
    }

    /// The base as it is.
    pub fn base() -> ProbeTree {
        ProbeTree { on: On::Base, overlay: BTreeMap::new() }
    }
}

/// A command that a gate wants run.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Names its log and tells it from the gate's other probes: `head`, `red`. Letters, digits, `-`.
    pub label: String,
    /// What it runs on.
    pub tree: ProbeTree,
    /// Shell text that runs before it in the same tree, as a command of its own: neither its time nor its memory counts.
    /// When it does not end well, nothing else runs.
    pub prepare: Option<String>,
    /// Shell text.
    pub run: String,
    /// Report that it writes: test results or findings. Its path is relative to the tree, or [`OUTPUT`].
    pub report: Option<ReportSpec>,
    /// Coverage report that it writes.
    pub coverage: Option<ReportSpec>,
    /// Seconds.
    pub timeout: u64,
    /// Whether what it leaves may come from another gate's run of the same on the same tree: not where a repetition or a
    /// measurement is meant.
    pub share: bool,
}

impl Probe {
    /// The gate's own command on the judged commit, with its reports and its time.
    pub fn of(def: &GateDef, label: &str) -> Probe {
        Probe {
            label: label.to_owned(),
            tree: ProbeTree::head(),
            prepare: None,
            run: def.run.clone(),
            report: def.report.clone(),
            coverage: def.coverage.clone(),
            timeout: def.timeout,
            share: true,
        }
    }
}

/// What a probe's command left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// How the command ended.
    pub end: End,
    /// The end of its output.
    pub output: String,
    /// Its output, relative to the run's folder.
    pub log: String,
    /// Wall time of the command, seconds.
    pub seconds: f64,
    /// Wall time of what had to run before it, seconds.
    pub preparing: f64,
    /// CPU time of the command and all that it waited for, seconds; 0 when nobody counted.
    pub cpu: f64,
    /// Most memory that one of its processes had resident, bytes; 0 when nobody counted.
    pub max_rss: u64,
    /// The report that was asked for, or why it cannot be read: missing, empty, outside the tree, malformed.
    pub report: Option<Result<Report, String>>,
    /// The coverage report that was asked for, or why it cannot be read.
    pub coverage: Option<Result<Report, String>>,
    /// What the command did to the tree: a path that is no longer as it was, or `HEAD`.
    pub disturbed: Option<String>,
    /// Whether what had to run before it ended well. If not, the rest tells of that command.
    pub prepared: bool,
}

/// Exit codes by which a shell, or a fence around the command, says that a signal ended it: INT, QUIT, ABRT, BUS, FPE, KILL,
/// SEGV, TERM, XCPU, XFSZ.
const KILLED: [i32; 10] = [130, 131, 134, 135, 136, 137, 139, 143, 152, 153];

/// What helps where cargo brings its lock file up to date.
const LOCK: &str = "; cargo brought it up to date: commit it as `cargo build` leaves it, and add --locked to the gate to be told so early";

impl Evidence {
    /// Why nothing was found out about the tree, whatever the output says: the command did not run to an end of its own,
    /// a program was missing, or it changed what it was to judge.
    pub fn nothing_found_out(&self, timeout: u64) -> Option<String> {
        if let Some(path) = &self.disturbed {
            let hint = if path == "Cargo.lock" || path.ends_with("/Cargo.lock") { LOCK } else { "" };
            return Some(format!("the gate changed the tree it was judging: `{path}`{hint}"));
        }
        match &self.end {
            End::Exited(126 | 127) => Some(format!("a program is missing: {}", missing_line(&self.output))),
            End::Exited(code) if KILLED.contains(code) => {
                Some(format!("its command was killed by signal {}", code - 128))
            }
            End::Exited(_) => None,
            End::Signaled(signal) => Some(format!("its command was killed by signal {signal}")),
            End::WallLimit => Some(format!("it timed out after {timeout} s")),
            End::MemoryLimit(bytes) => Some(format!("it used more than {} and was stopped", show_size(*bytes))),
            End::IdleLimit => Some("its command produced no output for too long".to_owned()),
            End::Stopped => Some("it was stopped".to_owned()),
            End::NotStarted { why, .. } => Some(why.clone()),
        }
    }

    /// Whether it ran into a limit of time or memory, as what never ends does.
    pub fn is_endless(&self) -> bool {
        matches!(self.end, End::WallLimit | End::MemoryLimit(_))
    }

    /// Whether the command said that all is well.
    pub fn is_good_exit(&self) -> bool {
        self.end == End::Exited(0)
    }
}

/// The line that names a missing program: package managers have words of their own after it.
fn missing_line(output: &str) -> String {
    let names = |line: &&str| {
        ["not found", "No such file or directory", "Permission denied"].iter().any(|it| line.contains(it))
    };
    output.lines().rev().find(names).map_or_else(|| last_line(output), |line| line.trim().to_owned())
}

/// The last line that says something.
pub(super) fn last_line(output: &str) -> String {
    output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no output").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn a_missing_program_is_named_whatever_is_said_after_it() {
        let said =
            "> evalmd README.md\n\nsh: 1: evalmd: not found\nnpm notice\nnpm notice New version of npm available\n";
        let why = testing::evidence(End::Exited(127), said).nothing_found_out(60).unwrap();
        assert_eq!(why, "a program is missing: sh: 1: evalmd: not found");
        let why = testing::evidence(End::Exited(127), "ruff is not here\n").nothing_found_out(60).unwrap();
        assert_eq!(why, "a program is missing: ruff is not here");
    }

    #[test]
    fn a_lock_file_that_cargo_rewrote_says_what_to_do() {
        let disturbed = |path: &str| {
            let left = Evidence { disturbed: Some(path.to_owned()), ..testing::evidence(End::Exited(0), "ok") };
            left.nothing_found_out(60).unwrap()
        };
        for path in ["Cargo.lock", "crates/shop/Cargo.lock"] {
            let why = disturbed(path);
            assert!(why.starts_with(&format!("the gate changed the tree it was judging: `{path}`; cargo")), "{why}");
            assert!(why.contains("commit it as `cargo build` leaves it, and add --locked"), "{why}");
        }
        assert!(!disturbed("src/Cargo.lock.rs").contains("cargo"));
        assert!(!disturbed("package-lock.json").contains("cargo"));
    }
}
