//! WorkOrder at a place, from the code that goes there to what comes back: the same few steps for every place.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Executor, JobHandle, JobQueue, Submission, WorkOrder, WorkState};
use crate::model::{CommandSpec, Error, ErrorKind, Limits, Result};
use crate::process::{self, End, Ended, Extras, Marker, ProcessId, StopSignal};

/// Longest time for bringing code there or back: a large repository over a slow line.
const MOVING: Duration = Duration::from_secs(30 * 60);
/// Longest answer time of a place; one that does not answer is asked again.
const ANSWER: Duration = Duration::from_secs(60);
/// Bytes of an answer that are read, from the end.
const PRINTED: u64 = 64 << 10;
/// Probes in a row that may tell nothing at least, however long each takes: then the work counts as gone.
const SILENT: u32 = 5;

/// Runs `work` at the place of `executor`, to its end. `started` gets the process that stands for it here.
pub async fn perform(
    executor: &dyn Executor,
    work: WorkOrder,
    marker: &Marker,
    stop: StopSignal,
    started: impl FnOnce(ProcessId) + Send,
    extras: Extras,
) -> Ended {
    let begun = Instant::now();
    let place = WorkAtPlace { executor, work, marker, stop, launcher: extras.launcher.clone() };
    match place.run(started, extras).await {
        Ok(ended) => ended,
        Err(error) => {
            // Who declines will do so again, as a program that is not there will not be there.
            let missing = error.kind == ErrorKind::Declined;
            let end = End::NotStarted { why: error.sentence(), missing };
            ended(end, begun.elapsed())
        }
    }
}

/// Hands several pieces of work over in one call; what each is called there, in their order. None where the place takes
/// each by itself.
///
/// # Errors
/// The place took none of them, or does not say so.
pub async fn hand_over_together(
    executor: &dyn Executor,
    works: &[WorkOrder],
    marker: &Marker,
) -> Result<Option<Vec<JobHandle>>> {
    let Some(first) = works.first() else { return Ok(None) };
    let Some(Submission::Queued(spec, queue)) = executor.submit_together(works)? else { return Ok(None) };
    let place = WorkAtPlace { executor, work: first.clone(), marker, stop: StopSignal::new(), launcher: None };
    let printed = place.submitted(spec, no_one()).await?;
    queue.read_handles(works, &printed).map(Some)
}

fn ended(end: End, wall: Duration) -> Ended {
    Ended { end, wall, cpu: Duration::ZERO, max_rss: 0, survivors: 0 }
}

/// WorkOrder at a place.
struct WorkAtPlace<'a> {
    executor: &'a dyn Executor,
    work: WorkOrder,
    marker: &'a Marker,
    stop: StopSignal,
    launcher: Option<PathBuf>,
}

