//! The far side: work of another machine's run, done here. An attempt has A worktree of its own, set-up, fence, agent and the decision
//! what it amounts to are those of any attempt (`work/`); what is different is who is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::claim::{INFO, JOB, SIGNATURE, about, signed_bytes};
use super::far_job::{Errand, FarAttempt, FarJob, FarTask, FarWord, VERSION, from_hex};
use super::far_work::FarWork;
use super::heart::{Beat, Heart};
use super::key::FarKey;
use super::order::KEY_VARIABLE;
use super::spool::Spool;
use super::workplace::Workplace;
use crate::executor;
use crate::git::{self, Repo, WorkplaceOwner};
use crate::journal::{AttemptOutcome, Event, RunPaths, RunStarted, Store};
use crate::model::secrets::{self, Secrets};
use crate::model::{Error, ErrorKind, Result};
use crate::process::{Interrupts, StopSignal};
use crate::run::engine::core::Signal;
use crate::run::engine::{begin, reconcile};
use crate::run::run_env::RunEnv;
use crate::run::sealing;
use crate::run::work::attempt;
use crate::run::work::copies::Copies;
use crate::run::work::job::AttemptJob;
use crate::run::work::keeping;
use crate::run::work::prompt::Earlier;
use crate::run::work::telling::Telling;
use crate::run::worker::{one_line, write};

/// Between two looks at whether there is something to tell.
const LOOK: Duration = Duration::from_millis(250);
/// Between two beats while the agent works.
const PACE: Duration = Duration::from_secs(2);
/// Between two tries while the hub does not answer.
const RETRY: Duration = Duration::from_secs(3);
/// The file of a workplace that says what is worked on there: it stays when the work is killed.
const CURRENT: &str = "current.json";
/// How long what was done is kept to be told, while the hub does not answer.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// The errand of a job that a queue started: what a host would have been sent, from the environment.
///
/// # Errors
/// There is no key, or the words name no job.
pub fn errand_of_job(words: &[String], env: &BTreeMap<String, String>) -> Result<(Errand, FarKey)> {
    let wrong = || Error::new(ErrorKind::Usage, "reading a job", "it is `--job HUB LEASE ATTEMPT CLAIM`");
    let [hub, lease, n, claim] = words else { return Err(wrong()) };
    let (run, work) = FarWork::of_lease(lease, n).ok_or_else(wrong)?;
    let missing = || Error::new(ErrorKind::Declined, "reading a job", format!("`{KEY_VARIABLE}` is not set"));
    let key = FarKey::from_text(env.get(KEY_VARIABLE).ok_or_else(missing)?)?;
    let errand = Errand {
        version: VERSION.to_owned(),
        run,
        work,
        hub: hub.clone(),
        hub_there: String::new(),
        claim: claim.parse()?,
        key: key.id.clone(),
        secrets: BTreeMap::new(),
        copies: Vec::new(),
    };
    Ok((errand, key))
}

/// Does an attempt of another machine's run. Returns once it is told, or laid down where late work lies.
///
/// # Errors
/// The job cannot be believed or done here, or nobody could be told of it.
pub fn perform_here(errand: &Errand, key: &FarKey, spool: Option<&Spool>) -> Result<()> {
    let mut env = crate::process::env::current();
    env.remove(KEY_VARIABLE);
    env.extend(errand.secrets.clone());
    let place = Workplace::take(&env, &errand.hub)?;
    let mut read = None;
    let repo = git::make_workplace(&place.folder.join("repo"), |repo| {
        let (job, info) = fetched_job(repo, errand, key)?;
        let owner = WorkplaceOwner { identity: job.identity.clone(), base: job.base().clone() };
        read = Some((job, info));
        Ok(owner)
    })?;
    let (job, info) = read.ok_or_else(|| Error::failed("reading a job", "there is none"))?;
    let runtime = begin::runtime()?;
    let side = FarSide { errand, spool, place: &place.folder, repo, env };
    side.put_away_what_was_left(&runtime);
    let current = place.folder.join(CURRENT);
    let kept = Errand { secrets: BTreeMap::new(), copies: Vec::new(), ..errand.clone() };
    write(&current, &serde_json::to_string(&kept).map_err(|e| Error::failed("noting what is worked on", e))?)?;
    let done = match job.what.clone() {
        FarTask::Attempt(attempt) => side.perform(&runtime, &job, *attempt, info),
        FarTask::Check(check) => side.perform_check(&runtime, &job, *check, (info, key)),
    };
    let done = done.inspect_err(|error| side.tell_failure(error));
    if done.is_ok() {
        std::fs::remove_file(&current).map_err(|e| Error::failed("noting what is worked on", e))?;
    }
    done
}

