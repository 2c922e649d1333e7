//! What an attempt is told: its complete task and its prompt, with what earlier attempts and dependencies left.

use std::collections::BTreeMap;
use std::path::Path;

use super::clash;
use super::sparse;
use super::telling::BUDGET;
use super::tokens::Counted;
use crate::brief::{self, Delivered, GateFailure, PromptInputs};
use crate::git;
use crate::graph::TaskIx;
use crate::journal::{Attempt, AttemptOutcome, FailClass, Intended, Judgement, RunState, Subject};
use crate::model::{AttemptId, Finding, GateDef, GateKind, GateName, Oid, Result, Role, Task, TaskId, Verdict};
use crate::run::run_env::RunEnv;
use crate::run::worker::{end_of_file, write};
use crate::schedule::RunContext;

/// Bytes of a refusing gate's output that an agent gets besides the findings.
const LOG_TAIL: u64 = 4_000;
/// Dependencies whose delivery is told in detail. A task behind a barrier may have thousands.
const MAX_DELIVERED: usize = 40;
/// Bytes of an earlier attempt's patch that a fresh agent gets: about 5,000 tokens.
const MAX_DIFF: usize = 20_000;
/// Changed files named per dependency.
const MAX_FILES: usize = 12;

/// What a dependency left behind.
#[derive(Debug, Clone)]
struct Work {
    task: TaskId,
    title: String,
    change: Option<(Oid, Oid)>,
}

/// A gate that refused, and the commit that it judged.
#[derive(Debug, Clone)]
struct Refusal {
    gate: GateName,
    kind: GateKind,
    judgement: Judgement,
    commit: Oid,
    /// Whether an agent judged: of what it wrote only what could be checked is told.
    by_agent: bool,
}

/// What earlier attempts and dependencies left.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    failures: Vec<Refusal>,
    reason: Option<String>,
    hints: Vec<String>,
    /// From where the last attempt began to what it left.
    change: Option<(Oid, Oid)>,
    delivered: Vec<Work>,
    /// The clash that the attempt is made because of.
    clash: Option<clash::Known>,
}

impl Earlier {
    /// Whether nothing was wrong with what the last attempt left: a person said something about it.
    pub fn is_for_word(&self) -> bool {
        !self.hints.is_empty() && self.failures.is_empty() && self.reason.is_none() && self.clash.is_none()
    }
}

impl Earlier {
    /// The task's earlier work that clashed with what had landed, where the task is done again because of that.
    pub fn work_that_clashed(&self) -> Option<Oid> {
        self.clash.as_ref().map(|clash| clash.own().1)
    }
}

/// Gathers what an attempt has to know of earlier ones and of its dependencies.
pub fn earlier(course: &RunContext, state: &RunState, attempt: &AttemptId) -> Earlier {
    let Some(i) = state.index(&attempt.task) else { return Earlier::default() };
    let facts = &state.tasks[i];
    // Of one whose session was gone there is nothing to tell: it did nothing.
    let lost = |it: &&Attempt| matches!(it.failure(), Some((FailClass::SessionLost, _)));
    let before = facts.attempts.iter().rev().filter(|it| it.n < attempt.n).find(|it| !lost(it));
    let told = facts.words.iter().filter(|word| word.told.contains(&attempt.n));
    let mut earlier = Earlier { hints: told.map(|word| word.text.clone()).collect(), ..Earlier::default() };
    if let Some(last) = before {
        let left = last.result().or(last.salvage.as_ref()).or(last.snapshot.as_ref());
        earlier.change = left.map(|left| (last.base.clone(), left.clone()));
        earlier.reason = match (last.failure(), &last.refused, &last.conflict) {
            (Some((_, reason)), _, _) => Some(reason.to_owned()),
            (_, Some(_), _) => Some("the merged tree is red with it; start from today's merged tree".to_owned()),
            (_, _, Some(conflict)) => {
                let paths: Vec<&str> = conflict.paths.iter().map(|path| path.path.as_str()).collect();
                Some(format!("it conflicted with earlier landed work, in {}", paths.join(", ")))
            }
            _ => None,
        };
    }
    if let Some(judged) = last_judged(state, i, attempt.n) {
        let id = || AttemptId { task: attempt.task.clone(), n: judged.n };
        let subject = judged.refused.as_ref().map_or_else(|| Subject::Attempt(id()), |it| it.subject.clone());
        let of = |subject: &Subject| refused_by(&state.info.options.gates, state, subject);
        earlier.failures = of(&subject);
        // That nobody could tell whether tests are red says nothing about them.
        let red = |refusal: &Refusal| refusal.judgement.verdict == Verdict::Fail;
        earlier.failures.extend(of(&Subject::Phase(id())).into_iter().filter(red));
    }
    earlier.clash = clash::known(state, attempt);
    if let Some(clash) = &earlier.clash {
        earlier.change = Some(clash.own());
    }
    let dependencies = course.graph.dependencies(TaskIx(i as u32));
    earlier.delivered = dependencies.into_iter().take(MAX_DELIVERED).map(|ix| work(state, ix.index())).collect();
    earlier
}

