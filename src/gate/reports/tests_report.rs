//! Test results, whatever wrote them.

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It ran and was content.
    Passed,
    /// It ran and was not content, or broke.
    Failed,
    /// It did not run: skipped, ignored, to do.
    Skipped,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// Its name, as unique as its report has it: `tests.test_a::test_sum`, `module::tests::adds`.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The file that has it, or empty: not every format says.
    pub file: String,
    /// Its line, or 0.
    pub line: u32,
    /// Why it failed, shortened; or empty.
    pub message: String,
}

/// Test results.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestReport {
    /// Every test, in the order of the report.
    pub cases: Vec<TestCase>,
    /// What broke outside tests, shortened: a file that cannot be collected, a package that does not build.
    pub broken: Vec<String>,
}

impl TestReport {
    /// Tests that ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.cases.iter().filter(|case| case.outcome == outcome).count()
    }

    /// A test by name; the worst of several with the same name.
    pub fn outcome(&self, name: &str) -> Option<Outcome> {
        let mut all = self.cases.iter().filter(|case| case.name == name).map(|case| case.outcome);
        let first = all.next()?;
        Some(all.fold(first, worse))
    }
}

/// The worse of two: failed, skipped, passed.
pub(super) fn worse(a: Outcome, b: Outcome) -> Outcome {
    match (a, b) {
        (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
        (Outcome::Skipped, _) | (_, Outcome::Skipped) => Outcome::Skipped,
        _ => Outcome::Passed,
    }
}