impl WorkAtPlace<'_> {
    async fn run(&self, started: impl FnOnce(ProcessId) + Send, extras: Extras) -> Result<Ended> {
        self.moved(self.executor.prepare(&self.work)?, "prepare", "bringing the code to").await?;
        let done = match self.executor.submit(&self.work)? {
            Submission::Attached(spec) => {
                process::run_with(&spec, self.marker, self.stop.clone(), started, extras).await
            }
            Submission::Queued(spec, queue) => self.queued(spec, queue, started).await?,
        };
        self.moved(self.executor.collect(&self.work)?, "collect", "bringing back what was left at").await?;
        Ok(done)
    }

    async fn queued(
        &self,
        spec: CommandSpec,
        queue: &dyn JobQueue,
        started: impl FnOnce(ProcessId) + Send,
    ) -> Result<Ended> {
        let begun = Instant::now();
        let handle = match self.work.handed.clone() {
            Some(handle) => handle,
            None => queue.read_handle(&self.work, &self.submitted(spec, Some(started)).await?)?,
        };
        let mut since: Option<Instant> = None;
        let (mut silent, mut heard) = (0, Instant::now());
        let mut asked_to_end: Option<Instant> = None;
        let mut probes = 0;
        loop {
            let over = since.zip(self.work.spec.limits.wall).is_some_and(|(since, wall)| since.elapsed() >= wall);
            if over {
                self.cancel(queue, &handle).await;
                return Ok(ended(End::WallLimit, begun.elapsed()));
            }
            tokio::select! {
                () = tokio::time::sleep(queue.interval(probes)) => {}
                () = self.stop.due(), if asked_to_end.is_none() => {
                    self.cancel(queue, &handle).await;
                    asked_to_end = Some(Instant::now());
                }
            }
            // Whoever is to end is asked often again.
            probes = if asked_to_end.is_some() { 0 } else { probes + 1 };
            if asked_to_end.is_some_and(|asked| asked.elapsed() >= queue.farewell()) {
                return Ok(ended(End::Stopped, begun.elapsed()));
            }
            let probing = self.asked(queue.probe(&self.work, &handle), "probe", ANSWER, no_one());
            let (probed, printed) = tokio::select! {
                answer = probing => answer,
                () = self.stop.due(), if asked_to_end.is_none() => continue,
            };
            let code = if let End::Exited(code) = probed.end { Some(code) } else { None };
            let state = code.and_then(|code| queue.read_state(code, &printed));
            (silent, heard) = if state.is_some() { (0, Instant::now()) } else { (silent + 1, heard) };
            let wall = since.map_or(Duration::ZERO, |since| since.elapsed());
            match state {
                Some(WorkState::Waiting) => {}
                Some(WorkState::Running) => since = since.or_else(|| Some(Instant::now())),
                Some(WorkState::Exited(code)) => return Ok(ended(End::Exited(code), wall)),
                Some(WorkState::Signaled(signal)) => return Ok(ended(End::Signaled(signal), wall)),
                Some(WorkState::Gone(why)) => {
                    return Err(Error::failed(format!("running at `{}`", self.executor.name()), why));
                }
                Some(WorkState::Refused(why)) => {
                    let doing = format!("running at `{}`", self.executor.name());
                    return Err(Error::new(ErrorKind::Declined, doing, why));
                }
                None if silent < SILENT || heard.elapsed() < queue.patience(&self.work) => {}
                None => {
                    let cause = format!("it does not report its state: {}", printed.trim());
                    return Err(Error::failed(format!("running at `{}`", self.executor.name()), cause));
                }
            }
        }
    }

    /// Hands work over, and gives what that printed.
    async fn submitted(&self, spec: CommandSpec, started: Option<impl FnOnce(ProcessId) + Send>) -> Result<String> {
        let (done, printed) = self.asked(spec, "submit", ANSWER, started).await;
        if done.is_success() {
            return Ok(printed);
        }
        let cause = format!("{:?}: {}", done.end, printed.trim());
        Err(Error::failed(format!("handing work over to `{}`", self.executor.name()), cause))
    }

    async fn cancel(&self, queue: &dyn JobQueue, handle: &JobHandle) {
        let (done, printed) = self.asked(queue.cancel(&self.work, handle), "cancel", ANSWER, no_one()).await;
        if !done.is_success() {
            tracing::warn!(handle = handle.0, printed, "work at a place could not be ended");
        }
    }

    async fn moved(&self, specs: Vec<CommandSpec>, word: &str, doing: &str) -> Result<()> {
        for spec in specs {
            let (done, printed) = self.asked(spec, word, MOVING, no_one()).await;
            if !done.is_success() {
                let cause = format!("{:?}: {}", done.end, printed.trim());
                return Err(Error::failed(format!("{doing} `{}`", self.executor.name()), cause));
            }
        }
        Ok(())
    }

    /// Runs a command about the work; what it prints goes to a log of its own beside the work's.
    async fn asked(
        &self,
        spec: CommandSpec,
        word: &str,
        wall: Duration,
        started: Option<impl FnOnce(ProcessId) + Send>,
    ) -> (Ended, String) {
        let mut log = self.work.spec.log.clone().into_os_string();
        log.push(format!(".{word}"));
        // One answer at a time: the last is what counts.
        let _ = std::fs::remove_file(&log);
        let spec = CommandSpec { log: log.into(), limits: Limits { wall: Some(wall), ..Limits::default() }, ..spec };
        let extras = Extras { launcher: self.launcher.clone(), ..Extras::default() };
        // Not the work's own signal: what ends the work must not end the command that ends it.
        let begun = |process| {
            if let Some(started) = started {
                started(process);
            }
        };
        let done = process::run_with(&spec, self.marker, StopSignal::new(), begun, extras).await;
        let printed = end_of(&spec.log);
        (done, printed)
    }
}

/// What a command printed, from the end; nothing where it printed nothing.
fn end_of(log: &Path) -> String {
    use std::io::{Read, Seek, SeekFrom};
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(PRINTED)))?;
        let mut bytes = Vec::new();
        file.take(PRINTED).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

fn no_one() -> Option<fn(ProcessId)> {
    None
}
