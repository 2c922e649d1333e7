//! Beginning in the background: this program again, without the terminal.

use std::ffi::OsString;
use std::time::Duration;

use super::here::Here;
use crate::journal::RunPaths;
use crate::model::{Error, Result, RunId};
use crate::process::detach;

/// Between two looks for a sign of life.
const LOOK: Duration = Duration::from_millis(20);

/// Lines of its log that are told when it ended at once.
const TOLD: usize = 8;

/// What came of starting in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InBackground {
    /// It lives: this run is its.
    Lives(RunId),
    /// It ended at once, with this exit code and these last words.
    Ended(u8, String),
}

/// Starts this program with `args` and waits for its first sign of life: a run that was not there before.
///
/// # Errors
/// It cannot be started.
pub fn begin(here: &Here, args: &[OsString]) -> Result<InBackground> {
    let known = here.store.runs();
    watched(here, args, || here.store.runs().into_iter().find(|run| !known.contains(run)))
}

/// Starts this program with `args`, which go on with a run, and waits until something is written into its journal.
///
/// # Errors
/// It cannot be started.
pub fn go_on(here: &Here, paths: &RunPaths, args: &[OsString]) -> Result<InBackground> {
    let length = || std::fs::metadata(paths.journal()).map_or(0, |file| file.len());
    let before = length();
    watched(here, args, || (length() > before).then(|| paths.run.clone()))
}

fn watched(here: &Here, args: &[OsString], alive: impl Fn() -> Option<RunId>) -> Result<InBackground> {
    std::fs::create_dir_all(here.store.root()).map_err(|e| Error::failed("making the folder of runs", e))?;
    let log = here.store.root().join("detached.log");
    let before = std::fs::metadata(&log).map_or(0, |file| file.len());
    let mut child = detach::start(args, &log)?;
    loop {
        let ended = child.ended()?;
        if let Some(run) = alive() {
            return Ok(InBackground::Lives(run));
        }
        if let Some(code) = ended {
            let text = std::fs::read(&log).unwrap_or_default();
            let own = text.get(usize::try_from(before).unwrap_or(0)..).unwrap_or_default();
            let own = String::from_utf8_lossy(own);
            let last =
                own.lines().rev().take(TOLD).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
            return Ok(InBackground::Ended(u8::try_from(code).unwrap_or(1), last));
        }
        std::thread::sleep(LOOK);
    }
}
