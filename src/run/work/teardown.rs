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

const NOTING: &str = "noting what ends with a worktree";
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

/// A command that is to be run before a worktree goes.
pub(super) struct NotedCommand<'a> {
    /// What it ends: `service db`.
    pub(super) name: String,
    /// Its text.
    pub(super) text: &'a str,
}

/// What stands before the name of what a command ends.
const BEFORE_NAME: &str = ".teardown-";
/// What stands before the name of a service in the file of what is known of it; it goes with the worktree.
pub(super) const SERVICE: &str = ".service-";

/// A file beside the setup record of a worktree.
pub(super) fn noted_beside(slots: &Path, slot: &str, what: &str) -> PathBuf {
    slots.join(".setup").join(format!("{slot}{what}"))
}

fn file_of(slots: &Path, slot: &str) -> PathBuf {
    noted_beside(slots, slot, ".teardown")
}

fn beginning_with(slots: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(slots.join(".setup")).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    let mut files: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// The files of everything that is noted under the name of a worktree: the project's own command first, since it may still
/// need its services.
fn noted_files(slots: &Path, slot: &str) -> Vec<PathBuf> {
    let files = beginning_with(slots, &format!("{slot}{BEFORE_NAME}"));
    let own = Some(file_of(slots, slot)).filter(|file| file.exists());
    own.into_iter().chain(files).collect()
}

/// Notes the project's teardown command after its setup, or forgets an earlier one.
///
/// # Errors
/// It cannot be written.
pub(super) fn note_or_forget(site: &RunEnv, ready: &Ready, base: &Oid) -> Result<()> {
    let file = file_of(&site.slots, &ready.slot.name);
    match &site.info.options.worktree.teardown {
        Some(text) => write_note(site, ready, base, text, &file),
        None => match fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::failed(NOTING, e)),
            _ => Ok(()),
        },
    }
}

/// Notes what else is to be run before a worktree goes.
///
/// # Errors
/// It cannot be written.
pub(super) fn note(site: &RunEnv, ready: &Ready, base: &Oid, command: &NotedCommand<'_>) -> Result<()> {
    let name = command.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let file = noted_beside(&site.slots, &ready.slot.name, &format!("{BEFORE_NAME}{name}"));
    write_note(site, ready, base, command.text, &file)
}

fn write_note(site: &RunEnv, ready: &Ready, base: &Oid, text: &str, file: &Path) -> Result<()> {
    let log = site.log(&format!("logs/teardown-{}.log", ready.slot.name)).map_err(|e| Error::failed(NOTING, e))?;
    let CommandSpec { program, args, cwd, env, log, .. } = fenced(site, ready, base, text, &log, TEARDOWN_TIME)?;
    let Marker { repo, run, .. } = site.marker.clone();
    let noted = Teardown { repo, run, text: text.to_owned(), program, args, cwd, env, log };
    let bytes = serde_json::to_vec(&noted).map_err(|e| Error::failed(NOTING, e))?;
    let folder = file.parent().unwrap_or(&site.slots);
    let write = || fs::create_dir_all(folder).and_then(|()| write_private(file, &bytes));
    write().map_err(|e| Error::failed(NOTING, e))
}

/// Only for its owner.
pub(super) fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::write(file, bytes)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

/// Runs what was noted for a worktree in a folder of slots, once. Gates' places have their notes beside those of agents.
/// Gives what went wrong, in words. Blocking: for no thread that drives others.
pub fn tear_down(slots: &Path, slot: &Slot) -> Option<String> {
    let mine = |file: PathBuf| {
        let noted: Teardown = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
        noted.cwd.starts_with(&slot.path).then_some((file, noted))
    };
    let noted: Vec<(PathBuf, Teardown)> = noted_files(slots, &slot.name).into_iter().filter_map(mine).collect();
    if noted.is_empty() {
        return None;
    }
    for record in beginning_with(slots, &format!("{}{SERVICE}", slot.name)) {
        let _it_may_be_gone = fs::remove_file(record);
    }
    let work = run_all(noted, slot);
    match Handle::try_current() {
        Ok(handle) => handle.block_on(work),
        Err(_) => match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(work),
            Err(error) => Some(format!("the teardown command could not be started: {error}")),
        },
    }
}

async fn run_all(all: Vec<(PathBuf, Teardown)>, slot: &Slot) -> Option<String> {
    let mut wrong = Vec::new();
    for (file, noted) in all {
        // Whatever comes of it: a worktree that goes is not to be held up a second time.
        let _once = fs::remove_file(file);
        wrong.extend(run_noted(noted, slot).await);
    }
    (!wrong.is_empty()).then(|| wrong.join("; "))
}

async fn run_noted(noted: Teardown, slot: &Slot) -> Option<String> {
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
