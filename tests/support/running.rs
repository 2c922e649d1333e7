//! The program while it runs, and what it said.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::until;

/// A started git orca. Killed when dropped before its end.
#[derive(Debug)]
pub struct Running {
    child: Child,
    words: String,
    stdout: tempfile::NamedTempFile,
    stderr: tempfile::NamedTempFile,
}

/// How it ended and what it said.
#[derive(Debug, Clone)]
pub struct Output {
    /// Exit code; 128 + the signal's number when one ended it.
    pub code: i32,
    /// The answer.
    pub stdout: String,
    /// The narration.
    pub stderr: String,
    words: String,
}

impl Running {
    /// Starts `command`, its streams in files below `tmp`.
    pub fn start(mut command: Command, tmp: &Path) -> Running {
        let file = || tempfile::NamedTempFile::new_in(tmp).unwrap();
        let (stdout, stderr) = (file(), file());
        let reopened = |file: &tempfile::NamedTempFile| File::options().append(true).open(file.path()).unwrap();
        command.stdout(reopened(&stdout)).stderr(reopened(&stderr));
        let words = command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
        Running { child: command.spawn().unwrap(), words, stdout, stderr }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has said on standard error so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.stderr.path()).unwrap()).into_owned()
    }

    /// What it has said on standard output so far.
    pub fn answered(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.stdout.path()).unwrap()).into_owned()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Output {
        use std::os::unix::process::ExitStatusExt;
        let words = self.words.clone();
        until(&format!("`git orca {words}` ends"), || self.has_ended());
        let status = self.child.wait().unwrap();
        Output {
            code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap()),
            stdout: String::from_utf8_lossy(&std::fs::read(self.stdout.path()).unwrap()).into_owned(),
            stderr: self.said(),
            words,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended usually.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Output {
    /// Checks the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Output {
        assert_eq!(self.code, code, "git orca {}\n--- stdout\n{}--- stderr\n{}", self.words, self.stdout, self.stderr);
        self
    }

    /// Checks that standard output contains all of `words`.
    #[track_caller]
    pub fn answers(self, words: &[&str]) -> Output {
        for word in words {
            assert!(self.stdout.contains(word), "`{word}` is no answer of git orca {}:\n{}", self.words, self.stdout);
        }
        self
    }

    /// Checks that standard error contains all of `words`.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Output {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not said by git orca {}:\n{}", self.words, self.stderr);
        }
        self
    }
}
