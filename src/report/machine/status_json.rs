//! `status --format json` (DESIGN 10). Fields may be added, never renamed; what is not known is null.

use jiff::Timestamp;
use serde::Serialize;

use super::foreseen::{ForeseenConflict, foreseen};
use super::waived_gate::WaivedGate;
use crate::graph::BarrierSpan;
use crate::integrate::names;
use crate::journal::{Approval, Attempt, BatchPhase, CheckState, Conflict, Question, RunOutcome, TaskState};
use crate::model::{ApprovalFallback, ApprovalPriority, GateName, Oid, Role, RunId, TaskId, Usage, Verdict};
use crate::report::facts::alert;
use crate::report::facts::attempts::{review_usage, usage};
use crate::report::facts::candidates::contest_words;
use crate::report::facts::eta::RemainingTime;
use crate::report::facts::figures::{ConflictFigures, RunFigures, share};
use crate::report::facts::picture::{Picture, StateWord, counts};
use crate::report::facts::pools::{PoolFigures, pools};
use crate::report::facts::reason::Tried;
use crate::report::facts::timing::Timing;
use crate::report::facts::{by_hand, checked, next_step, reason, waits};
use crate::report::words::display::safe;
use crate::report::words::question;
use crate::schedule::Failure;
use crate::schedule::{TaskStatus, phase};

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
    pub tasks: Vec<TaskStatusOut<'a>>,
    pub layers: Vec<Layer>,
    pub integration: Integration,
    pub conflicts: Vec<OpenConflict<'a>>,
    /// What tasks under way would break together though git would merge them; left out where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreseen: Vec<ForeseenConflict<'a>>,
    pub needs_you: Vec<Need<'a>>,
    /// Pools of the roles that have a limit; left out where none has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolFigures>,
    /// What is out of the ordinary, a line each; left out where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<String>,
    pub totals: Totals,
}

/// What a program is told where no run has been: everything is there, and nothing in it.
pub fn no_run() -> serde_json::Value {
    serde_json::json!({
        "format": 1, "run": null, "state": null, "plan": null, "base": null, "tasks": [], "layers": [],
        "integration": {"branch": null, "commit": null, "taken": null}, "conflicts": [], "needs_you": [], "totals": null,
    })
}

/// One task.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct TaskStatusOut<'a> {
    pub id: &'a TaskId,
    pub title: &'a str,
    pub layer: u32,
    pub state: &'static str,
    pub attempts: usize,
    pub agent: Option<&'a str>,
    /// The host of its last attempt, where that was handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<&'a str>,
    pub branch: Option<String>,
    pub commit: Option<&'a Oid>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub tokens: u64,
    pub cost_usd: f64,
    /// What of both reviewing agents used.
    pub review_tokens: u64,
    pub review_cost_usd: f64,
    pub phase: Option<&'static str>,
    pub doing: Option<String>,
    pub eta: Option<Timestamp>,
    pub waiting_for: Vec<&'a TaskId>,
    pub gates: Vec<GateStatus<'a>>,
    pub after: Vec<&'a TaskId>,
    pub reason: Option<String>,
    /// Gates that a person waived for its work; left out where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<WaivedGate<'a>>,
}

/// A gate's word on the latest attempt; null while it runs or waits.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct GateStatus<'a> {
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
    /// The user's branch that has it, if one has.
    pub taken: Option<String>,
}

/// A conflict that is left.
#[derive(Debug, Serialize)]
pub struct OpenConflict<'a> {
    /// The facts.
    #[serde(flatten)]
    pub conflict: &'a Conflict,
    /// `medium` or `high`.
    pub severity: &'static str,
    /// What was tried by agents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rungs: Vec<Tried>,
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
    /// Of a question: how long it waits, and what is done then.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
}

/// How long a question waits for an answer, and what is done then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Patience {
    /// How urgent it is.
    pub priority: ApprovalPriority,
    /// When the settings decide.
    pub deadline: Timestamp,
    /// What they say then.
    pub fallback: ApprovalFallback,
}

impl Patience {
    fn of(picture: &Picture<'_>, approval: &Approval) -> Option<Patience> {
        let rule = picture.state.info.options.approvals.of(approval.question.kind()?);
        Some(Patience { priority: rule.priority, deadline: approval.deadline, fallback: rule.fallback })
    }
}

