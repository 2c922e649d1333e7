//! What an agent is told: its complete task and its prompt, written when it starts.

use std::collections::BTreeMap;
use std::path::Path;

use super::clash;
use super::tokens::{self, Counted};
use crate::brief::{self, CompleteTask, Delivered, GateFailure, Inputs, Library, PromptInputs, Templates};
use crate::git;
use crate::graph::TaskIx;
use crate::journal::{Attempt, AttemptOutcome, Intended, Judgement, RunState, Subject};
use crate::model::{AttemptId, Error, Finding, GateDef, GateKind, GateName, Oid, Result, Role, Task, TaskId, secrets};
use crate::project::Project;
use crate::run::run_env::RunEnv;
use crate::run::worker::end_of_file;
use crate::schedule::RunContext;

/// Tokens of a complete task by default (DESIGN 10).
const BUDGET: usize = 20_000;
/// Bytes of a refusing gate's output that an agent gets besides the findings.
const LOG_TAIL: u64 = 4_000;
/// Dependencies whose delivery is told in detail. A task behind a barrier may have thousands.
const MAX_DELIVERED: usize = 40;
/// Bytes of an earlier attempt's patch that a fresh agent gets: about 5,000 tokens.
const MAX_DIFF: usize = 20_000;
/// Changed files named per dependency.
const MAX_FILES: usize = 12;

/// What agents are told besides their task; the same for all of a run.
#[derive(Debug, Default)]
pub struct Telling {
    /// The documents around the plan.
    pub library: Library,
    /// The repository.
    pub project: Project,
    /// Prompt templates.
    pub templates: Templates,
    /// Complete tasks that were given as they are (`execute DIR`), by id.
    pub given: BTreeMap<TaskId, CompleteTask>,
}

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

