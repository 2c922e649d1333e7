//! Lock files that cargo brings up to date whenever it runs, because they are out of date on the base already. Nobody who
//! brings a change did that, and what cargo makes of them on the base it makes of them here: such a command has judged.

use super::{Evidence, Judged, On, Probe};
use crate::model::{Finding, Verdict};

/// The rule of the finding that tells of it.
pub const STALE_LOCK: &str = "stale-lock";

/// Whether a path is a lock file that its tool may rewrite while it only builds.
pub fn is_lock(path: &str) -> bool {
    path == "Cargo.lock" || path.ends_with("/Cargo.lock")
}

/// The lock file that is out of date on the base, by what a command did to it there.
fn stale(evidence: &[(Probe, Evidence)]) -> Option<String> {
    let on_base = evidence.iter().filter(|(probe, _)| probe.tree.on == On::Base && probe.tree.overlay.is_empty());
    on_base.filter_map(|(_, left)| left.disturbed.clone()).find(|path| is_lock(path))
}

/// The evidence without what was done to such a lock file, and its path; nothing where there is none.
pub(super) fn excused(evidence: &[(Probe, Evidence)]) -> Option<(Vec<(Probe, Evidence)>, String)> {
    let path = stale(evidence)?;
    let mut evidence = evidence.to_vec();
    for (_, left) in &mut evidence {
        left.disturbed = left.disturbed.take().filter(|disturbed| *disturbed != path);
    }
    Some((evidence, path))
}

/// A judgement that says so, where nothing worse is to be said.
pub(super) fn said(judged: Judged, path: &str) -> Judged {
    let lets_through = matches!(judged.verdict, Verdict::Pass | Verdict::NotApplicable);
    let told = lets_through.then(|| Finding {
        file: path.to_owned(),
        line: 0,
        rule: STALE_LOCK.to_owned(),
        message: "is out of date on the base already; cargo brought it up to date to judge".to_owned(),
        advice: "commit it as `cargo build` leaves it".to_owned(),
    });
    let findings = judged.findings.into_iter().chain(told).collect();
    Judged { findings, ..judged }
}

#[cfg(test)]
mod tests {
    use super::super::{self as gate, Step, testing};
    use super::*;
    use crate::model::{GateDef, GateKind};
    use crate::process::End;

    /// The verdict where the command did that to the tree of the change and to that of the base.
    fn verdict(head: Option<&str>, base: Option<&str>, code: i32) -> Judged {
        let def: GateDef = testing::gate(GateKind::Command, "cargo test");
        let diff = testing::diff(&[("src/lib.rs", "fn a() {}\n", "fn b() {}\n")]);
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        for _ in 0..4 {
            match gate::judge(&def, &diff, &evidence) {
                Step::Done(judged) => return judged,
                Step::More(probes) => evidence.extend(probes.into_iter().map(|probe| {
                    let (disturbed, code) = if probe.tree.on == On::Base { (base, 0) } else { (head, code) };
                    let left = testing::evidence(End::Exited(code), "");
                    (probe, Evidence { disturbed: disturbed.map(str::to_owned), ..left })
                })),
            }
        }
        panic!("it never ends")
    }

    #[test]
    fn a_lock_that_was_out_of_date_before_is_nobodys_fault() {
        let lock = Some("Cargo.lock");
        for (head, base, code, is) in [
            (lock, lock, 0, Verdict::Pass),
            (lock, lock, 1, Verdict::Fail),
            (lock, None, 0, Verdict::Fail),
            (lock, Some("crates/a/Cargo.lock"), 0, Verdict::Fail),
            (Some("src/lib.rs"), lock, 0, Verdict::Unchecked),
            (None, None, 0, Verdict::Pass),
        ] {
            let judged = verdict(head, base, code);
            assert_eq!(judged.verdict, is, "{head:?} {base:?} {code}: {}", judged.reason);
            let told = judged.findings.iter().any(|finding| finding.rule == STALE_LOCK);
            assert_eq!(told, is == Verdict::Pass && head.is_some(), "{head:?} {base:?}");
        }
        let ours = verdict(lock, None, 0).reason;
        assert!(ours.contains("commit it as `cargo build` leaves it"), "{ours}");
    }
}