/// Sums and rates; a rate without anything to count is null. Times in seconds.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names are DESIGN 10's")]
pub struct Totals {
    pub tokens: u64,
    pub cost_usd: f64,
    /// What of both reviewing agents used.
    pub review_tokens: u64,
    pub review_cost_usd: f64,
    pub wall: f64,
    pub sequential: f64,
    pub bound: f64,
    pub agent_success_rate: Option<f64>,
    pub gate_pass_rate: Option<f64>,
    pub conflicts_detected: usize,
    pub conflicts_solved: usize,
    pub retries: usize,
    #[serde(flatten)]
    pub figures: RunFigures,
}

/// The status of a run.
pub fn status<'a>(picture: &'a Picture<'a>) -> Status<'a> {
    let info = &picture.state.info;
    let reduced = picture.course.graph.reduced();
    let behind = behind_barriers(picture, &reduced.spans);
    let left = RemainingTime::of(picture);
    let over = picture.state.finished.filter(|_| picture.state.is_over());
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
        finished: over.map(|(at, _)| at),
        exit: over.map(|(_, outcome)| outcome.exit_code()),
        tasks: (0..picture.len()).map(task).collect(),
        layers: layers(picture),
        integration: integration(picture),
        conflicts: conflicts(picture).into_iter().map(|conflict| open_conflict(picture, conflict)).collect(),
        foreseen: foreseen(picture),
        needs_you: needs(picture),
        pools: pools(picture),
        alerts: alert::of_agents(picture).into_iter().collect(),
        totals: totals(picture),
    }
}

/// Tasks named per barrier that is too wide to be spelled out.
const NAMED: usize = 20;

/// For each task the first tasks that barriers too wide for edges still hold it back for.
fn behind_barriers(picture: &Picture<'_>, spans: &[BarrierSpan<'_>]) -> Vec<Vec<usize>> {
    let mut behind = vec![Vec::new(); picture.len()];
    for span in spans {
        let open = span.before.iter().map(|before| before.index()).filter(|i| !is_satisfied(picture, *i));
        let open: Vec<usize> = open.take(NAMED).collect();
        span.after.iter().for_each(|after| behind[after.index()].extend(&open));
    }
    behind
}

fn is_satisfied(picture: &Picture<'_>, i: usize) -> bool {
    matches!(picture.standing(i), TaskStatus::Landed | TaskStatus::Skipped)
}

fn task<'a>(
    picture: &'a Picture<'a>,
    i: usize,
    after: &[usize],
    behind: &[usize],
    left: Option<&RemainingTime>,
) -> TaskStatusOut<'a> {
    let facts = picture.facts(i);
    let last = facts.last();
    let task = picture.task(i);
    let review = review_usage(picture, &task.id, None);
    let mut usage = usage(facts.all_attempts());
    usage += review;
    let waits = matches!(picture.standing(i), TaskStatus::Waiting | TaskStatus::Blocked);
    let waiting_for = after.iter().chain(behind).filter(|j| waits && !is_satisfied(picture, **j));
    TaskStatusOut {
        id: &task.id,
        title: &task.title,
        layer: picture.state.info.layers[i],
        state: picture.standing(i).word(),
        attempts: facts.all_attempts().count(),
        host: last.and_then(|last| last.host.as_deref()).filter(|host| !host.is_empty()),
        agent: last.map(|last| last.agent.as_str()).or_else(|| planned_agent(picture, i)),
        branch: last.map(|_| names::task_branch(&picture.state.info.run, &task.id)),
        commit: last.and_then(Attempt::result),
        started: facts.all_attempts().map(|it| it.started).min(),
        finished: finished(picture, i),
        tokens: usage.tokens(),
        cost_usd: usage.usd,
        review_tokens: review.tokens(),
        review_cost_usd: review.usd,
        phase: phase(&picture.course, picture.state, i).map(Role::word),
        doing: doing(picture, i),
        eta: left.and_then(|left| left.at(picture, i)),
        waiting_for: waiting_for.map(|j| &picture.task(*j).id).collect(),
        gates: last.map(|last| gates(picture, i, last)).unwrap_or_default(),
        after: after.iter().map(|j| &picture.task(*j).id).collect(),
        reason: reason::of(picture, i).or_else(|| waits::waits_for_host(picture, i)),
        waived: facts.waived().into_iter().map(WaivedGate::of).collect(),
    }
}

