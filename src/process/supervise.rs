//! Our side of a command: starts the launcher around it, watches its limits, and gives back how it ended.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::ProcessId;
use super::launch_protocol::{Account, How, LaunchOrder, LaunchReport, LaunchStdin};
use super::launcher::Launcher;
use super::lookup::{NotFound, find_program};
use super::marker::{LAUNCH, Marker};
use super::stop::StopSignal;
use super::sweep;
use super::tail::LogTail;
use crate::model::{CommandSpec, Stdin, crash, secrets};

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Exited(i32),
    /// By this signal, which did not come from us.
    Signaled(i32),
    /// Ended by us: its wall time was over.
    WallLimit,
    /// Ended by us: its log did not grow for the idle time.
    IdleLimit,
    /// Ended by us: it and what it started had more memory than this together, bytes.
    MemoryLimit(u64),
    /// Ended by us: the [`StopSignal`].
    Stopped,
    /// It never ran.
    NotStarted {
        /// A sentence: what is missing, and where it was looked for.
        why: String,
        /// Whether its program does not exist, as opposed to cannot be started.
        missing: bool,
    },
}

/// How a command ended, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub end: End,
    /// From its start to the end of the command itself, by the monotonic clock.
    pub wall: Duration,
    /// User and system time of its whole tree. Zero when the launcher was killed: nobody counted.
    pub cpu: Duration,
    /// Most memory that one process of the tree had resident, bytes. At least about 3 MB: the kernel counts a process
    /// from its fork on. Zero when the launcher was killed.
    pub max_rss: u64,
    /// Processes of it that are still there, because not even KILL ended them: they hang in the kernel or belong to
    /// another user. Its working folder must not be used again.
    pub survivors: u32,
}

impl Ended {
    /// Whether it ran and said that all is well.
    pub fn is_success(&self) -> bool {
        self.end == End::Exited(0)
    }

    fn not_started(why: impl Into<String>, missing: bool) -> Ended {
        Ended::nothing(End::NotStarted { why: why.into(), missing })
    }

    fn nothing(end: End) -> Ended {
        Ended { end, wall: Duration::ZERO, cpu: Duration::ZERO, max_rss: 0, survivors: 0 }
    }
}

/// What only some callers need.
#[derive(Debug, Default)]
pub struct Extras {
    /// Gets the log's lines as they are written, stdout and stderr as interleaved there; closed at the end, after the
    /// last line and before [`run_with`] returns. See [`tail`](super::tail) for their form.
    pub lines: Option<UnboundedSender<String>>,
    /// What a command with [`Stdin::Piped`] reads, as it comes; its input ends with this.
    pub input: Option<UnboundedReceiver<String>>,
    /// The program that has `__launch`, when it is not this one: tests are not git-orca.
    pub launcher: Option<PathBuf>,
}

/// Between two looks at the log for its lines: what people see as at once. A look is one `stat`.
const LOOK: Duration = Duration::from_millis(50);

/// Between two looks at the log for idleness only, at most; an eighth of short limits.
const IDLE_LOOK: Duration = Duration::from_secs(1);

/// The launcher answers this long after the grace time at the latest; one that does not was stopped or hangs. Its own
/// rounds of KILL take 5 s.
const LAUNCHER_PATIENCE: Duration = Duration::from_secs(10);

/// Runs `spec` to its end. See [`run_with`].
pub async fn run(
    spec: &CommandSpec,
    marker: &Marker,
    stop: StopSignal,
    started: impl FnOnce(ProcessId) + Send,
) -> Ended {
    run_with(spec, marker, stop, started, Extras::default()).await
}

/// Runs `spec` to its end: its own, that of its limits, or that of `stop`.
///
/// `started` gets the process that stands for the whole tree: while it is alive something of the tree may be, ending it
/// with TERM ends the tree. It is called once the command runs. Dropping the future ends the tree as well (TERM, grace,
/// KILL), without anybody waiting for it.
pub async fn run_with(
    spec: &CommandSpec,
    marker: &Marker,
    stop: StopSignal,
    started: impl FnOnce(ProcessId) + Send,
    extras: Extras,
) -> Ended {
    let launch = launch_mark();
    let order = match order(spec, marker, &launch) {
        Ok(order) => order,
        Err(NotFound { why, missing }) => return Ended::not_started(why, missing),
    };
    let tail = LogTail::new(Path::new(&order.log), extras.lines);
    crash::point("process.start.before");
    let launcher = match Launcher::start(&order, marker, &launch, extras.launcher.as_deref()).await {
        Ok(launcher) => launcher,
        Err(why) => return Ended::not_started(format!("`{}` was not started: {why}", spec.program), false),
    };
    crash::point("process.start.after");
    // Where nobody writes it is a pipe that has ended.
    let input = (spec.stdin == Stdin::Piped).then(|| extras.input.unwrap_or_else(|| unbounded_channel().1));
    CommandWatch { spec, stop, launcher, tail, input, begun: Instant::now(), launch }.finish(started).await
}