/// Whether a place fails in a way that it will always fail in: it declines, or lacks what was asked for.
pub fn is_refusal(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Declined | ErrorKind::Environment)
}

/// Fetches a job and the run's settings, and believes them if they are signed.
fn fetched_job(repo: &Repo, errand: &Errand, key: &FarKey) -> Result<(FarJob, RunStarted)> {
    repo.fetch_from_hub(errand.hub_from_there(), &[errand.work.prefix(&errand.run)])?;
    let (job, info) = (repo.message_file(&errand.claim, JOB)?, repo.message_file(&errand.claim, INFO)?);
    let signature = String::from_utf8_lossy(&repo.message_file(&errand.claim, SIGNATURE)?).into_owned();
    let lease = errand.work.lease(&errand.run);
    let refused = |cause: String| Error::new(ErrorKind::Declined, format!("taking the job `{}`", errand.work), cause);
    if !key.is_signed(&about(&lease, &errand.hub), &signed_bytes(&job, &info), &signature) {
        return Err(refused("it is not signed by this user".to_owned()));
    }
    let unread = |e: serde_json::Error| refused(format!("it cannot be read: {e}"));
    let job: FarJob = serde_json::from_slice(&job).map_err(unread)?;
    if job.version != VERSION {
        let cause = format!("it was made by git orca {}, and this is {VERSION}", job.version);
        return Err(refused(cause).hint("install the same version on both machines"));
    }
    if job.work() != errand.work {
        return Err(refused(format!("it is the job of {}", job.work())));
    }
    Ok((job, serde_json::from_slice(&info).map_err(unread)?))
}

pub(super) struct FarSide<'a> {
    pub(super) errand: &'a Errand,
    spool: Option<&'a Spool>,
    place: &'a Path,
    pub(super) repo: Repo,
    env: BTreeMap<String, String>,
}

/// What becomes of a signal, and whether it was the last.
type WordOf<'f, T> = &'f dyn Fn(T, &mut bool) -> Option<FarWord>;

