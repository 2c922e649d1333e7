//! Signals that a program which has the whole terminal must answer itself: it has to give the terminal back first.

use std::sync::mpsc::{Receiver, channel};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};

use crate::model::{Error, Result};

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenSignal {
    /// End, with the exit code that says which signal it was.
    End(u8),
    /// Stop, until the shell lets it go on.
    Stop,
    /// It goes on: somebody else may have drawn meanwhile.
    Continued,
}

/// Those that are asked from outside, by the exit codes that shells give them.
const ENDS: [(Signal, u8); 3] = [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)];

/// Listens from now on, in a thread of its own, until the receiver is gone.
///
/// # Errors
/// The system has no room for it.
pub fn screen_signals() -> Result<Receiver<ScreenSignal>> {
    let failed = |e: std::io::Error| Error::failed("listening for signals", e);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (sender, receiver) = channel();
    let kinds = ENDS.map(|(kind, code)| (kind, ScreenSignal::End(code)));
    let entered = runtime.enter();
    let mut listening = Vec::new();
    for (kind, means) in
        kinds.into_iter().chain([(Signal::SIGTSTP, ScreenSignal::Stop), (Signal::SIGCONT, ScreenSignal::Continued)])
    {
        listening.push((signal(SignalKind::from_raw(kind as i32)).map_err(failed)?, means));
    }
    drop(entered);
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let mut tasks = tokio::task::JoinSet::new();
            for (mut signals, means) in listening {
                let sender = sender.clone();
                tasks.spawn(async move { while signals.recv().await.is_some() && sender.send(means).is_ok() {} });
            }
            while tasks.join_next().await.is_some() {}
        });
    });
    Ok(receiver)
}

/// Stops this program, as Ctrl-Z does, until the shell lets it go on: with its whole group, since the shell waits for the
/// git that started us.
pub fn stop_here() {
    // Nobody can be told that it did not work.
    let _ = kill(Pid::from_raw(0), Signal::SIGSTOP);
}
