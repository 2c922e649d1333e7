//! A reviewing agent is asked something: it may read, writes nothing, and answers in a form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::agent::{self, Agent, Ending, Job, Transcript};
use crate::model::{AgentDef, AgentEvent, Allowance, AttemptId, Error, Oid, Result, Task};
use crate::process::{self, Ended, Extras, StopSignal};
use crate::run::run_env::{Place, RunEnv};
use crate::run::work::fence::{self, Inside};
use crate::run::work::ready::Ready;
use crate::run::worker::end_of_file;

/// Bytes of its output in which the answer is looked for, from the end.
const MOST_OUTPUT: u64 = 1 << 20;

/// What is asked, and how long the answer may take.
pub struct ReviewQuestion<'q> {
    /// The attempt that it is about, where that is one.
    pub attempt: Option<&'q AttemptId>,
    /// What changes are counted from.
    pub base: &'q Oid,
    /// Seconds.
    pub timeout: u64,
    /// JSON Schema of the answer.
    pub schema: &'static str,
    /// Asks it to end.
    pub stop: &'q StopSignal,
}

/// An agent's run.
pub struct ReviewAsked {
    pub agent: &'static dyn Agent,
    pub ending: Ending,
    pub ended: Ended,
    pub told: Transcript,
    pub answer: Option<String>,
    pub provider: String,
    /// It used more than it may.
    pub over: bool,
}

/// Asks `reviewer` what stands in `prompt_file`, in the worktree that is ready.
///
/// # Errors
/// Its files cannot be written, or it has no command.
#[expect(clippy::too_many_arguments, reason = "where and what it reads, and where it writes")]
pub async fn ask(
    site: &Arc<RunEnv>,
    question: &ReviewQuestion<'_>,
    reviewer: &str,
    ready: &Ready,
    task: &Task,
    log: &str,
    prompt_file: &Path,
    may: Allowance,
) -> Result<ReviewAsked> {
    let def = agent::defined(reviewer, site.info.options.agents.get(reviewer));
    let agent = agent::find(reviewer, Some(&def));
    let provider = agent.provider().map_or_else(String::new, |own| def.provider.clone().unwrap_or(own.to_owned()));
    let described = describe(site, question, agent, def, ready, task, log, prompt_file, may)?;
    let (spec, _) = agent.command(&described)?;
    let spec = fence::around(site, ready, spec, Inside::Reviewer)?;
    let stop = question.stop.below();
    let (send, receive) = mpsc::unbounded_channel();
    let extras = Extras { lines: agent.has_stream().then_some(send), ..Extras::default() };
    let running = site.perform(&ready.slot, spec, stop.clone(), |_| {}, extras);
    let listening = listen(agent.reader(&described), receive, may, stop);
    let (mut ended, (told, over)) = tokio::join!(running, listening);
    ended.end = fence::seen_through(site, ended.end);
    let review = described.review.as_ref();
    let left = review.and_then(|review| std::fs::read_to_string(&review.answer_file).ok());
    let left = left.filter(|text| !text.trim().is_empty());
    let answer = left.or_else(|| agent.answer(&end_of_file(&described.log, MOST_OUTPUT)));
    Ok(ReviewAsked { agent, ending: agent.judge(&ended.end, &told), ended, told, answer, provider, over })
}

#[expect(clippy::too_many_arguments, reason = "everything that a command depends on")]
fn describe<'t>(
    site: &RunEnv,
    question: &ReviewQuestion<'_>,
    agent: &dyn Agent,
    def: AgentDef,
    ready: &Ready,
    task: &'t Task,
    log: &str,
    prompt_file: &Path,
    allowance: Allowance,
) -> Result<Job<'t>> {
    let attempt = question.attempt;
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: question.base.as_str(), attempt };
    let review = agent::ReviewJob {
        schema: question.schema,
        schema_file: ready.tmp.join("review-schema.json"),
        answer_file: ready.tmp.join("review-answer.json"),
    };
    let failed = |e: std::io::Error| Error::failed("preparing a review", e);
    std::fs::write(&review.schema_file, review.schema).map_err(failed)?;
    match std::fs::remove_file(&review.answer_file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let mut pass = def.env.clone();
    pass.extend(agent::variables(agent, &def).into_iter().map(str::to_owned));
    let mut env = site.environment(&place, &pass);
    let text = |path: &Path| path.display().to_string();
    env.insert("ORCA_PROMPT_FILE".to_owned(), text(prompt_file));
    env.insert("ORCA_SCHEMA_FILE".to_owned(), text(&review.schema_file));
    env.insert("ORCA_ANSWER_FILE".to_owned(), text(&review.answer_file));
    let timeout = def.timeout.map_or(question.timeout, |own| own.min(question.timeout));
    Ok(Job {
        task,
        n: attempt.map_or(1, |attempt| attempt.n),
        def: AgentDef { timeout: Some(timeout), ..def },
        worktree: ready.slot.path.clone(),
        folder: ready.slot.path.clone(),
        shared: Vec::new(),
        task_file: site.paths.task_file(&task.id),
        prompt_file: prompt_file.to_owned(),
        spoken: None,
        script_file: PathBuf::new(),
        log: site.log(log).map_err(failed)?,
        env,
        resume: None,
        allowance,
        prices: site.info.options.prices.clone(),
        root: process::is_root(),
        review: Some(review),
    })
}

/// Listens to the end; ends an agent that uses more than it may.
async fn listen(
    mut reader: Box<dyn agent::StreamReader>,
    mut lines: mpsc::UnboundedReceiver<String>,
    may: Allowance,
    stop: StopSignal,
) -> (Transcript, bool) {
    let (mut told, mut over) = (Transcript::default(), false);
    while let Some(line) = lines.recv().await {
        for say in reader.read(&line) {
            told.hear(&say);
            let used = told.usage;
            over |= may.tokens.is_some_and(|may| used.tokens() > may) || may.usd.is_some_and(|may| used.usd > may);
            if over || matches!(say, AgentEvent::Refused { .. }) {
                stop.now();
            }
        }
    }
    (told, over)
}

/// What it may use, in words.
pub fn in_words(may: Allowance) -> String {
    let tokens = may.tokens.map(|n| format!("{n} tokens"));
    let usd = may.usd.map(|usd| format!("{usd:.2} US dollars"));
    tokens.into_iter().chain(usd).collect::<Vec<_>>().join(", ")
}
