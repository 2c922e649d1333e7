//! One result document per task (DESIGN 10, "A task result"). What is not known is null, and what was not checked is
//! never called passed.

use jiff::Timestamp;
use serde::Serialize;

use super::waived_gate::WaivedGate;
use crate::integrate::names;
use crate::journal::{Attempt, AttemptOutcome, CheckState, Judgement};
use crate::model::{Finding, GateDef, GateKind, GateName, Measured, Oid, Role, TaskId, TestCounts, Usage, Verdict};
use crate::report::facts::attempts::{outcome, review_usage, usage};
use crate::report::facts::candidates::rival_word;
use crate::report::facts::picture::{Picture, StateWord};
use crate::report::facts::reason;
use crate::report::live::narration;
use crate::settings::trust::acceptance_command;

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// The path in the result.
    pub path: String,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// The result of a task.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct TaskResult<'a> {
    pub format: u32,
    pub task_id: &'a TaskId,
    pub title: &'a str,
    pub layer: u32,
    pub state: &'static str,
    /// Why it stands there, where that needs saying.
    pub reason: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<&'a Oid>,
    /// Merge commit on its layer's head.
    pub landed_commit: Option<&'a Oid>,
    pub base: Option<&'a Oid>,
    /// Null when git was not asked.
    pub files: Option<&'a [FileChange]>,
    /// Size of the change as journalled.
    pub change: Option<ChangeSize>,
    pub tests: TestsOut,
    pub coverage: Option<f64>,
    pub gates: Vec<GateResult<'a>>,
    /// Gates that a person waived for its work; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<WaivedGate<'a>>,
    pub acceptance: Vec<Criterion<'a>>,
    pub attempts: Vec<AttemptResult<'a>>,
    /// Of authors and reviewers together.
    pub usage: Used,
    /// Of reviewing agents alone.
    pub review_usage: Used,
    /// Conflicts of its merge that a rule solved, in words.
    pub solved: Vec<String>,
}

/// Size of a change.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ChangeSize {
    pub files: u32,
    pub added: u32,
    pub removed: u32,
}

/// Tests, as gates reported them; null where no report was read.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct TestsOut {
    pub passed: Option<u64>,
    pub failed: Option<u64>,
    pub skipped: Option<u64>,
}

/// A gate's judgement; verdict null while it has none.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct GateResult<'a> {
    pub name: &'a GateName,
    pub required: bool,
    pub verdict: Option<Verdict>,
    pub reason: Option<&'a str>,
    pub findings: &'a [Finding],
    pub seconds: Option<f64>,
    pub cached: Option<bool>,
    /// Its output, below the run's folder.
    pub log: Option<&'a str>,
}

/// An acceptance criterion.
#[derive(Debug, Serialize)]
pub struct Criterion<'a> {
    /// As the plan has it.
    pub text: &'a str,
    /// What an acceptance gate says of it where it is a command; `unchecked` otherwise.
    pub verdict: Verdict,
}

/// An attempt.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AttemptResult<'a> {
    pub n: u32,
    pub agent: &'a str,
    /// `design`, `test`, `code`, `refactor`, where the task is done in phases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<&'static str>,
    /// `running`, `gating`, `passed`, `refused`, `failed`, `chosen`: where it stands among several at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<&'static str>,
    /// Why it was chosen among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<&'a str>,
    pub started: Timestamp,
    pub finished: Option<Timestamp>,
    /// `running`, `committed`, `no_change`, or the class of its failure.
    pub outcome: &'static str,
    pub reason: Option<String>,
    pub base: &'a Oid,
    pub commit: Option<&'a Oid>,
    /// Saved work that is no part of its result.
    pub salvage: Option<&'a Oid>,
    pub gates: Vec<GateResult<'a>>,
    /// Of its author.
    pub usage: Used,
    /// Of the agents that reviewed it.
    pub review_usage: Used,
    /// Largest resident set of one of its processes, bytes; null when not measured.
    pub max_rss: Option<u64>,
    /// Processor time of all its processes, seconds; null when not measured.
    pub cpu_seconds: Option<f64>,
}

/// What was used.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Used {
    pub input: u64,
    pub output: u64,
    pub cached: u64,
    pub tokens: u64,
    pub cost_usd: f64,
}

impl From<Usage> for Used {
    fn from(usage: Usage) -> Used {
        let Usage { input, output, cached, usd } = usage;
        Used { input, output, cached, tokens: usage.tokens(), cost_usd: usd }
    }
}

/// The result document of a task; `files` is what git says of its change, where it was asked.
pub fn result_json<'a>(
    picture: &'a Picture<'a>,
    task: &TaskId,
    files: Option<&'a [FileChange]>,
) -> Option<TaskResult<'a>> {
    picture.state.index(task).map(|i| of(picture, i, files))
}

