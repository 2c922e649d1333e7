//! A command of the project: its exit code is the verdict, its output the findings.

use super::complaint::{complaint, is_echo, without_colours};
use super::cut_short::cut_short;
use super::places::{MAX_FINDINGS, places};
use super::probe::last_line;
use super::reports::{Outcome, Report};
use super::{Diff, Evidence, Judged, Kind, On, Probe, ProbeTree, Step, changed_lines, results, tdd};
use crate::model::{Finding, GateDef, GateKind, Measured, RedTest, ReportSpec, TaskKind, Verdict};
use crate::process::End;
use crate::settings::GateKeys;

/// Path to content, laid over a checkout.
type Overlay = std::collections::BTreeMap<String, Option<Vec<u8>>>;

/// Lines of output that stand in for findings when none names a file.
const TAIL: usize = 12;

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: GateKeys::none(GateKind::Command),
    about: "a command of the project: exit 0 passes, another exit code fails, a missing tool or a time limit is unchecked",
    looks_at_diff: false,
    judge,
};

/// Exit 0 passes. A shell's 126 and 127 say that the tool is missing; signals and limits that it did not finish: all
/// of these are unchecked, since nothing was found out about the commit.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let Some((_, head)) = evidence.first() else {
        let shared = if def.as_proof { tdd::head_probe(def, diff) } else { None };
        return Step::More(vec![shared.unwrap_or_else(|| Probe::of(def, "head"))]);
    };
    // Its exit code is its word; what the proof reads besides only counts the tests.
    let plain = head.report.as_ref().is_some_and(Result::is_err) && def.report.is_none();
    let head = &if plain { Evidence { report: None, ..head.clone() } } else { head.clone() };
    let judged = verdict(def, diff, head);
    match meant_to_be_red(def, diff) {
        Some((overlay, red)) if judged.verdict == Verdict::Fail && !overlay.is_empty() => {
            let Some((_, without)) = evidence.get(1) else {
                let tree = ProbeTree { on: On::Head, overlay };
                return Step::More(vec![Probe { tree, share: false, ..Probe::of(def, "without-red") }]);
            };
            tolerant(judged, verdict(def, diff, without), &head.output, red).into()
        }
        _ => judged.into(),
    }
}

/// What would take the tests out that may fail, and which these are: the own ones of a task that only writes tests, and
/// those that still wait for their implementation.
fn meant_to_be_red(def: &GateDef, diff: &Diff) -> Option<(Overlay, Vec<RedTest>)> {
    let (mut overlay, mut red) = match diff.task.as_ref().map(|task| task.kind) {
        Some(TaskKind::Tests) => tdd::own_tests(def, diff),
        _ if diff.expected_red.is_empty() => return None,
        _ => Default::default(),
    };
    overlay.extend(tdd::without_red(diff));
    red.extend(diff.expected_red.iter().cloned());
    Some((overlay, red))
}

/// Red with the tests that may fail. Green without them, it is red because of them alone.
fn tolerant(red_with: Judged, without: Judged, output: &str, red: Vec<RedTest>) -> Judged {
    if without.verdict != Verdict::Pass {
        return if without.verdict == Verdict::Fail { without } else { red_with };
    }
    if let Some(line) = tdd::malformed(output) {
        return Judged { reason: format!("its tests are not well formed: {line}"), ..red_with };
    }
    let reason = "it fails only because of tests that wait for their implementation".to_owned();
    let measured = Measured { red, ..without.measured };
    Judged { reason, measured, ..Judged::pass() }
}

fn verdict(def: &GateDef, diff: &Diff, evidence: &Evidence) -> Judged {
    if let Some(why) = evidence.nothing_found_out(def.timeout) {
        return Judged::unchecked(why);
    }
    let is_file = |path: &str| diff.new.has(path);
    let judged = match (&evidence.report, evidence.end.clone()) {
        (Some(Err(why)), end) => {
            Judged::unchecked(format!("its report cannot be used: {why}{}", ended(&end, evidence)))
        }
        (Some(Ok(report)), end) => reported(report, &end, evidence, &is_file),
        (None, End::Exited(0)) => match cut_short(&evidence.output) {
            Some(runner) => ended_early(runner),
            None => Judged::pass(),
        },
        (None, End::Exited(code)) => failed(code, evidence, &is_file),
        // Told above.
        (None, _) => Judged::unchecked("it did not finish by itself"),
    };
    match (judged.verdict, &evidence.coverage, &def.coverage) {
        (Verdict::Pass, Some(coverage), Some(spec)) => covered(judged, coverage, spec, diff),
        _ => judged,
    }
}

