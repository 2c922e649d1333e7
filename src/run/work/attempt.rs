//! One attempt, from slot to outcome. Whatever happens, what the agent wrote is kept by refs before the outcome is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use super::fence;
use super::job::{AttemptJob, Done, fail};
use super::keeping;
use super::listen::Listener;
use super::merging;
use super::no_change;
use super::outcome;
use super::prompt;
use super::ready::Ready;
use super::setup::{self, SetUpFor};
use super::slot::{self, Purpose};
use super::sparse;
use super::talk::{Parting, Talk};
use crate::agent::{self, Agent, Ending, Job, StreamReader, Transcript};
use crate::git;
use crate::integrate::names;
use crate::journal::{AttemptOutcome, Event, FailClass, Intended, RunPaths};
use crate::model::{AgentDef, Allowance, CommandSpec, Error, Result, SessionId, Usage};
use crate::process::{self, End, Ended, Extras, StopSignal};
use crate::run::run_env::{Place, RunEnv};
use crate::run::symbol_lines;
use crate::run::watching::guard;
use crate::run::watching::space;
use crate::run::worker::{blocking, disk_full, end_of_file, one_line};

/// Runs an attempt and tells the core.
pub async fn run(site: Arc<RunEnv>, job: AttemptJob) {
    let begun = Instant::now();
    let done = perform(&site, &job).await.unwrap_or_else(|error| Done {
        outcome: fail(class_of(&error), one_line(&error)),
        salvage: None,
        max_rss: 0,
        cpu: 0.0,
        set_aside: None,
    });
    if matches!(done.outcome, AttemptOutcome::Failed { .. }) && site.is_disk_full() {
        return site.broken(disk_full(format!("running `{}`", job.attempt)));
    }
    if let Some(why) = done.set_aside {
        site.tell(Event::SlotSetAside { slot: job.slot.clone(), why });
    }
    site.tell(Event::AttemptEnded {
        attempt: job.attempt.clone(),
        outcome: done.outcome,
        seconds: begun.elapsed().as_secs_f64(),
        salvage: done.salvage,
        max_rss: done.max_rss,
        cpu: done.cpu,
    });
    // While what it left is merged.
    let _panicked = blocking(&site, move |site| slot::look_ahead(site, &job.slot)).await;
}

/// Whether it is worth another attempt: where somebody prunes objects while they are written it is.
fn class_of(error: &Error) -> FailClass {
    if git::is_of_pruning(error) { FailClass::Pruned } else { FailClass::Fatal }
}

async fn perform(site: &Arc<RunEnv>, job: &AttemptJob) -> Result<Done> {
    let branch = job.branch(&site.info.run);
    let ready = blocking(site, {
        let job = job.clone();
        move |site| {
            // Who merges may meet anything.
            let sparse = match job.intended.merge {
                Some(_) => None,
                None => sparse::of_attempt(site, &job.task, &job.base, &job.start)?,
            };
            slot::prepare(site, &job.slot, &Purpose::Agent { branch, start: job.start.clone(), sparse })
        }
    })
    .await??;
    let logs = RunPaths::attempt_logs(&job.attempt);
    let whose = (SetUpFor::Agent, &BTreeMap::new());
    setup::set_up(site, &ready, &job.base, whose, &format!("{logs}/setup.log"), job.stop.clone()).await?;
    let begun = blocking(site, {
        let (job, slot) = (job.clone(), ready.slot.clone());
        move |site| merging::begin(site, &job, &slot)
    });
    if let Some(done) = begun.await?? {
        return Ok(done);
    }
    no_change::forget(&ready.tmp);
    guard::begin(site, &job.attempt, &ready.slot);
    let pruned = site.pruned();
    let (ending, ended, agent) = converse(site, job, &ready, &logs).await?;
    if matches!(ending, Ending::Finished) && ended.survivors == 0 {
        site.tell(Event::AgentExited { attempt: job.attempt.clone() });
    }
    let (ending, claim) = no_change::said(&ready.tmp, job, agent, &ended.end, ending);
    let ending = space::relieve(site, &ready.tmp).map_or(ending, Ending::Retryable);
    let done = blocking(site, {
        let (job, slot, exit_counts) = (job.clone(), ready.slot.clone(), agent.exit_is_evidence());
        move |site| {
            let caught = guard::end(site, &job, &slot)?;
            site.past_pruning(|site| {
                let said = (ending.clone(), exit_counts, claim.clone(), caught.clone());
                outcome::classify(site, &job, &slot, said)
            })
        }
    })
    .await??;
    let done = if site.pruned() > pruned { told_of_pruning(site, done, &logs) } else { done };
    let survivors = (ended.survivors > 0).then(|| format!("{} of its processes cannot be ended", ended.survivors));
    Ok(Done { max_rss: ended.max_rss, cpu: ended.cpu.as_secs_f64(), set_aside: survivors, ..done })
}

