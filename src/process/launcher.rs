//! The launcher process, seen from the program that starts it.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::ProcessId;
use super::launch_forms::{SUBCOMMAND, this_program};
use super::launch_protocol::{LaunchOrder, LaunchReport, LaunchRequest};
use super::marker::{LAUNCH, Marker};

/// For a launcher that is ending.
const PATIENCE: Duration = Duration::from_secs(1);

/// The launcher, seen from here. Dropping it closes the lifeline.
pub(super) struct Launcher {
    pub(super) child: Child,
    /// `None` when it was dead before we could look.
    pub(super) id: Option<ProcessId>,
    lifeline: ChildStdin,
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
        let (Some(mut lifeline), Some(reports)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("the launcher has no pipes"));
        };
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        // When it is dead already its missing report tells.
        let _ = lifeline.write_all(&line).await;
        Ok(Launcher { child, id, lifeline, reports: BufReader::new(reports).lines() })
    }

    /// The next report, or `None` when it has ended without any more.
    pub(super) async fn report(&mut self) -> Option<LaunchReport> {
        let line = self.reports.next_line().await.ok().flatten()?;
        serde_json::from_str(&line).ok()
    }

    /// TERM for the tree, and KILL after the grace time.
    pub(super) async fn ask_to_end(&mut self) {
        let mut line = serde_json::to_vec(&LaunchRequest::Term).unwrap_or_default();
        line.push(b'\n');
        // When it is dead already its missing report tells.
        let _ = self.lifeline.write_all(&line).await;
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