/// A good exit code of a process that was not through with its tests.
fn ended_early(runner: &str) -> Judged {
    let reason =
        format!("{runner} ended with exit 0 before its tests were through: something in them ends the process");
    let advice = "let the code under test return, and not end the process".to_owned();
    let (file, rule, message) = (String::new(), "ended-early".to_owned(), reason.clone());
    Judged::fail(reason, vec![Finding { file, line: 0, rule, message, advice }])
}

/// Its exit code, where that is not good, as the end of a sentence.
fn ended(end: &End, evidence: &Evidence) -> String {
    match end {
        End::Exited(0) => String::new(),
        End::Exited(code) => format!(" (exit {code}: {})", last_line(&evidence.output)),
        _ => String::new(),
    }
}

/// A report's word counts besides the exit code: the worse of both does.
fn reported(report: &Report, end: &End, evidence: &Evidence, is_file: &dyn Fn(&str) -> bool) -> Judged {
    let good = *end == End::Exited(0);
    let code = if let End::Exited(code) = end { *code } else { 1 };
    match report {
        Report::Tests(tests) => {
            let measured = Measured { tests: Some(results::counts(tests)), ..Measured::default() };
            let findings = results::failures(tests.cases().iter(), tests.broken());
            let judged = if !findings.is_empty() {
                Judged::fail(results::in_short(&findings), findings)
            } else if !good {
                failed(code, evidence, is_file)
            } else if tests.count(Outcome::Passed) == 0 {
                Judged::unchecked("no test ran: all are skipped")
            } else {
                Judged::pass()
            };
            Judged { measured, ..judged }
        }
        Report::Findings(found) if !found.is_empty() => {
            let findings: Vec<Finding> = found.iter().take(MAX_FINDINGS).cloned().collect();
            Judged::fail(results::in_short(&findings), findings)
        }
        Report::Findings(_) if good => Judged::pass(),
        Report::Findings(_) => failed(code, evidence, is_file),
        // `reports::read` gives coverage only where coverage is asked for.
        Report::Coverage(_) => Judged::unchecked("its report is a coverage report"),
    }
}

/// With a least share in its definition a gate also needs the added lines covered; without one they are only counted.
fn covered(judged: Judged, coverage: &Result<Report, String>, spec: &ReportSpec, diff: &Diff) -> Judged {
    let found = match coverage {
        Ok(Report::Coverage(coverage)) => {
            changed_lines::of(diff, coverage, &|path, _| coverage.files.contains_key(path))
        }
        Ok(_) => return Judged { measured: judged.measured, ..Judged::unchecked("its coverage report is none") },
        Err(why) => {
            let unread = Judged::unchecked(format!("its coverage report cannot be used: {why}"));
            return Judged { measured: judged.measured, ..unread };
        }
    };
    let measured = Measured { coverage: found.share(), ..judged.measured.clone() };
    match (found.share(), spec.min) {
        (Some(share), Some(min)) if share < min => {
            let reason = format!("tests reach {share:.1} % of the added lines, but {min} % are required");
            Judged { measured, ..Judged::fail(reason, found.findings) }
        }
        _ => Judged { measured, ..judged },
    }
}

fn failed(code: i32, evidence: &Evidence, is_file: &dyn Fn(&str) -> bool) -> Judged {
    let mut findings = places(&evidence.output, is_file);
    let complaint = complaint(&evidence.output);
    if let (Some(first), Some(words)) = (findings.first_mut(), &complaint)
        && !says_why(&first.message)
    {
        // A place in a trace: what was wrong there stands elsewhere.
        first.message = words.clone();
    }
    if findings.is_empty() {
        let tail = tail(&evidence.output);
        let message = complaint.as_ref().map_or_else(|| tail.clone(), |words| format!("{words}\n{tail}"));
        findings.push(Finding { file: String::new(), line: 0, rule: String::new(), message, advice: String::new() });
    }
    let first = &findings[0];
    let reason = match first.file.as_str() {
        "" => format!("exit {code}: {}", complaint.unwrap_or_else(|| last_words(&evidence.output))),
        file => format!("{file}:{} {}", first.line, first.message),
    };
    Judged::fail(reason, findings)
}