impl FarSide<'_> {
    /// Lays down, where late work lies, what work left here that was killed. What cannot be laid down stays in its worktree,
    /// which the next use sets aside.
    fn put_away_what_was_left(&self, runtime: &tokio::runtime::Runtime) {
        let file = self.place.join(CURRENT);
        let Ok(text) = std::fs::read(&file) else { return };
        let put = || -> Result<()> {
            let left: Errand =
                serde_json::from_slice(&text).map_err(|e| Error::failed("reading what was worked on", e))?;
            let side = FarSide {
                errand: &left,
                spool: None,
                place: self.place,
                repo: self.repo.clone(),
                env: self.env.clone(),
            };
            let read = |name: &str| self.repo.message_file(&left.claim, name);
            let unread = |e: serde_json::Error| Error::failed("reading what was worked on", e);
            let job: FarJob = serde_json::from_slice(&read(JOB)?).map_err(unread)?;
            let info: RunStarted = serde_json::from_slice(&read(INFO)?).map_err(unread)?;
            let site = side.site(&job, info, mpsc::channel().0)?;
            runtime.block_on(reconcile::clear(&site))?;
            // A gate leaves nothing that is anybody's work.
            let FarTask::Attempt(attempt) = job.what else { return Ok(()) };
            let attempt = side.attempt_job(&site, *attempt)?;
            if let Some(slot) = git::find_slot(&self.repo, &site.slots, &attempt.slot)? {
                keeping::put_away(&site, &attempt, &slot)?;
            }
            match side.heart(PathBuf::new()).tell_late(&left.claim)? {
                Beat::Unheard(why) => Err(Error::failed("keeping work that was killed", why)),
                Beat::Told | Beat::Fenced => Ok(()),
            }
        };
        match put() {
            // What is here now is the next one's.
            Ok(()) => drop(std::fs::remove_file(&file)),
            Err(error) => tracing::warn!(%error, "work that was killed here stays in its worktree"),
        }
    }

    /// The beats of this work; `logs` is the folder of what it prints.
    pub(super) fn heart(&self, logs: PathBuf) -> Heart {
        let (hub, run) = (self.errand.hub_from_there().to_owned(), self.errand.run.clone());
        Heart::new(self.repo.clone(), hub, run, self.errand.work.clone(), self.errand.claim.clone(), logs)
    }

    fn perform(
        &self,
        runtime: &tokio::runtime::Runtime,
        job: &FarJob,
        attempt: FarAttempt,
        info: RunStarted,
    ) -> Result<()> {
        let (sender, signals) = mpsc::channel();
        let site = Arc::new(self.site(job, info, sender)?);
        runtime.block_on(reconcile::clear(&site))?;
        let attempt = self.attempt_job(&site, attempt)?;
        write(
            &site.paths.prompt_file(&attempt.attempt),
            &attempt.told.as_ref().map_or(String::new(), |it| it.0.clone()),
        )?;
        write(
            &site.paths.task_file(&attempt.attempt.task),
            &attempt.told.as_ref().map_or(String::new(), |it| it.1.clone()),
        )?;
        let logs = site.paths.root().join(RunPaths::attempt_logs(&attempt.attempt));
        let heart = self.heart(logs);
        let stop = attempt.stop.clone();
        self.listen(runtime, &stop);
        let working = runtime.spawn(attempt::run(Arc::clone(&site), attempt));
        let told =
            self.tell(heart, (&signals, &|signal, ended| self.word(signal, ended)), &stop, || working.is_finished());
        site.stop.now();
        runtime.block_on(async {
            let _ = working.await;
            reconcile::clear(&site).await.map(drop)
        })?;
        told
    }

    /// A run's surroundings, for one attempt of it.
    pub(super) fn site(&self, job: &FarJob, mut info: RunStarted, sender: mpsc::Sender<Signal>) -> Result<RunEnv> {
        let named = info.options.agents.values().flat_map(|agent| agent.env.iter());
        let passed: Vec<String> = self.errand.secrets.keys().chain(named).cloned().collect();
        secrets::install(Secrets::of_environment(&self.env, &passed));
        secrets::add(self.errand.secrets.values().cloned());
        info.slots = self.place.join("worktrees").display().to_string();
        info.tree = String::new();
        (info.options.far, info.options.far_gates) = (None, None);
        info.options.sandbox.write = homes(&info.options.sandbox.write, &job.home, self.env.get("HOME"));
        executor::check(&info.options.sandbox, &self.env)?;
        let store = Store::new(self.repo.common_dir());
        store.make_private()?;
        store.run(&info.run).create()?;
        git::freeze_config(&self.repo, &store.run(&info.run).root().join("gitconfig"))?;
        let fenced = info.options.sandbox.is_on();
        if fenced {
            git::keep_in_pack(&self.repo)?;
        }
        let seal = sealing::run_seal(&self.env, self.repo.common_dir(), fenced)?;
        let copies = self.copies()?;
        let mut site =
            RunEnv::new(self.repo.clone(), &store, Arc::new(info), Telling::default(), copies, seal, sender)?;
        site.env.clone_from(&self.env);
        Ok(site)
    }

    /// The ignored files that came along, in a folder that is only ours.
    fn copies(&self) -> Result<Copies> {
        let folder = self.place.join("copies");
        let failed = |e: std::io::Error| Error::failed(format!("writing into `{}`", folder.display()), e);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut files = Vec::new();
        for (path, text) in &self.errand.copies {
            let path: crate::model::RepoPath = path.parse()?;
            let bytes =
                from_hex(text).ok_or_else(|| Error::failed(format!("reading `{path}`"), "it did not come whole"))?;
            let full = folder.join(path.as_str());
            std::fs::create_dir_all(full.parent().unwrap_or(&folder)).map_err(failed)?;
            std::fs::write(&full, bytes).map_err(failed)?;
            files.push(path);
        }
        Ok(Copies::of(&folder, files))
    }

    fn attempt_job(&self, site: &RunEnv, job: FarAttempt) -> Result<AttemptJob> {
        let id = &job.intended.attempt;
        let task = site.info.tasks.iter().find(|task| task.id == id.task).cloned();
        let missing = || Error::failed(format!("taking the job `{id}`"), "its run has no such task");
        Ok(AttemptJob {
            attempt: id.clone(),
            task: task.ok_or_else(missing)?,
            agent: job.intended.agent.clone(),
            slot: "work".to_owned(),
            base: job.intended.base.clone(),
            start: job.intended.start.clone(),
            session_used: job.session_used,
            side: job.side,
            earlier: Earlier::default(),
            stop: site.stop.below(),
            host: None,
            told: Some((job.prompt, job.complete)),
            intended: job.intended,
        })
    }

    /// A queue gives no other word of what went wrong. Where even the hub does not hear it, the attempt counts as lost.
    fn tell_failure(&self, error: &Error) {
        let word = if is_refusal(error) { FarWord::Refused } else { FarWord::Broken };
        if let Err(unheard) = self.heart(PathBuf::new()).beat([word(one_line(error))]) {
            tracing::warn!(%unheard, "nobody was told why the work failed");
        }
    }

    /// Ends the attempt when this process is asked to end, or the work.
    pub(super) fn listen(&self, runtime: &tokio::runtime::Runtime, stop: &StopSignal) {
        let (by_signal, by_file) = (stop.clone(), stop.clone());
        runtime.spawn(async move {
            let Ok(mut interrupts) = Interrupts::listen() else { return };
            interrupts.next().await;
            by_signal.now();
        });
        let (spool, id) = (self.spool.cloned(), self.errand.id());
        runtime.spawn(async move {
            let Some(spool) = spool else { return };
            while !spool.is_cancelled(&id) {
                tokio::time::sleep(LOOK).await;
            }
            by_file.now();
        });
    }

    /// Tells what happens until the work has ended and that is told, or the lease is lost. What comes becomes words, each of
    /// which may be the last.
    pub(super) fn tell<T>(
        &self,
        mut heart: Heart,
        (signals, word): (&mpsc::Receiver<T>, WordOf<'_, T>),
        stop: &StopSignal,
        has_ended: impl Fn() -> bool,
    ) -> Result<()> {
        let mut words = Vec::new();
        let (mut ended, mut fenced) = (false, false);
        let mut next = Instant::now();
        let mut silent: Option<Instant> = None;
        loop {
            let over = has_ended();
            match signals.recv_timeout(LOOK) {
                Ok(signal) => words.extend(word(signal, &mut ended)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
            }
            words.extend(signals.try_iter().filter_map(|signal| word(signal, &mut ended)));
            // Its words come before its end does.
            let last = ended || over;
            if fenced {
                if last {
                    return self.late(&heart);
                }
                continue;
            }
            if !last && Instant::now() < next {
                continue;
            }
            match heart.beat(words.drain(..))? {
                Beat::Told if last => return Ok(()),
                Beat::Told => (next, silent) = (Instant::now() + PACE, None),
                Beat::Fenced => {
                    fenced = true;
                    stop.now();
                }
                Beat::Unheard(why) => {
                    let since = *silent.get_or_insert_with(Instant::now);
                    if last && since.elapsed() > PATIENCE {
                        return Err(Error::failed("telling what became of an attempt", why));
                    }
                    next = Instant::now() + RETRY;
                    if last {
                        std::thread::sleep(RETRY);
                    }
                }
            }
        }
    }

    fn word(&self, signal: Signal, ended: &mut bool) -> Option<FarWord> {
        match signal {
            Signal::Happened(event) => {
                if let Event::AttemptEnded { outcome, .. } = &event {
                    *ended = true;
                    self.name_result(outcome);
                }
                Some(FarWord::Happened(Box::new(event)))
            }
            Signal::Broken(error) => Some(FarWord::Broken(one_line(&error))),
            _ => None,
        }
    }

    /// What counts is what the attempt's ref names: a mark that was taken back made another commit of it.
    fn name_result(&self, outcome: &AttemptOutcome) {
        if let (AttemptOutcome::Committed { commit, .. }, FarWork::Attempt(attempt)) = (outcome, &self.errand.work) {
            let name = crate::integrate::names::attempt(&self.errand.run, attempt);
            if let Err(error) = git::force_refs(&self.repo, &[(name, commit.clone())]) {
                tracing::warn!(%error, "the result keeps the name of what was before it");
            }
        }
    }

    fn late(&self, heart: &Heart) -> Result<()> {
        let since = Instant::now();
        loop {
            match heart.tell_late(&self.errand.claim)? {
                Beat::Unheard(why) if since.elapsed() > PATIENCE => {
                    return Err(Error::failed("keeping work that came too late", why));
                }
                Beat::Unheard(_) => std::thread::sleep(RETRY),
                Beat::Told | Beat::Fenced => return Ok(()),
            }
        }
    }
}

/// Paths of the home folder there, in the home folder here; those that are not here are left out.
fn homes(paths: &[String], there: &str, here: Option<&String>) -> Vec<String> {
    let moved = |path: &String| match (Path::new(path).strip_prefix(there), here) {
        (Ok(rest), Some(here)) if !there.is_empty() => PathBuf::from(here).join(rest),
        _ => PathBuf::from(path),
    };
    paths.iter().map(moved).filter(|path| path.exists()).map(|path| path.to_string_lossy().into_owned()).collect()
}