/// An attempt that failed while somebody pruned, and whose git said that objects are gone, had no fair chance.
fn told_of_pruning(site: &RunEnv, done: Done, logs: &str) -> Done {
    let unfair = [FailClass::Retryable, FailClass::NoWork, FailClass::Fatal];
    match done.outcome {
        AttemptOutcome::Failed { class, reason } if unfair.contains(&class) => {
            let said = end_of_file(&site.paths.root().join(logs).join("agent.log"), WORDS_OF_GIT);
            let class = if git::may_tell_of_pruning(&said) { FailClass::Pruned } else { class };
            let why = "git pruned what it had just written (`git gc` or `git prune` ran meanwhile)";
            let reason = if class == FailClass::Pruned { format!("{why}: {reason}") } else { reason };
            Done { outcome: fail(class, reason), ..done }
        }
        _ => done,
    }
}

/// Bytes at the end of a log in which git's words are looked for.
const WORDS_OF_GIT: u64 = 65_536;

/// Runs the agent, in the session that it should go on in.
async fn converse(
    site: &Arc<RunEnv>,
    job: &AttemptJob,
    ready: &Ready,
    logs: &str,
) -> Result<(Ending, Ended, &'static dyn Agent)> {
    let resume = job.intended.resume.clone().map(|session| (session, job.session_used));
    let told = blocking(site, {
        let (task, base, resumes) = (job.task.clone(), job.base.clone(), resume.is_some());
        move |site| if resumes { Vec::new() } else { symbol_lines::told(site, &task, &base) }
    });
    let told = told.await?;
    let launch = launch(site, job, ready, logs, resume, &told)?;
    let agent = launch.agent;
    let (mut ended, told, parting) = supervise(site, job, ready, launch).await;
    ended.end = match parting {
        Parting::Own => fence::seen_through(site, ended.end),
        // It was through before.
        Parting::Overstayed => End::Exited(0),
        Parting::Cancelled => End::Stopped,
    };
    let ending = agent.judge(&ended.end, &told);
    if let Ending::Refused { fix, .. } = &ending
        && !job.intended.provider.is_empty()
    {
        let provider = job.intended.provider.clone();
        site.tell(Event::ProviderBroken { provider, fix: fix.clone() });
    }
    Ok((ending, ended, agent))
}

/// An agent's command, ready to be started, and who listens.
struct Launch {
    spec: CommandSpec,
    agent: &'static dyn Agent,
    listener: Listener,
    /// Ends its processes.
    stop: StopSignal,
    /// What it is told while it works.
    input: Option<UnboundedReceiver<String>>,
}

