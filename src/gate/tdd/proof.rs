//! The proof for a task that changes something: green, nothing weakened, red without the change, lines reached.

use std::collections::BTreeSet;

use super::super::changed_lines;
use super::super::reports::{Coverage, Outcome, Report, TestCase, TestReport};
use super::super::{Evidence, Judged, Probe, ProbeTree, Step};
use super::ask::{Ask, Asked, BASE, HEAD, min_coverage};
use super::change::File;
use super::excluded::exclusions;
use super::messages::may_change;
use super::paths::is_program_beside;
use super::renames::follower;
use super::runs::{base, overlaid};
use super::support::rewritten;
use super::{allowed, red, renamed, restless};
use crate::model::{Finding, Measured};
use crate::source::Language;
use crate::source::Masked;
use crate::source::TestCode;

pub(super) fn judge(ask: &Ask<'_>) -> Asked<Judged> {
    if ask.find(HEAD).is_none() {
        return Err(Box::new(Step::More(first_round(ask))));
    }
    let head = ask.green()?;
    let base = base(ask)?;
    restless::settle(ask, head, base)?;
    let lost = lost(ask, head, base);
    if !lost.is_empty() {
        let measured = ask.measured(head);
        return Ok(Judged { measured, ..Judged::fail(short(&lost), lost) });
    }
    let new = proving(ask, head, base);
    if new.is_empty() {
        let reason = "no passing test is new or changed, so nothing proves the change".to_owned();
        let (measured, findings) = (ask.measured(head), Vec::new());
        return Ok(Judged { measured, findings, ..Judged::unchecked(reason) });
    }
    if let Some(finding) = only_examples(ask, head, base, &new) {
        return Ok(Judged { measured: ask.measured(head), ..Judged::fail(finding.message.clone(), vec![finding]) });
    }
    if let Some(judged) = red::prove(ask, &new, base)? {
        return Ok(Judged { measured: ask.measured(head), ..judged });
    }
    if let Some(judged) = base_tests(ask, base)? {
        return Ok(Judged { measured: ask.measured(head), ..judged });
    }
    coverage(ask, head)
}

/// Where the new tests are all ignored, and only an example in the documentation runs.
fn only_examples(ask: &Ask<'_>, head: &TestReport, base: Option<&TestReport>, new: &[&TestCase]) -> Option<Finding> {
    let is_example = |case: &TestCase| case.name.contains(":doc::");
    let is_new = |case: &&TestCase| base.is_some_and(|base| base.outcome(&case.name).is_none());
    let mut ignored = head.cases().iter().filter(|case| case.outcome == Outcome::Skipped && !is_example(case));
    let first = ignored.find(is_new).filter(|_| new.iter().all(|case| is_example(case)))?;
    let place = ask.change.after.iter().find(|after| after.is_meant(&first.name));
    Some(Finding {
        file: place.map_or_else(|| first.file.clone(), |case| case.path.clone()),
        line: place.map_or(first.line, |case| case.line),
        rule: "skipped-test".to_owned(),
        message: format!("the new tests do not run (`{}` is ignored): only an example does", first.name),
        advice: "let at least one of them run".to_owned(),
    })
}

/// What every proof needs, side by side: the head, and what it is compared with. How long the head took says how long its
/// tests may take without the change.
fn first_round(ask: &Ask<'_>) -> Vec<Probe> {
    vec![ask.probe(HEAD, ProbeTree::head()), ask.probe(BASE, ProbeTree::base())]
}

fn short(findings: &[Finding]) -> String {
    crate::gate::results::in_short(findings)
}

/// Lost tests told at most: where a whole suite is gone, the first show it.
const MAX_LOST: usize = 200;