/// Different for each command of this program, and from other programs'.
fn launch_mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let me = ProcessId::this();
    format!("{}.{}.{}", me.pid, me.start, COUNT.fetch_add(1, Ordering::Relaxed))
}

fn order(spec: &CommandSpec, marker: &Marker, launch: &str) -> Result<LaunchOrder, NotFound> {
    let program = find_program(&spec.program, spec.env.get("PATH").map(String::as_str), &spec.cwd)?;
    let absolute = |path: &Path| -> Result<OsString, NotFound> {
        std::path::absolute(path)
            .map(Into::into)
            .map_err(|e| NotFound { why: format!("the path `{}`: {e}", path.display()), missing: false })
    };
    let mut env = spec.env.clone();
    if marker.seen {
        env.extend(marker.env().map(|(name, value)| (name.to_owned(), value)));
        env.insert(LAUNCH.to_owned(), launch.to_owned());
    }
    Ok(LaunchOrder {
        program: absolute(&program)?,
        name: spec.program.clone(),
        args: spec.args.clone(),
        cwd: absolute(&spec.cwd)?,
        env,
        stdin: match &spec.stdin {
            Stdin::None => LaunchStdin::Nothing,
            Stdin::File(path) => LaunchStdin::File(absolute(path)?),
            Stdin::Piped => LaunchStdin::Fed,
        },
        log: absolute(&spec.log)?,
        secrets: secrets::current().values(),
        memory: spec.limits.memory,
        resident: spec.limits.resident,
        grace: spec.limits.grace,
        parent: std::process::id(),
    })
}

/// One command under way.
struct CommandWatch<'a> {
    spec: &'a CommandSpec,
    stop: StopSignal,
    launcher: Launcher,
    tail: LogTail,
    input: Option<UnboundedReceiver<String>>,
    begun: Instant,
    launch: String,
}

impl CommandWatch<'_> {
    async fn finish(mut self, started: impl FnOnce(ProcessId) + Send) -> Ended {
        let ended = match self.watch(started).await {
            Watched::Reported(report) => self.account(report, None).await,
            Watched::Due(reason) => self.end_it(reason).await,
        };
        // The launcher has reported or is killed, so this is the moment it takes to exit.
        if let Err(why) = self.launcher.child.wait().await {
            tracing::warn!(%why, "waiting for the launcher failed");
        }
        if let Err(why) = self.tail.finish().await {
            tracing::warn!(log = %self.spec.log.display(), %why, "the log could not be read to its end");
        }
        ended
    }

    /// Until the launcher's last report, or until the command must end.
    async fn watch(&mut self, started: impl FnOnce(ProcessId) + Send) -> Watched {
        let mut started = Some(started);
        let due = limit(&self.spec.limits, &self.stop, self.begun, &mut self.tail);
        tokio::pin!(due);
        loop {
            let report = tokio::select! {
                biased;
                report = self.launcher.report() => report,
                reason = &mut due => return Watched::Due(reason),
                text = next_input(&mut self.input) => {
                    self.launcher.feed(text);
                    continue;
                }
            };
            if report != Some(LaunchReport::Started) {
                return Watched::Reported(report);
            }
            if let (Some(started), Some(id)) = (started.take(), self.launcher.id.clone()) {
                started(id);
            }
        }
    }

    async fn end_it(&mut self, reason: End) -> Ended {
        self.launcher.ask_to_end();
        let last = async {
            loop {
                match self.launcher.report().await {
                    // Its end was due before it could say so.
                    Some(LaunchReport::Started) => {}
                    report => return report,
                }
            }
        };
        let report = tokio::time::timeout(self.spec.limits.grace + LAUNCHER_PATIENCE, last).await;
        self.account(report.ok().flatten(), Some(reason)).await
    }

    /// What the last report means, when the end came for this `reason` or by itself.
    async fn account(&mut self, report: Option<LaunchReport>, reason: Option<End>) -> Ended {
        let Account { how, wall, cpu, max_rss, over_memory, survivors } = match report {
            Some(LaunchReport::Ended(account)) => account,
            Some(LaunchReport::Failed(why)) => return Ended::not_started(why, false),
            Some(LaunchReport::Started) | None => return self.launcher_lost(reason).await,
        };
        let over = self.spec.limits.resident.filter(|_| over_memory).map(End::MemoryLimit);
        let own = match how {
            How::Exited(code) => End::Exited(code),
            How::Signaled(signal) => End::Signaled(signal),
            How::Stuck => End::Signaled(Signal::SIGKILL as i32),
        };
        Ended { end: reason.or(over).unwrap_or(own), wall, cpu, max_rss, survivors }
    }

    /// Somebody killed or stopped the launcher, perhaps its own command: the tree is found by its mark and ended.
    async fn launcher_lost(&mut self, reason: Option<End>) -> Ended {
        let signal = self.launcher.put_down().await;
        let survivors = match sweep::end_launch(&self.launch, self.launcher.id.as_ref(), self.spec.limits.grace).await {
            sweep::Swept::Ended { left, .. } => u32::try_from(left.len()).unwrap_or(u32::MAX),
            sweep::Swept::CannotLook(_) => 1,
        };
        // Killed, it may have started the command without having said so. Otherwise it would have said.
        let end = match (reason, signal) {
            (Some(reason), _) => reason,
            (None, Some(signal)) => End::Signaled(signal),
            (None, None) => {
                let why = format!("`{}` was not started: the launcher gave no answer", self.spec.program);
                End::NotStarted { why, missing: false }
            }
        };
        Ended { wall: self.begun.elapsed(), survivors, ..Ended::nothing(end) }
    }
}

