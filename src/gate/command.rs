//! A command of the project: its exit code is the verdict, its output the findings.

use super::probe::last_line;
use super::{Diff, Evidence, Judged, Probe, Step};
use crate::model::{Finding, GateDef};
use crate::process::End;

/// Findings given back at most: an agent that mends these has most of it, and the whole log is beside them.
const MAX_FINDINGS: usize = 20;
/// Lines of output that stand in for findings when none names a file.
const TAIL: usize = 12;

/// Exit 0 passes. A shell's 126 and 127 say that the tool is missing; signals and limits that it did not finish: all
/// of these are unchecked, since nothing was found out about the commit.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let Some((_, evidence)) = evidence.first() else {
        return Step::More(vec![Probe::of(def, "head")]);
    };
    verdict(def, diff, evidence).into()
}

fn verdict(def: &GateDef, diff: &Diff, evidence: &Evidence) -> Judged {
    if let Some(why) = evidence.nothing_found_out(def.timeout) {
        return Judged::unchecked(why);
    }
    match evidence.end {
        End::Exited(0) => Judged::pass(),
        End::Exited(code) => failed(code, evidence, &|path| diff.new.has(path)),
        // Told above.
        _ => Judged::unchecked("it did not end by itself"),
    }
}

fn failed(code: i32, evidence: &Evidence, is_file: &dyn Fn(&str) -> bool) -> Judged {
    let mut findings = places(&evidence.output, is_file);
    if findings.is_empty() {
        findings.push(Finding {
            file: String::new(),
            line: 0,
            rule: String::new(),
            message: tail(&evidence.output),
            advice: String::new(),
        });
    }
    let first = &findings[0];
    let reason = match first.file.as_str() {
        "" => format!("exit {code}: {}", last_line(&evidence.output)),
        file => format!("{file}:{} {}", first.line, first.message),
    };
    Judged::fail(reason, findings)
}

/// Findings with their places. A line that is nothing but a place (`--> src/a.rs:3:7`) takes its message from the line
/// before it: that is how compilers with arrows write.
pub(super) fn places(output: &str, is_file: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut before = "";
    for line in output.lines() {
        if let Some(mut finding) = located(line, is_file) {
            if !finding.message.contains(char::is_alphanumeric) {
                finding.message = before.trim().to_owned();
            }
            findings.push(finding);
        }
        if line.contains(char::is_alphanumeric) {
            before = line;
        }
        if findings.len() == MAX_FINDINGS {
            break;
        }
    }
    findings.dedup();
    findings
}

/// A line of the form `path:line: message` or `path:line:column: message` whose path is a file of the tree. Compilers
/// and test runners of most languages write this somewhere in a line.
fn located(line: &str, is_file: &dyn Fn(&str) -> bool) -> Option<Finding> {
    for word in line.split_whitespace() {
        let word = word.trim_start_matches(['(', '[', '\'', '"', '`']);
        let mut parts = word.splitn(3, ':');
        let (path, number) = (parts.next()?, parts.next().unwrap_or_default());
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        let path = path.trim_start_matches("./");
        let Ok(number) = digits.parse() else { continue };
        if path.is_empty() || !is_file(path) {
            continue;
        }
        let after = line.split_once(word).map_or("", |(_, after)| after).trim();
        let before = line.split_once(word).map_or("", |(before, _)| before).trim();
        let message = if after.is_empty() { before } else { after };
        return Some(Finding {
            file: path.to_owned(),
            line: number,
            rule: String::new(),
            message: message.to_owned(),
            advice: String::new(),
        });
    }
    None
}

fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
    if tail.is_empty() { "no output".to_owned() } else { tail }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::model::{GateKind, Verdict};

    fn judged(end: End, output: &str) -> Judged {
        let diff = testing::diff(&[("src/a.rs", "a", "b"), ("tests/t.sh", "a", "b")]);
        verdict(&testing::gate(GateKind::Command, "x"), &diff, &testing::evidence(end, output))
    }

    #[test]
    fn it_asks_for_its_command_first() {
        let def = testing::gate(GateKind::Command, "cargo test");
        let Step::More(probes) = judge(&def, &testing::diff(&[]), &[]) else { panic!("judged without evidence") };
        assert_eq!(probes, [Probe::of(&def, "head")]);
    }

    #[test]
    fn what_was_not_found_out_is_unchecked() {
        let missing = || End::NotStarted { why: "no `sh`".into(), missing: true };
        for end in [End::Exited(127), End::Exited(126), End::Signaled(9), End::WallLimit, End::IdleLimit, missing()] {
            assert_eq!(judged(end.clone(), "").verdict, Verdict::Unchecked, "{end:?}");
        }
        assert_eq!(judged(End::Exited(0), "error").verdict, Verdict::Pass);
    }

    #[test]
    fn findings_name_files_of_the_tree() {
        let output =
            "note\ntests/t.sh:12: expected \"Hello Ada\"\nerror: no such name\n  --> ./src/a.rs:3:7\nnot/there:1: x\n";
        let found = judged(End::Exited(1), output);
        assert_eq!(found.verdict, Verdict::Fail);
        assert_eq!(found.reason, "tests/t.sh:12 expected \"Hello Ada\"");
        let places: Vec<(&str, u32)> = found.findings.iter().map(|f| (f.file.as_str(), f.line)).collect();
        assert_eq!(places, [("tests/t.sh", 12), ("src/a.rs", 3)]);
        assert_eq!(found.findings[1].message, "error: no such name");
    }

    #[test]
    fn without_places_the_end_of_the_output_is_the_finding() {
        let found = judged(End::Exited(2), "one\ntwo\n\n");
        assert_eq!(found.reason, "exit 2: two");
        assert_eq!(found.findings[0].message, "one\ntwo");
        assert_eq!(judged(End::Exited(1), "").findings[0].message, "no output");
    }
}
