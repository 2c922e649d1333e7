//! Gates on a commit, alone: no run, no journal, no writer's lock, so that it works beside a run and in any CI.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::check::{self, Answer, Said};
use super::job::{CheckJob, Review, refused_by};
use super::review::{gate_line, in_vain};
use crate::gate::{Attestation, Judged, Stage};
use crate::git::{self, Repo};
use crate::journal::{FORMAT, LeftOut, PlanRef, RunStarted, Store, Subject};
use crate::model::{Error, GateDef, GateName, Oid, Result, RunId, RunOptions, Task};
use crate::run::engine::begin::this_host;
use crate::run::run_env::RunEnv;
use crate::run::sealing;
use crate::run::work::copies::Copies;
use crate::run::work::telling::Telling;
use crate::run::worker::one_line;

/// Logs of earlier validations that are kept.
const KEPT: usize = 20;

/// What is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The commit.
    pub commit: Oid,
    /// What its changes are counted from.
    pub base: Oid,
    /// What it is: an attempt, a head, or just a commit.
    pub subject: Subject,
    /// What it is for the gates.
    pub stage: Stage,
    /// The same in words: `task greet, attempt 2`.
    pub words: String,
    /// The task whose work it is.
    pub task: Option<Task>,
    /// Whether it is the result of a run, which gates of the end judge too.
    pub is_last: bool,
}

/// What one gate said.
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// The gate.
    pub gate: GateDef,
    /// Its judgement.
    pub judged: Judged,
    /// Seconds its commands took.
    pub seconds: f64,
    /// Whether an earlier result for the same tree was used.
    pub cached: bool,
    /// Its output; none when nothing ran.
    pub log: Option<PathBuf>,
}

impl Validated {
    /// Whether it keeps the commit back.
    pub fn refuses(&self) -> bool {
        !self.gate.lets_through(self.judged.verdict)
    }
}

/// Where gates run.
pub struct ValidateInputs {
    /// The repository.
    pub repo: Repo,
    /// Where logs and results are kept.
    pub store: Store,
    /// Folder for the worktrees.
    pub slots: PathBuf,
    /// Settings in force, with the gates to run.
    pub options: RunOptions,
    /// Ignored files that worktrees get.
    pub copies: Copies,
    /// Whether earlier results count.
    pub cache: bool,
    /// Whether the evidence is recorded: not when only some of the gates are asked.
    pub evidence: bool,
}

/// Runs every gate of the options on `wanted`, as many at once as they allow, and leaves the evidence as a note on the
/// commit. Answers come in the order of the gates.
///
/// # Errors
/// The commit cannot be read, or notes cannot be written. What a gate cannot check is a verdict, no error.
pub fn validate(ground: ValidateInputs, id: RunId, wanted: &Wanted) -> Result<Vec<Validated>> {
    let tree = ground.repo.tree_of(&wanted.commit)?;
    forget_old(&ground.store.validations());
    let gates = ground.options.gates.clone();
    let at_once = ground.options.checks.max(1) as usize;
    // What is asked inside an attempt is for the agent's eyes only.
    let evidence = ground.evidence && !sealing::is_inside(ground.repo.common_dir());
    let site = site(ground, id, wanted)?;
    let runtime = crate::run::engine::begin::runtime()?;
    let found = runtime.block_on(all(&site, &gates, at_once, wanted, &tree))?;
    git::empty_trash(&site.slots);
    git::empty_trash(&site.gate_slots);
    if !evidence {
        return Ok(found);
    }
    let said = |gate: &GateName| {
        let one = found.iter().find(|one| one.gate.name == *gate)?;
        Some((one.judged.verdict, one.judged.reason.clone(), one.seconds))
    };
    let what = (wanted.stage, wanted.words.clone());
    let attestation =
        Attestation::new((wanted.commit.clone(), tree), what, String::new(), Timestamp::now(), &gates, said);
    git::write_notes(&site.repo, &[(wanted.commit.clone(), attestation.to_note(&site.seal))])?;
    Ok(found)
}

fn site(ground: ValidateInputs, id: RunId, wanted: &Wanted) -> Result<Arc<RunEnv>> {
    let info = RunStarted {
        unread: Vec::new(),
        format: FORMAT,
        run: id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: this_host(),
        plan: PlanRef { path: String::new(), paths: Vec::new(), kind: String::new(), digest: String::new() },
        base: wanted.base.clone(),
        base_tree: wanted.base.clone(),
        base_name: String::new(),
        tasks: Vec::new(),
        barriers: Vec::new(),
        layers: Vec::new(),
        left_out: LeftOut::default(),
        marked: Vec::new(),
        left_alone: Vec::new(),
        not_chosen: Vec::new(),
        reading: None,
        tree: String::new(),
        expected: Vec::new(),
        slots: ground.slots.display().to_string(),
        options: ground.options,
    };
    // Nobody listens: a validation has no journal, and what goes wrong is in its verdicts.
    let (nobody, _) = mpsc::channel();
    let inside = sealing::is_inside(ground.repo.common_dir());
    let seal = sealing::lasting_seal(&crate::process::env::current(), ground.repo.common_dir())?;
    let paths = ground.store.validation(&info.run);
    ground.store.make_private()?;
    git::freeze_config(&ground.repo, &paths.root().join("gitconfig"))?;
    let mut site =
        RunEnv::new(ground.repo, &ground.store, Arc::new(info), Telling::default(), ground.copies, seal, nobody)?;
    site.paths = paths;
    if !ground.cache {
        site.cache = site.cache.unread();
    }
    if inside {
        site.cache = site.cache.unwritten();
    }
    Ok(Arc::new(site))
}

