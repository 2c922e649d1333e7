//! SARIF 2.1: results of every run, except suppressed ones and those that say that all is well. A tool that says itself
//! that it did not succeed has checked nothing.

use std::io::BufRead;

use serde_json::Value;

use super::context::Context;
use super::report::Report;
use super::sink::Findings;
use super::stream::stream;
use crate::model::Finding;

pub(super) fn read(input: &mut dyn BufRead, context: &Context<'_>) -> Result<Report, String> {
    let mut findings = Findings::default();
    let (mut known, mut failed) = (false, None::<String>);
    stream(input, &["runs/results", "runs/invocations"], &["version", "$schema", "runs/tool"], &mut |place, value| {
        match place {
            "runs/results" => findings.extend(finding(&value, context)),
            "runs/invocations" if value["executionSuccessful"] == Value::Bool(false) => {
                failed.get_or_insert_with(|| complaint(&value));
            }
            "runs/tool" => known = true,
            _ => {}
        }
    })?;
    if let Some(why) = failed {
        return Err(format!("the tool reports that it failed: {why}"));
    }
    if !known {
        return Err("it is not a SARIF report: it has no run of a tool".to_owned());
    }
    Ok(Report::Findings(findings.finish()))
}

fn complaint(invocation: &Value) -> String {
    let notes = invocation["toolExecutionNotifications"].as_array();
    let first = notes.and_then(|notes| notes.iter().find_map(|note| note["message"]["text"].as_str()));
    let said = first.or(invocation["exitCodeDescription"].as_str()).unwrap_or("it does not say why");
    super::sink::cut(said, 300).to_owned()
}

fn finding(result: &Value, context: &Context<'_>) -> Option<Finding> {
    let suppressed = result["suppressions"].as_array().is_some_and(|all| !all.is_empty());
    let well = matches!(result["kind"].as_str(), Some("pass" | "notApplicable" | "informational"));
    if suppressed || well || result["level"] == "none" {
        return None;
    }
    let place = &result["locations"][0]["physicalLocation"];
    let rule = result["ruleId"].as_str().or(result["rule"]["id"].as_str()).unwrap_or_default();
    let fix = result["fixes"][0]["description"]["text"].as_str().unwrap_or_default();
    Some(Finding {
        file: context.relative(place["artifactLocation"]["uri"].as_str().unwrap_or_default()),
        line: line_of(&place["region"]["startLine"]),
        rule: rule.to_owned(),
        message: result["message"]["text"].as_str().unwrap_or("(no message)").to_owned(),
        advice: fix.to_owned(),
    })
}

/// A line number of a JSON report, or 0.
pub(super) fn line_of(value: &Value) -> u32 {
    value.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}
