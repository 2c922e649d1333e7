//! As JUnit XML: a suite per commit, a case per gate.

use super::found::Validation;
use crate::model::Verdict;
use crate::report::machine::report_junit::xml;
use crate::run::Validated;

/// *unchecked* is an error where it blocks, so that no system shows it as a pass.
pub fn junit(found: &[Validation]) -> String {
    let suites: String = found.iter().map(suite).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{suites}</testsuites>\n")
}

fn suite(one: &Validation) -> String {
    let count = |what: fn(&Validated) -> bool| one.gates.iter().filter(|gate| what(gate)).count();
    let head = format!(
        "  <testsuite name=\"{} {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\">\n",
        xml(&one.wanted.words),
        one.wanted.commit,
        one.gates.len(),
        count(is_failure),
        count(is_error),
        count(is_skipped),
        one.gates.iter().map(|gate| gate.seconds).sum::<f64>(),
    );
    let cases: String = one.gates.iter().map(case).collect();
    format!("{head}{cases}  </testsuite>\n")
}

fn is_failure(gate: &Validated) -> bool {
    gate.refuses() && gate.judged.verdict == Verdict::Fail
}

fn is_error(gate: &Validated) -> bool {
    gate.refuses() && gate.judged.verdict != Verdict::Fail
}

fn is_skipped(gate: &Validated) -> bool {
    !gate.refuses() && gate.judged.verdict != Verdict::Pass
}

fn case(gate: &Validated) -> String {
    let name = xml(gate.gate.name.as_str());
    let head = format!("    <testcase classname=\"git-orca\" name=\"{name}\" time=\"{:.3}\"", gate.seconds);
    let reason = xml(&gate.judged.reason);
    let lines: Vec<String> =
        gate.judged.findings.iter().map(|found| format!("{}:{}: {}", found.file, found.line, found.message)).collect();
    let text = lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n");
    let word = gate.judged.verdict.word();
    let body = match (is_failure(gate), is_error(gate), is_skipped(gate)) {
        (true, ..) => format!("<failure type=\"{word}\" message=\"{reason}\">{text}</failure>"),
        (_, true, _) => format!("<error type=\"{word}\" message=\"{reason}\">{text}</error>"),
        (.., true) => format!("<skipped message=\"{word}: {reason}\"/>"),
        _ => return format!("{head}/>\n"),
    };
    format!("{head}>\n      {body}\n    </testcase>\n")
}