/// The result document of the task at position `i`.
pub(in crate::report) fn of<'a>(picture: &'a Picture<'a>, i: usize, files: Option<&'a [FileChange]>) -> TaskResult<'a> {
    let task = picture.task(i);
    let facts = picture.facts(i);
    let last = facts.last();
    let best = facts.attempts.iter().rev().find(|attempt| attempt.result().is_some());
    let measured = last.map(|last| counted(picture, i, last)).unwrap_or_default();
    let review = review_usage(picture, &task.id, None);
    let mut all = usage(facts.all_attempts());
    all += review;
    let criterion = |text: &'a String| Criterion { text, verdict: accepted(picture, i, last, text) };
    TaskResult {
        format: 1,
        task_id: &task.id,
        title: &task.title,
        layer: picture.state.info.layers[i],
        state: picture.standing(i).word(),
        reason: reason::of(picture, i),
        branch: last.map(|_| names::task_branch(&picture.state.info.run, &task.id)),
        commit: best.and_then(Attempt::result),
        landed_commit: facts.landed_commit.as_ref(),
        base: best.or(last).map(|attempt| &attempt.base),
        files,
        change: best.and_then(change),
        tests: measured.tests.map(TestsOut::from).unwrap_or_default(),
        coverage: measured.coverage,
        gates: last.map(|last| gates(picture, i, last)).unwrap_or_default(),
        waived: facts.waived().into_iter().map(WaivedGate::of).collect(),
        acceptance: task.acceptance.iter().map(criterion).collect(),
        attempts: facts.by_number().into_iter().map(|attempt| attempt_result(picture, i, attempt)).collect(),
        usage: all.into(),
        review_usage: review.into(),
        solved: facts.rules.iter().map(|rule| narration::solved(rule)).collect(),
    }
}

impl From<TestCounts> for TestsOut {
    fn from(counts: TestCounts) -> TestsOut {
        TestsOut { passed: Some(counts.passed), failed: Some(counts.failed), skipped: Some(counts.skipped) }
    }
}

fn judgements<'a>(picture: &'a Picture<'a>, i: usize, attempt: &Attempt) -> Vec<(&'a GateDef, &'a Judgement)> {
    let judged = |word: StateWord<'a>| match word.check {
        Some(CheckState::Judged(judgement)) => Some((word.gate, judgement)),
        _ => None,
    };
    picture.words(i, attempt).into_iter().filter_map(judged).collect()
}

/// What the gates counted of an attempt: the largest number of tests that one of them saw, and the coverage that one
/// measured.
fn counted(picture: &Picture<'_>, i: usize, attempt: &Attempt) -> Measured {
    let all = judgements(picture, i, attempt);
    let tests = all.iter().filter_map(|(_, judgement)| judgement.measured.tests);
    Measured {
        tests: tests.max_by_key(|tests| tests.passed + tests.failed + tests.skipped),
        coverage: all.iter().find_map(|(_, judgement)| judgement.measured.coverage),
        ..Measured::default()
    }
}

/// What an acceptance gate says of a criterion. It names the commands that said no; where it could not run them all, only
/// those are known.
fn accepted(picture: &Picture<'_>, i: usize, last: Option<&Attempt>, text: &str) -> Verdict {
    let Some(command) = acceptance_command(text) else { return Verdict::Unchecked };
    let all = last.map(|last| judgements(picture, i, last)).unwrap_or_default();
    let gate = all.into_iter().find(|(gate, _)| gate.kind == GateKind::Acceptance);
    let Some((_, judgement)) = gate else { return Verdict::Unchecked };
    let refused = format!("`{command}` says no");
    match judgement.verdict {
        Verdict::Fail if judgement.findings.iter().any(|finding| finding.message.starts_with(&refused)) => {
            Verdict::Fail
        }
        Verdict::Pass => Verdict::Pass,
        _ => Verdict::Unchecked,
    }
}

fn change(attempt: &Attempt) -> Option<ChangeSize> {
    match &attempt.ended {
        Some((_, AttemptOutcome::Committed { files, added, removed, .. })) => {
            Some(ChangeSize { files: *files, added: *added, removed: *removed })
        }
        _ => None,
    }
}

fn gates<'a>(picture: &'a Picture<'a>, i: usize, attempt: &Attempt) -> Vec<GateResult<'a>> {
    picture.words(i, attempt).into_iter().map(gate).collect()
}

