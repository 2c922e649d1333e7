//! Setup of a worktree: run when what it reads has changed or its products are gone, and never counted as work.
//!
//! An agent's worktree keeps what setup made as far as git ignores it. What git would see goes with every reset, so that
//! such a setup runs again, on the very commit that an attempt starts from. In a gate's worktree nothing stays: there the
//! products are put back before each check, from a copy that judged code cannot write.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ready::Ready;
use super::setup_command::fenced;
use super::setup_inputs;
use super::{fixtures, products, services, teardown};
use crate::git::{self, Baseline, IgnoredFiles, Slot};
use crate::journal::RunPaths;
use crate::model::{Error, Oid, Result, Task};
use crate::process::{End, Extras, StopSignal};
use crate::run::run_env::RunEnv;
use crate::run::worker::{end_of_file, end_words};

/// Longest setup, seconds: a cold `npm ci` of a large project takes minutes.
const SETUP_TIME: u64 = 30 * 60;

/// Who works in a worktree afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpFor {
    /// An agent: ignored files stay from one attempt to the next.
    Agent,
    /// A gate: nothing stays.
    Gate,
}

/// What is known of the last setup in a worktree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct SetUpRecord {
    command: String,
    /// What it read, as a digest.
    inputs: String,
    /// Topmost paths that were not there before.
    products: Vec<String>,
    /// Whether it left what git sees.
    is_seen: bool,
    /// Whether it changed files of the commit.
    rewrites: bool,
    /// What of it git ignores.
    ignored: IgnoredFiles,
    /// Whether it was begun and not ended.
    is_running: bool,
}

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// Run the command.
    Run,
    /// Put its products back.
    PutBack,
    /// Everything is there.
    Nothing,
}

/// What a worktree needs. Pure.
fn needed(
    whose: SetUpFor,
    last: &SetUpRecord,
    command: &str,
    inputs: &str,
    has_products: bool,
    has_copy: bool,
) -> Needed {
    let is_fresh = last.command == command && last.inputs == inputs && !last.is_running;
    match whose {
        _ if !is_fresh || last.rewrites => Needed::Run,
        SetUpFor::Agent if last.is_seen || !has_products => Needed::Run,
        SetUpFor::Agent => Needed::Nothing,
        SetUpFor::Gate if has_copy => Needed::PutBack,
        SetUpFor::Gate => Needed::Run,
    }
}

fn folder(slots: &Path) -> PathBuf {
    slots.join(".setup")
}

fn record_of(slots: &Path, name: &str) -> PathBuf {
    folder(slots).join(name)
}

/// Where the products of a gate's worktree are kept.
fn copy_of(slots: &Path, name: &str) -> PathBuf {
    folder(slots).join(format!("{name}.products"))
}

/// Where the baseline of a worktree lies: in the run's folder.
fn baseline_folder(paths: &RunPaths, name: &str) -> PathBuf {
    paths.root().join("setup").join(name)
}

fn read_record(slots: &Path, name: &str) -> SetUpRecord {
    // One of an older version, or a torn one, knows nothing: then setup runs again.
    fs::read(record_of(slots, name)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn write_record(slots: &Path, name: &str, record: &SetUpRecord) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(slots))?;
    let new = folder(slots).join(format!("{name}.new"));
    fs::write(&new, serde_json::to_vec(record)?)?;
    fs::rename(new, record_of(slots, name))
}

/// Forgets what is known of a worktree that is made anew.
pub(super) fn forget(site: &RunEnv, name: &str) {
    let _may_be_missing = fs::remove_file(record_of(&site.slots, name));
    let _as_well = git::discard(&copy_of(&site.slots, name));
    let _and_this = git::discard(&baseline_folder(&site.paths, name));
    fixtures::forget(&site.slots, name);
}

/// What setup left in a slot, or was copied into it, and is nobody's work, but for what the task declares. `start` is the
/// commit that the attempt began with.
///
/// # Errors
/// It is there and cannot be read.
pub fn baseline(site: &RunEnv, task: &Task, slot: &Slot, start: &Oid) -> Result<Baseline> {
    let folder = baseline_folder(&site.paths, &slot.name);
    let record = read_record(&site.slots, &slot.name);
    if record.is_running {
        // It was cut short, before anybody could work: all that lies there is its.
        return Baseline::take(&site.repo, slot, &folder);
    }
    let (given, at) = fixtures::given(&site.slots, &slot.name);
    let ignored = record.ignored.with_copies(site.copies.checkout(), site.copies.paths()).with_folders(given, at);
    let baseline = Baseline::read(&folder)?.with_ignored(&site.repo, slot, start, &ignored)?;
    Ok(baseline.without(&|path| is_declared(task, path)))
}