/// Whether the words beside a place are more than the place's own: what was expected, what is wrong.
fn says_why(message: &str) -> bool {
    let bare = message.trim();
    !(bare.is_empty()
        || bare == "AssertionError"
        || bare.starts_with("thread '")
        || bare.starts_with("at ")
        || bare.starts_with("in "))
}

/// The last line that says something.
fn last_words(output: &str) -> String {
    let plain = without_colours(output);
    let said = plain.lines().rev().find(|line| !is_echo(line)).map(|line| line.trim().to_owned());
    said.unwrap_or_else(|| last_line(&plain))
}

fn tail(output: &str) -> String {
    let plain = without_colours(output);
    let mut lines: Vec<&str> = plain.lines().filter(|line| !is_echo(line)).collect();
    if lines.is_empty() {
        lines = plain.lines().filter(|line| !line.trim().is_empty()).collect();
    }
    let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
    if tail.is_empty() { "no output".to_owned() } else { tail }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::model::{GateKind, ReportFormat};

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
        for end in [
            End::Exited(127),
            End::Exited(126),
            End::Signaled(9),
            End::WallLimit,
            End::MemoryLimit(1),
            End::IdleLimit,
            missing(),
        ] {
            assert_eq!(judged(end.clone(), "").verdict, Verdict::Unchecked, "{end:?}");
        }
        assert_eq!(judged(End::Exited(0), "error").verdict, Verdict::Pass);
    }

    #[test]
    fn the_worse_of_report_and_exit_code_counts() {
        use Outcome::{Failed, Passed, Skipped};
        let diff = testing::diff(&[]);
        let def = testing::gate(GateKind::Command, "x");
        let says = |code, report| verdict(&def, &diff, &testing::reported(code, report));
        let (good, bad) = (testing::results(&[("a", Passed)]), testing::results(&[("a", Passed), ("b", Failed)]));
        assert_eq!(says(0, Ok(good.clone())).verdict, Verdict::Pass);
        assert_eq!(says(1, Ok(good)).verdict, Verdict::Fail);
        let failed = says(0, Ok(bad));
        assert_eq!((failed.verdict, failed.reason.as_str()), (Verdict::Fail, "`b`: failed"));
        assert_eq!(failed.measured.tests.map(|tests| (tests.passed, tests.failed)), Some((1, 1)));
        let skipped = says(0, Ok(testing::results(&[("a", Skipped)])));
        assert_eq!(skipped.verdict, Verdict::Unchecked);
        let unread = says(0, Err("the command wrote no report to `r.xml`".to_owned()));
        let reason = "its report cannot be used: the command wrote no report to `r.xml`";
        assert_eq!((unread.verdict, unread.reason.as_str()), (Verdict::Unchecked, reason));
        assert_eq!(says(1, Err("it is cut off".to_owned())).verdict, Verdict::Unchecked);
        let found = Finding { file: "a.rs".into(), line: 3, rule: "r".into(), message: "m".into(), advice: "".into() };
        assert_eq!(says(0, Ok(Report::Findings(vec![found]))).reason, "a.rs:3 m");
        assert_eq!(says(0, Ok(Report::Findings(Vec::new()))).verdict, Verdict::Pass);
    }

    #[test]
    fn added_lines_must_be_covered_where_a_share_is_asked_for() {
        let diff = testing::diff(&[("a.py", "1\n", "1\n2\n3\n")]);
        let spec = |min| ReportSpec { path: "c".into(), format: ReportFormat::Lcov, min };
        let says = |min, coverage| {
            let def = GateDef { coverage: Some(spec(min)), ..testing::gate(GateKind::Command, "x") };
            verdict(&def, &diff, &Evidence { coverage: Some(coverage), ..testing::evidence(End::Exited(0), "") })
        };
        let half = || Ok(testing::coverage(&[("a.py", &[1, 2], &[3])]));
        assert_eq!((says(None, half()).verdict, says(None, half()).measured.coverage), (Verdict::Pass, Some(50.0)));
        let low = says(Some(80.0), half());
        assert_eq!((low.verdict, low.findings[0].line), (Verdict::Fail, 3));
        assert_eq!(says(Some(50.0), half()).verdict, Verdict::Pass);
        assert_eq!(says(None, Err("empty".to_owned())).verdict, Verdict::Unchecked);
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
