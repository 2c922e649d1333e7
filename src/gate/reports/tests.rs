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

pub(super) const PYTEST: &str = r#"<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3" time="0.1"><testcase classname="tests.test_calc" name="test_sum[1-2]" time="0.001" /><testcase classname="tests.test_calc.TestX" name="test_bad" time="0.001"><failure message="assert 1 == 2">def test_bad():
&gt;   assert 1 == 2</failure></testcase><testcase classname="tests.test_calc" name="test_later" time="0.0"><skipped type="pytest.skip" message="later">x</skipped></testcase></testsuite></testsuites>"#;
pub(super) const COLLECTION: &str = r#"<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="0" skipped="0" tests="1" time="0.3"><testcase classname="" name="tests.test_calc" time="0.000"><error message="collection failure">ImportError: cannot import name 'sub'</error></testcase></testsuite></testsuites>"#;
pub(super) const MYPY: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<testsuite errors="0" failures="1" name="mypy" skips="0" tests="1" time="0.4">
  <testcase classname="mypy" file="mypy" line="1" name="mypy-py3_11-linux" time="0.4">
    <failure message="mypy produced messages">pkg/calc.py:3: error: Incompatible return value</failure>
  </testcase>
</testsuite>"#;
pub(super) const VITEST: &str = r#"<testsuites name="vitest tests" tests="2" failures="1" errors="0" time="0.2">
    <testsuite name="test/sum.test.ts" timestamp="2026" hostname="h" tests="2" failures="1" errors="0" skipped="0" time="0.01">
        <testcase classname="test/sum.test.ts" name="sum &gt; adds" time="0.001"></testcase>
        <testcase classname="test/sum.test.ts" name="sum &gt; subtracts" time="0.002">
            <failure message="expected 1 to be 2" type="AssertionError"><![CDATA[AssertionError: <1> ]] 2]]></failure>
        </testcase>
    </testsuite>
</testsuites>"#;

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
    assert!(refusal(ReportFormat::Junit, Results, &PYTEST[..cut + 5]).contains("no valid XML"));
    assert_eq!(refusal(ReportFormat::Lcov, Results, LCOV), "it is a coverage report: name it under `coverage`");
    assert_eq!(refusal(ReportFormat::Junit, Coverage, PYTEST), "it is no coverage report");
}

pub(super) const LCOV: &str = "TN:\nSF:pkg/calc.py\nDA:1,1,abc\nDA:2,0\nBRDA:9,0,jump to line 9,-\nBRDA:3,0,0,1\nDA:5,3\nend_of_record\nSF:/slots/g1/src/lib.rs\nDA:7,12\nend_of_record\nSF:other.py\nDA:1,1\nend_of_record\n";
pub(super) const COBERTURA: &str = r#"<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM "x.dtd"><coverage version="7.1" line-rate="0.5"><sources><source>/slots/g1/pkg</source></sources><packages><package name="."><classes><class name="calc.py" filename="calc.py"><methods/><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class></classes></package></packages></coverage>"#;
pub(super) const GO_COVER: &str = "mode: set\nexample.com/m/calc/sum.go:3.24,5.2 1 1\nexample.com/m/calc/sum.go:7.24,8.9 1 0\nexample.com/m/calc/other.go:1.1,2.2 1 1\n";

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

pub(super) const LIBTEST: &str = "   Compiling greet v0.1.0 (/slots/g1)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.30s
     Running unittests src/lib.rs (target/debug/deps/greet-0f3a9c)

running 3 tests
test tests::adds ... ok
test tests::later ... ignored, not yet
test tests::wrong ... FAILED

failures:

---- tests::wrong stdout ----

thread 'tests::wrong' (123) panicked at src/lib.rs:12:9:
assertion `left == right` failed
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    tests::wrong

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/it.rs (target/debug/deps/it-77)

running 1 test
test works - should panic ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests greet

running 2 tests
test src/lib.rs - add (line 5) ... ok
test src/lib.rs - add (line 9) ... ok

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s
";

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
    assert_eq!(tests(ReportFormat::Libtest, cut).broken(), ["a test binary did not come to its end"]);
    let hidden = "running 1 test\ntest a ... printed\nFAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored;\n";
    assert_eq!(tests(ReportFormat::Libtest, hidden).broken(), ["1 tests failed that are not shown"]);
    assert_eq!(
        refusal(ReportFormat::Libtest, Purpose::Results, "running 0 tests\n\ntest result: ok. 0 passed; 0 failed;\n"),
        "there is no test in it"
    );
}

pub(super) const GO_TEST: &str = r#"{"Action":"start","Package":"m/calc"}
{"Action":"run","Package":"m/calc","Test":"TestSum"}
{"Action":"output","Package":"m/calc","Test":"TestSum","Output":"=== RUN   TestSum\n"}
{"Action":"pass","Package":"m/calc","Test":"TestSum","Elapsed":0}
{"Action":"run","Package":"m/calc","Test":"TestSub"}
{"Action":"output","Package":"m/calc","Test":"TestSub","Output":"    sum_test.go:12: got 3, want 4\n"}
{"Action":"fail","Package":"m/calc","Test":"TestSub","Elapsed":0}
{"Action":"skip","Package":"m/calc","Test":"TestLater","Elapsed":0}
{"Action":"fail","Package":"m/calc","Elapsed":0.1}
# m/other
{"Action":"output","Package":"m/other","Output":"FAIL\tm/other [build failed]\n"}
{"Action":"fail","Package":"m/other","Elapsed":0}
"#;

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