/// The same for somebody who only looks; none while set-up runs.
///
/// # Errors
/// It is there and cannot be read.
pub fn left_by_set_up(paths: &RunPaths, slots: &Path, task: &Task, name: &str) -> Result<Option<Baseline>> {
    if read_record(slots, name).is_running {
        return Ok(None);
    }
    Ok(Some(Baseline::read(&baseline_folder(paths, name))?.without(&|path| is_declared(task, path))))
}

/// Whether a task says that it writes a path: then it counts whoever wrote it.
fn is_declared(task: &Task, path: &str) -> bool {
    task.files.iter().any(|file| {
        let declared = file.path.as_str().trim_end_matches('/');
        path == declared || path.strip_prefix(declared).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Makes sure that setup has been done in a worktree that stands at a commit, and gives what it left there that git sees.
/// Its output goes to `log`, relative to the run's folder.
///
/// # Errors
/// It failed, with the end of its output.
pub async fn set_up(
    site: &RunEnv,
    ready: &Ready,
    base: &Oid,
    how: (SetUpFor, &setup_inputs::Laid),
    log: &str,
    stop: StopSignal,
) -> Result<Baseline> {
    let baseline = install(site, ready, base, how, log, stop.clone()).await?;
    if site.info.options.services.is_empty() {
        return Ok(baseline);
    }
    services::renew(site, ready, base, log.trim_end_matches(".log"), &stop).await?;
    // Nobody has worked here yet: whatever lies there now is no work.
    tokio::task::block_in_place(|| noted(site, &ready.slot, true))
}

/// Runs the setup command where it has to run.
async fn install(
    site: &RunEnv,
    ready: &Ready,
    base: &Oid,
    (whose, laid): (SetUpFor, &setup_inputs::Laid),
    log: &str,
    stop: StopSignal,
) -> Result<Baseline> {
    let name = &ready.slot.name;
    let Some(command) = site.info.options.worktree.setup.clone() else {
        let _none_is_needed = git::discard(&baseline_folder(&site.paths, name));
        return Ok(Baseline::default());
    };
    let doing = |e: io::Error| Error::failed(format!("setting `{}` up", ready.slot.path.display()), e);
    let inputs = setup_inputs::digest(
        &site.repo,
        &git::slot_head(&site.repo, &ready.slot)?,
        laid,
        &command,
        &site.info.options.worktree.inputs,
    )?;
    let last = read_record(&site.slots, name);
    let has_products = last.products.iter().all(|path| ready.slot.path.join(path).symlink_metadata().is_ok());
    let copy = copy_of(&site.slots, name);
    match needed(whose, &last, &command, &inputs, has_products, copy.is_dir()) {
        Needed::Nothing => {
            git::discard(&baseline_folder(&site.paths, name)).map_err(doing)?;
            return Ok(Baseline::default());
        }
        Needed::PutBack => {
            tokio::task::block_in_place(|| products::put_back(&copy, &ready.slot.path)).map_err(doing)?;
            return noted(site, &ready.slot, last.is_seen);
        }
        Needed::Run => {}
    }
    // One at a time: what the first makes serves the others.
    let _turn = if whose == SetUpFor::Gate { Some(site.setting_up.lock().await) } else { None };
    if whose == SetUpFor::Gate
        && let Some((copy, is_seen)) = elsewhere(&site.slots, name, &command, &inputs)
        && tokio::task::block_in_place(|| products::put_back(&copy, &ready.slot.path)).is_ok()
    {
        return noted(site, &ready.slot, is_seen);
    }
    let begun = SetUpRecord {
        command: command.clone(),
        is_running: true,
        products: last.products.clone(),
        ..SetUpRecord::default()
    };
    write_record(&site.slots, name, &begun).map_err(doing)?;
    let before = git::unknown_paths(&site.repo, &ready.slot)?;
    run(site, ready, base, &command, log, stop).await?;
    tokio::task::block_in_place(|| {
        let after = git::unknown_paths(&site.repo, &ready.slot)?;
        let made = products::made(&before, &after, &last.products);
        let baseline = noted(site, &ready.slot, true)?;
        if whose == SetUpFor::Gate {
            products::keep(&ready.slot.path, &made, &copy).map_err(doing)?;
        }
        let ignored = match whose {
            SetUpFor::Agent => IgnoredFiles::note(&site.repo, &ready.slot, &made)?,
            SetUpFor::Gate => IgnoredFiles::default(),
        };
        let record = SetUpRecord {
            command,
            inputs,
            ignored,
            products: made,
            is_seen: !baseline.is_empty(),
            rewrites: baseline.rewrites(),
            is_running: false,
        };
        write_record(&site.slots, name, &record).map_err(doing)?;
        teardown::note_or_forget(site, ready, base)?;
        Ok(baseline)
    })
}

/// What set-up made in the place of another gate from the same inputs, where that may lie anywhere, and whether git sees it.
/// Packages of Node may; environments of Python name the folder that they were made in.
fn elsewhere(slots: &Path, name: &str, command: &str, inputs: &str) -> Option<(PathBuf, bool)> {
    let movable = |path: &String| path.rsplit('/').next() == Some("node_modules");
    let fits = |record: &SetUpRecord| {
        let same = record.command == command && record.inputs == inputs && !record.is_running;
        same && !record.rewrites && !record.products.is_empty() && record.products.iter().all(movable)
    };
    let entries = fs::read_dir(folder(slots)).ok()?.flatten();
    let names =
        entries.filter_map(|entry| entry.file_name().into_string().ok()?.strip_suffix(".products").map(str::to_owned));
    names.filter(|other| other != name).find_map(|other| {
        let record = Some(read_record(slots, &other)).filter(fits)?;
        let copy = copy_of(slots, &other);
        copy.is_dir().then_some((copy, record.is_seen))
    })
}

/// The baseline of a worktree as it is now; an empty one where nothing is to be seen.
fn noted(site: &RunEnv, slot: &Slot, is_seen: bool) -> Result<Baseline> {
    let folder = baseline_folder(&site.paths, &slot.name);
    if is_seen {
        return Baseline::take(&site.repo, slot, &folder);
    }
    git::discard(&folder).map_err(|e| Error::failed("forgetting what an earlier setup left", e))?;
    Ok(Baseline::default())
}

async fn run(site: &RunEnv, ready: &Ready, base: &Oid, text: &str, log: &str, stop: StopSignal) -> Result<()> {
    let doing = || format!("running the setup command in `{}`", ready.slot.path.display());
    let log = site.log(log).map_err(|e| Error::failed(doing(), e))?;
    let spec = fenced(site, ready, base, text, &log, SETUP_TIME)?;
    let ended = site.perform(&ready.slot, spec, stop, |_| {}, Extras::default()).await;
    if ended.end == End::Exited(0) {
        return Ok(());
    }
    let output = end_of_file(&log, 600);
    let cause = format!("`{text}` ended with {}: {}", end_words(&ended.end), output.trim());
    Err(Error::failed(doing(), cause).hint(format!("its output: {}", log.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_node_are_taken_from_another_place_and_environments_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let kept = |name: &str, products: &[&str], inputs: &str| {
            let products = products.iter().map(|path| (*path).to_owned()).collect();
            let record = SetUpRecord { command: "c".into(), inputs: inputs.into(), products, ..SetUpRecord::default() };
            write_record(dir.path(), name, &record).unwrap();
            fs::create_dir_all(copy_of(dir.path(), name)).unwrap();
        };
        kept("g1", &[".venv"], "i");
        kept("g2", &["web/node_modules"], "old");
        assert_eq!(elsewhere(dir.path(), "g3", "c", "i"), None);
        kept("g4", &["node_modules", "web/node_modules"], "i");
        assert_eq!(elsewhere(dir.path(), "g3", "c", "i"), Some((copy_of(dir.path(), "g4"), false)));
        assert_eq!(elsewhere(dir.path(), "g4", "c", "i"), None, "its own is no other's");
    }

    #[test]
    fn set_up_runs_when_it_must_and_only_then() {
        let fresh = SetUpRecord { command: "c".into(), inputs: "i".into(), ..SetUpRecord::default() };
        let with = |change: &dyn Fn(&mut SetUpRecord)| {
            let mut record = fresh.clone();
            change(&mut record);
            record
        };
        let seen = with(&|record| record.is_seen = true);
        let rewriting = with(&|record| record.rewrites = true);
        let killed = with(&|record| record.is_running = true);
        let other = with(&|record| record.command = "other".into());
        let stale = with(&|record| record.inputs = "old".into());
        let (agent, gate) = (SetUpFor::Agent, SetUpFor::Gate);
        let table = [
            (agent, &fresh, true, false, Needed::Nothing),
            (agent, &fresh, false, false, Needed::Run),
            (agent, &seen, true, false, Needed::Run),
            (agent, &killed, true, false, Needed::Run),
            (agent, &other, true, false, Needed::Run),
            (agent, &stale, true, false, Needed::Run),
            (gate, &fresh, false, true, Needed::PutBack),
            (gate, &seen, false, true, Needed::PutBack),
            (gate, &fresh, false, false, Needed::Run),
            (gate, &rewriting, true, true, Needed::Run),
            (gate, &stale, true, true, Needed::Run),
            (gate, &SetUpRecord::default(), true, true, Needed::Run),
        ];
        for (n, (whose, last, has_products, has_copy, expected)) in table.into_iter().enumerate() {
            assert_eq!(needed(whose, last, "c", "i", has_products, has_copy), expected, "row {n}");
        }
    }
}