/// The attempt before the `n`th whose work was judged last: what gates refused stays true until they have judged other
/// work, however many attempts leave nothing in between. The tests of a test phase that are not red are no result of it.
fn last_judged(state: &RunState, i: usize, n: u32) -> Option<&Attempt> {
    let task = &state.info.tasks[i].id;
    let tests = |it: &Attempt| Subject::Phase(AttemptId { task: task.clone(), n: it.n });
    let judged = |it: &&Attempt| {
        it.result().is_some()
            || state.info.options.gates.iter().any(|gate| state.judgement(&tests(it), &gate.name).is_some())
    };
    state.tasks[i].attempts.iter().rev().filter(|it| it.n < n).find(judged)
}

fn refused_by(gates: &[GateDef], state: &RunState, subject: &Subject) -> Vec<Refusal> {
    let refusal = |gate: &GateDef| {
        let judgement = state.judgement(subject, &gate.name)?.clone();
        let commit = state.check(subject, &gate.name)?.commit.clone();
        let blocks = !judgement.is_let_through(gate);
        let by_agent = gate.reviewer.is_some();
        blocks.then(|| Refusal { gate: gate.name.clone(), kind: gate.kind, judgement, commit, by_agent })
    };
    gates.iter().filter_map(refusal).collect()
}

fn work(state: &RunState, i: usize) -> Work {
    let task = &state.info.tasks[i];
    let changed = |last: &&Attempt| matches!(last.ended, Some((_, AttemptOutcome::Committed { .. })));
    let last = state.tasks[i].last().filter(changed);
    let change = last.and_then(|last| Some((last.base.clone(), last.result()?.clone())));
    Work { task: task.id.clone(), title: task.title.clone(), change }
}

