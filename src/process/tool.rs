//! Short tool calls that are waited for: git, compilers asked for their version.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// A call to be made. It inherits this process's environment, changed by [`Tool::env`] and [`Tool::env_remove`], and
/// runs in a process group of its own, so that Ctrl-C on the terminal does not end it half way.
#[derive(Debug, Clone)]
pub struct Tool {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, Option<OsString>)>,
    cwd: Option<PathBuf>,
    stdin: Vec<u8>,
    patience: Option<Duration>,
}

/// Set when everything is to end at once.
static HURRY: AtomicBool = AtomicBool::new(false);

/// How long a call with a limit may still take once everything is to end.
const HURRIED: Duration = Duration::from_secs(3);

/// Between two looks at whether to hurry.
const LOOK: Duration = Duration::from_millis(100);

/// Whether all calls that have a limit of time, those under way and those to come, are to end within seconds: somebody wants
/// this program gone.
pub fn hurry(yes: bool) {
    HURRY.store(yes, Ordering::Relaxed);
}

/// How a call ended, and everything it said. Exactly one of `code` and `signal` is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    /// Exit code, when it exited by itself.
    pub code: Option<i32>,
    /// Signal that ended it.
    pub signal: Option<i32>,
    /// All of standard output.
    pub stdout: Vec<u8>,
    /// All of standard error.
    pub stderr: Vec<u8>,
}

impl From<Output> for ToolOutput {
    fn from(output: Output) -> ToolOutput {
        ToolOutput {
            code: output.status.code(),
            signal: output.status.signal(),
            stdout: output.stdout,
            stderr: output.stderr,
        }
    }
}

impl ToolOutput {
    /// Whether it exited with 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

impl Tool {
    /// A call of `program`: a name looked up in `PATH`, or a path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Tool {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            stdin: Vec::new(),
            patience: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Takes a variable out of the inherited environment.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), None));
        self
    }

    /// Sets the working folder.
    #[must_use]
    pub fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.cwd = Some(folder.as_ref().to_owned());
        self
    }

    /// The working folder that was set.
    pub fn folder(&self) -> Option<&Path> {
        self.cwd.as_deref()
    }

    /// Gives it `bytes` on standard input; without this call it reads `/dev/null`.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Gives it a limit of time. A call that takes longer is ended, with what it started in its group, and is an error.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// The program cannot be started ([`io::ErrorKind::NotFound`] when it is not installed) or not be read from.
    pub fn output(&self) -> io::Result<ToolOutput> {
        match self.stdin.is_empty() {
            true => self.run(None::<fn(&mut dyn Write) -> io::Result<()>>),
            false => self.output_fed(|pipe| pipe.write_all(&self.stdin)),
        }
    }

    /// Runs it to its end, its standard input written by `feed` as it reads, so that the whole never lies in memory.
    ///
    /// # Errors
    /// As [`Tool::output`], and what `feed` returns. A program that stops reading early is no error: its exit code says.
    pub fn output_fed(&self, feed: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send) -> io::Result<ToolOutput> {
        self.run(Some(feed))
    }

    /// Runs it for at most `patience`; none when it takes longer: it is ended then, with what it started in its group.
    ///
    /// # Errors
    /// As [`Tool::output`].
    pub fn output_within(&self, patience: Duration) -> io::Result<Option<ToolOutput>> {
        let mut command = self.command();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let group = i32::try_from(child.id()).map(Pid::from_raw);
        let (sender, answer) = channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = answer.recv_timeout(patience) else {
            // It may have ended in this very moment; then there is nothing to end.
            let _gone = group.map(|group| killpg(group, Signal::SIGKILL));
            return Ok(None);
        };
        output.map(ToolOutput::from).map(Some)
    }

    fn run(&self, feed: Option<impl FnOnce(&mut dyn Write) -> io::Result<()> + Send>) -> io::Result<ToolOutput> {
        let stdin = if feed.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.command().stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let pipe = child.stdin.take();
        let group = i32::try_from(child.id()).map(Pid::from_raw).ok();
        // The writer has a thread of its own: a child that answers before it has read everything would deadlock us.
        let (fed, output) = std::thread::scope(|scope| {
            let writer = feed.zip(pipe).map(|(feed, mut pipe)| scope.spawn(move || feed(&mut pipe)));
            let output = match self.patience {
                None => child.wait_with_output(),
                Some(patience) => {
                    let (sender, answer) = channel();
                    std::thread::spawn(move || sender.send(child.wait_with_output()));
                    wait_within(&answer, patience, group)
                }
            };
            let fed = writer.map_or(Ok(Ok(())), |writer| writer.join());
            (fed.unwrap_or_else(|_| Err(io::Error::other("the writer of standard input panicked"))), output)
        });
        match fed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
        output.map(ToolOutput::from)
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).process_group(0);
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.cwd {
            command.current_dir(folder);
        }
        command
    }
}

