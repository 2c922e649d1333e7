//! Proof by execution that tests test what was changed (DESIGN 6, tdd).
//!
//! N are the tests that pass on the head and are new, changed, or were red before on purpose. They must fail where the
//! production code is set back to the base (red), everything must pass on the head (green), the base's tests must still
//! say what they said, and the added lines must be reached.
//!
//! | file | holds |
//! |---|---|
//! | `proof.rs` | the rounds for a task that changes something |
//! | `red.rs` | how N ends on a tree without the change |
//! | `killed.rs` | wrong versions of the change, where that proves too little |
//! | `tests_only.rs` | tasks that only write tests |
//! | `standing.rs`, `under_test.rs`, `telling.rs` | tests of what is there already: wrong versions of what they name |
//! | `restless.rs` | tables whose rows have other names on each run |
//! | `merged.rs` | merged trees: everything green but what is meant to be red |
//! | `change.rs`, `case.rs`, `cases.rs`, `rust.rs`, `regions.rs`, `mask.rs`, `paths.rs` | tests and production, told apart by syntax |
//! | `phases.rs` | what an agent of one phase may not touch |
//! | `weaken.rs`, `allowed.rs`, `carried.rs` | tests that say less than before, and those that only say it otherwise |
//! | `messages.rs`, `renames.rs`, `renamed.rs` | tests that follow what the task asks for: other words, other names |
//! | `selection.rs` | settings under which fewer tests run |
//! | `stand_ins.rs` | what tests call, brought by their own file |
//! | `support.rs` | what the base's tests stand on, rewritten |
//! | `harness.rs`, `test_main.rs` | what decides how tests are found, run and reported |
//! | `set_up.rs`, `called.rs` | what runs before tests and replaces what they insist on |
//! | `loaders.rs`, `builds.rs` | settings by which tests load or build something else than everybody |
//! | `asking.rs`, `comparisons.rs` | code that asks whether it is tested, values that equal everything |
//! | `mutate.rs`, `go.rs` | wrong versions of changed lines |
//! | `excluded.rs` | added lines that coverage is told to overlook |
//! | `words.rs` | changes of comments and documentation only |
//! | `only.rs` | the same command for some files of tests only |
//! | `runner.rs` | the project's test command, with reports |

mod allowed;
mod ask;
mod asking;
mod builds;
mod by_reading;
mod called;
mod carried;
mod change;
mod comparisons;
mod delete;
mod excluded;
mod go;
mod harness;
mod loaders;
mod merged;
mod messages;
mod missing;
mod mutate;
mod mutation_check;
mod only;
mod out_of_reach;
mod paths;
mod phases;
mod proof;
mod red;
mod regions;
mod renamed;
mod renames;
mod restless;
mod runner;
mod runs;
mod selection;
mod set_up;
mod shadows;
mod stand_ins;
mod standing;
mod support;
mod telling;
mod test_command;
mod test_main;
mod tests_only;
mod under_test;
mod unittest;
mod weaken;
mod words;

#[cfg(test)]
mod tests;

use super::{Diff, Evidence, Judged, Kind, Probe, ProbeTree, Step, TreeKind, results};
use crate::model::{Finding, GateDef, GateKind, RedTest, TaskKind, Verdict};
use crate::settings::GateKeys;
use ask::{Ask, HEAD, probe};
use change::{Change, Overlay};
use paths::Paths;

pub(super) use allowed::is_named;
pub use asking::ASKS;
pub(super) use merged::without_red;
pub(super) use missing::malformed;
pub(super) use phases::overstepped;

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: GateKeys { wants: |_| RED_GREEN.to_owned(), ..GateKeys::none(GateKind::Tdd) },
    about: "proof by execution that the change's tests fail without it, pass with it, and that none was weakened",
    looks_at_diff: true,
    judge,
};

const RED_GREEN: &str =
    ", red before and green after: new tests fail without the change, none is deleted, skipped or weakened";

/// Judges a task's change, a task that only writes tests, or a merged tree.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let paths = Paths::new(def);
    let change = Change::of(diff, &paths);
    if diff.kind == TreeKind::Task {
        let tampering = tampering(def, diff, &change, &paths);
        if !tampering.is_empty() {
            return Judged::fail(results::in_short(&tampering), tampering).into();
        }
    }
    match judge_tests(def, diff, evidence, &change) {
        Step::Done(judged) if diff.kind == TreeKind::Task && judged.verdict != Verdict::Fail => {
            let mut findings = judged.findings;
            findings.extend(asking::hints(&change, diff));
            findings.extend(test_command::hints(&change, diff));
            Judged { findings, ..judged }.into()
        }
        step => step,
    }
}

