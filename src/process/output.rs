//! What a command says, on its way to the log: through the launcher, so that no secret gets there.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tokio::net::unix::pipe;

use super::launch_protocol::LaunchOrder;
use crate::model::secrets::{Cleaner, Secrets};

/// Taken at once: what a pipe holds.
const CHUNK: usize = 64 << 10;

/// The log, and the end of the pipe that the command writes into.
#[derive(Debug)]
pub(super) struct Output {
    log: File,
    /// None after its end.
    pipe: Option<pipe::Receiver>,
    cleaner: Cleaner,
    chunk: Vec<u8>,
}

impl Output {
    /// Opens the log, and gives the end of the pipe for the command. The error is a sentence.
    pub(super) fn open(order: &LaunchOrder) -> Result<(Output, OwnedFd), String> {
        let path = Path::new(&order.log);
        let log = OpenOptions::new().create(true).append(true).mode(crate::model::PRIVATE_MODE).open(path);
        let log = log.map_err(|e| format!("the log `{}` cannot be written: {e}", path.display()))?;
        let piped = || -> std::io::Result<_> {
            let (read, write) = std::io::pipe()?;
            Ok((pipe::Receiver::from_owned_fd(nonblocking(read.into())?)?, write.into()))
        };
        let (pipe, end) = piped().map_err(|e| format!("its output cannot be taken: {e}"))?;
        let cleaner = Cleaner::new(Secrets::new(order.secrets.iter().cloned()));
        Ok((Output { log, pipe: Some(pipe), cleaner, chunk: vec![0; CHUNK] }, end))
    }

    /// Waits for output and writes it; never returns after its end.
    pub(super) async fn forward(&mut self) {
        let Some(pipe) = &self.pipe else { return std::future::pending().await };
        if pipe.readable().await.is_err() {
            self.pipe = None;
            return;
        }
        match pipe.try_read(&mut self.chunk) {
            Ok(0) => self.pipe = None,
            Ok(length) => {
                let clean = self.cleaner.push(&self.chunk[..length]);
                self.write(&clean);
            }
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => self.pipe = None,
        }
    }

    /// Everything of the command is gone: writes what is left.
    pub(super) fn finish(&mut self) {
        // Past tokio, which answers from the last event it was told of.
        while let Some(pipe) = &self.pipe {
            match nix::unistd::read(pipe, &mut self.chunk) {
                Ok(0) | Err(_) => self.pipe = None,
                Ok(length) => {
                    let clean = self.cleaner.push(&self.chunk[..length]);
                    self.write(&clean);
                }
            }
        }
        let rest = self.cleaner.finish();
        self.write(&rest);
    }

    /// A log that cannot be written (a full disk) must not stop the command: its work counts, not its words.
    fn write(&mut self, bytes: &[u8]) {
        let _ = self.log.write_all(bytes);
    }
}

fn nonblocking(end: OwnedFd) -> std::io::Result<OwnedFd> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(&end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(end)
}