/// Gathers what an attempt has to know of earlier ones and of its dependencies.
pub fn earlier(course: &RunContext, state: &RunState, attempt: &AttemptId) -> Earlier {
    let Some(i) = state.index(&attempt.task) else { return Earlier::default() };
    let facts = &state.tasks[i];
    let before = (attempt.n as usize).checked_sub(2).and_then(|n| facts.attempts.get(n));
    let mut earlier = Earlier { hints: facts.words.clone(), ..Earlier::default() };
    if let Some(last) = before {
        let left = last.result().or(last.salvage.as_ref()).or(last.snapshot.as_ref());
        earlier.change = left.map(|left| (last.base.clone(), left.clone()));
        earlier.reason = match (last.failure(), &last.refused, &last.conflict) {
            (Some((_, reason)), _, _) => Some(reason.to_owned()),
            (_, Some(_), _) => Some("the merged tree is red with it; start from today's merged tree".to_owned()),
            (_, _, Some(conflict)) => {
                let paths: Vec<&str> = conflict.paths.iter().map(|path| path.path.as_str()).collect();
                Some(format!("it clashed with what landed before, in {}", paths.join(", ")))
            }
            _ => None,
        };
    }
    if let Some(judged) = last_judged(&facts.attempts, attempt.n) {
        let own = Subject::Attempt(AttemptId { task: attempt.task.clone(), n: judged.n });
        let subject = judged.refused.as_ref().map_or(own, |refusal| refusal.subject.clone());
        earlier.failures = refused_by(&state.info.options.gates, state, &subject);
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
/// work, however many attempts leave nothing in between.
fn last_judged(attempts: &[Attempt], n: u32) -> Option<&Attempt> {
    attempts.iter().rev().filter(|it| it.n < n).find(|it| it.result().is_some())
}

fn refused_by(gates: &[GateDef], state: &RunState, subject: &Subject) -> Vec<Refusal> {
    let refusal = |gate: &GateDef| {
        let judgement = state.judgement(subject, &gate.name)?.clone();
        let commit = state.check(subject, &gate.name)?.commit.clone();
        let blocks = !gate.lets_through(judgement.verdict);
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

impl Telling {
    /// The complete task as it is before anything ran.
    pub fn complete(&self, task: &Task, delivered: &[Delivered], gates: &[GateDef]) -> CompleteTask {
        if let Some(given) = self.given.get(&task.id) {
            return with_delivered(given.clone(), delivered);
        }
        self.within(BUDGET, task, delivered, gates)
    }

    fn within(&self, budget: usize, task: &Task, delivered: &[Delivered], gates: &[GateDef]) -> CompleteTask {
        brief::complete(&Inputs {
            task,
            library: &self.library,
            dependencies: delivered,
            project: &self.project,
            gates,
            budget,
            count: brief::estimate,
        })
    }

    /// As [`Telling::complete`], within the budget by a real count where the guess could be wrong; `before` is an earlier
    /// version of it that was counted.
    pub fn counted(
        &self,
        task: &Task,
        delivered: &[Delivered],
        gates: &[GateDef],
        before: Option<&Counted>,
    ) -> CompleteTask {
        let again = |budget: usize| self.within(budget, task, delivered, gates);
        let complete = self.complete(task, delivered, gates);
        match before {
            Some(before) if before.bounds(&complete.to_json(), BUDGET) => complete,
            _ => tokens::within(BUDGET, complete, again),
        }
    }

    /// As [`Telling::counted`] for many tasks, which are counted together.
    pub fn counted_all(&self, tasks: &[(&Task, Vec<Delivered>)], gates: &[GateDef]) -> Vec<CompleteTask> {
        let mut complete: Vec<CompleteTask> =
            tasks.iter().map(|(task, delivered)| self.complete(task, delivered, gates)).collect();
        let again = |n: usize, budget: usize| self.within(budget, tasks[n].0, &tasks[n].1, gates);
        tokens::all_within(BUDGET, &mut complete, again);
        complete
    }

    /// Writes the complete task and the prompt of an attempt: the findings alone for an agent that goes on in its
    /// session (`resumes`), else the complete task with diff and findings.
    ///
    /// # Errors
    /// The disk refuses, or a template of the project is wrong.
    pub fn write(
        &self,
        site: &RunEnv,
        task: &Task,
        intended: &Intended,
        earlier: &Earlier,
        resumes: bool,
        prompt_file: &Path,
    ) -> Result<()> {
        let delivered: Vec<Delivered> = earlier.delivered.iter().map(|work| told(site, work)).collect();
        let before = std::fs::read_to_string(site.paths.task_file(&task.id)).ok().as_deref().and_then(Counted::read);
        let complete = self.counted(task, &delivered, &site.info.options.gates, before.as_ref());
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
            cycle: &[brief::cycle(site.info.options.tdd, task, intended.role), share(intended)].concat(),
            gates: &[],
            unread: &[],
        };
        let text = match resumes {
            true if !merges => brief::findings(&inputs)?,
            _ => brief::prompt(intended.role, &inputs, &self.templates)?,
        };
        write(&site.paths.task_file(&intended.attempt.task), &complete.to_json())?;
        write(prompt_file, &text)
    }
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

/// A given task with what its dependencies have delivered since.
fn with_delivered(mut complete: CompleteTask, delivered: &[Delivered]) -> CompleteTask {
    for now in delivered {
        let known = complete.complete_context.dependencies.iter_mut().find(|known| known.task_id == now.task_id);
        match known {
            Some(known) => known.delivered.clone_from(&now.delivered),
            None => complete.complete_context.dependencies.push(now.clone()),
        }
    }
    complete
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

/// Replaces a file: readers see the old text or the new, never half of it, and no secret.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let doing = |e: std::io::Error| Error::failed(format!("writing `{}`", path.display()), e);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(doing)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(doing)?;
    std::io::Write::write_all(&mut file, secrets::current().redact(text).as_bytes()).map_err(doing)?;
    crate::model::crash::point("file.replace.before");
    file.persist(path).map_err(|e| doing(e.error))?;
    crate::model::crash::point("file.replace.after");
    Ok(())
}
