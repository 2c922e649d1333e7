//! `status --format json` (DESIGN 10). Fields may be added, never renamed; what is not known is null.

use jiff::Timestamp;
use serde::Serialize;

use super::display::safe;
use super::eta::Left;
use super::picture::{Picture, Word, counts};
use super::timing::Timing;
use super::{alert, by_hand, question, reason};
use crate::graph::Span;
use crate::integrate::names;
use crate::journal::{Attempt, BatchPhase, CheckState, Conflict};
use crate::model::{GateName, Oid, Role, RunId, TaskId, Usage, Verdict};
use crate::schedule::{Standing, phase};

/// The status of a run.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Status<'a> {
    pub format: u32,
    pub run: &'a RunId,
    pub state: &'static str,
    pub plan: &'a str,
    pub base: &'a Oid,
    /// The base as the user named it.
    pub base_name: &'a str,
    /// The fence around agents and gates, in words.
    pub sandbox: String,
    pub started: Timestamp,
    /// Null until the run is over.
    pub finished: Option<Timestamp>,
    /// Null until the run is over.
    pub exit: Option<u8>,
    pub tasks: Vec<Task<'a>>,
    pub layers: Vec<Layer>,
    pub integration: Integration,
    pub conflicts: Vec<OpenConflict<'a>>,
    pub needs_you: Vec<Need<'a>>,
    /// What is out of the ordinary, a line each; left out where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<String>,
    pub totals: Totals,
}

/// What a program is told where no run has been: everything is there, and nothing in it.
pub fn no_run() -> serde_json::Value {
    serde_json::json!({
        "format": 1, "run": null, "state": null, "plan": null, "base": null, "tasks": [], "layers": [],
        "integration": {"branch": null, "commit": null}, "conflicts": [], "needs_you": [], "totals": null,
    })
}

/// One task.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Task<'a> {
    pub id: &'a TaskId,
    pub title: &'a str,
    pub layer: u32,
    pub state: &'static str,
    pub attempts: usize,
    pub agent: Option<&'a str>,
    pub branch: Option<String>,
    pub commit: Option<&'a Oid>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub tokens: u64,
    pub cost_usd: f64,
    pub phase: Option<&'static str>,
    pub doing: Option<String>,
    pub eta: Option<Timestamp>,
    pub waiting_for: Vec<&'a TaskId>,
    pub gates: Vec<Gate<'a>>,
    pub after: Vec<&'a TaskId>,
    pub reason: Option<String>,
}

/// A gate's word on the latest attempt; null while it runs or waits.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Gate<'a> {
    pub name: &'a GateName,
    pub verdict: Option<Verdict>,
    pub seconds: Option<f64>,
}

/// One layer. Without a branch of its own it has nothing of its own merged.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Layer {
    pub n: u32,
    pub branch: Option<String>,
    pub commit: Option<Oid>,
    pub pr: Option<u64>,
}

/// The last head; null until something landed.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Integration {
    pub branch: Option<String>,
    pub commit: Option<Oid>,
}

/// A conflict that is left.
#[derive(Debug, Serialize)]
pub struct OpenConflict<'a> {
    /// The facts.
    #[serde(flatten)]
    pub conflict: &'a Conflict,
    /// `medium` or `high`.
    pub severity: &'static str,
    /// Commands that solve it by hand; the files are edited before `git add`.
    pub commands: Vec<String>,
}

/// Something that waits for a person.
#[derive(Debug, Serialize)]
pub struct Need<'a> {
    /// The task; none where the question is about the plan or a layer.
    pub task: Option<&'a TaskId>,
    /// Its state; `asked` where a person has to answer.
    pub state: &'static str,
    /// Why.
    pub reason: Option<String>,
    /// What to type.
    pub command: String,
}

