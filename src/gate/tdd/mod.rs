//! Proof by execution that tests test what was changed (DESIGN 6, tdd).
//!
//! N are the tests that pass on the head and are new, changed, or were red before on purpose. They must fail where the
//! production code is set back to the base (red), everything must pass on the head (green), the base's tests must still
//! say what they said, and the added lines must be reached.
//!
//! | file | holds |
//! |---|---|
//! | `proof.rs` | the rounds for a task that changes something |
//! | `red.rs` | how N ends on a tree without the change |
//! | `killed.rs` | wrong versions of the change, where that proves too little |
//! | `tests_only.rs` | tasks that only write tests |
//! | `merged.rs` | merged trees: everything green but what is meant to be red |
//! | `change.rs`, `case.rs`, `cases.rs`, `rust.rs`, `regions.rs`, `mask.rs`, `paths.rs` | tests and production, told apart by syntax |
//! | `phases.rs` | what an agent of one phase may not touch |
//! | `weaken.rs`, `allowed.rs` | tests that say less than before |
//! | `support.rs` | what the base's tests stand on, rewritten |
//! | `harness.rs` | what decides how tests are found, run and reported |
//! | `mutate.rs`, `go.rs` | wrong versions of changed lines |
//! | `excluded.rs` | added lines that coverage is told to overlook |
//! | `words.rs` | changes of comments and documentation only |
//! | `runner.rs` | the project's test command, with reports |

mod allowed;
mod change;
mod delete;
mod excluded;
mod go;
mod harness;
mod merged;
mod missing;
mod mutate;
mod mutation_check;
mod paths;
mod phases;
mod proof;
mod red;
mod regions;
mod runner;
mod runs;
mod support;
mod tests_only;
mod weaken;
mod words;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::HashSet;

use super::places::places;
use super::probe::last_line;
use super::reports::{Outcome, Report, TestCase, TestReport};
use super::{Diff, Evidence, Judged, Probe, ProbeTree, Step, TreeKind, results};
use crate::model::{Finding, GateDef, Measured, RedTest, TaskKind};
use crate::source::{Language, TestCode, find_tests};
use change::{Change, Overlay};
use paths::Paths;
use runner::Runner;

pub(super) use merged::without_red;
pub(super) use missing::malformed;
pub(super) use phases::overstepped;

/// What a gate of this kind asks of the added lines where nothing else is set, percent.
const COVERAGE: f64 = 95.0;

/// What a gate says that only reads, where it found nothing.
const READ_ONLY: &str = "no test was deleted, skipped or weakened, but this gate did not run the tests: for proof that they test the change write [gates.tdd] kind = \"tdd\" and run";

/// Files looked through for a test that is in no changed file.
const MAX_SEARCHED: usize = 3000;

/// Judges a task's change, a task that only writes tests, or a merged tree.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let change = Change::of(diff, &Paths::new(def));
    if !change.concerns_code() {
        return Judged::not_applicable("no source file, test or manifest changed").into();
    }
    if words::only_words(&change) && words::are_asked_for(diff) {
        return Judged::not_applicable("only comments and documentation changed").into();
    }
    if diff.kind == TreeKind::Task {
        let tampering = harness::tampering(&change, diff);
        if !tampering.is_empty() {
            return Judged::fail(results::in_short(&tampering), tampering).into();
        }
        // What needs no run comes first: it is told within a second, and wherever tests cannot run.
        let weaker = weaken::weakenings(&change, &|case| allowed::is_named(diff, case));
        let only_tests = diff.task.as_ref().is_some_and(|task| task.kind == TaskKind::Tests);
        if !weaker.is_empty() && !only_tests {
            return Judged::fail(results::in_short(&weaker), weaker).into();
        }
        if def.only_reads {
            return Judged::unchecked(READ_ONLY).into();
        }
    }
    let runner = match runner::runner(def, diff) {
        Ok(runner) => runner,
        Err(why) => return Judged::unchecked(why).into(),
    };
    let ask = Ask::new(def, diff, evidence, &change, &runner);
    let judged = match (diff.kind, diff.task.as_ref().map(|task| task.kind)) {
        (TreeKind::Task, Some(TaskKind::Tests)) => tests_only::judge(&ask),
        (TreeKind::Task, _) => proof::judge(&ask),
        (TreeKind::Merged | TreeKind::Final, _) => merged::judge(&ask),
    };
    // Both ways out are answers: a judgement, or probes that are needed for one.
    match judged {
        Ok(judged) => Step::Done(judged),
        Err(step) => *step,
    }
}

/// The run on the head as the proof asks for it: for a command gate of the same tests, so that they run once. None where
/// nobody knows the report of its command.
pub(super) fn head_probe(def: &GateDef, diff: &Diff) -> Option<Probe> {
    let runner = runner::runner(def, diff).ok()?;
    Some(probe(def, &runner, HEAD, ProbeTree::head()))
}

