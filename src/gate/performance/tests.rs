//! Verdicts about measurements that are given.

use super::*;
use crate::gate::testing;
use crate::model::{GateKind, Verdict};
use crate::process::End;

fn gate(speed: Speed) -> GateDef {
    GateDef { own: speed.frozen().unwrap(), ..testing::gate(GateKind::Performance, "bench") }
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
    let words = "`bench` takes 3.0 times as long as before (at most 1.5): 3.00 s against 1.00 s, median of 3";
    assert_eq!(finding.message, words);
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
    assert_eq!((settled.verdict, probes), (Verdict::Pass, 18), "one outlier of nine");
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
fn what_is_built_first_is_a_command_of_its_own() {
    let speed = Speed { build: Some("make".into()), ..Speed::default() };
    let Step::More(probes) = judge(&gate(speed.clone()), &change(), &[]) else { panic!() };
    assert_eq!((probes[0].prepare.as_deref(), probes[0].run.as_str()), (Some("make"), "bench"));
    let failed = Evidence { prepared: false, ..testing::evidence(End::Exited(2), "make: no rule") };
    let Step::Done(judged) = judge(&gate(speed), &change(), &[(probes[0].clone(), failed)]) else { panic!() };
    assert_eq!(judged.verdict, Verdict::Unchecked);
    assert!(judged.reason.starts_with("its `build` fails on the base"), "{}", judged.reason);
}

/// The judgement of a change in several places of two files, of which `slow` alone makes it slower: what was there before
/// takes 1 s, the head 3 s. Parts named in `needed` are such that nothing runs without them.
fn blamed(slow: &str, needed: &[&str]) -> (Judged, Vec<String>) {
    let mut diff = testing::diff(&[("a.py", "1\n2\n3\n4\n", "1\nb\n3\n4\ne\n"), ("b.py", "1\n", "2\n")]);
    let line = |number, text: &str| crate::git::Line { number, text: text.into() };
    (diff.files[0].added, diff.files[0].removed) = (vec![line(2, "b"), line(5, "e")], vec![line(2, "2")]);
    let (def, mut evidence) = (gate(Speed::default()), Vec::new());
    loop {
        match judge(&def, &diff, &evidence) {
            Step::Done(judged) => {
                let labels = evidence.iter().map(|(probe, _): &(Probe, Evidence)| probe.label.clone());
                return (judged, labels.filter(|label| label.starts_with("without")).collect());
            }
            Step::More(probes) => evidence.extend(probes.into_iter().map(|probe| {
                let label = probe.label.as_str();
                let seconds = if label.starts_with("base") || slow == label { 1.0 } else { 3.0 };
                let end = End::Exited(i32::from(needed.contains(&label)));
                (probe, Evidence { seconds, max_rss: 1 << 20, ..testing::evidence(end, "") })
            })),
        }
    }
}

#[test]
fn it_is_looked_for_where_it_lies() {
    let place = |judged: &Judged| (judged.findings[0].file.clone(), judged.findings[0].line);
    let (judged, tried) = blamed("without-file-2", &[]);
    assert_eq!((place(&judged), tried.len()), (("b.py".into(), 1), 2), "the only place of its file");
    assert!(judged.reason.ends_with("with `b.py` as it was 1.00 s"), "{}", judged.reason);
    let (judged, tried) = blamed("", &[]);
    assert_eq!((place(&judged), tried.len()), (("a.py".into(), 2), 2));
    assert!(judged.reason.ends_with("no single place is to blame in `a.py`, `b.py`"), "{}", judged.reason);
    let (judged, _) = blamed("without-file-1", &["without-file-1"]);
    assert!(judged.reason.contains("no single place"), "what does not run was not fast: {}", judged.reason);
    let (judged, tried) = blamed("without-file-1", &[]);
    assert_eq!((place(&judged), tried.len()), (("a.py".into(), 2), 4), "no place of it alone");
    assert!(judged.reason.ends_with("with `a.py` as it was 1.00 s"), "{}", judged.reason);
}

#[test]
fn noise_is_the_machines_where_the_program_only_computes() {
    let wild = [1.0, 3.0, 1.1, 2.6, 1.2, 2.8, 1.0, 3.0, 1.0, 1.0, 1.1];
    let judge_all = |cpu: [f64; 2], head: &[f64]| {
        let (def, diff) = (gate(Speed { repeats: 11, ..Speed::default() }), change());
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        loop {
            match judge(&def, &diff, &evidence) {
                Step::Done(judged) => return judged,
                Step::More(probes) => evidence.extend(probes.into_iter().map(|probe| {
                    let n: usize = probe.label.rsplit('-').next().unwrap().parse().unwrap();
                    let is_base = probe.label.starts_with("base");
                    let (seconds, cpu) = if is_base { (1.0, cpu[0]) } else { (head[n - 1], cpu[1]) };
                    (probe, Evidence { seconds, cpu, ..testing::evidence(End::Exited(0), "") })
                })),
            }
        }
    };
    let fine = judge_all([1.0, 1.0], &wild);
    assert_eq!((fine.verdict, fine.reason.as_str()), (Verdict::Pass, "CPU time 1.00 of the base's, memory 1.00"));
    assert_eq!(judge_all([0.5, 1.0], &wild).verdict, Verdict::Unchecked, "the base waits");
    assert_eq!(judge_all([1.0, 2.0], &wild).verdict, Verdict::Unchecked, "more CPU than wall: several at once");
    let slower: Vec<f64> = wild.iter().map(|seconds| 4.0 - seconds).collect();
    assert_eq!(judge_all([1.0, 1.0], &slower).verdict, Verdict::Unchecked, "wall time says otherwise");
}
