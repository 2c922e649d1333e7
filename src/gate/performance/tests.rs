//! Verdicts about measurements that are given.

use super::*;
use crate::gate::testing;
use crate::model::{GateKind, Verdict};
use crate::process::End;

fn gate(speed: Speed) -> GateDef {
    GateDef { speed: Some(speed), ..testing::gate(GateKind::Performance, "bench") }
}

fn change() -> Diff {
    testing::diff(&[
        ("src/a.py", "x = 1\n", "x = 1\ny = 2\n"),
        ("tests/test_a.py", "old\n", "new\n"),
        ("tests/test_b.py", "", "new\n"),
    ])
}

/// The judgement when base and head take these times and bytes in turn, and how many probes it took.
fn judged(speed: Speed, base: &[f64], head: &[f64], bytes: (u64, u64)) -> (Judged, usize) {
    let (def, diff) = (gate(speed), change());
    let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
    loop {
        match judge(&def, &diff, &evidence) {
            Step::Done(judged) => return (judged, evidence.len()),
            Step::More(probes) => {
                for probe in probes {
                    let n: usize = probe.label.rsplit('-').next().unwrap().parse().unwrap();
                    let is_base = probe.label.starts_with("base");
                    let all = if is_base { base } else { head };
                    let left = Evidence {
                        seconds: all[(n - 1).min(all.len() - 1)],
                        max_rss: if is_base { bytes.0 } else { bytes.1 },
                        ..testing::evidence(End::Exited(0), "")
                    };
                    evidence.push((probe, left));
                }
            }
        }
    }
}

const SMALL: (u64, u64) = (20 << 20, 21 << 20);

#[test]
fn a_benchmark_that_is_slower_fails_where_the_change_is() {
    let (found, probes) = judged(Speed::default(), &[1.0], &[3.0], SMALL);
    assert_eq!((found.verdict, probes), (Verdict::Fail, 6));
    let finding = &found.findings[0];
    assert_eq!((finding.file.as_str(), finding.line, finding.rule.as_str()), ("src/a.py", 2, "slower"));
    assert!(finding.message.contains("3.0 times as long as before (at most 1.5)"), "{}", finding.message);
    let (fine, probes) = judged(Speed::default(), &[1.0], &[1.2], SMALL);
    assert_eq!(
        (fine.verdict, probes, fine.reason.as_str()),
        (Verdict::Pass, 6, "time 1.20 of the base's, memory 1.05")
    );
}

#[test]
fn memory_counts_too() {
    let (found, _) = judged(Speed::default(), &[1.0], &[1.0], (20 << 20, 200 << 20));
    assert_eq!((found.verdict, found.findings[0].rule.as_str()), (Verdict::Fail, "memory"));
    let (small, _) = judged(Speed::default(), &[1.0], &[1.0], (2 << 20, 9 << 20));
    assert_eq!(small.verdict, Verdict::Pass, "a difference below the floor");
    let (unknown, _) = judged(Speed::default(), &[1.0], &[1.0], (0, 200 << 20));
    assert_eq!(unknown.reason, "time 1.00 of the base's", "nobody counted");
}

#[test]
fn noise_is_repeated_and_then_unchecked() {
    let wild = [1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0];
    let (open, probes) = judged(Speed { repeats: 5, ..Speed::default() }, &[1.0], &wild, SMALL);
    assert_eq!((open.verdict, probes), (Verdict::Unchecked, 10));
    assert!(open.reason.contains("too noisy"), "{}", open.reason);
    let (settled, probes) = judged(Speed::default(), &[1.0], &[4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], SMALL);
    assert_eq!((settled.verdict, probes), (Verdict::Pass, 14), "one outlier");
}

#[test]
fn tests_are_measured_once_unless_they_look_slower() {
    let tests = || Speed { tests: true, ..Speed::default() };
    assert_eq!(judged(tests(), &[1.0], &[1.2], SMALL).1, 2);
    let (slow, probes) = judged(tests(), &[1.0], &[3.0], SMALL);
    assert_eq!((slow.verdict, probes), (Verdict::Fail, 6));
    let (short, probes) = judged(tests(), &[0.02], &[0.09], SMALL);
    assert_eq!((short.verdict, probes), (Verdict::Pass, 2), "starting takes as long");
}

#[test]
fn the_same_tests_run_on_both_trees() {
    let Step::More(probes) = judge(&gate(Speed { tests: true, ..Speed::default() }), &change(), &[]) else { panic!() };
    let overlay = &probes[1].tree.overlay;
    assert_eq!(overlay["tests/test_a.py"].as_deref(), Some(&b"old\n"[..]));
    assert_eq!(overlay["tests/test_b.py"], None, "it did not exist");
    assert!(probes[0].tree.overlay.is_empty() && overlay.len() == 2);
    let Step::More(bench) = judge(&gate(Speed::default()), &change(), &[]) else { panic!() };
    assert!(bench[1].tree.overlay.is_empty());
}

#[test]
fn what_cannot_be_measured_is_unchecked() {
    let def = gate(Speed::default());
    let Step::More(probes) = judge(&def, &change(), &[]) else { panic!() };
    for (code, words) in [(1, "fails on the base"), (127, "a program is missing")] {
        let evidence = [(probes[0].clone(), testing::evidence(End::Exited(code), "boom"))];
        let Step::Done(judged) = judge(&def, &change(), &evidence) else { panic!() };
        assert_eq!(judged.verdict, Verdict::Unchecked);
        assert!(judged.reason.contains(words), "{}", judged.reason);
    }
    let none = GateDef { run: String::new(), ..def };
    let Step::Done(judged) = judge(&none, &change(), &[]) else { panic!() };
    assert_eq!(judged.verdict, Verdict::Unchecked);
}

#[test]
fn what_is_built_first_is_not_measured() {
    let speed = Speed { build: Some("make".into()), ..Speed::default() };
    let Step::More(probes) = judge(&gate(speed.clone()), &change(), &[]) else { panic!() };
    assert!(probes[0].run.contains("make") && probes[0].run.contains(MEASURED));
    assert_eq!(own_time("orca-measured-ns 1\nx\norca-measured-ns 2500000000\n"), Some(2.5));
    let evidence: Vec<_> =
        probes.into_iter().map(|probe| (probe, testing::evidence(End::Exited(0), "no time"))).collect();
    let Step::Done(judged) = judge(&gate(speed), &change(), &evidence) else { panic!() };
    assert_eq!(judged.verdict, Verdict::Unchecked, "{}", judged.reason);
}
