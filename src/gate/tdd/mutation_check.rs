//! What wrong versions of the changed lines tell about tests that do not run without the change: each must notice one.
//!
//! First one version in which every line is wrong, then lines one by one. A test that passes on all of them insists on
//! nothing that the change brings, however good the test beside it is.

use std::collections::{BTreeSet, HashSet};

use super::super::reports::{Outcome, TestCase, TestReport};
use super::super::{Evidence, Judged, Probe, Step};
use super::ask::{Ask, Asked};
use super::change::Overlay;
use super::delete::deletions;
use super::mutate::{Mutant, everywhere, mutants};
use super::only::only;
use super::runs::{others_run, overlaid};
use crate::gate::results;
use crate::model::{Finding, Verdict};

/// Wrong versions of single lines tried at most. Each costs a run of the tests.
const MAX_MUTANTS: usize = 8;

/// Versions with a statement taken away that are tried besides.
const MAX_DELETED: usize = 6;

/// Wrong versions on which a test must have run before its silence says anything: one may be a change that nobody could see.
const LEAST: usize = 2;

/// What is known after some wrong versions.
struct Known<'a> {
    /// Tests that have noticed none of them yet.
    open: Vec<Unproved<'a>>,
    /// Lines whose wrong version no test noticed.
    survived: Vec<Mutant>,
    /// Whether any test noticed any.
    noticed: bool,
    /// Whether every line was tried.
    all: bool,
}

/// A test that has noticed nothing.
struct Unproved<'a> {
    case: &'a TestCase,
    /// Wrong versions on which it passed.
    passed: usize,
    /// Whether one of them was wrong in every line.
    on_whole: bool,
}

/// Why these tests do not prove the change: each must notice a wrong version of it.
pub(super) fn prove(ask: &Ask<'_>, weak: &[&TestCase], base: Option<&TestReport>) -> Asked<Option<Judged>> {
    let known = tried(ask, weak, base, &|known| known.open.is_empty())?;
    Ok(if known.open.is_empty() {
        None
    } else if known.noticed {
        Some(beside_others(ask, &known))
    } else {
        Some(nobody(&known))
    })
}

/// Why these tests do not prove the changed code: one of them must notice a wrong version of it, if there is one.
pub(super) fn prove_some(ask: &Ask<'_>, new: &[&TestCase], base: Option<&TestReport>) -> Asked<Option<Judged>> {
    let known = tried(ask, new, base, &|known| known.noticed)?;
    Ok(if known.noticed || known.survived.is_empty() { None } else { Some(nobody(&known)) })
}

/// Tries wrong versions until it is enough.
fn tried<'a>(
    ask: &Ask<'a>,
    tests: &[&'a TestCase],
    base: Option<&TestReport>,
    enough: &dyn Fn(&Known<'_>) -> bool,
) -> Asked<Known<'a>> {
    let is_added = |path: &str, line| ask.diff.is_added(path, line);
    let deleted = deletions(ask.change, &is_added);
    let single = mutants(ask.change, &is_added);
    let open = tests.iter().map(|case| Unproved { case, passed: 0, on_whole: false }).collect();
    let mut known = Known { open, survived: Vec::new(), noticed: false, all: single.len() <= MAX_MUTANTS };
    let everywhere = everywhere(ask.change, &is_added);
    let whole = everywhere.map(|overlay| ("mutant-all".to_owned(), overlay, None));
    let lines = deleted.into_iter().take(MAX_DELETED).chain(single.into_iter().take(MAX_MUTANTS)).enumerate().map(
        |(n, mutant)| {
            let overlay = Overlay::from([(mutant.path.clone(), Some(mutant.content.clone().into_bytes()))]);
            (format!("mutant-{}", n + 1), overlay, Some(mutant))
        },
    );
    let versions: Vec<(String, Overlay, Option<Mutant>)> = whole.into_iter().chain(lines).collect();
    for (n, (label, _, mutant)) in versions.iter().enumerate() {
        let Some(evidence) = ask.find(label) else { return Err(next(ask, tests, &versions[n..])) };
        known.learn(ask, tests, base, evidence, mutant.clone());
        if enough(&known) {
            break;
        }
    }
    Ok(known)
}

/// Versions that are tried side by side once the one that is wrong everywhere has not told enough.
const AT_ONCE: usize = 3;

