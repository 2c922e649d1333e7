//! The repository's own hooks and what an attempt left: what they refuse is not committed past them.
//!
//! They run once over everything that an attempt changed: over what git orca commits for the agent, and over commits that an
//! agent made with `--no-verify`. They run in the fence of the attempt, as they were when the run began, and never for
//! merges, snapshots and marks.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Handle;

use super::attempt::AttemptJob;
use super::fence::{self, Inside};
use super::slot::Ready;
use crate::git::{self, FrozenHooks, Slot};
use crate::journal::{Event, RunPaths};
use crate::model::{CommandSpec, Error, Limits, Oid, Result, Stdin};
use crate::process::{self, End};
use crate::run::run_env::{Place, RunEnv};
use crate::run::worker::{end_of_file, end_words};

/// Longest that hooks may take, seconds: what takes longer belongs into a gate.
const HOOK_TIME: u64 = 120;

/// What the hooks say of an attempt's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HookAnswer {
    /// There is nobody to ask.
    NotAsked,
    /// Nothing to say against it.
    Fine,
    /// Why not.
    Refused(String),
}

/// The hooks of this run; none where the repository has none, or `[worktree] hooks = "off"`.
fn frozen(site: &RunEnv) -> Result<Option<FrozenHooks>> {
    if !site.info.options.worktree.hooks {
        return Ok(None);
    }
    git::freeze_hooks(&site.repo, &site.info.base, &site.paths.root().join("hooks"))
}

/// Copies the hooks away before the first agent starts.
///
/// # Errors
/// They cannot be copied.
pub fn freeze(site: &RunEnv) -> Result<()> {
    frozen(site).map(drop)
}

/// Asks the `pre-commit` hook about all that an attempt changed. While it runs, the worktree stands where the attempt began,
/// with the result staged, as if all of it were about to be committed.
///
/// # Errors
/// The worktree cannot be put there or back.
pub(super) fn ask(site: &RunEnv, job: &AttemptJob, slot: &Slot, head: &Oid) -> Result<HookAnswer> {
    let Some(hooks) = frozen(site)?.filter(|hooks| hooks.has("pre-commit")) else { return Ok(HookAnswer::NotAsked) };
    if *head == job.start || job.intended.merge.is_some() {
        return Ok(HookAnswer::NotAsked);
    }
    let branch = git::slot_branch(slot)?;
    git::stand_at(slot, &job.start)?;
    let answer = run(site, job, slot, &hooks, "pre-commit", &[]);
    match branch {
        Some(branch) => git::stand_on(slot, &branch)?,
        None => git::stand_at(slot, head)?,
    }
    answer
}

/// Asks the `commit-msg` hook about the message of a commit that git orca makes for an agent. Gives the message as the hook
/// left it, or its refusal.
///
/// # Errors
/// The message cannot be written or read.
pub(super) fn ask_about(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    message: &str,
) -> Result<std::result::Result<String, String>> {
    let hooks = frozen(site)?.filter(|hooks| hooks.has("commit-msg") && job.intended.merge.is_none());
    let Some(hooks) = hooks else { return Ok(Ok(message.to_owned())) };
    let fail = |e: std::io::Error| Error::failed("asking a hook about a message", e);
    let file = slot.admin.join("COMMIT_EDITMSG");
    std::fs::write(&file, message).map_err(fail)?;
    let name = file.display().to_string();
    Ok(match run(site, job, slot, &hooks, "commit-msg", &["--".to_owned(), name])? {
        HookAnswer::NotAsked | HookAnswer::Fine => {
            Ok(end_of_file(&file, 1 << 20)).map(|text| if text.trim().is_empty() { message.to_owned() } else { text })
        }
        HookAnswer::Refused(why) => Err(why),
    })
}

fn run(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    hooks: &FrozenHooks,
    name: &str,
    more: &[String],
) -> Result<HookAnswer> {
    let doing = || format!("running the hook `{name}`");
    let log = format!("{}/hook-{name}.log", RunPaths::attempt_logs(&job.attempt));
    let log = site.log(&log).map_err(|e| Error::failed(doing(), e))?;
    let tmp = site.slots.join(".tmp").join(&slot.name);
    let ready = Ready { slot: slot.clone(), port: super::ports::first_port(&site.marker.repo, &slot.name), tmp };
    let spec = command(site, job, &ready, hooks, name, more, &log);
    let spec = fence::around(site, &ready, spec, Inside::Agent)?;
    let ended = Handle::current().block_on(process::run(&spec, &site.marker, job.stop.clone(), |_| {}));
    match fence::seen_through(site, ended.end) {
        End::Exited(0) => Ok(HookAnswer::Fine),
        End::Exited(code) => {
            let output = end_of_file(&log, 1_500);
            Ok(HookAnswer::Refused(format!(
                "the repository's `{name}` hook refuses it (exit {code}): {}",
                output.trim()
            )))
        }
        // What took too long or was ended said nothing.
        end => {
            let what = format!(
                "the `{name}` hook ended with {}: what the attempt changed is unchecked by it",
                end_words(&end)
            );
            site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
            Ok(HookAnswer::Fine)
        }
    }
}

fn command(
    site: &RunEnv,
    job: &AttemptJob,
    ready: &Ready,
    hooks: &FrozenHooks,
    name: &str,
    more: &[String],
    log: &Path,
) -> CommandSpec {
    let attempt = Some(&job.attempt);
    let place =
        Place { worktree: &ready.slot.path, tmp: &ready.tmp, port: ready.port, base: job.base.as_str(), attempt };
    let mut env = site.environment(&place, &[]);
    env.insert("GIT_EDITOR".to_owned(), ":".to_owned());
    env.insert("GIT_INDEX_FILE".to_owned(), ready.slot.admin.join("index").display().to_string());
    let path = format!("core.hooksPath={}", hooks.folder.display());
    let args =
        ["-c".to_owned(), path, "hook".to_owned(), "run".to_owned(), "--ignore-missing".to_owned(), name.to_owned()];
    CommandSpec {
        program: "git".to_owned(),
        args: args.into_iter().chain(more.iter().cloned()).collect(),
        cwd: ready.slot.path.clone(),
        env,
        stdin: Stdin::None,
        log: log.to_owned(),
        limits: Limits { wall: Some(Duration::from_secs(HOOK_TIME)), ..Limits::default() },
    }
}