/// What is to be read next; `None`, and then never again, at its end. A command that nobody writes to reads nothing.
async fn next_input(input: &mut Option<UnboundedReceiver<String>>) -> Option<String> {
    let Some(texts) = input else { return std::future::pending().await };
    let text = texts.recv().await;
    if text.is_none() {
        *input = None;
    }
    text
}

/// Why [`Watch::watch`] returned.
enum Watched {
    /// The launcher's last report; `None` when it ended without.
    Reported(Option<LaunchReport>),
    /// The command must end.
    Due(End),
}

/// Returns when the command must end, and why. Follows the log meanwhile.
async fn limit(limits: &crate::model::Limits, stop: &StopSignal, begun: Instant, tail: &mut LogTail) -> End {
    let wall = async {
        match limits.wall {
            Some(wall) => tokio::time::sleep_until(begun + wall).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stop.due() => End::Stopped,
        () = wall => End::WallLimit,
        () = idle(limits.idle, begun, tail) => End::IdleLimit,
    }
}

/// Follows the log; returns when it has not grown for the idle time.
async fn idle(idle: Option<Duration>, begun: Instant, tail: &mut LogTail) {
    let pace = match idle {
        Some(idle) => (idle / 8).clamp(Duration::from_millis(5), IDLE_LOOK),
        None => IDLE_LOOK,
    };
    let mut looks = tokio::time::interval(if tail.is_wanted() { pace.min(LOOK) } else { pace });
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = begun;
    loop {
        looks.tick().await;
        match tail.follow().await {
            Ok(true) => last = Instant::now(),
            Ok(false) => {}
            // Not to be read is not idle: only the idle time of a log that can be seen counts.
            Err(why) => {
                tracing::warn!(%why, "the log cannot be followed");
                last = Instant::now();
            }
        }
        if idle.is_some_and(|idle| last.elapsed() >= idle) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// When the idle limit of 8 s comes for a log that grows at the given seconds. Virtual time.
    async fn ends_after(writes: &[u64]) -> u64 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut tail = LogTail::new(&path, None);
        let (begun, limit) = (Instant::now(), Some(Duration::from_secs(8)));
        let write = async {
            for second in writes {
                tokio::time::sleep_until(begun + Duration::from_secs(*second)).await;
                let mut log = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
                log.write_all(b".").unwrap();
            }
            std::future::pending().await
        };
        tokio::select! {
            () = idle(limit, begun, &mut tail) => begun.elapsed().as_secs(),
            () = write => 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn idle_counts_from_the_last_byte() {
        assert_eq!(ends_after(&[]).await, 8, "a log that was never made is as idle as any");
        // A look a second: the byte of second 5 is seen then or one later.
        let last = ends_after(&[3, 5]).await;
        assert!((13..=14).contains(&last), "{last}");
        let long = ends_after(&[5, 10, 15, 20, 25, 30]).await;
        assert!((38..=39).contains(&long), "{long}");
    }
}
