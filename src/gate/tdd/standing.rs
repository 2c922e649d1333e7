//! Tests of what is there already. Nothing is red without a change where nothing changed: such a test proves something if
//! it notices that the code it names does nothing, or something wrong.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::reports::{Outcome, TestCase, TestReport};
use super::super::{Judged, Probe, Step};
use super::ask::{Ask, Asked};
use super::change::{Change, Overlay};
use super::missing::is_for_want;
use super::mutate::everywhere;
use super::mutation_check;
use super::only::only;
use super::runs::overlaid;
use super::telling::{asserts_nothing, is_empty};
use super::under_test::{Standing, UnderTest, under_test};
use crate::gate::results;
use crate::model::Finding;
use crate::source::{Callable, Hollow, Language, TestCode};

/// How tests of existing code came out.
pub(super) enum StandingProof<'a> {
    /// Each noticed a wrong version of the code.
    Good,
    /// These insist on nothing.
    Vacuous(Vec<&'a TestCase>),
    /// Whether they do cannot be told, and why.
    Unknown(String),
}

impl StandingProof<'_> {
    /// Why a task is not done with them; none where they prove something.
    pub(super) fn complaint(self, ask: &Ask<'_>) -> Option<Judged> {
        match self {
            StandingProof::Good => None,
            StandingProof::Unknown(why) => Some(Judged::unchecked(why)),
            StandingProof::Vacuous(tests) => {
                let finding = |case: &&TestCase| Finding {
                    rule: "vacuous-test".to_owned(),
                    message: format!("`{}` passes whatever the code under test does", case.name),
                    advice: "add an assertion about what the code under test does".to_owned(),
                    ..ask.placed(case)
                };
                let findings: Vec<Finding> = tests.iter().map(finding).collect();
                Some(Judged::fail(results::in_short(&findings), findings))
            }
        }
    }
}

/// A wrong version of what the tests are about.
struct WrongVersion {
    label: String,
    overlay: Overlay,
    /// It fails at once: whoever calls it notices, also without looking at what comes back.
    fails: bool,
}

/// Whether tests that pass on the head, and passed or would have passed before, are worth something.
pub(super) fn prove<'a>(ask: &Ask<'_>, tests: &[&'a TestCase]) -> Asked<StandingProof<'a>> {
    let written = |case: &TestCase| ask.change.after.iter().find(|known| known.is_meant(&case.name));
    let idle: Vec<&TestCase> =
        tests.iter().filter(|case| written(case).is_some_and(|code| is_empty(ask.diff, code))).copied().collect();
    if !idle.is_empty() {
        return Ok(StandingProof::Vacuous(idle));
    }
    let codes: Vec<&TestCode> = tests.iter().filter_map(|case| written(case)).collect();
    let Some(found) = under_test(ask, &codes) else {
        return Ok(StandingProof::Unknown(format!("it is not known which code {} about", listed(tests))));
    };
    let versions = versions(ask, &found);
    let mut open = SilentTests {
        ask,
        left: tests.iter().map(|case| SilentTest { case, passed: 0, only_by_failing: false }).collect(),
    };
    for (n, version) in versions.iter().enumerate() {
        let Some(evidence) = ask.find(&version.label) else { return Err(next(ask, tests, &versions[n..], n == 0)) };
        if let Ok(report) = ask.tests(evidence) {
            open.learn(report, version);
        }
        if open.left.is_empty() {
            return Ok(StandingProof::Good);
        }
    }
    Ok(open.ended(&found))
}

fn listed(tests: &[&TestCase]) -> String {
    let first = tests.first().map_or("", |case| case.name.as_str());
    match tests.len() {
        1 => format!("`{first}` is"),
        n => format!("`{first}` and {} more are", n - 1),
    }
}

/// Versions tried side by side after the first, which tells about most tests.
const AT_ONCE: usize = 3;

fn next(ask: &Ask<'_>, tests: &[&TestCase], left: &[WrongVersion], first: bool) -> Box<Step> {
    let some = left.iter().take(if first { 1 } else { AT_ONCE });
    // What other files of tests do with such code, while they are loaded, is not asked.
    let files = mutation_check::files_of(ask, tests);
    let probe = |one: &WrongVersion| {
        let probe = ask.brief_probe(&one.label, overlaid(one.overlay.clone()));
        let only = files.as_ref().and_then(|files| only(&probe.run, files));
        Probe { run: only.unwrap_or_else(|| probe.run.clone()), ..probe }
    };
    Box::new(Step::More(some.map(probe).collect()))
}

/// Functions that are tried one by one at most, where all together do not build.
const MAX_SINGLE: usize = 4;

/// Wrong versions of the code: all of it useless, all of it wrong, then function by function, then whole files.
fn versions(ask: &Ask<'_>, found: &UnderTest) -> Vec<WrongVersion> {
    let chosen: Vec<(&Standing, &Callable)> =
        found.files.iter().flat_map(|file| file.chosen.iter().map(move |one| (file, one))).collect();
    let mut versions: Vec<WrongVersion> = Vec::new();
    let mut add = |name: &str, overlay: Overlay, fails| {
        let is_new = !overlay.is_empty() && versions.iter().all(|known: &WrongVersion| known.overlay != overlay);
        if is_new {
            versions.push(WrongVersion { label: format!("mutant-there-{name}"), overlay, fails });
        }
    };
    for (name, how) in [("empty", Hollow::Empty), ("odd", Hollow::Odd)] {
        add(name, hollowed(&chosen, how), false);
    }
    add("wrong", wrong(ask, found).unwrap_or_default(), false);
    add("fails", hollowed(&chosen, Hollow::Failing), true);
    for (n, one) in chosen.iter().take(MAX_SINGLE).enumerate().filter(|_| chosen.len() > 1) {
        for (name, how) in [("empty", Hollow::Empty), ("odd", Hollow::Odd), ("fails", Hollow::Failing)] {
            add(&format!("{name}-{}", n + 1), hollowed(std::slice::from_ref(one), how), how == Hollow::Failing);
        }
    }
    let all: Vec<(&Standing, &Callable)> =
        found.files.iter().flat_map(|file| file.all.iter().map(move |one| (file, one))).collect();
    add("empty-files", hollowed(&all, Hollow::Empty), false);
    versions
}

/// A part of a text, and what stands there instead.
type Replacement = (std::ops::Range<usize>, String);

/// Some functions made useless.
fn hollowed(functions: &[(&Standing, &Callable)], how: Hollow) -> Overlay {
    let mut edits: BTreeMap<&str, (&Standing, Vec<Replacement>)> = BTreeMap::new();
    for (file, function) in functions {
        let Some(language) = Language::of_path(&file.path) else { continue };
        if let Some(edit) = function.hollowed(&file.text, language, how) {
            edits.entry(&file.path).or_insert_with(|| (file, Vec::new())).1.push(edit);
        }
    }
    let apply = |(path, (file, mut edits)): (&str, (&Standing, Vec<_>))| {
        let mut text = file.text.clone();
        // From the end, so that what stands before keeps its place.
        edits.sort_by_key(|(range, _): &Replacement| std::cmp::Reverse(range.start));
        edits.into_iter().for_each(|(range, with)| text.replace_range(range, &with));
        (path.to_owned(), Some(text.into_bytes()))
    };
    edits.into_iter().map(apply).collect()
}

/// Something wrong in every line of the functions.
fn wrong(ask: &Ask<'_>, found: &UnderTest) -> Option<Overlay> {
    let files = found.files.iter().map(|file| (file.path.clone(), file.text.clone()));
    let standing = Change::standing(ask.def, files.collect());
    everywhere(&standing, &|path, line| {
        let of = found.files.iter().filter(|file| file.path == path);
        of.flat_map(|file| &file.chosen).any(|one| (one.first_line + 1..=one.last_line).contains(&line))
    })
}

/// A test that has noticed nothing so far.
struct SilentTest<'a> {
    case: &'a TestCase,
    /// Wrong versions on which it passed.
    passed: usize,
    /// It noticed one that fails at once.
    only_by_failing: bool,
}

