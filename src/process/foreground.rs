//! This program once more, on our terminal: what it says and asks is for the one who sits there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::launch_forms::this_program;
use crate::model::{Error, Result};

/// Between two looks at whether it has ended, and at what else is to be answered.
const LOOK: Duration = Duration::from_millis(30);

/// Runs this program with `args` in `cwd` on our terminal, until it ends; its exit code. `meanwhile` is called again and
/// again: a Ctrl-Z stops both, and the shell waits for both.
///
/// # Errors
/// It cannot be started.
pub fn run_in_foreground(args: &[OsString], cwd: &Path, mut meanwhile: impl FnMut()) -> Result<i32> {
    use std::os::unix::process::ExitStatusExt;
    let failed = |e: std::io::Error| Error::failed("starting this program once more", e);
    let mut child = this_program().args(args).current_dir(cwd).spawn().map_err(failed)?;
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
        }
        meanwhile();
        std::thread::sleep(LOOK);
    }
}

/// Runs it in the background, without input; its exit code and what it said, its answer first.
///
/// # Errors
/// It cannot be started.
pub fn run_unseen(args: &[OsString], cwd: &Path) -> Result<(i32, String)> {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    let output =
        this_program().args(args).current_dir(cwd).process_group(0).stdin(std::process::Stdio::null()).output();
    let output = output.map_err(|e| Error::failed("starting this program once more", e))?;
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    Ok((code, String::from_utf8_lossy(&said).into_owned()))
}

/// Runs the user's shell in `cwd` on our terminal, until it ends.
///
/// # Errors
/// It cannot be started.
pub fn run_shell(cwd: &Path, env: &BTreeMap<String, String>) -> Result<()> {
    let shell = env.get("SHELL").map(String::as_str).filter(|shell| shell.starts_with('/')).unwrap_or("sh");
    let status = std::process::Command::new(shell).current_dir(cwd).status();
    status.map(drop).map_err(|e| Error::failed(format!("starting `{shell}`"), e))
}
