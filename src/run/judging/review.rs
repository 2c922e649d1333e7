//! A reviewing agent at work: it reads one commit in a clean worktree that it cannot write to, and answers in a form.
//!
//! Whatever keeps it from that (its time, its provider, an answer that cannot be read, a file that it changed all the
//! same) is *unchecked*; only its answer can pass or refuse (`gate::answered`).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::asking::{self, ReviewAsked, ReviewQuestion};
use super::job::CheckJob;
use crate::agent::{self, Ending};
use crate::brief::{self, PromptInputs};
use crate::gate::{self, Diff, Judged};
use crate::git::{self, Baseline};
use crate::journal::{Event, RunPaths, RunState, Subject};
use crate::model::{
    Allowance, Error, Finding, GateDef, GateName, GatePhase, Place as At, Result, Role, Task, TaskKind, Usage,
};
use crate::process;
use crate::run::run_env::RunEnv;
use crate::run::work::listen::resolved;
use crate::run::work::slot::{self, Purpose};
use crate::run::worker::{blocking, one_line, write};
use crate::settings::trust::acceptance_command;

/// Bytes of the change that the prompt shows: about 15,000 tokens. The agent can look at the rest itself.
const MOST_DIFF: usize = 60_000;

/// What came of a review.
pub enum Reviewed {
    /// It was read, or cannot be.
    Judged {
        /// The judgement.
        judged: Judged,
        /// Wall time, seconds.
        seconds: f64,
        /// Its output, relative to the run's folder.
        log: String,
    },
    /// Its provider takes no more for now.
    PutOff(PutOffReview),
}

/// A review that is to be asked for again.
pub struct PutOffReview {
    /// Who asks for the pause; empty where nobody knows.
    pub provider: String,
    /// Not before then.
    pub until: Timestamp,
    /// One line for people.
    pub why: String,
    /// What was used in vain.
    pub used: Usage,
}

/// Has a commit read by the gate's reviewing agent.
///
/// # Errors
/// No worktree can be made ready, or a template of the project is wrong.
pub async fn perform(
    site: &Arc<RunEnv>,
    job: &CheckJob,
    reviewer: &str,
    others: &[String],
    may: Allowance,
    diff: &Arc<Diff>,
) -> Result<Reviewed> {
    let log = log_of(job);
    let ready = blocking(site, {
        let (slot, purpose) = (job.slot.clone(), Purpose::Gate { commit: diff.head.clone() });
        move |site| slot::prepare(site, &slot, &purpose)
    })
    .await??;
    let task = job.task.clone().map_or_else(|| made_up(diff), Ok)?;
    let prompt_file = site.log(&format!("{}-prompt.md", log.trim_end_matches(".log")));
    let prompt_file = prompt_file.map_err(|e| Error::failed("making a prompt's folder", e))?;
    tell(site, &task, others, diff, &prompt_file)?;
    let question = ReviewQuestion {
        attempt: if let Subject::Attempt(attempt) = &job.subject { Some(attempt) } else { None },
        base: &job.base,
        timeout: job.gate.timeout,
        schema: brief::REVIEW,
        stop: &job.stop,
    };
    let asked = asking::ask(site, &question, reviewer, &ready, &task, &log, &prompt_file, may).await?;
    let used = asked.told.usage;
    let disturbed = blocking(site, {
        let (slot, commit) = (ready.slot.clone(), diff.head.clone());
        move |site| git::disturbed(&site.repo, &slot, &commit, &Baseline::default(), &|_| false)
    })
    .await?;
    let mut judged = match (disturbed, &asked.ending) {
        (Err(error), _) => Judged::unchecked(one_line(&error)),
        (Ok(Some(path)), _) => {
            Judged::unchecked(format!("`{reviewer}` changed a file that it was only to read: `{path}`"))
        }
        (Ok(None), Ending::RateLimited { reset, why }) => {
            let (until, why) = (resolved(Timestamp::now(), *reset), why.clone());
            return Ok(Reviewed::PutOff(PutOffReview { provider: asked.provider, until, why, used }));
        }
        (Ok(None), _) => judged(site, &asked, reviewer, job, diff, may),
    };
    judged.measured.usage = (used != Usage::default()).then(|| Box::new(used));
    Ok(Reviewed::Judged { judged, seconds: asked.ended.wall.as_secs_f64(), log })
}

/// The prompt, written.
fn tell(site: &RunEnv, task: &Task, others: &[String], diff: &Diff, file: &std::path::Path) -> Result<()> {
    let complete = site.telling.complete(task, &[], &site.info.options.gates);
    let unread: Vec<String> =
        task.acceptance.iter().filter(|text| acceptance_command(text).is_none()).cloned().collect();
    let patch = git::patch(&site.repo, &diff.base, &diff.head, MOST_DIFF)?;
    let inputs = PromptInputs {
        task: &complete,
        failures: &[],
        reason: None,
        diff: &patch,
        hints: &[],
        conflict: None,
        cycle: "",
        gates: others,
        unread: &unread,
    };
    write(file, &brief::prompt(Role::Review, &inputs, &site.telling.templates)?)
}

