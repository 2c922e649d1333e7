//! The set-up command of a slot.

use std::time::Duration;

use super::fence::{self, Inside};
use super::slot::{Ready, setup_record};
use crate::model::{CommandSpec, Error, Limits, Oid, Result, Stdin};
use crate::process::{End, Extras, StopSignal};
use crate::run::run_env::{Place, RunEnv};
use crate::run::worker::{end_of_file, end_words};

/// Longest set-up, seconds: a cold `npm ci` of a large project takes minutes.
const SETUP_TIME: u64 = 30 * 60;

/// Runs the set-up command: once in an agent's slot, before every check in a gate's slot, whose ignored files are
/// removed each time. Its output goes to `log`, relative to the run's folder.
///
/// # Errors
/// It failed, with the end of its output.
pub async fn set_up(site: &RunEnv, ready: &Ready, base: &Oid, once: bool, log: &str, stop: StopSignal) -> Result<()> {
    let Some(text) = site.info.options.worktree.setup.clone() else { return Ok(()) };
    let record = setup_record(site, &ready.slot.name);
    if once && std::fs::read_to_string(&record).is_ok_and(|done| done == text) {
        return Ok(());
    }
    let doing = || format!("running the set-up command in `{}`", ready.slot.path.display());
    let log = site.log(log).map_err(|e| Error::failed(doing(), e))?;
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: base.as_str(), attempt: None };
    let spec = CommandSpec {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), text.clone()],
        cwd: ready.slot.path.clone(),
        env: site.environment(&place, &[]),
        stdin: Stdin::None,
        log: log.clone(),
        limits: Limits { wall: Some(Duration::from_secs(SETUP_TIME)), ..Limits::default() },
    };
    let spec = fence::around(site, ready, spec, Inside::Tool)?;
    let ended = site.perform(&ready.slot, spec, stop, |_| {}, Extras::default()).await;
    if ended.end != End::Exited(0) {
        let output = end_of_file(&log, 600);
        let cause = format!("`{text}` ended with {}: {}", end_words(&ended.end), output.trim());
        return Err(Error::failed(doing(), cause).hint(format!("its output: {}", log.display())));
    }
    if once {
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(site.slots.join(".setup"))?;
            std::fs::write(&record, &text)
        };
        write().map_err(|e| Error::failed(doing(), e))?;
    }
    Ok(())
}
