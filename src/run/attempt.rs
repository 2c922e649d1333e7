//! One attempt, from slot to outcome. Whatever happens, what the agent wrote is kept by refs before the outcome is told.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fence::{self, Inside};
use super::guard;
use super::settle;
use super::site::{Place, Site};
use super::slot::{self, Purpose, Ready};
use super::space;
use super::telling::Earlier;
use crate::agent::{self, Ending, Job};
use crate::executor;
use crate::integrate::names;
use crate::journal::{AttemptOutcome, Event, FailClass, Intended, RunPaths};
use crate::model::{AttemptId, CommandSpec, Error, ErrorKind, Oid, Result, Task};
use crate::process::{self, End, Ended, StopSignal};

/// What an attempt depends on, taken from the state when it was decided.
#[derive(Debug, Clone)]
pub struct AttemptJob {
    /// Which attempt.
    pub attempt: AttemptId,
    /// The task.
    pub task: Task,
    /// The agent's name.
    pub agent: String,
    /// The slot.
    pub slot: String,
    /// What the result is compared with.
    pub base: Oid,
    /// Where the worktree begins.
    pub start: Oid,
    /// All that was announced: role, model, session, reservation.
    pub intended: Intended,
    /// What earlier attempts and dependencies left, for the prompt.
    pub earlier: Earlier,
    /// Asks this attempt to end.
    pub stop: StopSignal,
}

/// How an attempt went, with its slot when that is not to be used again.
pub(super) struct Done {
    pub outcome: AttemptOutcome,
    pub salvage: Option<Oid>,
    pub max_rss: u64,
    pub set_aside: Option<String>,
}

/// Runs an attempt and tells the core.
pub async fn run(site: Arc<Site>, job: AttemptJob) {
    let begun = Instant::now();
    let done = perform(&site, &job).await.unwrap_or_else(|error| Done {
        outcome: settle::fail(FailClass::Fatal, one_line(&error)),
        salvage: None,
        max_rss: 0,
        set_aside: None,
    });
    if matches!(done.outcome, AttemptOutcome::Failed { .. }) && site.is_disk_full() {
        return site.broken(disk_full(format!("running `{}`", job.attempt)));
    }
    if let Some(why) = done.set_aside {
        site.tell(Event::SlotSetAside { slot: job.slot.clone(), why });
    }
    site.tell(Event::AttemptEnded {
        attempt: job.attempt,
        outcome: done.outcome,
        seconds: begun.elapsed().as_secs_f64(),
        salvage: done.salvage,
        max_rss: done.max_rss,
    });
}

/// What fails on a full disk says nothing about the work: its intent stays open, and `resume` tries again.
pub fn disk_full(doing: String) -> Error {
    Error::new(ErrorKind::Environment, doing, "the disk is full").hint("free some disk space, then: git orca resume")
}

/// An error in one line, with its first hint.
pub fn one_line(error: &Error) -> String {
    let hint = error.hints.first().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{}: {}{hint}", error.doing, error.cause)
}

async fn perform(site: &Arc<Site>, job: &AttemptJob) -> Result<Done> {
    let branch = names::task_branch(&site.info.run, &job.attempt.task);
    let purpose = Purpose::Agent { branch, start: job.start.clone() };
    let ready = blocking(site, {
        let slot = job.slot.clone();
        move |site| slot::prepare(site, &slot, &purpose)
    })
    .await??;
    let logs = RunPaths::attempt_logs(&job.attempt);
    slot::set_up(site, &ready, &job.base, true, &format!("{logs}/setup.log"), job.stop.clone()).await?;
    let (spec, agent) = command(site, job, &ready, &logs)?;
    site.guard.begin(site, &job.attempt, &ready.slot);
    let ended = supervise(site, job, &ready, spec).await;
    let ending = match space::relieve(site, &ready.tmp) {
        Some(why) => Ending::Retryable(why),
        None => agent.judge(&ended.end),
    };
    let settled = blocking(site, {
        let (job, slot, exit_counts) = (job.clone(), ready.slot.clone(), agent.exit_is_evidence());
        move |site| {
            let caught = site.guard.end(site, &job, &slot)?;
            settle::settle(site, &job, &slot, ending, exit_counts, caught)
        }
    })
    .await??;
    let survivors = (ended.survivors > 0).then(|| format!("{} of its processes cannot be ended", ended.survivors));
    Ok(Done { max_rss: ended.max_rss, set_aside: survivors, ..settled })
}