fn judged(site: &RunEnv, asked: &ReviewAsked, name: &str, job: &CheckJob, diff: &Diff, may: Allowance) -> Judged {
    let unchecked = |why: &str| Judged::unchecked(format!("the reviewing agent `{name}`: {why}"));
    match &asked.ending {
        _ if asked.over => unchecked(&format!("it reached its limit ({})", asking::in_words(may))),
        Ending::Finished | Ending::Denied(_) => {
            let mut judged = gate::answered(name, asked.answer.as_deref().unwrap_or_default(), diff);
            if is_author(site, name, job) {
                judged.reason.push_str("; it is of the same agent and model as the author");
            }
            judged
        }
        Ending::Refused { why, fix } => {
            if !asked.provider.is_empty() {
                site.tell(Event::ProviderBroken { provider: asked.provider.clone(), fix: fix.clone() });
            }
            unchecked(&format!("{why}; {fix}"))
        }
        Ending::Stopped => unchecked("it was stopped on request"),
        _ if asked.ended.end == process::End::WallLimit => {
            unchecked(&format!("it timed out after {} s", job.gate.timeout))
        }
        Ending::Retryable(why)
        | Ending::Unavailable(why)
        | Ending::RateLimited { why, .. }
        | Ending::OutOfTurns(why)
        | Ending::OverBudget(why)
        | Ending::SessionLost(why)
        | Ending::Fatal(why) => unchecked(&format!("{why} ({})", asked.agent.name())),
    }
}

/// Whether author and reviewer are the same: allowed where somebody wrote so, and said.
fn is_author(site: &RunEnv, reviewer: &str, job: &CheckJob) -> bool {
    let options = &site.info.options;
    let author = match &job.task {
        Some(task) if task.run.is_some() => return false,
        _ => options.agent.as_str(),
    };
    !author.is_empty() && agent::same(author, options.agents.get(author), reviewer, options.agents.get(reviewer))
}

/// A commit that belongs to no task of a plan: what it says of itself is what it is for.
fn made_up(diff: &Diff) -> Result<Task> {
    let details: Vec<String> =
        diff.commits.iter().map(|said| format!("{}\n\n{}", said.subject, said.body).trim().to_owned()).collect();
    Ok(Task {
        named: Default::default(),
        id: "commit".parse()?,
        key: diff.head.short().to_owned(),
        title: diff.commits.first().map_or_else(|| "A change".to_owned(), |said| said.subject.clone()),
        kind: TaskKind::Change,
        done: false,
        optional: false,
        at: At::new(String::new(), 0),
        group: String::new(),
        files: Vec::new(),
        needs: BTreeMap::new(),
        after: Vec::new(),
        run: None,
        details: details.join("\n\n"),
        acceptance: Vec::new(),
        estimate: None,
        priority: 50,
        agent: None,
        model: None,
        role: None,
        candidates: None,
        labels: Vec::new(),
        pick: None,
    })
}

fn log_of(job: &CheckJob) -> String {
    let gate = &job.gate.name;
    match &job.subject {
        Subject::Attempt(attempt) => format!("{}/gate-{gate}-agent.log", RunPaths::attempt_logs(attempt)),
        _ => format!("logs/gate-{gate}-agent.log"),
    }
}

/// What is said where the agent was not asked.
pub fn not_asked(reviewer: &str, why: &str) -> Judged {
    Judged::unchecked(format!("the reviewing agent `{reviewer}` was not asked: {why}"))
}

/// What is said where the agent was asked and its provider let it say nothing.
pub fn in_vain(reviewer: &str, why: &str) -> Judged {
    Judged::unchecked(format!("the reviewing agent `{reviewer}`: {why}"))
}

/// What the gate's own rules remarked and what the agent says, together: the agent's word is the last.
pub fn together(own: Vec<Finding>, mut reviewed: Judged) -> Judged {
    let said = std::mem::take(&mut reviewed.findings);
    reviewed.findings = said.into_iter().chain(own).collect();
    reviewed
}

/// What the other gates said of a subject, a line each.
pub fn said_by_others(state: &RunState, subject: &Subject, gate: &GateName) -> Vec<String> {
    let gates = state.info.options.gates.iter();
    let others = gates.filter(|other| matches!(other.on, GatePhase::Task | GatePhase::Both));
    let others = others.filter(|other| other.name != *gate && other.reviewer.is_none());
    let said = |other: &GateDef| {
        let judgement = state.judgement(subject, &other.name)?;
        Some(gate_line(other, judgement.verdict.word(), &judgement.reason))
    };
    others.filter_map(said).collect()
}

/// What one gate said, in a line.
pub fn gate_line(gate: &GateDef, verdict: &str, reason: &str) -> String {
    let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("{}: {verdict}{why}", gate.name)
}
