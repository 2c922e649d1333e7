//! This program again, without the terminal (`--detach`).

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

use super::ProcessId;
use super::launch_forms::{DETACHED, SUBCOMMAND, this_program};
use crate::model::{Error, Result};

/// The detached program, as long as its starter looks.
#[derive(Debug)]
pub struct Detached {
    /// Which process.
    pub id: ProcessId,
    child: Child,
}

impl Detached {
    /// Its exit code if it has ended already (128 + the signal's number when one ended it): somebody who waits for its
    /// first sign of life must not wait for a dead one.
    pub fn ended(&mut self) -> Result<Option<i32>> {
        use std::os::unix::process::ExitStatusExt;
        let status = self.child.try_wait().map_err(|e| Error::failed("looking after the detached run", e))?;
        Ok(status.map(|status| status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))))
    }

    /// Ends it by SIGKILL, as a crash would, and waits until it is gone.
    pub fn kill(&mut self) -> Result<()> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(drop).map_err(|e| Error::failed("ending the detached run", e))
    }
}

/// Starts this program with `args` in a session of its own: same environment and working folder, no input, both
/// outputs appended to `log`. It goes on when we end, and when the terminal closes.
pub fn start(args: &[OsString], log: &Path) -> Result<Detached> {
    start_with(this_program(), args, log)
}

/// As [`start`], from another folder.
pub fn start_in(folder: &Path, args: &[OsString], log: &Path) -> Result<Detached> {
    let mut program = this_program();
    program.current_dir(folder);
    start_with(program, args, log)
}

/// As [`start`], with the program given: tests are not git-orca.
pub fn start_with(mut program: std::process::Command, args: &[OsString], log: &Path) -> Result<Detached> {
    let doing = || format!("starting in the background with the log `{}`", log.display());
    let out = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(crate::model::PRIVATE_MODE)
        .open(log)
        .map_err(|e| Error::failed(doing(), e))?;
    let err = out.try_clone().map_err(|e| Error::failed(doing(), e))?;
    program.args([SUBCOMMAND, DETACHED]).args(args).stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
    let child = program.spawn().map_err(|e| Error::failed(doing(), e))?;
    match ProcessId::of(child.id()) {
        Some(id) => Ok(Detached { id, child }),
        None => Err(Error::failed(doing(), "it ended at once").hint(format!("cat {}", log.display()))),
    }
}
