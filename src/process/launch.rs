//! `git-orca __launch`: the hidden program around every agent, gate and setup command.
//!
//! It needs no `pre_exec` (unsafe), so everything that must hold for a command is arranged here, in a process of its
//! own: a session without a terminal, adoption of whatever the command's descendants leave behind (subreaper), the end
//! of all of them when the command ends, when it is asked for, or when the orchestrator is gone, and a true account of
//! time and memory.
//!
//! Standard input brings the order and is the *lifeline*: its end means that the orchestrator is dead, by whatever
//! signal. Standard output takes the reports. The environment holds only the marker.
//!
//! Three more forms, `__launch limited BYTES PROGRAM NAME ARGS…`, `__launch fenced …` (see `fenced.rs`) and `__launch
//! detached ARGS…`, change themselves and then become another program: what a limit must hold for from the first instruction on has to be set by the process
//! itself, and not by the launcher, which needs memory too.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getpgid, getpgrp, getpid, getppid, setpgid, setsid};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::signal::unix::{Signal as Arrivals, SignalKind, signal};

use super::feed::InputFeed;
use super::fenced::fenced;
use super::launch_forms::{DETACHED, LIMITED};
pub use super::launch_forms::{FENCED, SUBCOMMAND};
use super::launch_protocol::{LaunchOrder, LaunchReport, LaunchRequest};
use super::output::Output;
use super::system::become_reaper;
use super::tree::{CommandTree, TreeLeft};

/// What shells exit with when a program was found and could not be started.
const CANNOT_START: u8 = 126;

/// Runs the launcher; `args` are those after `__launch`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let failed = match args.next() {
        None => return launch(),
        Some(form) if form == LIMITED => limited(args),
        Some(form) if form == FENCED => fenced(args),
        Some(form) if form == DETACHED => detached(args),
        Some(form) => std::io::Error::other(format!("no such form: {}", form.display())),
    };
    // Becoming another program failed. Standard error is the command's log here, so this is where people look.
    report_to_stderr(&failed);
    ExitCode::from(CANNOT_START)
}

fn report_to_stderr(failed: &std::io::Error) {
    use std::io::Write;
    // Nobody is left to tell when this fails too; the exit code says it.
    let _ = writeln!(std::io::stderr(), "git-orca {SUBCOMMAND}: {failed}");
}

/// Limits the address space, soft and hard, and becomes the command. Returns only the reason why not.
fn limited(mut args: impl Iterator<Item = OsString>) -> std::io::Error {
    let bytes = args.next().and_then(|bytes| bytes.to_str()?.parse::<u64>().ok());
    let (Some(bytes), Some(program), Some(name)) = (bytes, args.next(), args.next()) else {
        return std::io::Error::other("incomplete arguments");
    };
    let mut command = Command::new(program);
    command.arg0(name).args(args);
    // A harder limit that we live under already cannot be raised, and need not be.
    let limit = getrlimit(Resource::RLIMIT_AS).map(|(_, hard)| hard.min(bytes));
    match limit.and_then(|bytes| setrlimit(Resource::RLIMIT_AS, bytes, bytes)) {
        Ok(()) => command.exec(),
        Err(why) => why.into(),
    }
}

/// Leaves the terminal and becomes this program with the given arguments. Returns only the reason why not.
fn detached(args: impl Iterator<Item = OsString>) -> std::io::Error {
    match new_session() {
        Ok(()) => super::launch_forms::this_program().args(args).exec(),
        Err(why) => why.into(),
    }
}

/// Becomes leader of a new session.
///
/// We were started as leader of a process group, so that no Ctrl-C could reach us while we load. A group's leader
/// cannot make a session: step back into the parent's group first. Signals are blocked here, see [`held_signals`].
fn new_session() -> nix::Result<()> {
    if getpgrp() == getpid() {
        setpgid(Pid::from_raw(0), getpgid(Some(getppid()))?)?;
    }
    setsid().map(drop)
}

/// Signals that must not end the launcher: they wait until it listens.
fn held_signals() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, PARENT_DIED].into_iter().collect()
}

/// Sent by the kernel when the *thread* that started us ends (FACTS 0), which may mean nothing: we look then.
const PARENT_DIED: Signal = Signal::SIGUSR1;

