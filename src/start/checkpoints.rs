//! Checkpoints that ask for nothing but passing tests: the tests answer them, not a person.

use crate::model::{GateDef, GateKind, GatePhase, RunOptions, Task, TaskKind};
use crate::schedule::needs_person;

/// Gives each task that only wants to see the tests pass the command that runs them, where the run has a gate that runs them
/// on merged trees. It is judged by its exit status in a worktree of its own, like every command of a plan. Checkpoints that
/// want more than that, or whose tests nobody knows how to run, stay a person's.
pub(super) fn answered_by_tests(options: &RunOptions, tasks: &mut [Task]) {
    let commands: Vec<&str> =
        options.gates.iter().filter(|gate| runs_tests(gate)).map(|gate| gate.run.trim()).collect();
    if commands.is_empty() {
        return;
    }
    let run = match commands.as_slice() {
        [one] => (*one).to_owned(),
        several => several.iter().map(|command| format!("( {command} )")).collect::<Vec<_>>().join(" && "),
    };
    for task in tasks.iter_mut().filter(|task| wants_tests_only(task, options.judged_by_exit)) {
        task.run = Some(run.clone());
    }
}

/// Whether a command is one that [`answered_by_tests`] takes from the run's own gates.
pub(super) fn is_of_gates(options: &RunOptions, task: &Task) -> bool {
    let mut bare = [Task { run: None, ..task.clone() }];
    answered_by_tests(options, &mut bare);
    task.run.is_some() && bare[0].run == task.run
}

/// A command that judges merged trees and runs tests, with nothing in it that only a gate's place can tell.
fn runs_tests(gate: &GateDef) -> bool {
    let merged = matches!(gate.on, GatePhase::Merged | GatePhase::Both);
    let known = ["test", "spec", "jest", "mocha", "tox", "nox", "check"];
    let tests = known.iter().any(|word| gate.run.contains(word));
    let placed = gate.run.contains('{') || gate.run.contains("$ORCA_") || gate.run.contains("${ORCA_");
    gate.kind == GateKind::Command && gate.required && merged && tests && !placed && gate.needs.is_empty()
}

/// `Checkpoint - Ensure all tests pass`: the words are about tests that pass, and about nothing else.
fn wants_tests_only(task: &Task, judged_by_exit: bool) -> bool {
    let title = task.title.to_lowercase();
    let said = PASSING.iter().any(|words| title.contains(words));
    let more = MORE.iter().any(|words| title.contains(words));
    task.kind == TaskKind::Verify && said && !more && needs_person(task, judged_by_exit)
}

const PASSING: [&str; 16] = [
    "tests pass",
    "test pass",
    "tests still pass",
    "tests are green",
    "tests are passing",
    "tests to pass",
    "suite passes",
    "suite is green",
    "tests succeed",
    "run all tests",
    "run the tests",
    "run tests",
    "run the full test suite",
    "run the test suite",
    "所有测试通过",
    "全てのテスト",
];

/// What tests do not tell.
const MORE: [&str; 14] = [
    "coverage",
    "lint",
    "type check",
    "typecheck",
    "manual",
    "browser",
    "e2e",
    "end-to-end",
    "benchmark",
    "deploy",
    "review",
    "screenshot",
    "staging",
    "production",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::MapFiles;
    use crate::plan::{PlanEntry, Reading, read};

    fn gate(run: &str, on: GatePhase, required: bool) -> GateDef {
        let named = GateDef::new("checked".parse().unwrap(), GateKind::Command);
        GateDef { run: run.to_owned(), on, required, ..named }
    }

    /// The command that answers a task of a plan with this title, and of this kind if it is named.
    fn command_for(title: &str, kind: Option<TaskKind>, gates: &[GateDef]) -> Option<String> {
        let options = RunOptions { gates: gates.to_vec(), ..RunOptions::default() };
        let text = format!("# Plan\n\n- [ ] 1. Write it in `a.py`\n- [ ] 2. {title}\n  - _Requirements: 1.1_\n");
        let files = MapFiles(BTreeMap::from([("tasks.md".to_owned(), text.into_bytes())]));
        let mut tasks = read(&files, &PlanEntry::new("tasks.md"), &Reading::default()).tasks;
        tasks[1].kind = kind.unwrap_or(tasks[1].kind);
        answered_by_tests(&options, &mut tasks);
        assert!(tasks.iter().all(|task| is_of_gates(&options, task) == task.run.is_some()), "{title}");
        assert_eq!(tasks[0].run, None);
        tasks[1].run.clone()
    }

    #[test]
    fn tests_answer_who_asks_for_tests() {
        let pytest = [gate("pytest -q", GatePhase::Both, true)];
        for (title, answered) in [
            ("Checkpoint - Ensure all tests pass", true),
            ("Checkpoint - Ensure all tests pass, ask the user if questions arise.", true),
            ("Final checkpoint - Make sure the test suite passes", true),
            ("Run all tests", true),
            ("Verify that the page looks right", false),
            ("Checkpoint - Ensure all tests pass and coverage is above 90 %", false),
            ("Checkpoint - Ensure all tests pass in the browser", false),
            ("Manually check that all tests pass", false),
            ("Write a helper that makes all tests pass", false),
        ] {
            let expected = answered.then(|| "pytest -q".to_owned());
            assert_eq!(command_for(title, None, &pytest), expected, "{title}");
        }
        assert_eq!(command_for("Ensure all tests pass", Some(TaskKind::Approval), &pytest), None);
        assert_eq!(command_for("Ensure all tests pass", Some(TaskKind::Change), &pytest), None);
    }

    #[test]
    fn only_a_required_gate_that_runs_tests_on_merged_trees_answers() {
        let asked = |gates: &[GateDef]| command_for("Checkpoint - Ensure all tests pass", None, gates);
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[gate("ruff .", GatePhase::Both, true)]), None);
        assert_eq!(asked(&[gate("pytest", GatePhase::Task, true)]), None);
        assert_eq!(asked(&[gate("pytest", GatePhase::Both, false)]), None);
        assert_eq!(asked(&[gate("pytest --port $ORCA_PORT", GatePhase::Both, true)]), None);
        let both = [gate("npm test", GatePhase::Merged, true), gate("cargo test", GatePhase::Both, true)];
        assert_eq!(asked(&both), Some("( npm test ) && ( cargo test )".to_owned()));
    }
}
