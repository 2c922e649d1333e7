//! Red: how the proving tests end where the production code is set back to the base.

use std::collections::{HashMap, HashSet};

use super::super::reports::{Outcome, TestCase, TestReport};
use super::super::{Judged, On, ProbeTree, Said};
use super::ask::{Ask, Asked};
use super::change::Overlay;
use super::missing::is_for_want;
use super::mutation_check;
use super::paths::{Class, Paths};
use super::regions::same_production;
use super::runs::{others_run, overlaid};
use super::standing::{self, StandingProof};
use crate::gate::{asked, results};
use crate::model::Finding;
use crate::source::same_tests;

/// How one proving test ended without the change, on the tree that tells most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It passed everywhere.
    Passed,
    /// It did not come to run, or found no such name: that does not tell a test from an empty one.
    Weak,
    /// It failed by what it insists on, and the base's other tests ran.
    Strong,
}

/// Why the tests do not prove the change; none when they do.
pub(super) fn prove(ask: &Ask<'_>, new: &[&TestCase], base: Option<&TestReport>) -> Asked<Option<Judged>> {
    let mut best = vec![Fate::Passed; new.len()];
    let mut not_by_code = false;
    for (n, Tree { tree, sets_back }) in trees(ask).into_iter().enumerate() {
        let evidence = ask.run_briefly(&label(n), || tree)?;
        // What the change mends may be that something never ends: then this tells no more than tests that do not build.
        if let Some(why) = evidence.nothing_found_out(ask.def.timeout).filter(|_| !evidence.is_endless()) {
            return Ok(Some(Judged::unchecked(format!("without the change: {why}"))));
        }
        let fates = fates(ask, new, base, ask.tests(evidence).ok());
        not_by_code |= sets_back == SetsBack::Code && fates.iter().all(|fate| *fate == Fate::Passed);
        best.iter_mut().zip(fates).for_each(|(best, now)| *best = now.max(*best));
        together(ask, new, &mut best);
        if best.iter().all(|fate| *fate == Fate::Strong) {
            break;
        }
    }
    let of = |fate| new.iter().zip(&best).filter(move |(_, is)| **is == fate).map(|(case, _)| *case);
    let passed: Vec<&TestCase> = of(Fate::Passed).collect();
    if !passed.is_empty() {
        if !may_stand_beside(ask, passed.len() < new.len()) {
            return Ok(Some(vacuous(ask, &passed)));
        }
        match standing::prove(ask, &passed)? {
            StandingProof::Good => {}
            StandingProof::Vacuous(tests) if ask.change.production().next().is_some() => {
                return Ok(Some(vacuous(ask, &tests)));
            }
            proof => return Ok(proof.complaint(ask)),
        }
    }
    let weak: Vec<&TestCase> = of(Fate::Weak).collect();
    if !weak.is_empty() {
        return mutation_check::prove(ask, &weak, base);
    }
    // Red by data or manifests alone: whether the code is tested, wrong versions of it tell.
    if not_by_code { mutation_check::prove_some(ask, new, base) } else { Ok(None) }
}

/// Whether tests that pass without the change may still be worth something: beside others that prove it, where tests were
/// asked for before all, and where what was asked for is the same behaviour in a better form. A task that wants another
/// behaviour is not done with tests of what was there.
fn may_stand_beside(ask: &Ask<'_>, others: bool) -> bool {
    if ask.change.production().next().is_some() {
        let same = |task| asked::for_same_behaviour(task) || asked::for_tests_only(task);
        return others || ask.diff.task.as_ref().is_some_and(same);
    }
    ask.diff.task.as_ref().is_none_or(asked::for_tests_only)
}

/// The label of the run on the tree of a number, from 0.
pub(super) fn label(n: usize) -> String {
    format!("red-{}", n + 1)
}

/// The first tree that is looked at, where a test was touched that could prove anything.
pub(super) fn first_tree(ask: &Ask<'_>) -> Option<(String, ProbeTree)> {
    ask.change.touched().next()?;
    trees(ask).into_iter().next().map(|Tree { tree, .. }| (label(0), tree))
}