fn launch() -> ExitCode {
    let outcome = arrange().and_then(|()| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(serve())
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            tell(&LaunchReport::Failed(format!("the launcher failed: {why}")));
            ExitCode::FAILURE
        }
    }
}

/// What must hold before anything is started.
fn arrange() -> std::io::Result<()> {
    held_signals().thread_block()?;
    new_session()?;
    become_reaper(PARENT_DIED)?;
    Ok(())
}

/// Writes a report. Failure means that the orchestrator is gone, which the lifeline says better.
fn tell(report: &LaunchReport) {
    use std::io::Write;
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

type Lifeline = Lines<BufReader<pipe::Receiver>>;

/// Everything that can happen to the launcher.
struct Events {
    lifeline: Option<Lifeline>,
    child: Arrivals,
    terminate: Arrivals,
    parent_died: Arrivals,
    /// Received and dropped: the command decides itself about the user's Ctrl-C, and is asked over the lifeline.
    _ignored: [Arrivals; 3],
}

impl Events {
    fn listen() -> std::io::Result<Events> {
        let stdin: OwnedFd = std::io::stdin().as_fd().try_clone_to_owned()?;
        let events = Events {
            lifeline: Some(BufReader::new(pipe::Receiver::from_owned_fd(stdin)?).lines()),
            child: signal(SignalKind::child())?,
            terminate: signal(SignalKind::terminate())?,
            parent_died: signal(SignalKind::from_raw(PARENT_DIED as i32))?,
            _ignored: [signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?, signal(SignalKind::quit())?],
        };
        // Before anything is started: a blocked signal stays blocked in what we start.
        held_signals().thread_unblock()?;
        Ok(events)
    }
}

/// The next line of the lifeline; `None`, and then never again, at its end.
async fn next_line(lifeline: &mut Option<Lifeline>) -> Option<String> {
    let Some(lines) = lifeline else { return std::future::pending().await };
    match lines.next_line().await {
        Ok(Some(line)) => Some(line),
        Ok(None) | Err(_) => {
            *lifeline = None;
            None
        }
    }
}

async fn serve() -> std::io::Result<()> {
    let mut events = Events::listen()?;
    let Some(line) = next_line(&mut events.lifeline).await else { return Ok(()) };
    let order: LaunchOrder = serde_json::from_str(&line)?;
    let (mut tree, mut output, mut feed) = match CommandTree::start(&order) {
        Ok(started) => started,
        Err(why) => {
            tell(&LaunchReport::Failed(why));
            return Ok(());
        }
    };
    tell(&LaunchReport::Started);
    if !is_parent(order.parent) {
        tree.end();
    }
    loop {
        // Reaped before waiting: the signal for a child that ended before we listened was still delivered once.
        let left = match tree.reap() {
            TreeLeft::Something => tree.advance(),
            nothing => nothing,
        };
        if left != TreeLeft::Something {
            output.finish();
            tell(&LaunchReport::Ended(tree.account(left)));
            return Ok(());
        }
        step(&mut events, &mut tree, (&mut output, &mut feed), order.parent).await;
    }
}

/// Waits for one thing to happen, and acts on it.
async fn step(events: &mut Events, tree: &mut CommandTree, (output, feed): (&mut Output, &mut InputFeed), parent: u32) {
    let due = tree.due();
    let timer = async {
        match due {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    let must_end = tokio::select! {
        _ = events.child.recv() => false,
        _ = events.terminate.recv() => true,
        _ = events.parent_died.recv() => !is_parent(parent),
        line = next_line(&mut events.lifeline) => line.is_none_or(|line| is_end(&line, feed)),
        () = timer => false,
        () = output.forward() => false,
        () = feed.forward() => false,
    };
    if must_end {
        tree.end();
    }
}

/// Whether a line asks for the end; what it brings for the command is taken.
fn is_end(line: &str, feed: &mut InputFeed) -> bool {
    match serde_json::from_str(line) {
        Ok(LaunchRequest::Term) => true,
        Ok(LaunchRequest::Feed(text)) => {
            feed.push(&text);
            false
        }
        Ok(LaunchRequest::Fed) => {
            feed.finish();
            false
        }
        Err(_) => false,
    }
}

fn is_parent(pid: u32) -> bool {
    i64::from(getppid().as_raw()) == i64::from(pid)
}