/// The answer of a call, which is ended when it takes too long.
fn wait_within(answer: &Receiver<io::Result<Output>>, patience: Duration, group: Option<Pid>) -> io::Result<Output> {
    let (begun, mut hurried) = (Instant::now(), None);
    loop {
        match answer.recv_timeout(LOOK.min(patience)) {
            Ok(output) => return output,
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the call's thread ended")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if hurried.is_none() && HURRY.load(Ordering::Relaxed) {
            hurried = Some(Instant::now());
        }
        if begun.elapsed() >= patience || hurried.is_some_and(|since| since.elapsed() >= HURRIED) {
            // It may have ended in this very moment; then there is nothing to end. What it started ends with it.
            let _gone = group.map(|group| killpg(group, Signal::SIGKILL));
            let why = format!("it took longer than {} s and was stopped", begun.elapsed().as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_ended_with_what_it_started() {
        let begun = Instant::now();
        let slow = Tool::new("sh").arg("-c").arg("sleep 60 & sleep 60").patience(Duration::from_millis(200));
        assert_eq!(slow.output().unwrap_err().kind(), io::ErrorKind::TimedOut);
        let fed = Tool::new("sleep").arg("60").patience(Duration::from_millis(200));
        let endless = |pipe: &mut dyn Write| loop {
            pipe.write_all(&[0; 4096])?;
        };
        assert_eq!(fed.output_fed(endless).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() < Duration::from_secs(30));
        let quick = Tool::new("sh").arg("-c").arg("echo done").patience(Duration::from_secs(60));
        assert_eq!(quick.output().unwrap().stdout, b"done\n");
    }

    #[test]
    fn big_input_and_output_do_not_deadlock() {
        let bytes = vec![b'x'; 4 << 20];
        let output = Tool::new("cat").stdin(bytes.clone()).output().unwrap();
        assert!(output.success());
        assert_eq!(output.stdout.len(), bytes.len());
    }

    #[test]
    fn ends_and_streams_are_told_apart() {
        let sh = |text: &str| Tool::new("sh").arg("-c").arg(text).env("A", "1").env_remove("HOME").output().unwrap();
        let left = sh("echo out$A$HOME; echo err >&2; exit 3");
        let expected = ToolOutput { code: Some(3), signal: None, stdout: b"out1\n".into(), stderr: b"err\n".into() };
        assert_eq!(left, expected);
        assert_eq!(sh("kill -9 $$").signal, Some(9));
        assert_eq!(Tool::new("no-such-program-here").output().unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_child_that_does_not_read_is_no_error() {
        let output = Tool::new("true").stdin(vec![0; 1 << 20]).output().unwrap();
        assert!(output.success());
        let refused = Tool::new("cat").output_fed(|_| Err(io::Error::other("no"))).unwrap_err();
        assert_eq!(refused.to_string(), "no");
    }
}