struct SilentTests<'a, 'b> {
    ask: &'b Ask<'b>,
    left: Vec<SilentTest<'a>>,
}

/// Wrong versions on which a test must have passed before its silence says anything.
const LEAST: usize = 2;

impl<'a> SilentTests<'a, '_> {
    fn learn(&mut self, report: &TestReport, version: &WrongVersion) {
        let ask = self.ask;
        let noticed = |case: &&TestCase| {
            let mut all = report.named(&case.name).filter(|now| now.outcome == Outcome::Failed).peekable();
            all.peek().is_some() && all.all(|now| is_noticed(&now.message))
        };
        let tests: Vec<&TestCase> = self.left.iter().map(|row| row.case).collect();
        // The rows of a table are one test.
        let tables: HashSet<String> =
            tests.iter().filter(|case| noticed(case)).map(|case| ask.table_of(&case.name)).collect();
        self.left.retain_mut(|row| {
            if tables.contains(&ask.table_of(&row.case.name)) {
                let code = ask.change.after.iter().find(|code| code.is_meant(&row.case.name));
                row.only_by_failing = version.fails && code.is_some_and(|code| asserts_nothing(ask.diff, code));
                return row.only_by_failing;
            }
            row.passed += usize::from(report.outcome(&row.case.name) == Some(Outcome::Passed));
            true
        });
    }

    fn ended(self, found: &UnderTest) -> StandingProof<'a> {
        let silent =
            |row: &SilentTest<'_>| row.only_by_failing || row.passed >= LEAST && found.is_named_by(self.ask, row.case);
        let vacuous: Vec<&TestCase> = self.left.iter().filter(|row| silent(row)).map(|row| row.case).collect();
        if !vacuous.is_empty() {
            return StandingProof::Vacuous(vacuous);
        }
        let tests: Vec<&TestCase> = self.left.iter().map(|row| row.case).collect();
        let names: BTreeSet<&str> =
            found.files.iter().flat_map(|file| &file.chosen).map(|one| one.name.as_str()).collect();
        let names: Vec<String> = names.into_iter().take(3).map(|name| format!("`{name}`")).collect();
        StandingProof::Unknown(format!(
            "it is not known whether {} worth something: no wrong version of {} that could be run was noticed",
            listed(&tests),
            names.join(", ")
        ))
    }
}

/// Whether a failure is about what the test insists on, and not about what could not be loaded or set up.
fn is_noticed(message: &str) -> bool {
    let setup = ["failed on setup", "ImportError", "ModuleNotFoundError", "SyntaxError", "Cannot find module"];
    !setup.iter().any(|word| message.contains(word)) && !message.starts_with("error TS")
        || message.contains("made to fail") && !is_for_want(message)
}