/// The share of added lines that tests must reach, percent; 0 asks for none.
fn min_coverage(def: &GateDef) -> f64 {
    def.min_coverage.or(def.coverage.as_ref().and_then(|spec| spec.min)).unwrap_or(COVERAGE)
}

/// The test command on a tree.
fn probe(def: &GateDef, runner: &Runner, label: &str, tree: ProbeTree) -> Probe {
    // Coverage is looked at on the head only, and where somebody asks for it.
    let (run, coverage) = match &runner.covered {
        Some((run, spec)) if label == HEAD && min_coverage(def) > 0.0 => (run.clone(), Some(spec.clone())),
        _ => (runner.run.clone(), None),
    };
    Probe {
        prepare: None,
        label: label.to_owned(),
        tree,
        run,
        report: Some(runner.report.clone()),
        coverage,
        timeout: def.timeout,
        share: label == HEAD || label == BASE,
    }
}

/// The files that a task which only writes tests has touched, as a command gate sees them: the tests set back, and whose
/// tests they are.
pub(super) fn own_tests(def: &GateDef, diff: &Diff) -> (Overlay, Vec<RedTest>) {
    let change = Change::of(diff, &Paths::new(def));
    let files: std::collections::BTreeSet<&str> = change.touched().map(|case| case.path.as_str()).collect();
    let files: Vec<RedTest> = change
        .files
        .iter()
        .filter(|file| file.class == paths::Class::Test && file.new.is_some() || files.contains(file.path.as_str()))
        .map(|file| RedTest { file: file.path.clone(), test: String::new() })
        .collect();
    (change.base_tests(diff), files)
}

/// A judgement, or what is needed for one.
type Asked<T> = Result<T, Box<Step>>;

impl From<Judged> for Box<Step> {
    fn from(judged: Judged) -> Box<Step> {
        Box::new(judged.into())
    }
}

/// What is judged, and what is known so far.
struct Ask<'a> {
    def: &'a GateDef,
    diff: &'a Diff,
    evidence: &'a [(Probe, Evidence)],
    change: &'a Change,
    runner: &'a Runner,
    red: ExpectedRed,
    /// Every test of the head that is found by syntax: read once, when somebody looks for a place.
    written: OnceCell<Vec<TestCode>>,
}

/// Tests that wait for their implementation.
struct ExpectedRed {
    names: HashSet<String>,
    /// The tests of files that wait as a whole.
    cases: Vec<TestCode>,
}

impl ExpectedRed {
    fn of(diff: &Diff) -> ExpectedRed {
        let (files, named): (Vec<&RedTest>, Vec<&RedTest>) =
            diff.expected_red.iter().partition(|red| red.test.is_empty());
        ExpectedRed {
            names: named.iter().map(|red| red.test.clone()).collect(),
            cases: files.iter().flat_map(|red| cases_of(diff, &red.file)).collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name) || self.cases.iter().any(|case| case.is_meant(name))
    }
}

/// The tests of a file of the head.
fn cases_of(diff: &Diff, path: &str) -> Vec<TestCode> {
    diff.new.text(path).map(|text| find_tests(path, &text)).unwrap_or_default()
}