/// Sums and rates; a rate without anything to count is null. Times in seconds.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Totals {
    pub tokens: u64,
    pub cost_usd: f64,
    pub wall: f64,
    pub sequential: f64,
    pub bound: f64,
    pub agent_success_rate: Option<f64>,
    pub gate_pass_rate: Option<f64>,
    pub conflicts_detected: usize,
    pub conflicts_solved: usize,
    pub retries: usize,
}

/// The status of a run.
pub fn status<'a>(picture: &'a Picture<'a>) -> Status<'a> {
    let info = &picture.state.info;
    let reduced = picture.course.graph.reduced();
    let behind = behind_barriers(picture, &reduced.spans);
    let left = Left::of(picture);
    let task = |i: usize| {
        let after: Vec<usize> = reduced.direct[i].iter().map(|edge| edge.task.index()).collect();
        task(picture, i, &after, &behind[i], left.as_ref())
    };
    Status {
        format: 1,
        run: &info.run,
        state: picture.word().word(),
        plan: &info.plan.path,
        base: &info.base,
        base_name: &info.base_name,
        sandbox: info.options.sandbox.about(),
        started: picture.state.started,
        finished: picture.state.finished.map(|(at, _)| at),
        exit: picture.state.finished.map(|(_, outcome)| outcome.exit_code()),
        tasks: (0..picture.len()).map(task).collect(),
        layers: layers(picture),
        integration: integration(picture),
        conflicts: conflicts(picture).into_iter().map(|conflict| open_conflict(picture, conflict)).collect(),
        needs_you: needs(picture),
        alerts: alert::of_agents(picture).into_iter().collect(),
        totals: totals(picture),
    }
}

/// Tasks named per barrier that is too wide to be spelled out.
const NAMED: usize = 20;

/// For each task the first tasks that barriers too wide for edges still hold it back for.
fn behind_barriers(picture: &Picture<'_>, spans: &[Span<'_>]) -> Vec<Vec<usize>> {
    let mut behind = vec![Vec::new(); picture.len()];
    for span in spans {
        let open = span.before.iter().map(|before| before.index()).filter(|i| !is_satisfied(picture, *i));
        let open: Vec<usize> = open.take(NAMED).collect();
        span.after.iter().for_each(|after| behind[after.index()].extend(&open));
    }
    behind
}

fn is_satisfied(picture: &Picture<'_>, i: usize) -> bool {
    matches!(picture.standing(i), Standing::Landed | Standing::Skipped)
}

fn task<'a>(picture: &'a Picture<'a>, i: usize, after: &[usize], behind: &[usize], left: Option<&Left>) -> Task<'a> {
    let facts = picture.facts(i);
    let last = facts.last();
    let task = picture.task(i);
    let usage = usage(&facts.attempts);
    let waits = matches!(picture.standing(i), Standing::Waiting | Standing::Blocked);
    let waiting_for = after.iter().chain(behind).filter(|j| waits && !is_satisfied(picture, **j));
    Task {
        id: &task.id,
        title: &task.title,
        layer: picture.state.info.layers[i],
        state: picture.standing(i).word(),
        attempts: facts.attempts.len(),
        agent: last.map(|last| last.agent.as_str()).or_else(|| planned_agent(picture, i)),
        branch: last.map(|_| names::task_branch(&picture.state.info.run, &task.id)),
        commit: last.and_then(Attempt::result),
        started: facts.attempts.first().map(|first| first.started),
        finished: finished(picture, i),
        tokens: usage.tokens(),
        cost_usd: usage.usd,
        phase: phase(&picture.course, picture.state, i).map(Role::word),
        doing: doing(picture, i),
        eta: left.and_then(|left| left.at(picture, i)),
        waiting_for: waiting_for.map(|j| &picture.task(*j).id).collect(),
        gates: last.map(|last| gates(picture, i, last)).unwrap_or_default(),
        after: after.iter().map(|j| &picture.task(*j).id).collect(),
        reason: reason::of(picture, i),
    }
}

