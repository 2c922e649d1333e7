//! One attempt, from slot to outcome. Whatever happens, what the agent wrote is kept by refs before the outcome is told.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::site::{Place, Site};
use super::slot::{self, Purpose, Ready};
use super::telling::Earlier;
use crate::agent::{self, Ending, Job};
use crate::executor;
use crate::git::{self, Ignored, Leftovers, Slot, SlotHead};
use crate::integrate::names;
use crate::journal::{AttemptOutcome, Event, FailClass, RunPaths};
use crate::model::{AttemptId, CommandSpec, Error, ErrorKind, Oid, Result, Task, TaskKind};
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
    /// What earlier attempts and dependencies left, for the prompt.
    pub earlier: Earlier,
    /// Asks this attempt to end.
    pub stop: StopSignal,
}

/// How an attempt went, with its slot when that is not to be used again.
struct Done {
    outcome: AttemptOutcome,
    salvage: Option<Oid>,
    max_rss: u64,
    set_aside: Option<String>,
}

/// Runs an attempt and tells the core.
pub async fn run(site: Arc<Site>, job: AttemptJob) {
    let begun = Instant::now();
    let done = perform(&site, &job).await.unwrap_or_else(|error| Done {
        outcome: fail(FailClass::Fatal, one_line(&error)),
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
    let ended = supervise(site, job, &ready, spec).await;
    let ending = agent.judge(&ended.end);
    let settled = blocking(site, {
        let (job, slot, exit_counts) = (job.clone(), ready.slot.clone(), agent.exit_is_evidence());
        move |site| settle(site, &job, &slot, ending, exit_counts)
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
    site.telling.write(site, &job.task, &job.attempt, &job.earlier, &prompt_file)?;
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
        env: site.environment(&place, &def.env),
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
    Ok((executor::named("local")?.wrap(spec)?, agent))
}

/// Runs the agent's command to its end, saving its work from time to time.
async fn supervise(site: &Arc<Site>, job: &AttemptJob, ready: &Ready, spec: CommandSpec) -> Ended {
    let started = |process: process::ProcessId| {
        let (pid, start) = (process.pid, process.start);
        site.tell(Event::AgentStarted { attempt: job.attempt.clone(), pid, start, port: ready.port });
    };
    let running = process::run(&spec, &site.marker, job.stop.clone(), started);
    tokio::pin!(running);
    let every = Duration::from_secs(site.info.options.snapshot_every.max(1));
    loop {
        tokio::select! {
            ended = &mut running => return ended,
            () = tokio::time::sleep(every) => {}
        }
        let saved = {
            let (job, slot) = (job.clone(), ready.slot.clone());
            blocking(site, move |site| save(site, &job, &slot, &names::snapshot(&site.info.run, &job.attempt)))
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

/// Saves everything in a slot that git does not ignore and that its HEAD lacks, under `name`.
pub fn save(site: &Site, job: &AttemptJob, slot: &Slot, name: &str) -> Result<Option<Oid>> {
    let message = format!("Saved work of {}\n\nOrca-Run: {}\n", job.attempt, site.info.run);
    Ok(git::snapshot(&site.repo, slot, &job.base, name, &message, Timestamp::now())?.commit)
}

/// Decides from git what an attempt left, and keeps all of it by refs.
fn settle(site: &Site, job: &AttemptJob, slot: &Slot, ending: Ending, exit_counts: bool) -> Result<Done> {
    let run = &site.info.run;
    let mut unfinished = None;
    let mut leftovers = false;
    if ending == Ending::Finished {
        let message =
            format!("{}: {}\n\nOrca-Run: {run}\nOrca-Leftovers: true\n", job.attempt.task, plain(&job.task.title));
        match git::commit_leftovers(&site.repo, slot, &message, Timestamp::now())? {
            Leftovers::Nothing => {}
            Leftovers::Committed { .. } => leftovers = true,
            Leftovers::Unmerged(paths) => unfinished = Some(format!("it left unmerged files: {}", paths.join(", "))),
            Leftovers::InProgress(what) => unfinished = Some(format!("it left a {what} in the middle")),
        }
    }
    let clean = ending == Ending::Finished && unfinished.is_none();
    let salvage = if clean { None } else { save(site, job, slot, &names::salvage(run, &job.attempt))? };
    let head = git::slot_head(&site.repo, slot)?;
    keep(site, job, slot, &head)?;
    free(site, slot, clean)?;
    let outcome = match ending {
        Ending::Finished => match unfinished {
            Some(reason) => fail(FailClass::Retryable, reason),
            None => result(site, job, head, leftovers, exit_counts)?,
        },
        Ending::Retryable(reason) => fail(FailClass::Retryable, reason),
        Ending::Fatal(reason) => fail(FailClass::Fatal, reason),
        Ending::Stopped => fail(FailClass::Stopped, "it was ended on request".to_owned()),
    };
    Ok(Done { outcome, salvage, max_rss: 0, set_aside: None })
}

/// Left-behind histories kept per attempt at most: an agent that resets in a loop must not fill the repository with refs.
const MAX_LEFT: usize = 100;

/// Keeps by refs what an attempt committed: where it stands, and the commits that it made and left behind (reset away,
/// or on a branch that it went away from).
pub fn keep(site: &Site, job: &AttemptJob, slot: &Slot, head: &Oid) -> Result<()> {
    let run = &site.info.run;
    let branch = site.repo.read_ref(&names::full(&names::task_branch(run, &job.attempt.task)))?;
    let mut kept: Vec<&Oid> = vec![&job.start, head];
    let history = slot.head_history();
    for commit in branch.iter().chain(history.iter().rev()).take(MAX_LEFT) {
        // A commit that cannot be read cannot be kept either.
        let contained = |known: &&Oid| site.repo.is_ancestor(commit, known).unwrap_or(true);
        if !kept.iter().any(contained) {
            kept.push(commit);
        }
    }
    let left =
        kept.iter().skip(2).enumerate().map(|(n, commit)| (names::left(run, &job.attempt, n + 1), (*commit).clone()));
    let refs: Vec<(String, Oid)> =
        std::iter::once((names::attempt(run, &job.attempt), head.clone())).chain(left).collect();
    git::force_refs(&site.repo, &refs)
}

/// Frees the branch of a slot whose work is saved. What was not committed is taken away, so that a later difference can
/// only be a person's.
pub fn free(site: &Site, slot: &Slot, clean: bool) -> Result<()> {
    git::detach_slot(&site.repo, slot)?;
    if clean {
        return Ok(());
    }
    let head = SlotHead::Detached(git::slot_head(&site.repo, slot)?);
    // A slot that cannot be cleaned is found out by its next use, which sets it aside.
    if let Err(unclean) = git::reset_slot(&site.repo, slot, &head, &Ignored::Keep) {
        tracing::warn!(slot = slot.name, %unclean, "a worktree could not be cleaned");
    }
    Ok(())
}

fn fail(class: FailClass, reason: String) -> AttemptOutcome {
    AttemptOutcome::Failed { class, reason }
}

/// What a finished attempt's commit amounts to.
fn result(site: &Site, job: &AttemptJob, head: Oid, leftovers: bool, exit_counts: bool) -> Result<AttemptOutcome> {
    if !site.repo.is_ancestor(&job.base, &head)? {
        return Ok(fail(FailClass::Retryable, "its branch no longer contains the commit it started from".to_owned()));
    }
    let tree = site.repo.tree_of(&head)?;
    if tree == site.repo.tree_of(&job.start)? {
        return Ok(match job.task.kind {
            TaskKind::Verify if exit_counts => AttemptOutcome::NoChange { commit: job.base.clone() },
            _ => fail(FailClass::NoWork, "it ended well but committed nothing new".to_owned()),
        });
    }
    let changes = site.repo.changed(&job.base, &head)?;
    Ok(AttemptOutcome::Committed {
        files: changes.len() as u32,
        added: changes.iter().map(|change| change.added as u32).sum(),
        removed: changes.iter().map(|change| change.removed as u32).sum(),
        commit: head,
        tree,
        leftovers,
    })
}

/// A title for a commit's subject: one line without control characters.
fn plain(title: &str) -> String {
    title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect::<String>().trim().to_owned()
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
