//! The gate that measures: a benchmark, or else the tests, on base and head in turn.
//!
//! Machines are noisy, and agents run beside. So base and head take turns, ratios are taken within each pair, and a
//! verdict needs their median on one side of the limit with some certainty (`ratio.rs`). Pairs are repeated until that is
//! so; at the end of `repeats` the result is unchecked, not guessed. What is too slow is then measured without parts of
//! the change, to say where it lies (`blame.rs`).

mod blame;
mod measures;
mod options;
mod ratio;
mod words;

use super::{Diff, Evidence, Judged, Kind, Probe, ProbeTree, Step};
use crate::git::FileDiff;
use crate::model::GateDef;
use crate::source::{Language, Masked, ending, file_name, is_test_path};

use blame::{Blame, Part};
use measures::{Measure, measures};
pub use options::{Speed, measure_tests};
use ratio::Answer;

/// Pairs before a benchmark is judged, and before tests are called slower.
const FEW: usize = 3;

/// The row of the registry.
pub(super) static KIND: Kind = Kind {
    keys: options::KEYS,
    about: "time and memory of a benchmark or of the tests on base and head in turn, against `limit` and `memory_limit`; too noisy is unchecked",
    looks_at_diff: true,
    judge,
};

/// Judges a change.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let speed = match Speed::of(def) {
        Ok(speed) => speed,
        Err(why) => return Judged::unchecked(why).into(),
    };
    if def.run.trim().is_empty() {
        return Judged::unchecked("there is no command to measure: write run = \"…\" for this gate").into();
    }
    if !diff.files.iter().any(|file| can_matter(diff, file)) {
        return Judged::not_applicable("nothing changed that runs: documents, comments and tests only").into();
    }
    for (probe, left) in evidence.iter().filter(|(probe, _)| !probe.label.starts_with("without-")) {
        if let Some(why) = unusable(def, probe, left) {
            return Judged::unchecked(why).into();
        }
    }
    let all = measures(&speed, evidence);
    let pairs = all[0].pairs.len();
    let least = if speed.tests { 1 } else { FEW };
    let under = all.iter().all(|measure| measure.answer == Answer::Under);
    let over = all.iter().any(|measure| measure.answer == Answer::Over);
    if !((under && pairs >= least) || (over && pairs >= FEW) || pairs >= (speed.repeats as usize).max(least)) {
        return Step::More(pair(def, diff, &speed, pairs));
    }
    if over { refused(def, diff, &speed, evidence, &all) } else { words::passed(&all).into() }
}

/// Files that no program reads while it works.
const WORDS: [&str; 8] = ["md", "rst", "adoc", "txt", "svg", "png", "jpg", "gif"];

/// Whether a changed file can make anything slower: no document, no test, no mere comment.
fn can_matter(diff: &Diff, file: &FileDiff) -> bool {
    let path = file.path.as_str();
    if WORDS.contains(&ending(path))
        || ["LICENSE", "NOTICE", "AUTHORS", "CODEOWNERS"].contains(&file_name(path))
        || is_test_path(path)
    {
        return false;
    }
    let sense = |text: Option<String>| {
        text.map(|text| {
            let masked = Masked::of_path(path, &text);
            masked.essence(0, text.len())
        })
    };
    let was = file.old_path.as_deref().unwrap_or(path);
    Language::with_grammar(path).is_none() || sense(diff.old.text(was)) != sense(diff.new.text(path))
}

/// Looks for where it lies, and says so.
fn refused(def: &GateDef, diff: &Diff, speed: &Speed, evidence: &[(Probe, Evidence)], all: &[Measure]) -> Step {
    let (mut findings, mut missing): (Vec<_>, Vec<Part>) = (Vec::new(), Vec::new());
    let seconds = all[0].pairs.head();
    for measure in all.iter().filter(|measure| measure.answer == Answer::Over) {
        match blame::blame(diff, evidence, measure, seconds) {
            Blame::Known(culprits) => findings.extend(words::findings(def, diff, measure, Some(&culprits))),
            Blame::Unknown => findings.extend(words::findings(def, diff, measure, None)),
            Blame::Try(parts) => missing.extend(parts),
        }
    }
    if missing.is_empty() {
        let reason = findings.first().map_or(String::new(), |first| first.message.clone());
        return Judged::fail(reason, findings).into();
    }
    missing.sort_by(|a, b| a.label.cmp(&b.label));
    missing.dedup_by(|a, b| a.label == b.label);
    let without = |part: Part| {
        let mut tree = head_tree(diff, speed);
        tree.overlay.extend(part.without);
        probe(def, speed, part.label, tree)
    };
    Step::More(missing.into_iter().map(without).collect())
}

/// The next two probes. Every second pair begins with the head, so that whatever warms up helps both.
fn pair(def: &GateDef, diff: &Diff, speed: &Speed, n: usize) -> Vec<Probe> {
    let base = probe(def, speed, format!("base-{}", n + 1), ProbeTree::base());
    let head = probe(def, speed, format!("head-{}", n + 1), head_tree(diff, speed));
    if n.is_multiple_of(2) { vec![base, head] } else { vec![head, base] }
}

fn head_tree(diff: &Diff, speed: &Speed) -> ProbeTree {
    let mut tree = ProbeTree::head();
    if speed.tests {
        tree.overlay = base_tests(diff);
    }
    tree
}

fn probe(def: &GateDef, speed: &Speed, label: String, tree: ProbeTree) -> Probe {
    let (prepare, run) = (speed.build.clone(), def.run.clone());
    Probe { label, tree, prepare, run, report: None, coverage: None, timeout: def.timeout, share: false }
}

/// Test files of the base in place of the head's: the same tests are measured on both.
fn base_tests(diff: &Diff) -> std::collections::BTreeMap<String, Option<Vec<u8>>> {
    let test = |path: &str| Language::with_grammar(path).is_some() && is_test_path(path);
    let mut overlay = std::collections::BTreeMap::new();
    for file in diff.files.iter().filter(|file| test(&file.path)) {
        overlay.insert(file.path.clone(), diff.old.bytes(&file.path));
        if let Some(old) = &file.old_path {
            overlay.insert(old.clone(), diff.old.bytes(old));
        }
    }
    overlay
}

fn unusable(def: &GateDef, probe: &Probe, left: &Evidence) -> Option<String> {
    let side = probe.label.split('-').next().unwrap_or_default();
    left.nothing_found_out(def.timeout).map(|why| format!("on the {side}: {why}")).or_else(|| {
        let what = if left.prepared { "the command" } else { "its `build`" };
        (!left.is_good_exit()).then(|| {
            let last = super::probe::last_line(&left.output);
            format!("{what} fails on the {side}, so there is nothing to compare: {last}")
        })
    })
}

#[cfg(test)]
mod tests;
