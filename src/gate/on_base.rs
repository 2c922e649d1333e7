//! What a gate says of the base, before money is spent on changes to it: whether it can be judged here at all, whether it is
//! good, and which tests fail there.

use super::cache::tool_words;
use super::known_red::tests;
use super::reports::Outcome;
use super::{Diff, Evidence, Judged, Probe, ProbeTree, Step, command, tdd};
use crate::model::{GateDef, GateKind, Measured, RedTest, Verdict};
use crate::process::End;

/// The run that names the tests, where the gate's own command does not.
const CASES: &str = "base-cases";

/// Judges the base. Only commands can: the other kinds judge changes, and here is none.
pub(super) fn judge(def: &GateDef, diff: &Diff, evidence: &[(Probe, Evidence)]) -> Step {
    if def.kind != GateKind::Command {
        return Judged::not_applicable("it judges changes, and the base is none").into();
    }
    let Some(own) = evidence.first() else {
        // As the proof of a change asks for the base, so that it need not run there again.
        let shared = if def.as_proof { tdd::base_probe(def, diff) } else { None };
        let plain = || Probe { tree: ProbeTree::base(), ..Probe::of(def, "base") };
        return Step::More(vec![shared.unwrap_or_else(plain)]);
    };
    let judged = match command::judge(def, diff, std::slice::from_ref(own)) {
        Step::Done(judged) => judged,
        more => return more,
    };
    if judged.verdict != Verdict::Fail {
        let blind = judged.verdict == Verdict::Unchecked;
        return Judged { measured: Measured { blind, ..judged.measured }, ..judged }.into();
    }
    if let Some(path) = not_there_yet(def, diff) {
        return Judged::not_applicable(format!("it is about `{path}`, which the base has not got yet")).into();
    }
    let reported = evidence.iter().find_map(|(_, left)| tests(left));
    if reported.is_some_and(|report| report.cases().is_empty() && report.broken().is_empty()) || no_tests(evidence) {
        return Judged::not_applicable("the base has no tests yet").into();
    }
    match (reported, evidence.len(), tdd::base_probe(def, diff)) {
        (None, 1, Some(probe)) => Step::More(vec![Probe { label: CASES.to_owned(), ..probe }]),
        (None, _, _) => judged.into(),
        (Some(report), _, _) => {
            let failed = report.cases().iter().filter(|case| case.outcome == Outcome::Failed);
            let red = failed.map(|case| RedTest { file: case.file.clone(), test: case.name.clone() });
            let mut judged = judged;
            // What broke outside of tests has no name to compare by.
            judged.measured.red = if report.broken().is_empty() { red.collect() } else { Vec::new() };
            judged.measured.tests = Some(super::results::counts(report));
            judged.into()
        }
    }
}

/// Whether pytest says that there are none: its exit code 5 means nothing else.
fn no_tests(evidence: &[(Probe, Evidence)]) -> bool {
    evidence.iter().any(|(probe, left)| left.end == End::Exited(5) && probe.run.contains("pytest"))
}

/// A file that the gate's text names and the tree lacks: it is about what a task will bring. What the text itself writes
/// does not count.
fn not_there_yet(def: &GateDef, diff: &Diff) -> Option<String> {
    let below = |word: &str| if def.folder.is_empty() { word.to_owned() } else { format!("{}/{word}", def.folder) };
    let is_report = |word: &str| def.report.iter().chain(&def.coverage).any(|spec| spec.path == word);
    let named = named_files(&def.run);
    // A script that is no longer than such a text is one.
    let scripts = named.iter().filter(|word| word.ends_with(".sh")).filter_map(|word| diff.new.text(&below(word)));
    let short = scripts.filter(|text| text.lines().filter(|line| !line.trim().is_empty()).count() <= SHORT);
    let within: Vec<String> = short.flat_map(|text| named_files(&text)).collect();
    named
        .into_iter()
        .chain(within)
        .filter(|word| !is_report(word))
        .map(|word| below(&word))
        .find(|path| !diff.new.has(path))
}

/// Lines up to which a script is read as the text that names it.
const SHORT: usize = 5;

