//! A program that is asked line by line for as long as it is needed, and that may fall silent or die.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::tool::Tool;

/// How long it may take to leave once its input has ended.
const LEAVES: Duration = Duration::from_secs(5);

/// A program under way, in a process group of its own. Its input ends when this is dropped, or when this process is gone.
#[derive(Debug)]
pub struct LineServer {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl LineServer {
    /// Starts `tool`; what it says on standard error goes into the file `log`.
    ///
    /// # Errors
    /// It cannot be started, or the file not be made.
    pub fn start(tool: &Tool, log: &Path) -> io::Result<LineServer> {
        let log = std::fs::File::create(log)?;
        let mut command = tool.command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (sender, lines) = channel();
        // It ends with the program: nobody listens then, or nothing comes any more.
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        });
        Ok(LineServer { child, input, lines })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes a line.
    ///
    /// # Errors
    /// It has ended.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(format!("{line}\n").as_bytes()).and_then(|()| input.flush())
    }

    /// Its next line.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] when none comes in time, [`io::ErrorKind::UnexpectedEof`] when it has ended.
    pub fn hear(&mut self, patience: Duration) -> io::Result<String> {
        self.lines.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => io::ErrorKind::TimedOut.into(),
            RecvTimeoutError::Disconnected => io::ErrorKind::UnexpectedEof.into(),
        })
    }
}

impl Drop for LineServer {
    fn drop(&mut self) {
        self.input = None;
        // Once its output has ended it is on its way out; what it still says nobody reads.
        let leaves = |lines: &Receiver<String>| loop {
            match lines.recv_timeout(LEAVES) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        };
        if !leaves(&self.lines)
            && let Ok(group) = i32::try_from(self.child.id())
        {
            // It may have ended in this very moment; then there is nothing to end.
            let _gone = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ended = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(text: &str) -> (LineServer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let line_server = LineServer::start(&Tool::new("sh").arg("-c").arg(text), &folder.path().join("log")).unwrap();
        (line_server, folder)
    }

    #[test]
    fn it_answers_and_what_it_complains_of_is_kept() {
        let (mut cat, folder) = start("echo ready >&2; exec cat");
        for text in ["one", "two"] {
            cat.say(text).unwrap();
            assert_eq!(cat.hear(Duration::from_secs(60)).unwrap(), text);
        }
        drop(cat);
        assert_eq!(std::fs::read_to_string(folder.path().join("log")).unwrap(), "ready\n");
    }

    #[test]
    fn silence_and_death_are_told_apart() {
        let (mut silent, _folder) = start("read x; exec cat");
        assert_eq!(silent.hear(Duration::from_millis(50)).unwrap_err().kind(), io::ErrorKind::TimedOut);
        let (mut dying, _folder) = start("read x; exit 3");
        dying.say("please").unwrap();
        assert_eq!(dying.hear(Duration::from_secs(60)).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn one_that_does_not_leave_is_ended_with_what_it_started() {
        let (deaf, _folder) = start("sleep 600 & exec sleep 600");
        let begun = std::time::Instant::now();
        drop(deaf);
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