/// Writes the complete task and the prompt of an attempt: the findings alone for an agent that goes on in its
/// session (`resumes`), else the complete task with diff and findings. `symbols` is what the task's files define.
///
/// # Errors
/// The disk refuses, or a template of the project is wrong.
pub fn write_prompt(
    site: &RunEnv,
    task: &Task,
    intended: &Intended,
    earlier: &Earlier,
    resumes: bool,
    symbols: &[String],
    prompt_file: &Path,
) -> Result<()> {
    let delivered: Vec<Delivered> = earlier.delivered.iter().map(|work| told(site, work)).collect();
    let before = std::fs::read_to_string(site.paths.task_file(&task.id)).ok().as_deref().and_then(Counted::read);
    let mut complete = site.telling.counted(task, &delivered, &site.info.options.gates, before.as_ref());
    complete.add_symbols(symbols, BUDGET, brief::estimate);
    let failures: Vec<GateFailure> = earlier.failures.iter().map(|refusal| failure(site, refusal)).collect();
    let diff = earlier.change.as_ref().filter(|_| !resumes);
    // Worth having, and not worth failing for.
    let diff = diff.and_then(|(base, left)| git::patch(&site.repo, base, left, MAX_DIFF).ok()).unwrap_or_default();
    let merges = intended.role == Role::Resolve;
    let conflict = earlier.clash.as_ref().map(|clash| clash.told(site, !merges));
    let inputs = PromptInputs {
        task: &complete,
        failures: &failures,
        reason: earlier.reason.as_deref(),
        diff: &diff,
        hints: &earlier.hints,
        conflict: conflict.as_ref(),
        cycle: &[
            brief::cycle(site.info.options.tdd, task, intended.role),
            share(intended),
            sparse::told(site).to_owned(),
        ]
        .concat(),
        gates: &[],
        unread: &[],
    };
    let text = match resumes {
        true if earlier.is_for_word() => brief::afterthought(&inputs)?,
        true if !merges => brief::findings(&inputs)?,
        _ => brief::prompt(intended.role, &inputs, &site.telling.templates)?,
    };
    write(&site.paths.task_file(&intended.attempt.task), &complete.to_json())?;
    write(prompt_file, &text)
}

/// What is set aside for the attempt, as a hint to its agent: it is no limit while the run's budget lasts.
fn share(intended: &Intended) -> String {
    let tokens = intended.reserved.tokens.map(|n| format!("{n} tokens"));
    let usd = intended.reserved.usd.map(|usd| format!("${usd:.2}"));
    let all: Vec<String> = tokens.into_iter().chain(usd).collect();
    if all.is_empty() {
        return String::new();
    }
    format!(
        "\nAbout {} are set aside for this task. Work economically, and commit what is finished early: when the budget of the whole run is used up, you are stopped.\n",
        all.join(" and ")
    )
}

fn failure(site: &RunEnv, refusal: &Refusal) -> GateFailure {
    let found = &refusal.judgement;
    let log_tail = match found.log.as_str() {
        _ if refusal.by_agent && !found.findings.is_empty() => String::new(),
        log if log.is_empty() || refusal.by_agent => found.reason.clone(),
        log => end_of_file(&site.paths.root().join(log), LOG_TAIL),
    };
    let lines = match refusal.kind {
        // A secret that is shown once more lies in one place more.
        GateKind::Security => Vec::new(),
        _ => source_lines(site, &refusal.commit, &found.findings),
    };
    GateFailure {
        gate: refusal.gate.clone(),
        verdict: found.verdict,
        findings: found.findings.clone(),
        lines,
        log_tail,
    }
}

/// The lines that findings are about, as the judged commit has them. Worth having, and not worth failing for.
fn source_lines(site: &RunEnv, commit: &Oid, findings: &[Finding]) -> Vec<String> {
    let mut texts: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let mut lines = Vec::new();
    for finding in findings {
        let read = || site.repo.file_at(commit, &finding.file).unwrap_or_default();
        let text = String::from_utf8_lossy(texts.entry(&finding.file).or_insert_with(read));
        let line = (finding.line as usize).checked_sub(1).and_then(|n| text.lines().nth(n));
        lines.push(line.unwrap_or_default().to_owned());
    }
    lines
}

fn told(site: &RunEnv, work: &Work) -> Delivered {
    let files =
        work.change.as_ref().and_then(|(base, commit)| site.repo.changed(base, commit).ok()).unwrap_or_default();
    let mut delivered = work.title.clone();
    if let Some((_, commit)) = &work.change {
        delivered.push_str(&format!(" (commit {})", commit.short()));
    }
    for change in files.iter().take(MAX_FILES) {
        delivered.push_str(&format!("\n{} +{} -{}", change.path, change.added, change.removed));
    }
    if files.len() > MAX_FILES {
        delivered.push_str(&format!("\nand {} more files", files.len() - MAX_FILES));
    }
    Delivered { task_id: work.task.to_string(), delivered }
}