fn planned_agent<'a>(picture: &'a Picture<'a>, i: usize) -> Option<&'a str> {
    let name = match picture.course.people[i] {
        true => "person",
        false => picture.course.agent(i),
    };
    (!name.is_empty()).then_some(name)
}

fn finished(picture: &Picture<'_>, i: usize) -> Option<Timestamp> {
    let facts = picture.facts(i);
    let ended = facts.last().and_then(|last| last.ended.as_ref()).map(|(at, _)| *at);
    facts.landed.map(|(at, _)| at).or(ended.filter(|_| picture.standing(i).is_over()))
}

/// What happens to a task now; what its agent does inside as far as its stream says.
pub fn doing(picture: &Picture<'_>, i: usize) -> Option<String> {
    if let Some(words) = contest_words(picture, i) {
        return Some(words);
    }
    match picture.standing(i) {
        TaskStatus::Running => picture.doings.get(&picture.task(i).id).map(|doing| safe(doing)),
        TaskStatus::Gating => {
            let words = picture.words(i, picture.facts(i).last()?);
            let open = words.iter().filter(|word| matches!(word.check, Some(CheckState::Open)));
            let names: Vec<String> = open.map(|word| word.gate.name.to_string()).collect();
            Some(if names.is_empty() {
                "waiting for a place for its gates".to_owned()
            } else {
                format!("gates {}", names.join(", "))
            })
        }
        TaskStatus::Landing => picture.state.batch.as_ref().map(|batch| match batch.phase {
            BatchPhase::Merging => "being merged".to_owned(),
            BatchPhase::Checking { .. } => "gates on the merged tree".to_owned(),
            BatchPhase::Landing { .. } => "landing".to_owned(),
        }),
        _ => None,
    }
}

/// Gates of an attempt as they stand.
pub fn gates<'a>(picture: &'a Picture<'a>, i: usize, attempt: &Attempt) -> Vec<GateStatus<'a>> {
    let judgement = |word: &StateWord<'a>| match word.check {
        Some(CheckState::Judged(judgement)) => Some(judgement),
        _ => None,
    };
    let gate = |word: StateWord<'a>| GateStatus {
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
        Layer {
            n,
            branch,
            commit: head.map(|head| head.commit.clone()),
            pr: picture.state.pulls.get(&n).map(|pull| pull.number),
        }
    };
    (1..=last).map(layer).collect()
}

fn integration(picture: &Picture<'_>) -> Integration {
    let landed = !picture.state.heads.is_empty();
    Integration {
        branch: landed.then(|| names::integration_branch(&picture.state.info.run)),
        commit: landed.then(|| picture.state.top().commit.clone()),
        taken: picture.taken_onto.clone().filter(|_| landed),
    }
}

/// Conflicts that are left, in the plan's order.
pub fn conflicts<'a>(picture: &'a Picture<'a>) -> Vec<&'a Conflict> {
    let open = picture.that(|standing| *standing == TaskStatus::Conflicted);
    open.into_iter().filter_map(|i| picture.facts(i).clashed()?.conflict.as_ref()).collect()
}

/// A conflict with what solves it.
pub fn open_conflict<'a>(picture: &Picture<'_>, conflict: &'a Conflict) -> OpenConflict<'a> {
    let by_hand::Commands { before, after } = by_hand::commands(picture, conflict);
    let tried = picture.state.index(&conflict.task).map(|i| reason::tried(picture, i));
    OpenConflict {
        conflict,
        severity: by_hand::severity(conflict).word(),
        rungs: tried.unwrap_or_default(),
        commands: [before, after].concat(),
    }
}