async fn all(
    site: &Arc<RunEnv>,
    gates: &[GateDef],
    at_once: usize,
    wanted: &Wanted,
    tree: &Oid,
) -> Result<Vec<Validated>> {
    // A reviewing agent gets what the other gates say.
    let (last, first): (Vec<&GateDef>, Vec<&GateDef>) = gates.iter().partition(|gate| gate.reviewer.is_some());
    let mut found = some(site, &first, at_once, wanted, tree, &|_| Review::None).await?;
    let asked = |gate: &GateDef| {
        let reviewer = gate.reviewer.as_ref().map_or("", |reviewer| &reviewer.agent);
        review(site, reviewer, wanted, &found)
    };
    let read = some(site, &last, at_once, wanted, tree, &asked).await?;
    found.extend(read);
    found.sort_by_key(|one| gates.iter().position(|gate| gate.name == one.gate.name));
    Ok(found)
}

async fn some(
    site: &Arc<RunEnv>,
    gates: &[&GateDef],
    at_once: usize,
    wanted: &Wanted,
    tree: &Oid,
    review: &dyn Fn(&GateDef) -> Review,
) -> Result<Vec<Validated>> {
    let room = Arc::new(Semaphore::new(at_once));
    let start = |gate: &&GateDef| {
        let (site, room, gate) = (Arc::clone(site), Arc::clone(&room), (*gate).clone());
        let (wanted, tree, review) = (wanted.clone(), tree.clone(), review(&gate));
        tokio::spawn(async move {
            let _turn = room.acquire().await;
            one(&site, gate, &wanted, &tree, review).await
        })
    };
    let started: Vec<_> = gates.iter().map(start).collect();
    let mut found = Vec::new();
    for one in started {
        found.push(one.await.map_err(|e| Error::failed("running a gate", e))?);
    }
    Ok(found)
}

/// Whether a reviewing agent is asked: not about heads, whose tasks were read one by one.
fn review(site: &RunEnv, reviewer: &str, wanted: &Wanted, others: &[Validated]) -> Review {
    if wanted.stage != Stage::Task {
        return Review::None;
    }
    match others.iter().find(|other| other.refuses()) {
        Some(other) => Review::Not(refused_by(other.gate.name.as_str())),
        None => {
            let said = |one: &Validated| gate_line(&one.gate, one.judged.verdict.word(), &one.judged.reason);
            let (agent, may) = (reviewer.to_owned(), site.info.options.limits.attempt);
            Review::Ask { agent, others: others.iter().map(said).collect(), may }
        }
    }
}

async fn one(site: &Arc<RunEnv>, gate: GateDef, wanted: &Wanted, tree: &Oid, review: Review) -> Validated {
    let judged = async {
        let slot = Lease::take(&site.gate_slots)?;
        let job = CheckJob {
            subject: wanted.subject.clone(),
            gate: gate.clone(),
            commit: wanted.commit.clone(),
            base: wanted.base.clone(),
            task: wanted.task.clone(),
            expected_red: BTreeSet::new(),
            known_red: None,
            review: review.clone(),
            slot: slot.name.clone(),
            stop: site.stop.below(),
        };
        judge(site, &job, tree).await
    };
    match judged.await {
        Ok(answer) => Validated {
            gate,
            judged: answer.judged,
            seconds: answer.seconds,
            cached: answer.cached,
            log: (!answer.log.is_empty()).then(|| site.paths.root().join(&answer.log)),
        },
        Err(error) => {
            let judged = Judged::unchecked(one_line(&error));
            Validated { gate, judged, seconds: 0.0, cached: false, log: None }
        }
    }
}

/// Times that a reviewing agent's provider is waited for.
const MOST_WAITS: usize = 5;

/// Without a run nobody asks again later: what is put off is waited for here.
async fn judge(site: &Arc<RunEnv>, job: &CheckJob, tree: &Oid) -> Result<Answer> {
    let mut why = String::new();
    for _ in 0..=MOST_WAITS {
        match check::perform(site, job, tree).await? {
            Said::Judged(answer) => return Ok(answer),
            Said::PutOff(put_off) => {
                why = put_off.why;
                let wait = Timestamp::now().until(put_off.until).ok().and_then(|span| span.try_into().ok());
                tokio::select! {
                    () = tokio::time::sleep(wait.unwrap_or_default()) => {}
                    () = job.stop.due() => break,
                }
            }
        }
    }
    let reviewer = job.gate.reviewer.as_ref().map(|reviewer| reviewer.agent.clone()).unwrap_or_default();
    Ok(Answer::at_once(in_vain(&reviewer, &why)))
}

/// A worktree that is this validation's until this is dropped. Others, and runs, have names of their own.
struct Lease {
    name: String,
    _lock: File,
}

impl Lease {
    /// The lowest one nobody has: low ones are warm.
    fn take(slots: &Path) -> Result<Lease> {
        let folder = slots.join(".validate");
        let failed = |e: std::io::Error| Error::failed(format!("taking a worktree below `{}`", slots.display()), e);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for n in 1.. {
            let name = format!("v{n}");
            let path = folder.join(format!("{name}.lock"));
            let lock = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
            match lock.try_lock() {
                Ok(()) => return Ok(Lease { name, _lock: lock }),
                Err(std::fs::TryLockError::WouldBlock) => {}
                Err(std::fs::TryLockError::Error(e)) => return Err(failed(e)),
            }
        }
        Err(Error::failed("taking a worktree", "every name is taken"))
    }
}

/// Removes the logs of all but the last validations. What cannot be removed now will be next time.
fn forget_old(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut old: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    old.sort();
    for path in old.iter().rev().skip(KEPT) {
        let _next_time = std::fs::remove_dir_all(path);
    }
}
