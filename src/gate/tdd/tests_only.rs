//! Tasks that only write tests: red, and for the right reason, or tests of what is there already. What they leave red may
//! fail until it is implemented.

use super::super::reports::{Outcome, TestCase, TestReport};
use super::super::{Judged, ProbeTree};
use super::ask::{Ask, Asked, HEAD};
use super::missing::{is_for_want, malformed};
use super::out_of_reach::out_of_reach;
use super::paths::Class;
use super::weaken::weakenings;
use super::{allowed, messages, proof, restless, runs, standing};
use crate::gate::{asked, results};
use crate::model::{Finding, Measured, RedTest};
use crate::source::TestCode;

pub(super) fn judge(ask: &Ask<'_>) -> Asked<Judged> {
    let mut findings = weakenings(ask.change, &|case| messages::may_change(ask.diff, ask.change, case));
    findings.extend(out_of_reach(ask.change, ask.diff, &|case| allowed::is_named(ask.diff, case)));
    findings.extend(ask.change.production().map(|file| Finding {
        file: file.path.clone(),
        line: ask.diff.file(&file.path).and_then(|file| file.added.first()).map_or(0, |line| line.number),
        rule: "not-a-test".to_owned(),
        message: "this task only writes tests, and this is production code".to_owned(),
        advice: "leave it to the task that implements it".to_owned(),
    }));
    if !findings.is_empty() {
        return Ok(Judged::fail(results::in_short(&findings), findings));
    }
    let touched: Vec<&TestCode> = ask.change.touched().collect();
    // Tests of other languages are not found by syntax: their files are known, and their names by the report.
    let Some(place) = first_place(ask, &touched) else {
        return Ok(Judged::unchecked("no test that is known was written"));
    };
    let head = ask.run(HEAD, ProbeTree::head)?;
    if let Some(why) = head.nothing_found_out(ask.def.timeout) {
        return Ok(Judged::unchecked(why));
    }
    let base = runs::base(ask)?;
    let report = match ask.tests(head) {
        Ok(report) => Some(report),
        // Without a report only the output can tell why nothing ran.
        Err(why) if malformed(&head.output).is_none() && !is_for_want(&head.output) => {
            return Ok(Judged::unchecked(why));
        }
        Err(_) => None,
    };
    match report.filter(|report| report.broken().is_empty()) {
        Some(report) => {
            restless::settle(ask, report, base)?;
            ran(ask, report, base, &touched, &place.0)
        }
        None => Ok(broke(report, &head.output, &touched, place)),
    }
}

/// The first test that was written, or the first file of tests.
fn first_place(ask: &Ask<'_>, touched: &[&TestCode]) -> Option<(String, u32)> {
    let case = touched.first().map(|case| (case.path.clone(), case.line));
    let files = ask.change.files.iter().filter(|file| file.class == Class::Test && file.new.is_some());
    case.or_else(|| files.map(|file| (file.path.clone(), 1)).next())
}

/// All of them ran: each new one must fail or be about what is there, each old one must pass.
fn ran(
    ask: &Ask<'_>,
    head: &TestReport,
    base: Option<&TestReport>,
    touched: &[&TestCode],
    first: &str,
) -> Asked<Judged> {
    let is_new = |case: &TestCase| {
        base.is_some_and(|base| base.outcome(&case.name).is_none())
            || touched.iter().any(|known| known.is_meant(&case.name))
    };
    let (new, old): (Vec<&TestCase>, Vec<&TestCase>) =
        head.cases().iter().filter(|case| !ask.is_expected_red(&case.name)).partition(|case| is_new(case));
    let mut findings: Vec<Finding> =
        old.iter().filter(|case| case.outcome == Outcome::Failed).map(|case| ask.placed(case)).collect();
    findings.extend(proof::lost(ask, head, base));
    let green: Vec<&TestCase> = new.iter().filter(|case| case.outcome == Outcome::Passed).copied().collect();
    if ask.diff.tests_first || ask.diff.task.as_ref().is_some_and(asked::for_red_tests) {
        findings.extend(green.iter().map(|case| Finding {
            rule: "not-red".to_owned(),
            message: format!("`{}` passes before anything is implemented", case.name),
            advice: "let it insist on what is still to come".to_owned(),
            ..ask.placed(case)
        }));
    }
    let measured = ask.measured(head);
    if !findings.is_empty() {
        return Ok(Judged { measured, ..Judged::fail(results::in_short(&findings), findings) });
    }
    // What passes is about something that is there already.
    if !green.is_empty()
        && let Some(judged) = standing::prove(ask, &green)?.complaint(ask)
    {
        return Ok(Judged { measured, ..judged });
    }
    let red: Vec<&&TestCase> = new.iter().filter(|case| case.outcome == Outcome::Failed).collect();
    if red.is_empty() && !green.is_empty() {
        return Ok(Judged { measured, ..Judged::pass() });
    }
    if red.is_empty() {
        return Ok(Judged { measured, ..Judged::unchecked("none of the new tests ran") });
    }
    let file = |case: &TestCase| {
        let known = touched.iter().find(|known| known.is_meant(&case.name));
        let own = || if ask.diff.new.has(&case.file) { case.file.clone() } else { first.to_owned() };
        known.map_or_else(own, |known| known.path.clone())
    };
    let red = red.iter().map(|case| RedTest { file: file(case), test: case.name.clone() }).collect();
    Ok(waiting(Measured { red, ..measured }))
}

/// They keep everything from being built or collected. That is right when something is missing, and wrong when they are
/// not well formed.
fn broke(report: Option<&TestReport>, output: &str, touched: &[&TestCode], place: (String, u32)) -> Judged {
    let told = report.map(|report| report.broken().join("\n")).unwrap_or_default();
    if let Some(wrong) = wrong_reason(&told, output) {
        let finding = Finding {
            file: place.0.clone(),
            line: place.1,
            rule: "not-red".to_owned(),
            message: format!("the new tests do not run, and not because something is missing: {wrong}"),
            advice: "let them be well formed".to_owned(),
        };
        return Judged::fail(finding.message.clone(), vec![finding]);
    }
    let mut files: Vec<&str> = touched.iter().map(|case| case.path.as_str()).collect();
    files.dedup();
    if files.is_empty() {
        files.push(&place.0);
    }
    let red = files.into_iter().map(|file| RedTest { file: file.to_owned(), test: String::new() }).collect();
    waiting(Measured { red, ..Measured::default() })
}

fn waiting(measured: Measured) -> Judged {
    let reason = "red as it must be: its tests wait for their implementation".to_owned();
    Judged { reason, measured, ..Judged::pass() }
}

/// Why a run broke, when that is not that something is missing.
fn wrong_reason(broken: &str, output: &str) -> Option<String> {
    match malformed(broken).or_else(|| malformed(output)) {
        Some(line) => Some(line),
        None if is_for_want(broken) || is_for_want(output) => None,
        None => Some(crate::gate::probe::last_line(if broken.trim().is_empty() { output } else { broken })),
    }
}