/// Tasks that go no further without a person.
pub fn needs<'a>(picture: &'a Picture<'a>) -> Vec<Need<'a>> {
    let stuck = picture.that(|standing| matches!(standing, TaskStatus::Failed(_) | TaskStatus::Conflicted));
    let need = |i: usize| {
        let task = &picture.task(i).id;
        let command = match picture.standing(i) {
            TaskStatus::Conflicted => format!("git orca conflicts {task}"),
            _ => next_step::of_failed(picture, i).command,
        };
        let (task, reason) = (Some(task), reason::of(picture, i));
        Need { task, state: picture.standing(i).word(), reason, command, patience: None }
    };
    // What a red base or a person has stopped is over, and still waits for an answer.
    let stopped = matches!(picture.state.finished, Some((_, RunOutcome::Stopped)));
    let is_open =
        |it: &&Approval| !picture.state.is_over() || stopped || matches!(it.question, Question::BaseRed { .. });
    let mut waiting: Vec<&Approval> = picture.state.unanswered().filter(is_open).collect();
    waiting.sort_by_key(|approval| Patience::of(picture, approval).map(|it| it.priority));
    let asked = waiting.into_iter().map(|approval| match &approval.question {
        Question::BaseRed { .. } => {
            let why = reason::on_base(picture).join("; ");
            Need {
                task: None,
                state: "asked",
                reason: Some(why),
                command: question::BASE_RED.to_owned(),
                patience: None,
            }
        }
        other => Need {
            task: other.task(),
            state: "asked",
            reason: Some(question::words_of(picture.state, other)),
            command: format!("git orca approve {}", other.id()),
            patience: Patience::of(picture, approval),
        },
    });
    let missing = picture.state.missing.iter().map(|(gate, why)| Need {
        task: None,
        state: "paused",
        reason: Some(reason::missing(gate, why)),
        command: "git orca resume".to_owned(),
        patience: None,
    });
    let judged = |i: &usize| {
        *picture.standing(*i) != TaskStatus::Failed(Failure::Surroundings) || picture.state.missing.is_empty()
    };
    let stuck = stuck.into_iter().filter(judged);
    asked.chain(missing).chain(stuck.map(need)).chain(changed_judges(picture)).collect()
}

/// Landed work that touched what judged it.
fn changed_judges<'a>(picture: &'a Picture<'a>) -> Vec<Need<'a>> {
    let mut found = Vec::new();
    for i in picture.that(|standing| *standing == TaskStatus::Landed) {
        let Some(last) = picture.facts(i).last() else { continue };
        for word in picture.words(i, last) {
            let Some(CheckState::Judged(judgement)) = word.check else { continue };
            let said = checked::changed_judges(judgement).next();
            found.extend(said.map(|said| Need {
                task: Some(&picture.task(i).id),
                state: picture.standing(i).word(),
                reason: Some(format!("gate {}: {}", word.gate.name, reason::finding(said))),
                command: format!("git orca diff {}", picture.task(i).id),
                patience: None,
            }));
        }
    }
    found
}

/// Sums and rates of a run.
pub fn totals(picture: &Picture<'_>) -> Totals {
    let Timing { wall, sequential, bound } = Timing::of(picture);
    let usage = picture.state.usage();
    let mut review = Usage::default();
    picture.state.review_usage(|_| true).for_each(|used| review += used);
    let attempts = || picture.state.tasks.iter().flat_map(TaskState::all_attempts);
    let ended: Vec<&Attempt> = attempts().filter(|attempt| !attempt.is_open() && counts(attempt)).collect();
    let good = ended.iter().filter(|attempt| attempt.result().is_some()).count();
    let verdicts = picture.state.checks.values().filter_map(|check| match &check.state {
        CheckState::Judged(judgement) if judgement.verdict != Verdict::NotApplicable => Some(judgement.verdict),
        _ => None,
    });
    let verdicts: Vec<Verdict> = verdicts.collect();
    let passed = verdicts.iter().filter(|verdict| **verdict == Verdict::Pass).count();
    let conflicts = ConflictFigures::of(picture);
    Totals {
        tokens: usage.tokens(),
        cost_usd: usage.usd,
        review_tokens: review.tokens(),
        review_cost_usd: review.usd,
        wall,
        sequential,
        bound,
        agent_success_rate: share(good, ended.len()),
        gate_pass_rate: share(passed, verdicts.len()),
        conflicts_detected: conflicts.detected,
        conflicts_solved: conflicts.solved,
        retries: picture.state.tasks.iter().map(|task| task.attempts.len().saturating_sub(1)).sum(),
        figures: RunFigures::of(picture),
    }
}

#[cfg(test)]
mod tests;