fn planned_agent<'a>(picture: &'a Picture<'a>, i: usize) -> Option<&'a str> {
    let name = match picture.course.people[i] {
        true => "person",
        false => picture.course.agent(i),
    };
    (!name.is_empty()).then_some(name)
}

/// Everything that some attempts used.
pub fn usage(attempts: &[Attempt]) -> Usage {
    let mut sum = Usage::default();
    attempts.iter().for_each(|attempt| sum += attempt.usage);
    sum
}

fn finished(picture: &Picture<'_>, i: usize) -> Option<Timestamp> {
    let facts = picture.facts(i);
    let ended = facts.last().and_then(|last| last.ended.as_ref()).map(|(at, _)| *at);
    facts.landed.map(|(at, _)| at).or(ended.filter(|_| picture.standing(i).is_over()))
}

/// What happens to a task now; what its agent does inside as far as its stream says.
pub fn doing(picture: &Picture<'_>, i: usize) -> Option<String> {
    match picture.standing(i) {
        Standing::Running => picture.doings.get(&picture.task(i).id).map(|doing| safe(doing)),
        Standing::Gating => {
            let words = picture.words(i, picture.facts(i).last()?);
            let open = words.iter().filter(|word| matches!(word.check, Some(CheckState::Open)));
            let names: Vec<String> = open.map(|word| word.gate.name.to_string()).collect();
            Some(if names.is_empty() {
                "waiting for a place for its gates".to_owned()
            } else {
                format!("gates {}", names.join(", "))
            })
        }
        Standing::Landing => picture.state.batch.as_ref().map(|batch| match batch.phase {
            BatchPhase::Merging => "being merged".to_owned(),
            BatchPhase::Checking { .. } => "gates on the merged tree".to_owned(),
            BatchPhase::Landing { .. } => "landing".to_owned(),
        }),
        _ => None,
    }
}

/// Gates of an attempt as they stand.
pub fn gates<'a>(picture: &'a Picture<'a>, i: usize, attempt: &Attempt) -> Vec<Gate<'a>> {
    let judgement = |word: &Word<'a>| match word.check {
        Some(CheckState::Judged(judgement)) => Some(judgement),
        _ => None,
    };
    let gate = |word: Word<'a>| Gate {
        name: &word.gate.name,
        verdict: judgement(&word).map(|judgement| judgement.verdict),
        seconds: judgement(&word).map(|judgement| judgement.seconds),
    };
    picture.words(i, attempt).into_iter().map(gate).collect()
}

fn layers(picture: &Picture<'_>) -> Vec<Layer> {
    let run = &picture.state.info.run;
    let last = picture.state.info.layers.iter().max().copied().unwrap_or(0);
    let layer = |n: u32| {
        let head = picture.state.heads.get(&n);
        let branch = head.map(|_| names::layer_branch(run, n));
        Layer { n, branch, commit: head.map(|head| head.commit.clone()), pr: None }
    };
    (1..=last).map(layer).collect()
}

fn integration(picture: &Picture<'_>) -> Integration {
    let landed = !picture.state.heads.is_empty();
    Integration {
        branch: landed.then(|| names::integration_branch(&picture.state.info.run)),
        commit: landed.then(|| picture.state.top().commit.clone()),
    }
}

/// Conflicts that are left, in the plan's order.
pub fn conflicts<'a>(picture: &'a Picture<'a>) -> Vec<&'a Conflict> {
    let open = picture.that(|standing| *standing == Standing::Conflicted);
    open.into_iter().filter_map(|i| picture.facts(i).last()?.conflict.as_ref()).collect()
}

/// A conflict with what solves it.
pub fn open_conflict<'a>(picture: &Picture<'_>, conflict: &'a Conflict) -> OpenConflict<'a> {
    let by_hand::Commands { before, after } = by_hand::commands(picture, conflict);
    OpenConflict { conflict, severity: by_hand::severity(conflict).word(), commands: [before, after].concat() }
}