fn launch(
    site: &Arc<RunEnv>,
    job: &AttemptJob,
    ready: &Ready,
    logs: &str,
    resume: Option<(SessionId, Usage)>,
    symbols: &[String],
) -> Result<Launch> {
    let def = agent::defined(&job.agent, site.info.options.agents.get(&job.agent));
    let agent = agent::find(&job.agent, Some(&def));
    let prompt_file = site.paths.prompt_file(&job.attempt);
    if job.told.is_none() {
        prompt::write_prompt(site, &job.task, &job.intended, &job.earlier, resume.is_some(), symbols, &prompt_file)?;
    }
    let doing = || format!("starting `{}`", job.attempt);
    let log = site.log(&format!("{logs}/agent.log")).map_err(|e| Error::failed(doing(), e))?;
    let place = Place {
        worktree: &ready.slot.path,
        tmp: &ready.tmp,
        port: ready.port,
        base: job.base.as_str(),
        attempt: Some(&job.attempt),
    };
    let mut pass = def.env.clone();
    pass.extend(agent::variables(agent, &def).into_iter().map(str::to_owned));
    let spoken = spoken(site, &def, &prompt_file).map_err(|e| Error::failed(doing(), e))?;
    let described = Job {
        task: &job.task,
        n: job.attempt.n,
        env: recorded(site.environment(&place, &pass), &ready.tmp),
        def: AgentDef { model: job.intended.model.clone().or(def.model.clone()), ..def },
        worktree: ready.slot.path.clone(),
        folder: ready.folder(&site.info.options.folder),
        shared: shared(site, job, ready),
        task_file: site.paths.task_file(&job.attempt.task),
        spoken,
        prompt_file,
        script_file: log.with_file_name("script.sh"),
        log,
        resume,
        allowance: most(site, &job.intended),
        prices: site.info.options.prices.clone(),
        root: process::is_root(),
        review: None,
    };
    let turns = described.def.turns.filter(|_| !agent.counts_turns());
    let (mut spec, script) = agent.command(&described)?;
    spec.cwd.clone_from(&described.folder);
    if let Some(text) = script {
        std::fs::write(&described.script_file, text).map_err(|e| Error::failed(doing(), e))?;
    }
    let mut reader = agent.reader(&described);
    let (stop, talk, input) = conversation(site, job, reader.as_mut());
    let listener = Listener::new(site, &job.intended, agent, reader, job.stop.clone());
    let spec = fence::around_agent(site, job, ready, spec)?;
    Ok(Launch { spec, agent, listener: listener.with_turns(turns).with_talk(talk), stop, input })
}

/// The prompt for an agent whose input stays open: where it runs that can be, and it is wanted.
fn spoken(site: &RunEnv, def: &AgentDef, prompt_file: &Path) -> std::io::Result<Option<String>> {
    (site.executor.feeds() && def.live != Some(false)).then(|| std::fs::read_to_string(prompt_file)).transpose()
}

/// What an agent is told while it works; its end is then asked for by whoever speaks with it.
fn conversation(
    site: &Arc<RunEnv>,
    job: &AttemptJob,
    reader: &mut dyn StreamReader,
) -> (StopSignal, Option<Talk>, Option<UnboundedReceiver<String>>) {
    if reader.speaker().is_none() {
        return (job.stop.clone(), None, None);
    }
    let (stop, (input, texts)) = (StopSignal::new(), tokio::sync::mpsc::unbounded_channel());
    (stop.clone(), Some(Talk::new(site, &job.attempt, input, stop)), Some(texts))
}

/// What the agent is told as its own cap on money: what is set for an attempt or task, else as much as only a runaway
/// takes. Below that the schedule decides, which knows what others use.
fn most(site: &RunEnv, intended: &Intended) -> Allowance {
    let Some(share) = intended.reserved.usd else { return intended.reserved };
    let options = &site.info.options;
    let own = [options.limits.attempt.usd, options.limits.task.usd].into_iter().flatten().reduce(f64::min);
    let usd = own.map_or((share * 3.0).max(options.budget_usd.unwrap_or(0.0)), |own| own.max(share));
    Allowance { usd: Some(usd), ..intended.reserved }
}