impl<'a> Ask<'a> {
    fn new(
        def: &'a GateDef,
        diff: &'a Diff,
        evidence: &'a [(Probe, Evidence)],
        change: &'a Change,
        runner: &'a Runner,
    ) -> Ask<'a> {
        Ask { def, diff, evidence, change, runner, red: ExpectedRed::of(diff), written: OnceCell::new() }
    }

    /// What the tests did on a tree; asks for it when nobody knows yet.
    fn run(&self, label: &str, tree: impl FnOnce() -> ProbeTree) -> Asked<&'a Evidence> {
        self.find(label).ok_or_else(|| Box::new(Step::More(vec![self.probe(label, tree())])))
    }

    fn find(&self, label: &str) -> Option<&'a Evidence> {
        self.evidence.iter().find(|(probe, _)| probe.label == label).map(|(_, evidence)| evidence)
    }

    fn probe(&self, label: &str, tree: ProbeTree) -> Probe {
        probe(self.def, self.runner, label, tree)
    }

    /// The test results of a run.
    ///
    /// # Errors
    /// Nothing was found out, and why.
    fn tests(&self, evidence: &'a Evidence) -> Result<&'a TestReport, String> {
        if let Some(why) = evidence.nothing_found_out(self.def.timeout) {
            return Err(why);
        }
        match &evidence.report {
            Some(Ok(Report::Tests(tests))) => Ok(tests),
            Some(Ok(_)) => Err("its report has no test results".to_owned()),
            Some(Err(why)) => Err(format!("its report says nothing: {why} ({})", last_line(&evidence.output))),
            None => Err("no report was asked for".to_owned()),
        }
    }

    /// The head's results, where nothing fails that is not meant to. A test that fails once and passes once is flaky, and
    /// proves nothing.
    fn green(&self) -> Asked<&'a TestReport> {
        let head = self.run(HEAD, ProbeTree::head)?;
        let tests = self.tests(head).map_err(|why| Box::from(Judged::unchecked(why)))?;
        let failing = self.unexpected(tests);
        let broken = !tests.broken().is_empty();
        if failing.is_empty() && !broken {
            return self.exit(head, tests);
        }
        let again = self.run("head-again", ProbeTree::head)?;
        let second = self.tests(again).map_err(|why| Box::from(Judged::unchecked(why)))?;
        let measured = Measured { tests: Some(results::counts(tests)), ..Measured::default() };
        if broken && !second.broken().is_empty() {
            let mut findings = places(&head.output, &|path| self.diff.new.has(path));
            if findings.is_empty() {
                findings = results::failures(std::iter::empty(), tests.broken());
            }
            let reason = format!("the tests do not run: {}", results::in_short(&findings));
            return Err(Judged { measured, ..Judged::fail(reason, findings) }.into());
        }
        let hard: Vec<&TestCase> =
            failing.iter().filter(|case| second.outcome(&case.name) == Some(Outcome::Failed)).copied().collect();
        if !hard.is_empty() {
            let findings: Vec<Finding> = hard.iter().map(|case| self.placed(case)).collect();
            let reason = results::in_short(&findings);
            return Err(Judged { measured, ..Judged::fail(reason, findings) }.into());
        }
        let findings = failing.iter().map(|case| Finding {
            rule: "flaky".to_owned(),
            message: format!("`{}` failed and passed on the same tree", case.name),
            advice: "make it depend on nothing but the code".to_owned(),
            ..self.placed(case)
        });
        let findings: Vec<Finding> = findings.collect();
        let reason = match findings.first() {
            Some(first) => format!("flaky: {}", first.message),
            None => "flaky: the tests ran only the second time".to_owned(),
        };
        Err(Judged { findings, measured, ..Judged::unchecked(reason) }.into())
    }

    /// A command that says no although every test is content knows something that the report does not.
    fn exit(&self, head: &'a Evidence, tests: &'a TestReport) -> Asked<&'a TestReport> {
        let tolerated = tests.count(Outcome::Failed) > 0;
        if head.is_good_exit() || tolerated {
            return Ok(tests);
        }
        let findings = places(&head.output, &|path| self.diff.new.has(path));
        let reason = format!("no test failed, but the command did: {}", last_line(&head.output));
        Err(Judged::fail(reason, findings).into())
    }

    /// Failures that nobody expects.
    fn unexpected(&self, tests: &'a TestReport) -> Vec<&'a TestCase> {
        let failed = tests.cases().iter().filter(|case| case.outcome == Outcome::Failed);
        failed.filter(|case| !self.is_expected_red(&case.name)).collect()
    }

    /// Whether a test is one of those that wait for their implementation.
    fn is_expected_red(&self, name: &str) -> bool {
        self.red.has(name)
    }

    /// Where a test stands that the change did not touch.
    fn elsewhere(&self, name: &str) -> Option<&TestCode> {
        let all = self.written.get_or_init(|| {
            let paths = self.diff.new.paths();
            let code = paths.iter().filter(|path| Language::of_path(path).is_some()).take(MAX_SEARCHED);
            code.flat_map(|path| cases_of(self.diff, path)).collect()
        });
        all.iter().find(|case| case.is_meant(name))
    }

    /// Which table of rows a test of a report belongs to: what is written once and reported often is one test. A test
    /// without rows is a table of its own.
    fn table_of(&self, reported: &str) -> String {
        if let Some(case) = self.change.after.iter().find(|case| case.is_meant(reported)) {
            return format!("{}::{}", case.path, case.names.join("::"));
        }
        let bare = reported.split('[').next().unwrap_or(reported);
        bare.trim_end().to_owned()
    }

    /// A test of a report as a finding, at the place where it stands where that is known.
    fn placed(&self, test: &TestCase) -> Finding {
        let mut finding = results::failure(test);
        if finding.line == 0 || !self.diff.new.has(&finding.file) {
            let known = self.change.after.iter().find(|case| case.is_meant(&test.name));
            if let Some(case) = known {
                (finding.file, finding.line) = (case.path.clone(), case.line);
            }
        }
        finding
    }

    /// Counts of the head, for the result.
    fn measured(&self, tests: &TestReport) -> Measured {
        Measured { tests: Some(results::counts(tests)), ..Measured::default() }
    }
}

/// The run on the judged commit.
const HEAD: &str = "head";
/// The run on what it is compared with.
const BASE: &str = "base";