/// Tasks that go no further without a person.
pub fn needs<'a>(picture: &'a Picture<'a>) -> Vec<Need<'a>> {
    let stuck = picture.that(|standing| matches!(standing, Standing::Failed(_) | Standing::Conflicted));
    let need = |i: usize| {
        let task = &picture.task(i).id;
        let verb = if *picture.standing(i) == Standing::Conflicted { "conflicts" } else { "retry" };
        let command = format!("git orca {verb} {task}");
        Need { task: Some(task), state: picture.standing(i).word(), reason: reason::of(picture, i), command }
    };
    let asked = picture.state.unanswered().filter(|_| picture.state.finished.is_none()).map(|approval| Need {
        task: approval.question.task(),
        state: "asked",
        reason: Some(question::words(&approval.question)),
        command: format!("git orca approve {}", approval.question.id()),
    });
    asked.chain(stuck.into_iter().map(need)).collect()
}

/// Sums and rates of a run.
pub fn totals(picture: &Picture<'_>) -> Totals {
    let Timing { wall, sequential, bound } = Timing::of(picture);
    let usage = picture.state.usage();
    let attempts = || picture.state.tasks.iter().flat_map(|task| &task.attempts);
    let ended: Vec<&Attempt> = attempts().filter(|attempt| !attempt.is_open() && counts(attempt)).collect();
    let good = ended.iter().filter(|attempt| attempt.result().is_some()).count();
    let verdicts = picture.state.checks.values().filter_map(|check| match &check.state {
        CheckState::Judged(judgement) if judgement.verdict != Verdict::NotApplicable => Some(judgement.verdict),
        _ => None,
    });
    let verdicts: Vec<Verdict> = verdicts.collect();
    let passed = verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count();
    let by_rule: usize = picture.state.tasks.iter().map(|task| task.rules.len()).sum();
    let clashed = picture.state.tasks.iter().flat_map(|task| task.attempts.iter().map(move |attempt| (task, attempt)));
    let clashed: Vec<_> = clashed.filter(|(_, attempt)| attempt.conflict.is_some()).collect();
    Totals {
        tokens: usage.tokens(),
        cost_usd: usage.usd,
        wall,
        sequential,
        bound,
        agent_success_rate: rate(good, ended.len()),
        gate_pass_rate: rate(passed, verdicts.len()),
        conflicts_detected: clashed.len() + by_rule,
        conflicts_solved: clashed.iter().filter(|(task, _)| task.landed.is_some()).count() + by_rule,
        retries: picture.state.tasks.iter().map(|task| task.attempts.len().saturating_sub(1)).sum(),
    }
}

