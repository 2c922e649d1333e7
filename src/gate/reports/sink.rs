//! What readers fill: bounded, whatever comes.

use super::report::MAX_FINDINGS;
use super::tests_report::{Outcome, TestCase, TestReport};
use crate::model::Finding;

/// Tests kept of one report. A larger one cannot be compared, and is refused instead of being compared in part.
const MAX_CASES: usize = 400_000;
/// Bytes kept of a name. Parametrised tests put whole values into theirs.
const MAX_NAME: usize = 300;
/// Bytes kept of a message.
const MAX_MESSAGE: usize = 1000;
/// Failures whose message is kept.
const MAX_MESSAGES: usize = 500;
/// Things kept that broke outside tests.
const MAX_BROKEN: usize = 100;

/// Test results that are being read.
#[derive(Debug, Default)]
pub(super) struct Tests {
    cases: Vec<TestCase>,
    broken: Vec<String>,
    messages: usize,
    overflow: bool,
}

impl Tests {
    pub(super) fn push(&mut self, mut case: TestCase) {
        if self.cases.len() == MAX_CASES {
            self.overflow = true;
            return;
        }
        case.name = without_addresses(case.name);
        if case.name.len() > MAX_NAME {
            // Two long names that begin alike stay apart.
            case.name = format!("{}…{:08x}", cut(&case.name, MAX_NAME), crc32fast::hash(case.name.as_bytes()));
        }
        self.messages += usize::from(!case.message.is_empty());
        case.message =
            if self.messages > MAX_MESSAGES { String::new() } else { cut(case.message.trim(), MAX_MESSAGE).to_owned() };
        self.cases.push(case);
    }

    pub(super) fn broke(&mut self, what: impl AsRef<str>) {
        let what = cut(what.as_ref().trim(), MAX_MESSAGE);
        if self.broken.len() < MAX_BROKEN && !self.broken.iter().any(|known| known == what) {
            self.broken.push(what.to_owned());
        }
    }

    pub(super) fn cases(&mut self) -> &mut Vec<TestCase> {
        &mut self.cases
    }

    /// The report. Without a single test, and with nothing that broke, nothing was found out.
    pub(super) fn finish(self) -> Result<TestReport, String> {
        if self.overflow {
            return Err(format!("it has more than {MAX_CASES} tests"));
        }
        if self.cases.is_empty() && self.broken.is_empty() {
            return Err("there is no test in it".to_owned());
        }
        Ok(TestReport::new(self.cases, self.broken))
    }
}

/// What stands before an address in memory, which differs on each run: `<object at 0x7f3a>`.
const ADDRESS: &str = " at 0x";

/// A name without addresses: the same test is called the same on each run.
fn without_addresses(name: String) -> String {
    if !name.contains(ADDRESS) {
        return name;
    }
    let mut kept = String::with_capacity(name.len());
    let mut parts = name.split(ADDRESS);
    kept.push_str(parts.next().unwrap_or_default());
    for part in parts {
        kept.push_str(ADDRESS);
        kept.push('…');
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    kept
}

/// Findings that are being read.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        if self.0.len() < MAX_FINDINGS {
            let message = cut(finding.message.trim(), MAX_MESSAGE).to_owned();
            let (rule, advice) =
                (cut(&finding.rule, MAX_NAME).to_owned(), cut(&finding.advice, MAX_MESSAGE).to_owned());
            self.0.push(Finding {
                file: cut(&finding.file, 4096).to_owned(),
                message,
                rule,
                advice,
                line: finding.line,
            });
        }
    }

    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.0
    }
}

/// A test without anything but its name.
pub(super) fn case(name: impl Into<String>, outcome: Outcome) -> TestCase {
    TestCase { name: name.into(), outcome, file: String::new(), line: 0, message: String::new() }
}

/// At most `limit` bytes, whole characters.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_part_of_a_name() {
        let name = |name: &str| {
            let mut tests = Tests::default();
            tests.push(case(name, Outcome::Passed));
            tests.finish().unwrap().cases()[0].name.clone()
        };
        let one = name("t::test_a[<object object at 0x7f3a01>-<function f at 0x55d0>]");
        assert_eq!(one, "t::test_a[<object object at 0x…>-<function f at 0x…>]");
        assert_eq!(one, name("t::test_a[<object object at 0x1>-<function f at 0xffff>]"));
        // A number that somebody wrote is a name.
        assert_eq!(name("t::test_0xff[0xff]"), "t::test_0xff[0xff]");
    }
}