pub(super) const TAP: &str = "TAP version 13\n1..4\nok 1 - adds\nnot ok 2 - subtracts\n  ---\n  message: no\n  ...\nok 3 - later # SKIP not here\nnot ok 4 - some day # TODO\n";

#[test]
fn tap_with_directives_and_plans() {
    let expected = [("adds", Passed), ("subtracts", Failed), ("later", Skipped), ("some day", Skipped)];
    assert_eq!(results(ReportFormat::Tap, TAP), named(&expected));
    assert_eq!(tests(ReportFormat::Tap, "1..3\nok 1\n").broken(), ["3 tests were planned, 1 ran"]);
    assert_eq!(tests(ReportFormat::Tap, "ok 1 a\n").broken().len(), 1, "no plan");
    assert!(refusal(ReportFormat::Tap, Purpose::Results, "1..0 # skipped\n").contains("no test"));
    assert_eq!(tests(ReportFormat::Tap, "1..1\nBail out! no database\n").broken().len(), 2);
}

pub(super) const SARIF: &str = r#"{"$schema":"x","version":"2.1.0","runs":[{"tool":{"driver":{"name":"ruff","rules":[]}},"invocations":[{"executionSuccessful":true}],"results":[{"ruleId":"F401","level":"error","message":{"text":"`os` imported but unused"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///slots/g1/pkg/calc.py"},"region":{"startLine":1}}}]},{"ruleId":"X","message":{"text":"no"},"suppressions":[{"kind":"inSource"}]},{"ruleId":"Y","kind":"pass","message":{"text":"fine"}}]}]}"#;
pub(super) const CHECKSTYLE: &str = r#"<?xml version="1.0"?><checkstyle version="4.3"><file name="/slots/g1/src/lib.rs"><error line="3" column="1" severity="error" message="too &quot;long&quot;" source="LineLength"/></file><file name="b"/></checkstyle>"#;

#[test]
fn sarif_and_checkstyle() {
    assert_eq!(places(ReportFormat::Sarif, SARIF), ["pkg/calc.py:1 F401 `os` imported but unused"]);
    assert_eq!(places(ReportFormat::Checkstyle, CHECKSTYLE), ["src/lib.rs:3 LineLength too \"long\""]);
    let clean = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#;
    assert_eq!(places(ReportFormat::Sarif, clean), [""; 0]);
    let failed = r#"{"runs":[{"tool":{},"invocations":[{"executionSuccessful":false,"toolExecutionNotifications":[{"message":{"text":"no config"}}]}],"results":[]}]}"#;
    let why = refusal(ReportFormat::Sarif, Purpose::Results, failed);
    assert_eq!(why, "the tool says that it did not succeed: no config");
    assert!(refusal(ReportFormat::Sarif, Purpose::Results, r#"{"version":"2.1.0","runs":[]}"#).contains("no run"));
}

pub(super) const CARGO: &str = r#"    Checking greet v0.1.0
{"reason":"compiler-artifact","package_id":"greet"}
{"reason":"compiler-message","message":{"level":"warning","message":"unused variable: `x`","code":{"code":"unused_variables"},"spans":[{"file_name":"src/lib.rs","line_start":4,"is_primary":true}],"children":[{"level":"help","message":"prefix it with an underscore"}]}}
{"reason":"compiler-message","message":{"level":"warning","message":"1 warning emitted","code":null,"spans":[],"children":[]}}
{"reason":"build-finished","success":true}
"#;
pub(super) const ESLINT: &str = r#"[{"filePath":"/slots/g1/src/a.js","messages":[{"ruleId":"no-unused-vars","severity":2,"message":"'x' is unused","line":2,"column":1}],"errorCount":1},{"filePath":"/slots/g1/src/b.js","messages":[]}]"#;
pub(super) const RUFF: &str = r#"[{"code":"F401","filename":"/slots/g1/pkg/calc.py","location":{"row":1,"column":8},"message":"unused","fix":{"message":"Remove unused import"},"url":"u"}]"#;
pub(super) const BANDIT: &str = r#"{"errors":[],"generated_at":"x","metrics":{"_totals":{"loc":3}},"results":[{"filename":"./pkg/calc.py","issue_severity":"HIGH","issue_text":"subprocess with shell=True","line_number":4,"test_id":"B602","more_info":"https://x"}]}"#;
pub(super) const JEST: &str = r#"{"numTotalTests":2,"success":false,"testResults":[{"name":"/slots/g1/test/a.test.js","status":"failed","message":"","assertionResults":[{"fullName":"sum adds","status":"passed","location":{"line":3}},{"fullName":"sum waits","status":"pending"}]},{"name":"/slots/g1/test/b.test.js","status":"failed","message":"Cannot find module","assertionResults":[]}]}"#;

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
    assert_eq!(why, "the tool could not look at everything: syntax error");
    let audit = r#"{"dependencies":[{"name":"a","version":"1","vulns":[{"id":"P-1","fix_versions":["2"],"description":"bad"}]}]}"#;
    assert_eq!(places(ReportFormat::Json, audit), [":0 P-1 `a` 1: bad"]);
    let skipped = r#"{"dependencies":[{"name":"own","skip_reason":"not on PyPI"}]}"#;
    assert!(refusal(ReportFormat::Json, Purpose::Results, skipped).contains("could not be audited: not on PyPI"));
}