/// Tests that passed on the base and do not run on the head any more, though their files say nothing about it: left out by
/// a setting, a filter, a marker elsewhere.
pub(super) fn lost(ask: &Ask<'_>, head: &TestReport, base: Option<&TestReport>) -> Vec<Finding> {
    let mut found = Vec::new();
    for case in base.iter().flat_map(|base| base.cases()).filter(|case| case.outcome == Outcome::Passed) {
        let now = head.outcome(&case.name);
        let skipped = now == Some(Outcome::Skipped);
        if !skipped && now.is_some() {
            continue;
        }
        if found.len() == MAX_LOST {
            break;
        }
        let written = ask.change.before.iter().find(|written| written.is_meant(&case.name));
        // What is said about the text of a test was said before: here are only those that it does not explain.
        let moved = written.is_some_and(|written| is_somewhere(ask, written));
        if moved && !skipped || written.is_some_and(|written| allowed::is_named(ask.diff, written)) {
            continue;
        }
        if !skipped && base.is_some_and(|base| is_another_row(ask, head, base, &case.name)) {
            continue;
        }
        if written.is_none() && allowed::is_named_as_reported(ask.diff, &case.name) {
            continue;
        }
        if !skipped && renamed::passes_there(ask, head, base, &case.name) {
            continue;
        }
        // Renamed along with what it is about.
        let now = written.and_then(|written| follower(ask.diff, ask.change, written));
        if !skipped && now.is_some_and(|now| passes(head, now)) {
            continue;
        }
        let after = ask.change.after.iter().find(|after| after.is_meant(&case.name));
        let place = after.or(written).or_else(|| ask.elsewhere(&case.name));
        let what = if skipped { "is skipped now" } else { "no longer runs" };
        found.push(Finding {
            file: place.map_or_else(|| case.file.clone(), |case| case.path.clone()),
            line: place.map_or(case.line, |case| case.line),
            rule: if skipped { "skipped-test" } else { "deleted-test" }.to_owned(),
            message: format!("`{}` passed on the base but {what}", case.name),
            advice: "let it run again".to_owned(),
        });
    }
    found
}

/// Whether a row of a table has another name now because the change rewrote the table: as long as it has no fewer rows. That
/// the base's rows still hold is proved by themselves, on the new code.
fn is_another_row(ask: &Ask<'_>, head: &TestReport, base: &TestReport, name: &str) -> bool {
    let Some(table) = restless::table_in(ask, name) else { return false };
    let rows = |tests| restless::passed_rows(ask, tests, &table);
    restless::is_rewritten(ask, &table) && rows(head) >= rows(base)
}

fn passes(head: &TestReport, written: &TestCode) -> bool {
    head.cases().iter().any(|case| case.outcome == Outcome::Passed && written.is_meant(&case.name))
}

fn is_somewhere(ask: &Ask<'_>, written: &TestCode) -> bool {
    ask.change
        .after
        .iter()
        .any(|after| after.name() == written.name() && after.body == written.body && !after.is_same(written))
}

/// N: what passes on the head and is new, says something else than before, or waited for this change.
fn proving<'a>(ask: &Ask<'_>, head: &'a TestReport, base: Option<&TestReport>) -> Vec<&'a TestCase> {
    let touched: Vec<&TestCode> = ask.change.touched().collect();
    let is_new = |case: &TestCase| match base {
        // A test that the change only moved is not new.
        Some(base) => base.outcome(&case.name).is_none() && !is_moved(ask, case),
        None => false,
    };
    let passed = head.cases().iter().filter(|case| case.outcome == Outcome::Passed);
    passed
        .filter(|case| {
            is_new(case) || ask.is_expected_red(&case.name) || touched.iter().any(|known| known.is_meant(&case.name))
        })
        .collect()
}

fn is_moved(ask: &Ask<'_>, test: &TestCase) -> bool {
    let now = ask.change.after.iter().find(|case| case.is_meant(&test.name));
    now.is_some_and(|now| ask.change.before.iter().any(|old| old.name() == now.name() && old.body == now.body))
}

/// The base's tests on the new code, where their text or what they stand on changed although nothing in it is weaker on
/// the face of it.
fn base_tests(ask: &Ask<'_>, base: Option<&TestReport>) -> Asked<Option<Judged>> {
    let changed: Vec<&TestCode> =
        ask.change.lost_or_changed().filter(|case| !may_change(ask.diff, ask.change, case)).collect();
    let support = rewritten(ask.change, ask.diff);
    let Some(base) = base.filter(|_| !changed.is_empty() || !support.is_empty()) else { return Ok(None) };
    let evidence = ask.run("base-tests", || overlaid(ask.change.base_tests(ask.diff)))?;
    let report = match ask.tests(evidence) {
        Ok(report) => report,
        Err(why) => return Ok(Some(Judged::unchecked(format!("the base's tests on the new code: {why}")))),
    };
    let place = |test: &TestCase| promised(ask, &changed, &support, test);
    let passed = base.cases().iter().filter(|case| case.outcome == Outcome::Passed);
    let wanted = passed.filter_map(|test| Some((test, place(test)?)));
    let mut findings = Vec::new();
    for (test, (file, line)) in wanted {
        if report.outcome(&test.name) != Some(Outcome::Passed) && findings.len() < MAX_LOST {
            let why = report.named(&test.name).next().map(|case| case.message.clone());
            let why = why.or(report.broken().first().cloned()).unwrap_or_else(|| "it does not run".to_owned());
            findings.push(Finding {
                file,
                line,
                rule: "base-test".to_owned(),
                message: format!("as it was on the base, `{}` fails on the new code: {why}", test.name),
                advice: "keep the old behaviour, or name the test in the plan as one that changes".to_owned(),
            });
        }
    }
    Ok((!findings.is_empty()).then(|| Judged::fail(short(&findings), findings)))
}

