//! The launcher process, seen from the program that starts it.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::ProcessId;
use super::launch_forms::{SUBCOMMAND, this_program};
use super::launch_protocol::{LaunchOrder, LaunchReport, LaunchRequest};
use super::marker::{LAUNCH, Marker};

/// Writes to the launcher whatever comes, at its pace: one that was stopped reads nothing, and nobody may wait for that.
/// Ends, and the lifeline with it, when nobody is left who could write.
async fn hold_lifeline(mut pipe: ChildStdin, mut lines: UnboundedReceiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        if pipe.write_all(&line).await.is_err() {
            return;
        }
    }
}

/// For a launcher that is ending.
const PATIENCE: Duration = Duration::from_secs(1);

/// The launcher, seen from here. Dropping it closes the lifeline.
pub(super) struct Launcher {
    pub(super) child: Child,
    /// `None` when it was dead before we could look.
    pub(super) id: Option<ProcessId>,
    lifeline: UnboundedSender<Vec<u8>>,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Launcher {
    /// Starts it and hands over the order. `file` is the program that has `__launch`, when it is not this one.
    pub(super) async fn start(
        order: &LaunchOrder,
        marker: &Marker,
        launch: &str,
        file: Option<&Path>,
    ) -> std::io::Result<Launcher> {
        let mut command = match file {
            Some(file) => std::process::Command::new(file),
            None => this_program(),
        };
        command
            .arg(SUBCOMMAND)
            .env_clear()
            .envs(marker.env())
            .env(LAUNCH, launch)
            // Not the worktree: the launcher must not be what keeps it in use.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Away from the terminal's Ctrl-C until it has a session of its own.
            .process_group(0);
        let mut child = Command::from(command).spawn()?;
        let id = child.id().and_then(ProcessId::of);
        let (Some(pipe), Some(reports)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("the launcher has no pipes"));
        };
        let (lifeline, lines) = unbounded_channel();
        tokio::spawn(hold_lifeline(pipe, lines));
        let launcher = Launcher { child, id, lifeline, reports: BufReader::new(reports).lines() };
        launcher.write(order)?;
        Ok(launcher)
    }

    fn write(&self, value: &impl serde::Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        // When it is dead already its missing report tells.
        let _ = self.lifeline.send(line);
        Ok(())
    }

    /// The next report, or `None` when it has ended without any more.
    pub(super) async fn report(&mut self) -> Option<LaunchReport> {
        let line = self.reports.next_line().await.ok().flatten()?;
        serde_json::from_str(&line).ok()
    }

    /// TERM for the tree, and KILL after the grace time.
    pub(super) fn ask_to_end(&self) {
        self.ask(&LaunchRequest::Term);
    }

    /// More for the command to read; `None`: that was all.
    pub(super) fn feed(&self, text: Option<String>) {
        self.ask(&text.map_or(LaunchRequest::Fed, LaunchRequest::Feed));
    }

    fn ask(&self, request: &LaunchRequest) {
        if let Err(why) = self.write(request) {
            tracing::warn!(%why, "the launcher could not be asked");
        }
    }

    /// Makes sure that it is dead. Returns the signal that ended it, if one did.
    pub(super) async fn put_down(&mut self) -> Option<i32> {
        // One that has closed its pipe is about to end by itself; one that was stopped is not.
        let status = match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                // An error means that it has just ended, which is what is wanted.
                let _ = self.child.start_kill();
                self.child.wait().await
            }
        };
        std::os::unix::process::ExitStatusExt::signal(&status.ok()?)
    }
}
