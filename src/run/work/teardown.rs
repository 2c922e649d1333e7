//! What a project wants done before a worktree of it goes: databases dropped, containers ended.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Handle};

use super::ready::Ready;
use super::setup_command::fenced;
use crate::git::Slot;
use crate::model::{CommandSpec, Error, Limits, Oid, Result, RunId, Stdin};
use crate::process::{End, Marker, StopSignal};
use crate::run::run_env::RunEnv;
use crate::run::worker::{end_of_file, end_words};

/// Longest teardown, seconds.
const TEARDOWN_TIME: u64 = 5 * 60;

/// The command as setup's environment and fence were, so that whoever removes the worktree later needs nothing else.
#[derive(Debug, Serialize, Deserialize)]
struct Teardown {
    repo: String,
    run: RunId,
    text: String,
    program: String,
    args: Vec<String>,
    cwd: PathBuf,
    env: BTreeMap<String, String>,
    log: PathBuf,
}

fn file_of(slots: &Path, name: &str) -> PathBuf {
    slots.join(".setup").join(format!("{name}.teardown"))
}

/// Notes what is to be run before a worktree goes, after its setup.
///
/// # Errors
/// It cannot be written.
pub(super) fn note(site: &RunEnv, ready: &Ready, base: &Oid) -> Result<()> {
    let file = file_of(&site.slots, &ready.slot.name);
    let doing = |e: std::io::Error| Error::failed("noting the teardown command", e);
    let Some(text) = site.info.options.worktree.teardown.clone() else {
        return match fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(doing(e)),
            _ => Ok(()),
        };
    };
    let log = site.log(&format!("logs/teardown-{}.log", ready.slot.name)).map_err(doing)?;
    let CommandSpec { program, args, cwd, env, log, .. } = fenced(site, ready, base, &text, &log, TEARDOWN_TIME)?;
    let Marker { repo, run, .. } = site.marker.clone();
    let noted = Teardown { repo, run, text, program, args, cwd, env, log };
    let bytes = serde_json::to_vec(&noted).map_err(|e| Error::failed("noting the teardown command", e))?;
    write_private(&file, &bytes).map_err(doing)
}

/// Only for its owner.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::write(file, bytes)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

/// Runs what was noted for a worktree, once. Gives what went wrong, in words. Blocking: for no thread that drives others.
pub fn tear_down(slots: &Path, slot: &Slot) -> Option<String> {
    if !file_of(slots, &slot.name).exists() {
        return None;
    }
    let work = run_noted(slots, slot);
    match Handle::try_current() {
        Ok(handle) => handle.block_on(work),
        Err(_) => match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(work),
            Err(error) => Some(format!("the teardown command could not be started: {error}")),
        },
    }
}

async fn run_noted(slots: &Path, slot: &Slot) -> Option<String> {
    let file = file_of(slots, &slot.name);
    let noted: Teardown = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
    // Whatever comes of it: a worktree that goes is not to be held up a second time.
    let _once = fs::remove_file(&file);
    if !slot.path.is_dir() {
        return Some(format!("`{}` could not run: the worktree `{}` is gone already", noted.text, slot.name));
    }
    if let Some(folder) = noted.log.parent() {
        let _made = fs::create_dir_all(folder);
    }
    let Teardown { repo, run, text, program, args, cwd, env, log } = noted;
    if let Some(tmp) = env.get("TMPDIR") {
        let _made = fs::create_dir_all(tmp);
    }
    let limits = Limits { wall: Some(Duration::from_secs(TEARDOWN_TIME)), ..Limits::default() };
    let spec = CommandSpec { program, args, cwd, env, stdin: Stdin::None, log: log.clone(), limits };
    let ended = crate::process::run(&spec, &Marker::new(repo, run), StopSignal::new(), |_| {}).await;
    (ended.end != End::Exited(0)).then(|| {
        let output = end_of_file(&log, 400);
        format!("`{text}` ended with {}: {}", end_words(&ended.end), output.trim())
    })
}
