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
    cases: Vec<TestCase>,
    broken: Vec<String>,
    /// Positions in `cases`, by name: reports have up to hundreds of thousands of tests, and each is looked up.
    by_name: Vec<u32>,
}

impl TestReport {
    /// Of tests in the order of their report, and of what broke outside tests.
    pub fn new(cases: Vec<TestCase>, broken: Vec<String>) -> TestReport {
        let mut by_name: Vec<u32> = (0..cases.len() as u32).collect();
        by_name.sort_by(|a, b| cases[*a as usize].name.cmp(&cases[*b as usize].name));
        TestReport { cases, broken, by_name }
    }

    /// Every test, in the order of the report.
    pub fn cases(&self) -> &[TestCase] {
        &self.cases
    }

    /// What broke outside tests, shortened: a file that cannot be collected, a package that does not build.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Tests that ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.cases.iter().filter(|case| case.outcome == outcome).count()
    }

    /// The tests of a name, in the order of the report.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a TestCase> {
        let at = |n: &u32| &self.cases[*n as usize];
        let first = self.by_name.partition_point(|n| at(n).name.as_str() < name);
        self.by_name[first..].iter().map(at).take_while(move |case| case.name == name)
    }

    /// A test by name; the worst of several with the same name.
    pub fn outcome(&self, name: &str) -> Option<Outcome> {
        self.named(name).map(|case| case.outcome).reduce(worse)
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

#[cfg(test)]
mod tests {
    use super::super::sink::case;
    use super::*;

    #[test]
    fn a_test_is_found_by_name() {
        use Outcome::{Failed, Passed, Skipped};
        let all = [("b", Passed), ("a", Skipped), ("b", Failed), ("ab", Passed), ("", Passed)];
        let report = TestReport::new(all.map(|(name, outcome)| case(name, outcome)).into(), Vec::new());
        let found = ["a", "ab", "b", "", "c", "aa"].map(|name| report.outcome(name));
        assert_eq!(found, [Some(Skipped), Some(Passed), Some(Failed), Some(Passed), None, None]);
        assert_eq!(report.named("b").map(|case| case.outcome).collect::<Vec<_>>(), [Passed, Failed]);
        assert_eq!(TestReport::default().outcome("a"), None);
    }
}