/// The versions to try next. Single ones need only the tests that they are about.
fn next(ask: &Ask<'_>, tests: &[&TestCase], left: &[(String, Overlay, Option<Mutant>)]) -> Box<Step> {
    let whole = left.first().is_some_and(|(_, _, mutant)| mutant.is_none());
    let files = files_of(ask, tests);
    let probe = |(label, overlay, mutant): &(String, Overlay, Option<Mutant>)| {
        let probe = ask.brief_probe(label, overlaid(overlay.clone()));
        let only = files.as_ref().filter(|_| mutant.is_some()).and_then(|files| only(&probe.run, files));
        Probe { run: only.unwrap_or_else(|| probe.run.clone()), ..probe }
    };
    Box::new(Step::More(left.iter().take(if whole { 1 } else { AT_ONCE }).map(probe).collect()))
}

/// The files that have these tests; none where that is not known of each.
pub(super) fn files_of(ask: &Ask<'_>, tests: &[&TestCase]) -> Option<BTreeSet<String>> {
    let file =
        |case: &&TestCase| ask.change.after.iter().find(|known| known.is_meant(&case.name)).map(|it| it.path.clone());
    tests.iter().map(file).collect()
}

impl<'a> Known<'a> {
    fn learn(
        &mut self,
        ask: &Ask<'a>,
        tests: &[&TestCase],
        base: Option<&TestReport>,
        evidence: &'a Evidence,
        mutant: Option<Mutant>,
    ) {
        // One that does not build, or does not end, says nothing.
        let Ok(report) = ask.tests(evidence) else { return };
        // Where everything is wrong and nothing passes, it need not be the test that noticed.
        if mutant.is_none() && !others_run(ask, tests, base, report) {
            return;
        }
        // The rows of a table are one test: each is there for another wrong version.
        let failed = tests.iter().filter(|case| report.outcome(&case.name) == Some(Outcome::Failed));
        let failed: HashSet<String> = failed.map(|case| ask.table_of(&case.name)).collect();
        let mut passed = false;
        self.open.retain_mut(|open| match report.outcome(&open.case.name) {
            _ if failed.contains(&ask.table_of(&open.case.name)) => false,
            Some(Outcome::Passed) => {
                open.passed += 1;
                open.on_whole |= mutant.is_none();
                passed = true;
                true
            }
            _ => true,
        });
        self.noticed |= !failed.is_empty();
        if passed && failed.is_empty() && report.broken().is_empty() {
            self.survived.extend(mutant);
        }
    }
}

/// No test noticed anything: the changed lines are what is to be looked at.
fn nobody(known: &Known<'_>) -> Judged {
    if known.survived.is_empty() {
        return Judged::unchecked(
            "without the change the new tests do not even build, and no wrong version of the changed lines could be built to see whether they notice it",
        );
    }
    let finding = |mutant: &Mutant| Finding {
        file: mutant.path.clone(),
        line: mutant.line,
        rule: "unnoticed-mutant".to_owned(),
        message: format!("no new test notices when this line is changed: {}", mutant.what),
        advice: "assert what this line is for".to_owned(),
    };
    let mut findings: Vec<Finding> = known.survived.iter().map(finding).collect();
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if findings.len() < LEAST && !known.open.iter().any(|open| open.on_whole) {
        let reason = "only one wrong version of the change could be built, which is too few to judge new tests by";
        return Judged { findings, ..Judged::unchecked(reason) };
    }
    let reason = format!("the new tests still pass with {} deliberately broken versions of the change", findings.len());
    Judged::of(Verdict::Fail, reason, findings)
}

/// Some tests prove the change, and these hide behind them.
fn beside_others(ask: &Ask<'_>, known: &Known<'_>) -> Judged {
    let finding = |Unproved { case, passed, .. }: &Unproved<'_>| Finding {
        rule: "vacuous-test".to_owned(),
        message: format!("`{}` still passes with {passed} deliberately broken versions of the change", case.name),
        advice: "add an assertion that fails without the new behaviour".to_owned(),
        ..ask.placed(case)
    };
    let findings: Vec<Finding> = known.open.iter().map(finding).collect();
    let reason = results::in_short(&findings);
    let enough = |open: &Unproved<'_>| open.passed >= LEAST && (open.on_whole || known.all);
    if known.open.iter().all(enough) {
        return Judged::of(Verdict::Fail, reason, findings);
    }
    Judged {
        findings,
        ..Judged::unchecked(format!("it is not known whether each new test proves something: {reason}"))
    }
}
