//! What a judgement asks for, and what is known so far.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::change::Change;
use super::runner::Runner;
use crate::gate::places::places;
use crate::gate::probe::last_line;
use crate::gate::reports::{Outcome, Report, TestCase, TestReport};
use crate::gate::{Diff, Evidence, Judged, Probe, ProbeTree, Step, results};
use crate::model::{Finding, GateDef, KnownRed, Measured, RedTest};
use crate::source::{Language, TestCode, find_tests};

/// What a gate of this kind asks of the added lines where nothing else is set, percent.
const COVERAGE: f64 = 95.0;

/// Files looked through for a test that is in no changed file.
const MAX_SEARCHED: usize = 3000;

/// The share of added lines that tests must reach, percent; 0 asks for none.
pub(super) fn min_coverage(def: &GateDef) -> f64 {
    def.min_coverage.or(def.coverage.as_ref().and_then(|spec| spec.min)).unwrap_or(COVERAGE)
}

/// The test command on a tree.
pub(super) fn probe(def: &GateDef, runner: &Runner, label: &str, tree: ProbeTree) -> Probe {
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

/// How long a wrong version may take, as a multiple of the right one's time, and seconds besides.
const WRONG_TIME: f64 = 4.0;
const WRONG_LEAST: u64 = 15;

/// A judgement, or what is needed for one.
pub(super) type Asked<T> = Result<T, Box<Step>>;

impl From<Judged> for Box<Step> {
    fn from(judged: Judged) -> Box<Step> {
        Box::new(judged.into())
    }
}

/// What is judged, and what is known so far.
pub(super) struct Ask<'a> {
    pub(super) def: &'a GateDef,
    pub(super) diff: &'a Diff,
    pub(super) evidence: &'a [(Probe, Evidence)],
    pub(super) change: &'a Change,
    pub(super) runner: &'a Runner,
    pub(super) red: ExpectedRed,
    /// Every test of the head that is found by syntax: read once, when somebody looks for a place.
    pub(super) written: OnceCell<Vec<TestCode>>,
}

/// Tests that wait for their implementation, and those that fail on the base as a person knows.
pub(super) struct ExpectedRed {
    names: HashSet<String>,
    /// The tests of files that wait as a whole.
    cases: Vec<TestCode>,
}

impl ExpectedRed {
    pub(super) fn of(diff: &Diff) -> ExpectedRed {
        let (files, named): (Vec<&RedTest>, Vec<&RedTest>) =
            diff.expected_red.iter().partition(|red| red.test.is_empty());
        let known = match &diff.known_red {
            Some(KnownRed::Tests(known)) => known.iter().cloned().collect(),
            Some(KnownRed::Unlisted) | None => Vec::new(),
        };
        ExpectedRed {
            names: named.iter().map(|red| red.test.clone()).chain(known).collect(),
            cases: files.iter().flat_map(|red| cases_of(diff, &red.file)).collect(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name) || self.cases.iter().any(|case| case.is_meant(name))
    }
}

/// The tests of a file of the head.
pub(super) fn cases_of(diff: &Diff, path: &str) -> Vec<TestCode> {
    diff.new.text(path).map(|text| find_tests(path, &text)).unwrap_or_default()
}

impl<'a> Ask<'a> {
    pub(super) fn new(
        def: &'a GateDef,
        diff: &'a Diff,
        evidence: &'a [(Probe, Evidence)],
        change: &'a Change,
        runner: &'a Runner,
    ) -> Ask<'a> {
        Ask { def, diff, evidence, change, runner, red: ExpectedRed::of(diff), written: OnceCell::new() }
    }

    /// A run on a wrong version, or without the change: it may never end, which says nothing, and is not waited for as long as a gate may take.
    pub(super) fn brief_probe(&self, label: &str, tree: ProbeTree) -> Probe {
        let probe = self.probe(label, tree);
        let right = self.find(HEAD).map_or(f64::from(u32::MAX), |left| left.seconds + left.preparing);
        Probe { timeout: probe.timeout.min((WRONG_TIME * right).ceil() as u64 + WRONG_LEAST), ..probe }
    }

