//! Agents that wait for the test.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::until;

/// A named pipe that a program reads until the test lets it go.
#[derive(Debug, Clone)]
pub struct Fifo {
    path: PathBuf,
}

/// A program that reads the pipe. It goes on when this is dropped.
#[derive(Debug)]
pub struct Held {
    _open: File,
}

impl Fifo {
    /// Makes it.
    pub fn make(path: &Path) -> Fifo {
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        Fifo { path: path.to_owned() }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A command that waits at it.
    pub fn hold(&self) -> String {
        format!("cat {}", self.path.display())
    }

    /// Whether somebody waits at it now; then they are held.
    pub fn caught(&self) -> Option<Held> {
        // Opening for writing without waiting succeeds only when somebody reads.
        let flags = nix::fcntl::OFlag::O_NONBLOCK.bits();
        std::fs::OpenOptions::new()
            .write(true)
            .custom_flags(flags)
            .open(&self.path)
            .ok()
            .map(|open| Held { _open: open })
    }

    /// Waits until somebody waits at it.
    pub fn wait(&self) -> Held {
        let mut held = None;
        until(&format!("somebody waits at {}", self.path.display()), || {
            held = self.caught();
            held.is_some()
        });
        held.unwrap()
    }
}
