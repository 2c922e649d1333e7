use super::*;
use crate::gate::{Judged, Stage};
use crate::journal::Subject;
use crate::model::{Finding, GateDef};
use crate::run::{Validated, Wanted};

fn gate(name: &str, required: bool, judged: Judged) -> Validated {
    let json = serde_json::json!({"name": name, "run": "x", "timeout": 1, "required": required});
    let gate: GateDef = serde_json::from_value(json).unwrap();
    Validated { gate, judged, seconds: 1.25, cached: name == "syntax", log: Some("/logs/x.log".into()) }
}

fn found() -> Vec<Validation> {
    let commit: crate::model::Oid = "a".repeat(40).parse().unwrap();
    let finding = Finding {
        file: "src/cart.py".into(),
        line: 19,
        rule: "S105".into(),
        message: "a <password>\x1b[31m in the source".into(),
        advice: "read it from the environment".into(),
    };
    let wanted = Wanted {
        commit: commit.clone(),
        base: "b".repeat(40).parse().unwrap(),
        subject: Subject::Commit(commit),
        stage: Stage::Task,
        words: "main".into(),
        task: None,
        is_last: false,
    };
    let gates = vec![
        gate("syntax", true, Judged::pass()),
        gate("security", true, Judged::fail("1 secret", vec![finding])),
        gate("audit", true, Judged::unchecked("cargo-audit is missing")),
        gate("speed", false, Judged::unchecked("no benchmark")),
        gate("docs", true, Judged::not_applicable("nothing below docs/ changed")),
    ];
    vec![Validation { wanted, gates }]
}

#[test]
fn people_see_what_refuses_it_and_where() {
    insta::assert_snapshot!(human(&found(), true, 100), @r#"
    main aaaaaaa, against bbbbbbb
    syntax    pass            remembered
    security  fail                 1.2 s  1 secret
    audit     unchecked            1.2 s  cargo-audit is missing
    speed     unchecked            1.2 s  reported only; no benchmark
    docs      not applicable       1.2 s  nothing below docs/ changed
      security  src/cart.py:19: a <password>\u{1b}[31m in the source (read it from the environment)
      security  output: /logs/x.log
      audit  output: /logs/x.log
    refused: security fail, audit unchecked
    "#);
}

#[test]
fn a_test_report_shows_no_unchecked_gate_as_a_pass() {
    insta::assert_snapshot!(junit(&found()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="main aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" tests="5" failures="1" errors="1" skipped="2" time="6.250">
        <testcase classname="git-orca" name="syntax" time="1.250"/>
        <testcase classname="git-orca" name="security" time="1.250">
          <failure type="fail" message="1 secret">src/cart.py:19: a &lt;password&gt;\u{1b}[31m in the source</failure>
        </testcase>
        <testcase classname="git-orca" name="audit" time="1.250">
          <error type="unchecked" message="cargo-audit is missing"></error>
        </testcase>
        <testcase classname="git-orca" name="speed" time="1.250">
          <skipped message="unchecked: no benchmark"/>
        </testcase>
        <testcase classname="git-orca" name="docs" time="1.250">
          <skipped message="not applicable: nothing below docs/ changed"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn programs_get_the_verdicts() {
    let json: serde_json::Value = serde_json::from_str(&json(&found())).unwrap();
    assert_eq!((&json["format"], &json["passed"]), (&1.into(), &false.into()));
    let verdicts: Vec<&str> =
        json["results"][0]["gates"].as_array().unwrap().iter().map(|gate| gate["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["pass", "fail", "unchecked", "unchecked", "not_applicable"]);
    assert_eq!(json["results"][0]["gates"][1]["findings"][0]["line"], 19);
}

#[test]
fn code_hosts_get_results_and_notifications() {
    let sarif: serde_json::Value = serde_json::from_str(&sarif(&found())).unwrap();
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("security"), Some("error")));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 19);
    assert_eq!(run["results"].as_array().unwrap().len(), 1);
    let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let levels: Vec<&str> = notes.iter().map(|note| note["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "warning"]);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}
