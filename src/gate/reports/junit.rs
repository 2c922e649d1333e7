//! JUnit XML in the dialects of pytest, vitest, jest-junit, ruff, mypy (whose root is a `<testsuite>`), surefire and
//! gotestsum.
//!
//! The counts of roots and suites are not trusted for good news (pytest's root says 0), only for bad: a suite that
//! declares more failures than it shows has something broken.

use std::io::BufRead;

use super::context::Context;
use super::report::Report;
use super::sink::{Tests, case};
use super::tests_report::Outcome;
use super::xml::{Node, Tag, Xml};

/// Failures that a suite declares, and those seen in it.
struct Suite {
    name: String,
    declared: u64,
    seen: u64,
}

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut xml = Xml::new(input);
    let mut tests = Tests::default();
    let mut suites: Vec<Suite> = Vec::new();
    let mut state = Reading { context, known: false, open: None, complaint: false };
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(tag) if tag.name == "testsuite" => {
                state.known = true;
                suites.push(suite(&tag));
            }
            Node::Open(tag) => state.opens(&tag),
            Node::Text(text) => state.text(&text),
            Node::Close(name) if name == "testsuite" => closes(&mut suites, &mut tests),
            Node::Close(name) => {
                if state.closes(&name, &mut tests)
                    && let Some(suite) = suites.last_mut()
                {
                    suite.seen += 1;
                }
            }
        }
    }
    if !state.known {
        return Err("it is not a JUnit report: it has no `<testsuite>`".to_owned());
    }
    tests.finish().map(Report::Tests)
}

fn suite(tag: &Tag) -> Suite {
    let declared = tag.number("failures").unwrap_or(0).saturating_add(tag.number("errors").unwrap_or(0));
    Suite { name: tag.get("name").to_owned(), declared, seen: 0 }
}

fn closes(suites: &mut Vec<Suite>, tests: &mut Tests) {
    let Some(suite) = suites.pop() else { return };
    if suite.declared > suite.seen {
        let missing = suite.declared - suite.seen;
        tests.broke(format!("suite `{}` counts {missing} failures that are not in the report", suite.name));
    }
    if let Some(outer) = suites.last_mut() {
        outer.seen += suite.seen.max(suite.declared);
    }
}

/// A test case that is open.
struct Open {
    case: super::tests_report::TestCase,
    collection: bool,
}

struct Reading<'a> {
    context: &'a Context<'a>,
    known: bool,
    open: Option<Open>,
    /// Inside a `<failure>`: its text is the message.
    complaint: bool,
}

impl Reading<'_> {
    fn opens(&mut self, tag: &Tag) {
        match (tag.name.as_str(), &mut self.open) {
            ("testsuites", _) => self.known = true,
            ("testcase", _) => self.open = Some(opened(tag, self.context)),
            ("failure" | "error", Some(open)) => {
                open.case.outcome = Outcome::Failed;
                open.case.message = tag.get("message").to_owned();
                open.collection |= tag.get("message") == "collection failure";
                self.complaint = true;
            }
            ("skipped", Some(open)) if open.case.outcome != Outcome::Failed => open.case.outcome = Outcome::Skipped,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let (true, Some(open)) = (self.complaint, &mut self.open)
            && open.case.message.len() < 4000
        {
            open.case.message.push('\n');
            open.case.message.push_str(super::sink::cut(text, 4000));
        }
    }

    /// Whether a failing test case has ended.
    fn closes(&mut self, name: &str, tests: &mut Tests) -> bool {
        match name {
            "failure" | "error" => self.complaint = false,
            "testcase" => {
                let Some(open) = self.open.take() else { return false };
                let failed = open.case.outcome == Outcome::Failed;
                if open.collection {
                    // pytest could not even import it: there is no test of that name.
                    tests.broke(format!("{}: {}", open.case.name, open.case.message));
                } else {
                    tests.push(open.case);
                }
                return failed;
            }
            _ => {}
        }
        false
    }
}

fn opened(tag: &Tag, context: &Context<'_>) -> Open {
    let (class, name) = (tag.get("classname"), tag.get("name"));
    let full = if class.is_empty() { name.to_owned() } else { format!("{class}::{name}") };
    // `status` of Google Test and of jest-junit's like.
    let not_run = matches!(tag.get("status"), "notrun" | "disabled" | "skipped" | "pending");
    let outcome = match tag.get("status") {
        "failed" | "error" => Outcome::Failed,
        _ if not_run => Outcome::Skipped,
        _ => Outcome::Passed,
    };
    let mut case = case(full, outcome);
    case.file = context.relative(tag.get("file"));
    case.line = tag.line("line");
    Open { case, collection: false }
}