/// Rows of one table count together: a row that passed before and after stands beside those that are about the change.
fn together(ask: &Ask<'_>, new: &[&TestCase], best: &mut [Fate]) {
    if best.iter().all(|fate| Some(fate) == best.first()) {
        return;
    }
    let tables: Vec<String> = new.iter().map(|case| ask.table_of(&case.name)).collect();
    let mut of_table: HashMap<&str, Fate> = HashMap::new();
    for (table, fate) in tables.iter().zip(best.iter()) {
        let known = of_table.entry(table).or_insert(*fate);
        *known = (*known).max(*fate);
    }
    for (table, fate) in tables.iter().zip(best.iter_mut()) {
        *fate = of_table.get(table.as_str()).copied().unwrap_or(*fate);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SetsBack {
    Code,
    All,
}

/// A tree without the change.
struct Tree {
    tree: ProbeTree,
    sets_back: SetsBack,
}

/// The trees to try: the head with its production code set back, and with manifests and data set back too. A commit marked
/// as red stands for the one that it equals.
fn trees(ask: &Ask<'_>) -> Vec<Tree> {
    let (code, all) = (ask.change.set_back(ask.diff, false), ask.change.set_back(ask.diff, true));
    let marked = marked(ask);
    let tree = |sets_back, overlay: Overlay| {
        let tree = match &marked {
            Some((commit, kind)) if *kind == sets_back => {
                ProbeTree { on: On::Commit(commit.clone()), overlay: Overlay::new() }
            }
            _ => overlaid(overlay),
        };
        Tree { tree, sets_back }
    };
    let differs = all != code;
    let mut trees = Vec::new();
    if !code.is_empty() {
        trees.push(tree(SetsBack::Code, code));
    }
    if differs {
        trees.push(tree(SetsBack::All, all));
    }
    trees
}

/// The commit whose message says `Orca-Phase: red`, if its production code is that of the base and its tests are those of
/// the head: what somebody wrote into a commit on the way does not count otherwise.
fn marked(ask: &Ask<'_>) -> Option<(crate::model::Oid, SetsBack)> {
    let found = ask.diff.commits.iter().find(|said| said.trailer("Orca-Phase") == Some("red"))?;
    if found.changed.is_empty() || !is_without_change(ask, found) {
        return None;
    }
    let rest = || ask.change.files.iter().filter(|file| matches!(file.class, Class::Manifest | Class::Data));
    if rest().all(|file| ask.diff.new.bytes(&file.path) == found.files.bytes(&file.path)) {
        return Some((found.oid.clone(), SetsBack::Code));
    }
    let as_before = rest().all(|file| ask.diff.old.bytes(&file.path) == found.files.bytes(&file.path));
    as_before.then(|| (found.oid.clone(), SetsBack::All))
}

fn is_without_change(ask: &Ask<'_>, found: &Said) -> bool {
    let paths = Paths::new(ask.def);
    let (old, new) = (&ask.diff.old, &ask.diff.new);
    let changed: HashSet<&str> = ask
        .change
        .files
        .iter()
        .map(|file| file.path.as_str())
        .chain(found.changed.iter().map(String::as_str))
        .collect();
    changed.into_iter().all(|path| {
        let class = paths.class(path);
        let now = found.files.text(path);
        match class {
            Class::Test => found.files.bytes(path) == new.bytes(path),
            Class::Source => {
                same_production(path, class, old.text(path).as_deref(), now.as_deref())
                    && same_tests(path, new.text(path).as_deref(), now.as_deref())
            }
            Class::Manifest | Class::Data | Class::Document => true,
        }
    })
}

fn fates(ask: &Ask<'_>, new: &[&TestCase], base: Option<&TestReport>, red: Option<&TestReport>) -> Vec<Fate> {
    let Some(red) = red else { return vec![Fate::Weak; new.len()] };
    let run = others_run(ask, new, base, red);
    let fate = |case: &&TestCase| match red.outcome(&case.name) {
        Some(Outcome::Passed) => Fate::Passed,
        // Languages that look names up late fail here for want of what the change adds, whatever the test insists on.
        Some(Outcome::Failed) if run && !red.named(&case.name).any(|case| is_for_want(&case.message)) => Fate::Strong,
        _ => Fate::Weak,
    };
    new.iter().map(fate).collect()
}

/// Tests that pass without the change do not test it.
fn vacuous(ask: &Ask<'_>, passed: &[&TestCase]) -> Judged {
    let finding = |case: &&TestCase| Finding {
        rule: "not-red".to_owned(),
        message: format!("`{}` passes without the change too", case.name),
        advice: "add an assertion that fails without the new behaviour".to_owned(),
        ..ask.placed(case)
    };
    let findings: Vec<Finding> = passed.iter().map(finding).collect();
    Judged::fail(results::in_short(&findings), findings)
}