/// What a change does to all that stands around the tests: then their results are no evidence.
fn tampering(def: &GateDef, diff: &Diff, change: &Change, paths: &Paths) -> Vec<Finding> {
    let called = called::Called::new(diff, paths);
    let loaded = loaders::loaded(diff);
    let mut found = harness::tampering(change, diff);
    found.extend(selection::selections(change, diff, def));
    found.extend(asking::signs(change, diff));
    found.extend(set_up::replaced(change, diff, &called, &loaded));
    found.extend(set_up::manual_mocks(change, &called));
    found.extend(set_up::own_assertions(change, diff));
    found.extend(loaders::redirections(change, diff, &called));
    found.extend(loaders::takes_part(change, diff, &loaded));
    found.extend(builds::replacements(change, diff, &called));
    found
}

/// Judges what the change says of its tests, and how they end.
fn judge_tests(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)], change: &Change) -> Step {
    if !change.concerns_code() {
        return Judged::not_applicable("no source file, test or manifest changed").into();
    }
    if words::only_words(change) && words::are_asked_for(diff) {
        return Judged::not_applicable("only comments and documentation changed").into();
    }
    if diff.kind == TreeKind::Task {
        // What needs no run comes first: it is told within a second, and wherever tests cannot run.
        let mut weaker = weaken::weakenings(change, &|case| messages::may_change(diff, change, case));
        weaker.extend(out_of_reach::out_of_reach(change, diff, &|case| is_named(diff, case)));
        weaker.extend(stand_ins::stand_ins(change, diff));
        weaker.extend(shadows::shadows(change, diff, &Paths::new(def)));
        weaker.extend(comparisons::equal_to_everything(change, diff));
        let only_tests = diff.task.as_ref().is_some_and(|task| task.kind == TaskKind::Tests);
        if !weaker.is_empty() && (!only_tests || def.only_reads) {
            return Judged::fail(results::in_short(&weaker), weaker).into();
        }
        if def.only_reads {
            return by_reading::judge(diff, change).into();
        }
    }
    let runner = match runner::runner(def, diff) {
        Ok(runner) => runner,
        Err(why) => return Judged::unchecked(why).into(),
    };
    let ask = Ask::new(def, diff, evidence, change, &runner);
    let folded = restless::folded(&ask);
    let ask = folded.as_deref().map_or(ask, |folded| Ask::new(def, diff, folded, change, &runner));
    let judged = match (diff.kind, diff.task.as_ref().map(|task| task.kind)) {
        (TreeKind::Task, Some(TaskKind::Tests)) => tests_only::judge(&ask),
        (TreeKind::Task, _) => proof::judge(&ask),
        (TreeKind::Merged | TreeKind::Final | TreeKind::Base, _) => merged::judge(&ask),
    };
    // Both ways out are answers: a judgement, or probes that are needed for one.
    match judged {
        Ok(judged) => Step::Done(judged),
        Err(step) => *step,
    }
}

/// The run on the head as the proof asks for it: for a command gate of the same tests, so that they run once. None where
/// nobody knows the report of its command.
pub(super) fn head_probe(def: &GateDef, diff: &Diff) -> Option<Probe> {
    let runner = runner::runner(def, diff).ok()?;
    Some(probe(def, &runner, HEAD, ProbeTree::head()))
}

/// The run on the base as the proof of a change asks for it.
pub(super) fn base_probe(def: &GateDef, diff: &Diff) -> Option<Probe> {
    let runner = runner::runner(def, diff).ok()?;
    Some(probe(def, &runner, ask::BASE, ProbeTree::base()))
}

/// The files that a task which only writes tests has touched, as a command gate sees them: the tests set back, and whose
/// tests they are.
pub(super) fn own_tests(def: &GateDef, diff: &Diff) -> (Overlay, Vec<RedTest>) {
    let change = Change::of(diff, &Paths::new(def));
    let files: std::collections::BTreeSet<&str> = change.touched().map(|case| case.path.as_str()).collect();
    let files: Vec<RedTest> = change
        .files
        .iter()
        .filter(|file| file.class == paths::Class::Test && file.new.is_some() || files.contains(file.path.as_str()))
        .map(|file| RedTest { file: file.path.clone(), test: String::new() })
        .collect();
    (change.base_tests(diff), files)
}