/// Runs blocking work off the async threads.
pub async fn blocking<T: Send + 'static>(
    site: &Arc<Site>,
    work: impl FnOnce(&Site) -> T + Send + 'static,
) -> Result<T> {
    let site = Arc::clone(site);
    tokio::task::spawn_blocking(move || work(&site)).await.map_err(|e| Error::failed("running a worker", e))
}

fn command(
    site: &Site,
    job: &AttemptJob,
    ready: &Ready,
    logs: &str,
) -> Result<(CommandSpec, &'static dyn agent::Agent)> {
    let agent = agent::find(&job.agent);
    let def = site.info.options.agents.get(&job.agent).cloned().unwrap_or_default();
    let prompt_file = site.paths.prompt_file(&job.attempt);
    site.telling.write(site, &job.task, &job.intended, &job.earlier, &prompt_file)?;
    let doing = || format!("starting `{}`", job.attempt);
    let log = site.log(&format!("{logs}/agent.log")).map_err(|e| Error::failed(doing(), e))?;
    let place = Place {
        worktree: &ready.slot.path,
        tmp: &ready.tmp,
        port: ready.port,
        base: job.base.as_str(),
        attempt: Some(&job.attempt),
    };
    let described = Job {
        task: &job.task,
        n: job.attempt.n,
        env: recorded(site.environment(&place, &def.env), &ready.tmp),
        def,
        worktree: ready.slot.path.clone(),
        task_file: site.paths.task_file(&job.attempt.task),
        prompt_file,
        script_file: log.with_file_name("script.sh"),
        log,
    };
    let (spec, script) = agent.command(&described)?;
    if let Some(text) = script {
        std::fs::write(&described.script_file, text).map_err(|e| Error::failed(doing(), e))?;
    }
    let spec = fence::around(site, ready, spec, Inside::Agent)?;
    Ok((executor::named("local")?.wrap(spec)?, agent))
}

fn recorded(mut env: BTreeMap<String, String>, tmp: &Path) -> BTreeMap<String, String> {
    env.extend(guard::recording(tmp).map(|(name, value)| (name.to_owned(), value)));
    env
}

/// Runs the agent's command to its end, saving its work from time to time.
async fn supervise(site: &Arc<Site>, job: &AttemptJob, ready: &Ready, spec: CommandSpec) -> Ended {
    let started = |process: process::ProcessId| {
        let (pid, start) = (process.pid, process.start);
        site.tell(Event::AgentStarted { attempt: job.attempt.clone(), pid, start, port: ready.port });
    };
    let running = process::run(&spec, &site.marker, job.stop.clone(), started);
    let filling = space::filling(&ready.tmp);
    tokio::pin!(running, filling);
    let mut has_room = true;
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
                Ok(settle::save(site, &job, &slot, &names::snapshot(&site.info.run, &job.attempt))?.commit)
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
            Err(error) => tracing::warn!(attempt = %job.attempt, error = %error, "a snapshot failed"),
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// The last `limit` bytes of a file as text, from the start of a line.
pub fn end_of_file(path: &Path, limit: u64) -> String {
    use std::io::{Read, Seek, SeekFrom};
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(limit)))?;
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match text.split_once('\n') {
        Some((_, rest)) if bytes.len() as u64 == limit => rest.to_owned(),
        _ => text,
    }
}

/// How a command ended, in words that follow "ended with".
pub fn end_words(end: &End) -> String {
    match end {
        End::Exited(code) => format!("exit {code}"),
        End::Signaled(signal) => format!("signal {signal}"),
        End::WallLimit => "its time over".to_owned(),
        End::IdleLimit => "silence for too long".to_owned(),
        End::Stopped => "a request to stop".to_owned(),
        End::NotStarted { why, .. } => why.clone(),
    }
}
