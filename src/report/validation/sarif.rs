//! As SARIF 2.1.0, which code hosts show beside the lines.

use serde_json::{Value, json};

use super::found::Validation;
use crate::model::{Finding, Verdict};
use crate::report::words::json_text;
use crate::run::Validated;

/// A run per commit. What could not be checked is a notification of the tool: SARIF has no third verdict, and a result
/// without one would look like a pass.
pub fn sarif(found: &[Validation]) -> String {
    let runs: Vec<Value> = found.iter().map(run).collect();
    json_text::pretty(&json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": runs,
    }))
}

fn run(one: &Validation) -> Value {
    let results: Vec<Value> = one.gates.iter().flat_map(results).collect();
    let notes: Vec<Value> = one.gates.iter().filter_map(notification).collect();
    json!({
        "tool": {"driver": {
            "name": "git-orca",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": one.gates.iter().map(|gate| json!({"id": gate.gate.name})).collect::<Vec<_>>(),
        }},
        "versionControlProvenance": [{"repositoryUri": "", "revisionId": one.wanted.commit}],
        "invocations": [{"executionSuccessful": notes.is_empty(), "toolExecutionNotifications": notes}],
        "results": results,
    })
}

fn level(gate: &Validated) -> &'static str {
    match (gate.refuses(), gate.judged.verdict) {
        (true, _) => "error",
        (false, Verdict::Fail) => "warning",
        _ => "note",
    }
}

fn results(gate: &Validated) -> Vec<Value> {
    let judged = &gate.judged;
    if judged.verdict == Verdict::Fail && judged.findings.is_empty() {
        let whole = Finding {
            file: String::new(),
            line: 0,
            rule: String::new(),
            message: judged.reason.clone(),
            advice: String::new(),
        };
        return vec![result(gate, &whole)];
    }
    judged.findings.iter().map(|finding| result(gate, finding)).collect()
}

fn result(gate: &Validated, finding: &Finding) -> Value {
    let text = [finding.message.as_str(), finding.advice.as_str()].join("\n");
    let mut place = json!({"artifactLocation": {"uri": finding.file, "uriBaseId": "%SRCROOT%"}});
    if finding.line > 0 {
        place["region"] = json!({"startLine": finding.line});
    }
    let locations = if finding.file.is_empty() { json!([]) } else { json!([{"physicalLocation": place}]) };
    json!({
        "ruleId": gate.gate.name,
        "level": level(gate),
        "message": {"text": text.trim()},
        "locations": locations,
        "properties": {"rule": finding.rule},
    })
}

fn notification(gate: &Validated) -> Option<Value> {
    (gate.judged.verdict == Verdict::Unchecked).then(|| {
        let level = if gate.refuses() { "error" } else { "warning" };
        json!({"level": level, "message": {"text": format!("{}: unchecked: {}", gate.gate.name, gate.judged.reason)}})
    })
}
