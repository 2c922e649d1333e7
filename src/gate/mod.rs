//! What judges a commit. A gate asks for commands and *judges* their evidence, purely; nothing here starts a process.
//!
//! A verdict is pass, fail or unchecked; what could not be checked is never a pass (DESIGN 6).
//!
//! ```text
//! judge(def, diff, [])            → More([probe on head, probe on base])     or Done(verdict): nothing to run
//! judge(def, diff, [(probe, evidence)…]) → More([…])                        one more round, with what is known now
//! judge(def, diff, [all so far])  → Done(verdict, findings)
//! ```
//!
//! [`Diff`] is what is judged: files, lines, commits and the task. [`Probe`] is a command on a tree, which `run/check.rs`
//! performs in a clean worktree; [`Evidence`] is what it left.
//!
//! ## To add a kind of gate
//!
//! Copy `dummy.rs`: a [`Kind`] with the function that judges, and with the keys of `orca.toml` that it takes, which it freezes
//! into a gate as a type of its own. Add it to [`GATES`], describe it in the table of `cli/help/gates.md` (a test walks the
//! registry). A report format goes into `reports/`.

mod acceptance;
mod asked;
mod attestation;
mod blinded;
mod cache;
mod changed_lines;
mod command;
mod complaint;
mod cut_short;
mod diff;
#[cfg(any(test, feature = "crash"))]
mod dummy;
mod found;
mod judged;
mod kind;
mod known_red;
mod named_files;
mod not_yet;
mod on_base;
mod origin;
mod performance;
mod places;
mod probe;
pub mod reports;
mod results;
mod review;
mod seal;
mod security;
mod stale_lock;
mod tdd;
mod tools;
mod twice;

use std::sync::LazyLock;

use crate::model::{Finding, GateDef, GateKind, Role};
use crate::settings::{GateKeys, GateKinds};

pub use attestation::{Attestation, Lack, Stage, Testimony, definition};
pub use cache::{Cache, Cached, tool_words};
pub use diff::{Diff, Said, TreeFiles, TreeKind};
pub use judged::{Judged, Step};
pub use kind::Kind;
pub use origin::LABEL as ORIGINS;
pub use performance::{Speed, measure_tests};
pub use probe::{Evidence, OUTPUT, On, Probe, ProbeTree};
pub use review::{answered, last_object};
pub use seal::{Seal, forget_key, key_file};
pub use security::{ALLOW_FILE, MARK};
pub use stale_lock::{STALE_LOCK, is_lock};
pub use tdd::ASKS;
pub use twice::CHANGED_JUDGE;

/// Rounds that a gate may ask for: none needs a tenth of it, and an endless one must not hold a run.
pub const MAX_ROUNDS: usize = 64;

/// The kinds of gates this version can judge.
pub static GATES: &[&Kind] = &[
    &command::KIND,
    &tdd::KIND,
    &acceptance::KIND,
    &security::KIND,
    &performance::KIND,
    &review::KIND,
    #[cfg(any(test, feature = "crash"))]
    &dummy::KIND,
];

/// What settings, trust and briefs know of them.
pub fn kinds() -> GateKinds<'static> {
    static KINDS: LazyLock<Vec<&GateKeys>> = LazyLock::new(|| GATES.iter().map(|kind| &kind.keys).collect());
    GateKinds::new(&KINDS)
}

/// The kind of a gate, if this version can judge it.
pub fn kind(def: &GateDef) -> Option<&'static Kind> {
    GATES.iter().copied().find(|kind| kind.keys.kind == def.kind)
}

/// What an agent of a phase did that is another phase's to do, one finding a file (`--tdd staged`). `diff` is from where
/// it began to what it left; `gates` are the run's, of which a tdd gate knows the project's test files.
pub fn overstepped(role: Role, gates: &[GateDef], diff: &Diff) -> Vec<Finding> {
    let plain = "tdd".parse().map(|name| GateDef::new(name, GateKind::Tdd)).ok();
    let known = gates.iter().find(|def| def.kind == GateKind::Tdd);
    known.or(plain.as_ref()).map(|def| tdd::overstepped(role, def, diff)).unwrap_or_default()
}

/// Judges what the probes of a gate left, or says which probes it needs: first where the code comes from that they will
/// load, then those of its kind; where these left nothing to judge, the base's; where the change touched what judges it,
/// those again with the base's judge.
pub fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let Some((evidence, lock)) = stale_lock::excused(evidence) else { return judge_as_left(def, diff, evidence) };
    match judge_as_left(def, diff, &evidence) {
        Step::Done(judged) => stale_lock::said(judged, &lock).into(),
        more => more,
    }
}

fn judge_as_left(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    let Some(kind) = kind(def) else {
        let reason = format!("this version cannot judge gates of kind `{}`", def.kind.word());
        return Judged::unchecked(reason).into();
    };
    let (origins, rest) = match evidence.split_first() {
        Some(((probe, left), rest)) if probe.label == ORIGINS => (Some(left), rest),
        _ => (None, evidence),
    };
    let is_own = |probe: &Probe| !twice::is_second(probe) && !blinded::is_question(probe);
    let own = rest.iter().position(|(probe, _)| !is_own(probe)).unwrap_or(rest.len());
    let (own, rest) = rest.split_at(own);
    let (asked, second) = match rest.split_first() {
        Some(((probe, left), rest)) if blinded::is_question(probe) => (Some(left), rest),
        _ => (None, rest),
    };
    let judge = |evidence: &[(Probe, Evidence)]| match diff.kind {
        TreeKind::Base => on_base::judge(def, diff, evidence),
        _ => known_red::judge(def, diff, evidence, kind.judge),
    };
    let step = match judge(own) {
        Step::Done(judged) => match blinded::judge(def, diff, judged, own, asked) {
            Step::Done(judged) => twice::judge(def, diff, judged, own, second, &judge),
            more => more,
        },
        more => more,
    };
    match step {
        Step::More(probes) => from_the_judged_tree(def, diff, origins, probes),
        done => done,
    }
}

/// The probes, made to load the project's own packages from the tree that they run on; the question that goes before.
fn from_the_judged_tree(def: &GateDef, diff: &Diff, origins: Option<&Evidence>, probes: Vec<Probe>) -> Step {
    let Some(question) = origin::Question::of(def, diff) else { return Step::More(probes) };
    let Some(left) = origins else { return Step::More(vec![question.probe()]) };
    let origins = question.read(left);
    match origins.unchecked() {
        Some(judged) => judged.into(),
        None => Step::More(probes.into_iter().map(|probe| origins.told(probe)).collect()),
    }
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;
