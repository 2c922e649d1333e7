//! One report of every dialect, as its tool writes it.

use super::*;
use Outcome::{Failed, Passed, Skipped};

pub(super) const WANTED: [&str; 3] = ["src/lib.rs", "pkg/calc.py", "calc/sum.go"];

pub(super) fn read_text(format: ReportFormat, purpose: Purpose, text: &str) -> Result<Report, String> {
    let wanted = WANTED.map(str::to_owned);
    let context = Context { root: "/slots/g1", wanted: &wanted };
    read(&mut text.as_bytes(), format, purpose, &context)
}

fn results(format: ReportFormat, text: &str) -> Vec<(String, Outcome)> {
    match read_text(format, Purpose::Results, text) {
        Ok(Report::Tests(found)) => found.cases().iter().cloned().map(|case| (case.name, case.outcome)).collect(),
        other => panic!("{other:?}"),
    }
}

fn tests(format: ReportFormat, text: &str) -> TestReport {
    match read_text(format, Purpose::Results, text) {
        Ok(Report::Tests(found)) => found,
        other => panic!("{other:?}"),
    }
}

fn places(format: ReportFormat, text: &str) -> Vec<String> {
    match read_text(format, Purpose::Results, text) {
        Ok(Report::Findings(found)) => {
            found.into_iter().map(|f| format!("{}:{} {} {}", f.file, f.line, f.rule, f.message)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn covered(format: ReportFormat, text: &str, file: &str) -> Vec<(u32, bool)> {
    match read_text(format, Purpose::Coverage, text) {
        Ok(Report::Coverage(found)) => found.files[file].clone().into_iter().collect(),
        other => panic!("{other:?}"),
    }
}

fn refusal(format: ReportFormat, purpose: Purpose, text: &str) -> String {
    read_text(format, purpose, text).unwrap_err()
}

fn named(found: &[(&str, Outcome)]) -> Vec<(String, Outcome)> {
    found.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect()
}

pub(super) const PYTEST: &str = include_str!("../../../fixtures/reports/junit/pytest.xml");
pub(super) const COLLECTION: &str = include_str!("../../../fixtures/reports/junit/collection.xml");
pub(super) const MYPY: &str = include_str!("../../../fixtures/reports/junit/mypy.xml");
pub(super) const VITEST: &str = include_str!("../../../fixtures/reports/junit/vitest.xml");

#[test]
fn junit_in_all_dialects() {
    let found = tests(ReportFormat::Junit, PYTEST);
    let expected = [
        ("tests.test_calc::test_sum[1-2]", Passed),
        ("tests.test_calc.TestX::test_bad", Failed),
        ("tests.test_calc::test_later", Skipped),
    ];
    assert_eq!(results(ReportFormat::Junit, PYTEST), named(&expected));
    assert!(found.cases()[1].message.contains("assert 1 == 2"));
    assert_eq!(found.broken(), [""; 0]);
    let found = tests(ReportFormat::Junit, COLLECTION);
    assert_eq!((found.cases().len(), found.broken().len()), (0, 1), "{found:?}");
    assert!(found.broken()[0].contains("cannot import name 'sub'"));
    assert_eq!(results(ReportFormat::Junit, MYPY), named(&[("mypy::mypy-py3_11-linux", Failed)]));
    let names = [("test/sum.test.ts::sum > adds", Passed), ("test/sum.test.ts::sum > subtracts", Failed)];
    assert_eq!(results(ReportFormat::Junit, VITEST), named(&names));
}

#[test]
fn a_suite_that_counts_failures_it_does_not_show_is_broken() {
    let text = r#"<testsuites><testsuite name="s" failures="1"><testcase name="a"/></testsuite></testsuites>"#;
    assert_eq!(tests(ReportFormat::Junit, text).broken(), ["suite `s` counts 1 failures that are not in the report"]);
}

#[test]
fn what_says_nothing_is_an_error() {
    use Purpose::{Coverage, Results};
    for format in [
        ReportFormat::Junit,
        ReportFormat::Sarif,
        ReportFormat::Checkstyle,
        ReportFormat::Tap,
        ReportFormat::Libtest,
        ReportFormat::Go,
        ReportFormat::Json,
    ] {
        for text in ["", "\n \n", "nonsense", "<html/>", "{}"] {
            assert!(read_text(format, Results, text).is_err(), "{format:?} {text:?}");
        }
    }
    for format in [ReportFormat::Lcov, ReportFormat::Cobertura, ReportFormat::Go] {
        for text in ["", "nonsense", "<coverage/>", "mode: set\n", "TN:\n"] {
            assert!(read_text(format, Coverage, text).is_err(), "{format:?} {text:?}");
        }
    }
    let none = r#"<testsuites tests="0"><testsuite name="pytest" tests="0"/></testsuites>"#;
    assert_eq!(refusal(ReportFormat::Junit, Results, none), "there is no test in it");
    let cut = PYTEST.rfind("</testsuite>").unwrap();
    assert!(refusal(ReportFormat::Junit, Results, &PYTEST[..cut]).contains("cut off"));
    assert!(refusal(ReportFormat::Junit, Results, &PYTEST[..cut + 5]).contains("not valid XML"));
    assert_eq!(refusal(ReportFormat::Lcov, Results, LCOV), "it is a coverage report: name it under `coverage`");
    assert_eq!(refusal(ReportFormat::Junit, Coverage, PYTEST), "it is not a coverage report");
}

pub(super) const LCOV: &str = include_str!("../../../fixtures/reports/lcov/mixed.info");
pub(super) const COBERTURA: &str = include_str!("../../../fixtures/reports/cobertura/coverage.xml");
pub(super) const GO_COVER: &str = include_str!("../../../fixtures/reports/cover/profile.out");

#[test]
fn coverage_of_the_wanted_files() {
    assert_eq!(covered(ReportFormat::Lcov, LCOV, "pkg/calc.py"), [(1, true), (2, false), (5, true)]);
    assert_eq!(covered(ReportFormat::Lcov, LCOV, "src/lib.rs"), [(7, true)]);
    assert_eq!(covered(ReportFormat::Cobertura, COBERTURA, "pkg/calc.py"), [(1, true), (2, false)]);
    let go = [(3, true), (4, true), (5, true), (7, false), (8, false)];
    assert_eq!(covered(ReportFormat::Go, GO_COVER, "calc/sum.go"), go);
    let Ok(Report::Coverage(found)) = read_text(ReportFormat::Lcov, Purpose::Coverage, LCOV) else { panic!() };
    assert_eq!((found.files.len(), found.known), (2, 3));
}

pub(super) const LIBTEST: &str = include_str!("../../../fixtures/reports/libtest/cargo.txt");

#[test]
fn libtest_with_binaries_and_doctests() {
    let expected = [
        ("greet:src/lib.rs::tests::adds", Passed),
        ("greet:src/lib.rs::tests::later", Skipped),
        ("greet:src/lib.rs::tests::wrong", Failed),
        ("it:tests/it.rs::works", Passed),
        ("greet:doc::src/lib.rs - add", Passed),
        ("greet:doc::src/lib.rs - add #2", Passed),
    ];
    assert_eq!(results(ReportFormat::Libtest, LIBTEST), named(&expected));
    let found = tests(ReportFormat::Libtest, LIBTEST);
    let wrong = &found.cases()[2];
    assert_eq!((wrong.file.as_str(), wrong.line), ("src/lib.rs", 12));
    assert!(wrong.message.starts_with("assertion `left == right` failed"));
    assert_eq!(found.outcome("it:tests/it.rs::works"), Some(Passed));
    let broken =
        "error[E0425]: cannot find function `sub` in this scope\nerror: could not compile `greet` (lib test)\n";
    assert_eq!(tests(ReportFormat::Libtest, broken).broken().len(), 2);
    let cut = "running 2 tests\ntest a ... ok\n";
    assert_eq!(tests(ReportFormat::Libtest, cut).broken(), ["a test binary did not finish"]);
    let hidden = "running 1 test\ntest a ... printed\nFAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored;\n";
    assert_eq!(tests(ReportFormat::Libtest, hidden).broken(), ["1 tests failed that are not shown"]);
    assert_eq!(
        refusal(ReportFormat::Libtest, Purpose::Results, "running 0 tests\n\ntest result: ok. 0 passed; 0 failed;\n"),
        "there is no test in it"
    );
}

pub(super) const GO_TEST: &str = include_str!("../../../fixtures/reports/go/test.jsonl");

#[test]
fn go_test_events() {
    let found = tests(ReportFormat::Go, GO_TEST);
    let names: Vec<_> = found.cases().iter().map(|case| (case.name.as_str(), case.outcome)).collect();
    assert_eq!(names, [("m/calc.TestSum", Passed), ("m/calc.TestSub", Failed), ("m/calc.TestLater", Skipped)]);
    assert_eq!((found.cases()[1].file.as_str(), found.cases()[1].line), ("sum_test.go", 12));
    assert_eq!(found.broken(), ["m/other: FAIL\tm/other [build failed]"]);
    let killed = "{\"Action\":\"run\",\"Package\":\"m\",\"Test\":\"TestHangs\"}\n";
    assert_eq!(results(ReportFormat::Go, killed), named(&[("m.TestHangs", Failed)]));
}

pub(super) const TAP: &str = include_str!("../../../fixtures/reports/tap/prove.txt");

#[test]
fn tap_with_directives_and_plans() {
    let expected = [("adds", Passed), ("subtracts", Failed), ("later", Skipped), ("some day", Skipped)];
    assert_eq!(results(ReportFormat::Tap, TAP), named(&expected));
    assert_eq!(tests(ReportFormat::Tap, "1..3\nok 1\n").broken(), ["3 tests were planned, 1 ran"]);
    assert_eq!(tests(ReportFormat::Tap, "ok 1 a\n").broken().len(), 1, "no plan");
    assert!(refusal(ReportFormat::Tap, Purpose::Results, "1..0 # skipped\n").contains("no test"));
    assert_eq!(tests(ReportFormat::Tap, "1..1\nBail out! no database\n").broken().len(), 2);
}

pub(super) const SARIF: &str = include_str!("../../../fixtures/reports/sarif/ruff.sarif");
pub(super) const CHECKSTYLE: &str = include_str!("../../../fixtures/reports/checkstyle/eslint.xml");

#[test]
fn sarif_and_checkstyle() {
    assert_eq!(places(ReportFormat::Sarif, SARIF), ["pkg/calc.py:1 F401 `os` imported but unused"]);
    assert_eq!(places(ReportFormat::Checkstyle, CHECKSTYLE), ["src/lib.rs:3 LineLength too \"long\""]);
    let clean = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#;
    assert_eq!(places(ReportFormat::Sarif, clean), [""; 0]);
    let failed = r#"{"runs":[{"tool":{},"invocations":[{"executionSuccessful":false,"toolExecutionNotifications":[{"message":{"text":"no config"}}]}],"results":[]}]}"#;
    let why = refusal(ReportFormat::Sarif, Purpose::Results, failed);
    assert_eq!(why, "the tool reports that it failed: no config");
    assert!(refusal(ReportFormat::Sarif, Purpose::Results, r#"{"version":"2.1.0","runs":[]}"#).contains("no run"));
}

pub(super) const CARGO: &str = include_str!("../../../fixtures/reports/json/cargo.jsonl");
pub(super) const ESLINT: &str = include_str!("../../../fixtures/reports/json/eslint.json");
pub(super) const RUFF: &str = include_str!("../../../fixtures/reports/json/ruff.json");
pub(super) const BANDIT: &str = include_str!("../../../fixtures/reports/json/bandit.json");
pub(super) const JEST: &str = include_str!("../../../fixtures/reports/json/jest.json");

#[test]
fn json_of_many_tools() {
    let cargo = ["src/lib.rs:4 unused_variables warning: unused variable: `x`"];
    assert_eq!(places(ReportFormat::Json, CARGO), cargo);
    assert_eq!(places(ReportFormat::Json, ESLINT), ["src/a.js:2 no-unused-vars 'x' is unused"]);
    assert_eq!(places(ReportFormat::Json, RUFF), ["pkg/calc.py:1 F401 unused"]);
    assert_eq!(places(ReportFormat::Json, BANDIT), ["pkg/calc.py:4 B602 subprocess with shell=True"]);
    assert_eq!(places(ReportFormat::Json, "[]"), [""; 0]);
    let found = tests(ReportFormat::Json, JEST);
    assert_eq!(found.cases().len(), 2);
    assert_eq!(found.outcome("test/a.test.js::sum adds"), Some(Passed));
    assert_eq!(found.broken(), ["test/b.test.js: Cannot find module"]);
    let unread = BANDIT.replace(r#""errors":[]"#, r#""errors":[{"filename":"x","reason":"syntax error"}]"#);
    let why = refusal(ReportFormat::Json, Purpose::Results, &unread);
    assert_eq!(why, "the tool could not examine everything: syntax error");
    let audit = r#"{"dependencies":[{"name":"a","version":"1","vulns":[{"id":"P-1","fix_versions":["2"],"description":"bad"}]}]}"#;
    assert_eq!(places(ReportFormat::Json, audit), [":0 P-1 `a` 1: bad"]);
    let skipped = r#"{"dependencies":[{"name":"own","skip_reason":"not on PyPI"}]}"#;
    assert!(refusal(ReportFormat::Json, Purpose::Results, skipped).contains("could not be audited: not on PyPI"));
}