fn gate(word: StateWord<'_>) -> GateResult<'_> {
    let judgement = match word.check {
        Some(CheckState::Judged(judgement)) => Some(judgement),
        _ => None,
    };
    GateResult {
        name: &word.gate.name,
        required: word.gate.required,
        verdict: judgement.map(|judgement| judgement.verdict),
        reason: judgement.map(|judgement| judgement.reason.as_str()).filter(|reason| !reason.is_empty()),
        findings: judgement.map_or(&[], |judgement| &judgement.findings),
        seconds: judgement.map(|judgement| judgement.seconds),
        cached: judgement.map(|judgement| judgement.cached),
        log: judgement.map(|judgement| judgement.log.as_str()).filter(|log| !log.is_empty()),
    }
}

fn attempt_result<'a>(picture: &'a Picture<'a>, i: usize, attempt: &'a Attempt) -> AttemptResult<'a> {
    AttemptResult {
        n: attempt.n,
        agent: &attempt.agent,
        phase: picture.facts(i).phase_of(attempt).map(Role::word),
        candidate: rival_word(picture, i, attempt),
        chosen: attempt.chosen.as_deref(),
        started: attempt.started,
        finished: attempt.ended.as_ref().map(|(at, _)| *at),
        outcome: outcome(attempt),
        reason: reason::of_attempt(picture, i, attempt),
        base: &attempt.base,
        commit: attempt.result(),
        salvage: attempt.salvage.as_ref(),
        gates: gates(picture, i, attempt),
        usage: attempt.usage.into(),
        review_usage: review_usage(picture, &picture.task(i).id, Some(attempt.n)).into(),
        max_rss: (attempt.max_rss > 0).then_some(attempt.max_rss),
        cpu_seconds: (attempt.cpu > 0.0).then_some(attempt.cpu),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{id, wreck};
    use crate::report::words::json_text;

    #[test]
    fn a_failed_task_has_all_its_attempts_and_findings() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        let files = [FileChange { path: "shop/export.py".into(), added: 88, removed: 3 }];
        let mut result = result_json(&picture, &id("T007"), Some(&files)).unwrap();
        assert_eq!(result.attempts.len(), 3);
        result.attempts.truncate(1);
        insta::assert_snapshot!(json_text::pretty(&result), @r#"
        {
          "format": 1,
          "task_id": "T007",
          "title": "Export orders as CSV",
          "layer": 3,
          "state": "failed",
          "reason": "gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing",
          "branch": "orca/20261120-1812-k3/task/T007",
          "commit": "9f2ef8600000000000000000000000000000002b",
          "landed_commit": null,
          "base": "9f2e09800000000000000000000000000000001d",
          "files": [
            {
              "path": "shop/export.py",
              "added": 88,
              "removed": 3
            }
          ],
          "change": {
            "files": 2,
            "added": 88,
            "removed": 3
          },
          "tests": {
            "passed": null,
            "failed": null,
            "skipped": null
          },
          "coverage": null,
          "gates": [
            {
              "name": "test",
              "required": true,
              "verdict": "fail",
              "reason": "tests/test_export.py:19: passes without the change, so it proves nothing",
              "findings": [
                {
                  "file": "tests/test_export.py",
                  "line": 19,
                  "rule": "",
                  "message": "passes without the change, so it proves nothing",
                  "advice": ""
                }
              ],
              "seconds": 0.5,
              "cached": false,
              "log": "logs/gate-test.log"
            },
            {
              "name": "review",
              "required": true,
              "verdict": "pass",
              "reason": null,
              "findings": [],
              "seconds": 0.5,
              "cached": false,
              "log": "logs/gate-review.log"
            }
          ],
          "acceptance": [],
          "attempts": [
            {
              "n": 1,
              "agent": "claude",
              "started": "2026-11-20T18:15:30Z",
              "finished": "2026-11-20T18:16:00Z",
              "outcome": "committed",
              "reason": "gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing",
              "base": "9f2e09800000000000000000000000000000001d",
              "commit": "9f2e6fe000000000000000000000000000000023",
              "salvage": null,
              "gates": [
                {
                  "name": "test",
                  "required": true,
                  "verdict": "fail",
                  "reason": "tests/test_export.py:19: passes without the change, so it proves nothing",
                  "findings": [
                    {
                      "file": "tests/test_export.py",
                      "line": 19,
                      "rule": "",
                      "message": "passes without the change, so it proves nothing",
                      "advice": ""
                    }
                  ],
                  "seconds": 0.5,
                  "cached": false,
                  "log": "logs/gate-test.log"
                },
                {
                  "name": "review",
                  "required": true,
                  "verdict": "pass",
                  "reason": null,
                  "findings": [],
                  "seconds": 0.5,
                  "cached": false,
                  "log": "logs/gate-review.log"
                }
              ],
              "usage": {
                "input": 0,
                "output": 0,
                "cached": 0,
                "tokens": 0,
                "cost_usd": 0.0
              },
              "review_usage": {
                "input": 0,
                "output": 0,
                "cached": 0,
                "tokens": 0,
                "cost_usd": 0.0
              },
              "max_rss": null,
              "cpu_seconds": null
            }
          ],
          "usage": {
            "input": 0,
            "output": 0,
            "cached": 0,
            "tokens": 0,
            "cost_usd": 0.0
          },
          "review_usage": {
            "input": 0,
            "output": 0,
            "cached": 0,
            "tokens": 0,
            "cost_usd": 0.0
          },
          "solved": []
        }
        "#);
    }

    #[test]
    fn a_task_that_never_started_has_nulls() {
        let state = wreck().state();
        let picture = Picture::new(&state, state.at, false);
        let result = serde_json::to_value(result_json(&picture, &id("T008"), None).unwrap()).unwrap();
        for field in ["branch", "commit", "base", "files", "coverage"] {
            assert!(result[field].is_null(), "{field}");
        }
        assert!(result_json(&picture, &id("T999"), None).is_none());
    }
}
