//! This program once more, as a command whose answer is read: what a command says is then the same for every reader.

use std::ffi::OsString;
use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedSender;

use super::launch_forms::this_program;
use crate::model::{Error, Result};

/// How long a command that is told to end may still take: it has a tree of its own to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of each stream that are kept. What comes after is read and left out.
const KEPT: usize = 16 << 20;

/// A line that the command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpokenLine {
    /// Of its answer (standard output).
    Answer(String),
    /// Of its words to a person (standard error).
    Word(String),
}

/// How the command ended, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandAnswer {
    /// Exit code; 128 and the signal's number when one ended it.
    pub code: i32,
    /// Its answer.
    pub stdout: String,
    /// Its words.
    pub stderr: String,
    /// Whether a stream was longer than what is kept.
    pub is_cut: bool,
}

/// Runs this program with `args` in `cwd`, without input, in a process group of its own. Each line is told when it comes.
/// When `stop` is ready the command is asked to end (SIGTERM), and killed when it does not. Dropping the future leaves the
/// command alone: it goes on.
///
/// # Errors
/// It cannot be started.
pub async fn run_again(
    args: &[OsString],
    cwd: &Path,
    lines: UnboundedSender<SpokenLine>,
    stop: impl Future<Output = ()>,
) -> Result<CommandAnswer> {
    let doing = || Error::failed("starting this program once more", "");
    let mut program = this_program();
    std::os::unix::process::CommandExt::process_group(&mut program, 0);
    program.args(args).current_dir(cwd).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Command::from(program).spawn().map_err(|e| Error::failed("starting this program once more", e))?;
    let (out, err) = (child.stdout.take().ok_or_else(doing)?, child.stderr.take().ok_or_else(doing)?);
    let id = child.id();
    let reading =
        async { tokio::join!(read_lines(out, &lines, SpokenLine::Answer), read_lines(err, &lines, SpokenLine::Word)) };
    tokio::pin!(reading, stop);
    let ((stdout, cut_out), (stderr, cut_err)) = tokio::select! {
        read = &mut reading => read,
        () = &mut stop => {
            signal(id, Signal::SIGTERM);
            match tokio::time::timeout(PATIENCE, &mut reading).await {
                Ok(read) => read,
                Err(_) => {
                    signal(id, Signal::SIGKILL);
                    reading.await
                }
            }
        }
    };
    Ok(CommandAnswer { code: exit_code(&mut child).await?, stdout, stderr, is_cut: cut_out || cut_err })
}

fn signal(id: Option<u32>, signal: Signal) {
    let id = id.and_then(|id| i32::try_from(id).ok());
    // One that has ended meanwhile needs no signal.
    let _ = id.map(|id| kill(Pid::from_raw(id), signal));
}

async fn exit_code(child: &mut Child) -> Result<i32> {
    use std::os::unix::process::ExitStatusExt;
    let status = child.wait().await.map_err(|e| Error::failed("waiting for this program's command", e))?;
    Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

/// Everything that a stream says until its end; the second value tells whether some of it was left out.
async fn read_lines(
    stream: impl AsyncRead + Unpin,
    lines: &UnboundedSender<SpokenLine>,
    kind: fn(String) -> SpokenLine,
) -> (String, bool) {
    let mut stream = BufReader::new(stream);
    let (mut all, mut line, mut is_cut) = (String::new(), Vec::new(), false);
    while stream.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        match all.len() + text.len() <= KEPT {
            true => all.push_str(&text),
            false => is_cut = true,
        }
        // Nobody has to listen.
        let _ = lines.send(kind(text.trim_end_matches(['\r', '\n']).to_owned()));
        line.clear();
    }
    (all, is_cut)
}