fn rate(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json_text;
    use crate::report::testing::{HOSTILE, Story, inert, wreck};

    #[test]
    fn a_run_in_the_middle_has_every_field() {
        let story = wreck();
        let state = story.state();
        let picture = Picture::new(&state, state.at, true);
        let status = status(&picture);
        let tasks: String = status.tasks.iter().map(json_text::line).collect();
        insta::assert_snapshot!(tasks, @r#"
        {"id":"T001","title":"Create the package layout","layer":1,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T001","commit":"9f2c2bc000000000000000000000000000000001","started":"2026-11-20T18:12:00Z","finished":"2026-11-20T18:12:52Z","tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":[],"reason":null}
        {"id":"T002","title":"Cart model","layer":2,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T002","commit":"9f2c922000000000000000000000000000000007","started":"2026-11-20T18:12:52Z","finished":"2026-11-20T18:14:34Z","tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T001"],"reason":null}
        {"id":"T003","title":"Tax rules","layer":2,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T003","commit":"9f2cf8800000000000000000000000000000000d","started":"2026-11-20T18:12:52Z","finished":"2026-11-20T18:15:12Z","tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T001"],"reason":null}
        {"id":"T004","title":"Order history","layer":2,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T004","commit":"9f2d5ee000000000000000000000000000000013","started":"2026-11-20T18:12:52Z","finished":"2026-11-20T18:14:31Z","tokens":900000,"cost_usd":1.48,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T001"],"reason":null}
        {"id":"T005","title":"Totals","layer":3,"state":"landed","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T005","commit":"9f2dc54000000000000000000000000000000019","started":"2026-11-20T18:14:35Z","finished":"2026-11-20T18:15:55Z","tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T002"],"reason":null}
        {"id":"T006","title":"Discount codes","layer":3,"state":"conflicted","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T006","commit":"9f2e2ba00000000000000000000000000000001f","started":"2026-11-20T18:15:20Z","finished":"2026-11-20T18:17:00Z","tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"pass","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T003"],"reason":"with T005 in shop/cart.py:41-58, shop/models.py:7-9"}
        {"id":"T007","title":"Export orders as CSV","layer":3,"state":"failed","attempts":3,"agent":"claude","branch":"orca/20261120-1812-k3/task/T007","commit":"9f2ef8600000000000000000000000000000002b","started":"2026-11-20T18:15:30Z","finished":"2026-11-20T18:17:30Z","tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":[],"gates":[{"name":"test","verdict":"fail","seconds":0.5},{"name":"review","verdict":"pass","seconds":0.5}],"after":["T004"],"reason":"gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing"}
        {"id":"T008","title":"Import orders from CSV","layer":4,"state":"blocked","attempts":0,"agent":"claude","branch":null,"commit":null,"started":null,"finished":null,"tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":null,"waiting_for":["T007"],"gates":[],"after":["T007"],"reason":"needs T007"}
        {"id":"T009","title":"Receipts by mail","layer":3,"state":"running","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T009","commit":null,"started":"2026-11-20T18:17:40Z","finished":null,"tokens":0,"cost_usd":0.0,"phase":null,"doing":null,"eta":"2026-11-20T18:19:15Z","waiting_for":[],"gates":[],"after":["T003"],"reason":null}
        {"id":"T010","title":"Admin pages","layer":3,"state":"gating","attempts":1,"agent":"claude","branch":"orca/20261120-1812-k3/task/T010","commit":"9f2f3ca00000000000000000000000000000002f","started":"2026-11-20T18:17:40Z","finished":null,"tokens":0,"cost_usd":0.0,"phase":null,"doing":"gates test","eta":"2026-11-20T18:19:24.5Z","waiting_for":[],"gates":[{"name":"test","verdict":null,"seconds":null},{"name":"review","verdict":"unchecked","seconds":0.5}],"after":["T004"],"reason":null}
        "#);
        let rest = Status { tasks: Vec::new(), ..status };
        insta::assert_snapshot!(json_text::pretty(&rest), @r#"
        {
          "format": 1,
          "run": "20261120-1812-k3",
          "state": "running",
          "plan": "specs/001-cart/tasks.md",
          "base": "9f2c1ab000000000000000000000000000000000",
          "base_name": "main",
          "sandbox": "off: agents can write wherever you can",
          "started": "2026-11-20T18:12:00Z",
          "finished": null,
          "exit": null,
          "tasks": [],
          "layers": [
            {
              "n": 1,
              "branch": "orca/20261120-1812-k3/layer/1",
              "commit": "9f2c700000000000000000000000000000000005",
              "pr": null
            },
            {
              "n": 2,
              "branch": "orca/20261120-1812-k3/layer/2",
              "commit": "9f2da32000000000000000000000000000000017",
              "pr": null
            },
            {
              "n": 3,
              "branch": "orca/20261120-1812-k3/layer/3",
              "commit": "9f2e09800000000000000000000000000000001d",
              "pr": null
            },
            {
              "n": 4,
              "branch": null,
              "commit": null,
              "pr": null
            }
          ],
          "integration": {
            "branch": "orca/20261120-1812-k3/integration",
            "commit": "9f2e09800000000000000000000000000000001d"
          },
          "conflicts": [
            {
              "task": "T006",
              "layer": 3,
              "with": [
                "T005"
              ],
              "paths": [
                {
                  "path": "shop/cart.py",
                  "kind": "contents",
                  "lines": "41-58"
                },
                {
                  "path": "shop/models.py",
                  "kind": "contents",
                  "lines": "7-9"
                }
              ],
              "severity": "medium",
              "commands": [
                "git worktree add ../shop.orca/solve-T006 orca/20261120-1812-k3/task/T006",
                "cd ../shop.orca/solve-T006",
                "git merge orca/20261120-1812-k3/layer/3",
                "git add -A",
                "git commit --no-edit",
                "git orca integrate"
              ]
            }
          ],
          "needs_you": [
            {
              "task": "T006",
              "state": "conflicted",
              "reason": "with T005 in shop/cart.py:41-58, shop/models.py:7-9",
              "command": "git orca conflicts T006"
            },
            {
              "task": "T007",
              "state": "failed",
              "reason": "gate test fails: tests/test_export.py:19 passes without the change, so it proves nothing",
              "command": "git orca retry T007"
            }
          ],
          "totals": {
            "tokens": 900000,
            "cost_usd": 1.48,
            "wall": 410.0,
            "sequential": 799.5,
            "bound": 292.5,
            "agent_success_rate": 1.0,
            "gate_pass_rate": 0.8620689655172413,
            "conflicts_detected": 2,
            "conflicts_solved": 1,
            "retries": 2
          }
        }
        "#);
    }

    #[test]
    fn large_plans_cost_time_in_proportion() {
        let ids: Vec<String> = (0..10_000).map(|n| format!("T{n}")).collect();
        let lines: Vec<(&str, &str, &[&str])> = ids.iter().map(|id| (id.as_str(), "a task", &[][..])).collect();
        let mut info = crate::report::testing::info(&lines, crate::report::testing::options(&["test"]));
        let (before, after) = (info.tasks[..5_000].to_vec(), info.tasks[5_000..].to_vec());
        let ids = |tasks: Vec<crate::model::Task>| tasks.into_iter().map(|task| task.id).collect();
        let (why, at) = (crate::model::Why::Phase, Default::default());
        info.barriers = vec![crate::model::Barrier { before: ids(before), after: ids(after), why, at }];
        let state = Story::of(info).state();
        let picture = Picture::new(&state, state.at, true);
        let status = status(&picture);
        assert_eq!(status.tasks[9_999].waiting_for.len(), NAMED);
        let text = json_text::line(&status);
        // A phase of 5,000 tasks before 5,000 others is 25 million edges: they are not spelled out.
        assert!(text.len() < 10_000_000, "{} bytes", text.len());
    }

    #[test]
    fn an_untouched_run_has_nulls_and_not_zeros_where_nothing_is_known() {
        let state = Story::new(&[("A", "a", &[])], &[]).state();
        let picture = Picture::new(&state, state.at, false);
        let status = serde_json::to_value(status(&picture)).unwrap();
        assert_eq!(status["state"], "interrupted");
        for field in ["branch", "commit", "started", "finished", "phase", "doing", "eta", "reason"] {
            assert!(status["tasks"][0][field].is_null(), "{field}");
        }
        assert_eq!(status["tasks"][0]["agent"], "claude");
        assert!(status["totals"]["gate_pass_rate"].is_null() && status["integration"]["branch"].is_null());
    }

    #[test]
    fn hostile_titles_reach_programs_unchanged_and_terminals_escaped() {
        for title in &HOSTILE[..3] {
            let state = Story::new(&[("A", title, &[])], &[]).state();
            let text = json_text::pretty(&status(&Picture::new(&state, state.at, true)));
            inert(&text);
            let back: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(back["tasks"][0]["title"], *title);
        }
    }
}