fn recorded(mut env: BTreeMap<String, String>, tmp: &Path) -> BTreeMap<String, String> {
    env.extend(guard::recording(tmp).map(|(name, value)| (name.to_owned(), value)));
    env
}

/// What committing in a slot writes outside of it: its own entry, objects, and the folder of its branch with the log of
/// it. Nothing wider, so that it lies within what our own fence leaves open.
fn shared(site: &RunEnv, job: &AttemptJob, ready: &Ready) -> Vec<PathBuf> {
    let branch = PathBuf::from(names::full(&job.branch(&site.info.run)));
    let folder = branch.parent().unwrap_or(&branch);
    let common = site.repo.common_dir();
    vec![ready.slot.admin.clone(), common.join("objects"), common.join(folder), common.join("logs").join(folder)]
}

/// Runs the agent's command to its end, listening to it.
async fn supervise(
    site: &Arc<RunEnv>,
    job: &AttemptJob,
    ready: &Ready,
    launch: Launch,
) -> (Ended, Transcript, Parting) {
    let Launch { spec, agent, listener, stop, input } = launch;
    let started = |process: process::ProcessId| {
        let (pid, start) = (process.pid, process.start);
        site.tell(Event::AgentStarted { attempt: job.attempt.clone(), pid, start, port: ready.port });
    };
    let (send, receive) = tokio::sync::mpsc::unbounded_channel();
    // Nobody listens to agents without a stream: of those only the last words matter, where they failed.
    let extras = Extras { lines: agent.has_stream().then_some(send), input, ..Extras::default() };
    let log = spec.log.clone();
    let running = site.perform(&ready.slot, spec, stop, started, extras);
    let working = async {
        tokio::select! {
            ended = snapshots(site, job, ready, running) => ended,
            never = fence::keep_refs_in_view(site, ready) => match never {},
        }
    };
    let (ended, (mut told, parting)) = tokio::join!(working, listener.listen(receive));
    if !agent.has_stream() && matches!(ended.end, End::Exited(code) if code != 0) {
        let printed = end_of_file(&log, LAST_WORDS);
        told.printed = printed.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    }
    (ended, told, parting)
}

/// Bytes at the end of a log in which the last line is looked for.
const LAST_WORDS: u64 = 4_096;

/// Waits for the end of an agent, saving its work from time to time.
async fn snapshots(site: &Arc<RunEnv>, job: &AttemptJob, ready: &Ready, running: impl Future<Output = Ended>) -> Ended {
    let filling = space::filling(&ready.tmp);
    tokio::pin!(running, filling);
    let (mut has_room, mut is_saved) = (true, true);
    let every = Duration::from_secs(site.info.options.snapshot_every.max(1));
    loop {
        tokio::select! {
            ended = &mut running => return ended,
            () = &mut filling, if has_room => {
                has_room = false;
                job.stop.now();
                continue;
            }
            () = tokio::time::sleep(every) => {}
        }
        let saved = {
            let (job, slot) = (job.clone(), ready.slot.clone());
            blocking(site, move |site| {
                Ok(keeping::save(site, &job, &slot, &names::snapshot(&site.info.run, &job.attempt))?.commit)
            })
        };
        tokio::pin!(saved);
        // A snapshot must be over before the slot is settled: both write refs of the attempt.
        let (ended, saved) = tokio::select! {
            saved = &mut saved => (None, saved),
            ended = &mut running => (Some(ended), saved.await),
        };
        match saved.and_then(|saved| saved) {
            Ok(Some(commit)) => site.tell(Event::SnapshotTaken { attempt: job.attempt.clone(), commit }),
            Ok(None) => {}
            Err(error) if is_saved => {
                is_saved = false;
                let what = format!("its work cannot be saved while it works: {}", one_line(&error));
                site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
            }
            Err(error) => tracing::warn!(attempt = %job.attempt, error = %error, "a snapshot failed"),
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}