/// Where a test of the base was changed, or what it stands on; none where it must not pass any more.
fn promised(ask: &Ask<'_>, changed: &[&TestCode], support: &[&File], test: &TestCase) -> Option<(String, u32)> {
    if let Some(written) = changed.iter().find(|known| known.is_meant(&test.name)) {
        let now = ask.change.after.iter().find(|after| after.is_same(written)).unwrap_or(written);
        return Some((now.path.clone(), now.line));
    }
    let file = support.first()?;
    let written = ask.change.before.iter().find(|known| known.is_meant(&test.name));
    if written.is_some_and(|case| allowed::is_named(ask.diff, case)) {
        return None;
    }
    let first = ask.diff.file(&file.path).and_then(|file| file.added.first().or(file.removed.first()));
    Some((file.path.clone(), first.map_or(0, |line| line.number)))
}

/// The last word: added lines that no test reaches.
fn coverage(ask: &Ask<'_>, head: &TestReport) -> Asked<Judged> {
    let min = min_coverage(ask.def);
    let measured = ask.measured(head);
    let pass = Judged { measured: measured.clone(), ..Judged::pass() };
    if min <= 0.0 || ask.change.production().next().is_none() {
        return Ok(pass);
    }
    let excluded = exclusions(ask.change, ask.diff);
    if !excluded.is_empty() {
        return Ok(Judged { measured, ..Judged::fail(short(&excluded), excluded) });
    }
    let read = match (&ask.runner.covered, &ask.runner.measure) {
        (Some(_), _) => ask.find(HEAD).and_then(|head| head.coverage.clone()),
        (None, Some((run, spec))) => {
            let evidence = ask.find("coverage").ok_or_else(|| {
                let mut probe = ask.probe("coverage", ProbeTree::head());
                (probe.run, probe.report, probe.coverage) = (run.clone(), None, Some(spec.clone()));
                Box::new(Step::More(vec![probe]))
            })?;
            match evidence.nothing_found_out(ask.def.timeout) {
                Some(why) => Some(Err(why)),
                None => evidence.coverage.clone().map(|read| read.map_err(|why| with_reason(evidence, &why))),
            }
        }
        (None, None) => None,
    };
    let found = match read {
        Some(Ok(Report::Coverage(coverage))) => {
            let paths = ask.diff.files.iter().map(|file| file.path.as_str());
            let silent: BTreeSet<&str> = paths.filter(|path| says_nothing(ask, &coverage, path)).collect();
            let asked = |path: &str, line| ask.change.is_production(path, line) && !silent.contains(path);
            changed_lines::of(ask.diff, &coverage, &asked)
        }
        Some(Err(why)) => return Ok(unmeasured(measured, &why)),
        _ => return Ok(unmeasured(measured, "no coverage report is known")),
    };
    let share = found.share();
    let measured = Measured { coverage: share, ..measured };
    Ok(match share {
        Some(share) if share < min => {
            let reason = format!("tests reach {share:.1} % of the added lines, but {min} % are required");
            Judged { measured, ..Judged::fail(reason, found.findings) }
        }
        _ => Judged { measured, ..Judged::pass() },
    })
}

/// Why there is no report, in the words of the tool that should have written it: it knows what it lacks.
fn with_reason(evidence: &Evidence, why: &str) -> String {
    let error = evidence.output.lines().find(|line| line.starts_with("error: "));
    match error.filter(|_| !evidence.is_good_exit()) {
        Some(error) => format!("{why}: {}", error.trim_start_matches("error: ")),
        None => why.to_owned(),
    }
}

/// Whether no report says anything of a Rust file, whatever the tests do: nothing in it runs, or no test could run it. (A file
/// of types alone is no different from one that nobody compiled; that one the compiler does not miss either.)
fn says_nothing(ask: &Ask<'_>, coverage: &Coverage, path: &str) -> bool {
    if is_program_beside(path) {
        return true;
    }
    if Language::of_path(path) != Some(Language::Rust) || coverage.files.contains_key(path) {
        return false;
    }
    let text = ask.diff.new.text(path).unwrap_or_default();
    let code = Masked::new(&text, Language::Rust).code;
    !code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "fn" || word == "macro_rules")
}

fn unmeasured(measured: Measured, why: &str) -> Judged {
    let reason = format!(
        "the tests fail without the change and pass with it, but coverage could not be measured: {why} (coverage = {{ min = 0 }} turns this off)"
    );
    Judged { measured, ..Judged::unchecked(reason) }
}