    /// What the tests did on a tree; asks for it when nobody knows yet.
    pub(super) fn run(&self, label: &str, tree: impl FnOnce() -> ProbeTree) -> Asked<&'a Evidence> {
        self.find(label).ok_or_else(|| Box::new(Step::More(vec![self.probe(label, tree())])))
    }

    /// What the tests do on a tree on which they may never end.
    pub(super) fn run_briefly(&self, label: &str, tree: impl FnOnce() -> ProbeTree) -> Asked<&'a Evidence> {
        self.find(label).ok_or_else(|| Box::new(Step::More(vec![self.brief_probe(label, tree())])))
    }

    pub(super) fn find(&self, label: &str) -> Option<&'a Evidence> {
        self.evidence.iter().find(|(probe, _)| probe.label == label).map(|(_, evidence)| evidence)
    }

    pub(super) fn probe(&self, label: &str, tree: ProbeTree) -> Probe {
        probe(self.def, self.runner, label, tree)
    }

    /// The test results of a run.
    ///
    /// # Errors
    /// Nothing was found out, and why.
    pub(super) fn tests(&self, evidence: &'a Evidence) -> Result<&'a TestReport, String> {
        if let Some(why) = evidence.nothing_found_out(self.def.timeout) {
            return Err(why);
        }
        match &evidence.report {
            Some(Ok(Report::Tests(tests))) => Ok(tests),
            Some(Ok(_)) => Err("its report has no test results".to_owned()),
            Some(Err(why)) => Err(format!("its report says nothing: {why} ({})", last_line(&evidence.output))),
            None => Err("no report was requested".to_owned()),
        }
    }

    /// The head's results, where nothing fails that is not meant to. A test that fails once and passes once is flaky, and
    /// proves nothing.
    pub(super) fn green(&self) -> Asked<&'a TestReport> {
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
    pub(super) fn exit(&self, head: &'a Evidence, tests: &'a TestReport) -> Asked<&'a TestReport> {
        let tolerated = tests.count(Outcome::Failed) > 0;
        if head.is_good_exit() || tolerated {
            return Ok(tests);
        }
        let findings = places(&head.output, &|path| self.diff.new.has(path));
        let reason = format!("no test failed, but the command did: {}", last_line(&head.output));
        Err(Judged::fail(reason, findings).into())
    }

    /// Failures that nobody expects.
    pub(super) fn unexpected(&self, tests: &'a TestReport) -> Vec<&'a TestCase> {
        let failed = tests.cases().iter().filter(|case| case.outcome == Outcome::Failed);
        failed.filter(|case| !self.is_expected_red(&case.name)).collect()
    }

    /// Whether a test is one of those that wait for their implementation.
    pub(super) fn is_expected_red(&self, name: &str) -> bool {
        self.red.has(name)
    }

    /// Where a test stands that the change did not touch.
    pub(super) fn elsewhere(&self, name: &str) -> Option<&TestCode> {
        let all = self.written.get_or_init(|| {
            let paths = self.diff.new.paths();
            let code = paths.iter().filter(|path| Language::of_path(path).is_some()).take(MAX_SEARCHED);
            code.flat_map(|path| cases_of(self.diff, path)).collect()
        });
        all.iter().find(|case| case.is_meant(name))
    }

    /// Which table of rows a test of a report belongs to: what is written once and reported often is one test. A test
    /// without rows is a table of its own.
    pub(super) fn table_of(&self, reported: &str) -> String {
        if let Some(case) = self.change.after.iter().find(|case| case.is_meant(reported)) {
            return format!("{}::{}", case.path, case.names.join("::"));
        }
        let bare = reported.split('[').next().unwrap_or(reported);
        bare.trim_end().to_owned()
    }

    /// A test of a report as a finding, at the place where it stands where that is known.
    pub(super) fn placed(&self, test: &TestCase) -> Finding {
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
    pub(super) fn measured(&self, tests: &TestReport) -> Measured {
        Measured { tests: Some(results::counts(tests)), ..Measured::default() }
    }
}

/// The run on the judged commit.
pub(super) const HEAD: &str = "head";
/// The run on what it is compared with.
pub(super) const BASE: &str = "base";