/// Files that a shell text names and does not write.
fn named_files(text: &str) -> Vec<String> {
    let after = |mark: &str| -> Vec<&str> {
        text.split(mark).skip(1).filter_map(|rest| rest.split_whitespace().next()).collect()
    };
    let (written, modules) = (after(">"), after(" -m "));
    let words = tool_words(text).into_iter().filter(|word| !written.contains(word) && !modules.contains(word));
    words.map(|word| word.trim_start_matches("./")).filter(|word| is_file_name(word)).map(str::to_owned).collect()
}

/// Whether a word of a shell text looks like a file of the tree: `a.txt`, `docs/page.md`.
fn is_file_name(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-');
    let is_ending = (1..=5).contains(&ending.len())
        && ending.starts_with(|c: char| c.is_ascii_alphabetic())
        && ending.chars().all(|c| c.is_ascii_alphanumeric());
    !stem.is_empty() && is_ending && word.chars().all(plain) && !word.starts_with('/') && !word.contains("..")
}

#[cfg(test)]
mod tests {
    use super::super::{self as gate, TreeKind, testing};
    use super::*;

    const SCRIPT: &str = "grep -q good page.md || { echo bad; exit 1; }\n";

    fn ended(def: &GateDef, answers: &[Evidence]) -> (Judged, Vec<String>) {
        let files = [
            ("there.txt", "x\n", "x\n"),
            ("ci/check.sh", SCRIPT, SCRIPT),
            ("tests/test_a.py", "", "def test_a(): pass\n"),
        ];
        let diff = Diff { kind: TreeKind::Base, ..testing::diff(&files) };
        let mut evidence: Vec<(Probe, Evidence)> = Vec::new();
        for _ in 0..4 {
            match gate::judge(def, &diff, &evidence) {
                Step::Done(judged) => return (judged, evidence.into_iter().map(|(probe, _)| probe.label).collect()),
                Step::More(probes) => {
                    let from = evidence.len();
                    evidence.extend(probes.into_iter().zip(answers[from..].iter().cloned()));
                }
            }
        }
        panic!("it never ends")
    }

    #[test]
    fn a_red_base_is_told_with_its_tests() {
        let red = testing::evidence(End::Exited(1), "1 failed\n");
        let results = [("t::a", Outcome::Failed), ("t::b", Outcome::Passed)];
        let named = testing::reported(1, Ok(testing::results(&results)));
        let (judged, asked) = ended(&testing::gate(GateKind::Command, "pytest -q"), &[red.clone(), named]);
        assert_eq!((judged.verdict, asked.len()), (Verdict::Fail, 2));
        assert_eq!(judged.measured.red.iter().map(|red| red.test.as_str()).collect::<Vec<_>>(), ["t::a"]);
        let (judged, asked) = ended(&testing::gate(GateKind::Command, "make check"), &[red]);
        assert_eq!((judged.verdict, asked, judged.measured.red.len()), (Verdict::Fail, vec!["base".to_owned()], 0));
    }

    #[test]
    fn what_a_task_will_bring_is_no_red_base() {
        let red = || testing::evidence(End::Exited(1), "no\n");
        let table = [
            ("test -s hello.txt", Verdict::NotApplicable),
            ("grep -q x there.txt", Verdict::Fail),
            ("grep -q x ./there.txt > out.log", Verdict::Fail),
            ("test -e docs/page.md", Verdict::NotApplicable),
            ("sh ci/check.sh", Verdict::NotApplicable),
            ("python3 -m shop.tests && go test ./... && cmp 1.5 /etc/no.conf", Verdict::Fail),
        ];
        for (run, verdict) in table {
            let (judged, _) = ended(&testing::gate(GateKind::Command, run), &[red(), red()]);
            assert_eq!(judged.verdict, verdict, "{run}: {}", judged.reason);
        }
    }

    #[test]
    fn a_base_without_tests_is_not_red() {
        let none = testing::reported(5, Err("it names no test".to_owned()));
        let (judged, _) = ended(&testing::gate(GateKind::Command, "python3 -m pytest"), &[none.clone(), none]);
        assert_eq!(judged.verdict, Verdict::NotApplicable, "{}", judged.reason);
    }

    #[test]
    fn gates_of_changes_have_nothing_to_judge() {
        for kind in [GateKind::Tdd, GateKind::Performance, GateKind::Security, GateKind::Review, GateKind::Acceptance] {
            assert_eq!(ended(&testing::gate(kind, "x"), &[]).0.verdict, Verdict::NotApplicable, "{kind:?}");
        }
    }
}
