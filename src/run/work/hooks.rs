//! The repository's own hooks and what an attempt left: what they refuse is not committed past them.
//!
//! They run once over everything that an attempt changed: over what git orca commits for the agent, and over commits that an
//! agent made with `--no-verify`. They run in the fence of the attempt, as they were when the run began, and never for
//! merges, snapshots and marks.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::fence;
use super::job::AttemptJob;
use super::ready::Ready;
use crate::git::{self, FrozenHooks, Slot};
use crate::journal::{Event, RunPaths};
use crate::model::{CommandSpec, Error, Limits, Result, Stdin};
use crate::process::{self, End};
use crate::run::run_env::{Place, RunEnv};
use crate::run::worker::{end_of_file, end_words};

/// The hook that is asked about content.
const CONTENT: &str = "pre-commit";

/// The hooks that are asked about a message, as git asks them: the one that drafts, then the one that checks.
const MESSAGE: [&str; 2] = ["prepare-commit-msg", "commit-msg"];

/// What the hooks say of an attempt's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HookAnswer {
    /// There is nobody to ask, or nothing to ask about.
    NotAsked,
    /// Nothing to say against it, or no answer in time.
    Fine,
    /// Why not.
    Refused(String),
}

/// What is left of an attempt once the hooks have had their say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hooked {
    /// Whether something was committed for the agent.
    pub(super) leftovers: bool,
    /// Why its work cannot be taken as it is.
    pub(super) unfinished: Option<String>,
    /// Why the hooks refuse it: it is for the agent to mend, from where it stands.
    pub(super) refused: Option<String>,
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

/// Lets the `pre-commit` hook have its say in all that an attempt changed. What it rewrites belongs to the commit, by
/// `commit`, which says whether it committed something and why it could not; a hook that refuses and rewrites (a formatter)
/// is asked once more about what it wrote.
///
/// # Errors
/// The worktree cannot be put where the attempt began or back, or nothing can be committed.
pub(super) fn have_their_say(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    commit: &dyn Fn() -> Result<(bool, Option<String>)>,
) -> Result<Hooked> {
    let mut hooked = Hooked::default();
    let Some(hooks) = frozen(site)?.filter(|hooks| hooks.has(CONTENT)) else { return Ok(hooked) };
    for round in 1..=2 {
        let answer = ask(site, job, slot, &hooks, round)?;
        if answer == HookAnswer::NotAsked {
            return Ok(hooked);
        }
        let (more, unfinished) = commit()?;
        hooked.leftovers |= more;
        hooked.unfinished = unfinished;
        match answer {
            HookAnswer::Refused(_) if more && round == 1 && hooked.unfinished.is_none() => {}
            HookAnswer::Refused(why) => {
                hooked.refused = Some(why);
                return Ok(hooked);
            }
            HookAnswer::NotAsked | HookAnswer::Fine => return Ok(hooked),
        }
    }
    Ok(hooked)
}

/// Asks the `pre-commit` hook about all that an attempt changed. While it runs, the worktree stands where the attempt began,
/// with the result staged, as if all of it were about to be committed.
fn ask(site: &RunEnv, job: &AttemptJob, slot: &Slot, hooks: &FrozenHooks, round: u32) -> Result<HookAnswer> {
    let head = git::slot_head(&site.repo, slot)?;
    let changed_nothing = || Ok::<_, Error>(site.repo.tree_of(&head)? == site.repo.tree_of(&job.start)?);
    if job.intended.merge.is_some() || changed_nothing()? {
        return Ok(HookAnswer::NotAsked);
    }
    git::stage_commit(&site.repo, slot, &head)?;
    let branch = git::slot_branch(slot)?;
    git::stand_at(slot, &job.start)?;
    let answer = run(site, job, slot, hooks, CONTENT, &[], round);
    match branch {
        Some(branch) => git::stand_on(slot, &branch)?,
        None => git::stand_at(slot, &head)?,
    }
    answer
}

/// Asks the hooks for messages about that of a commit which git orca makes for an agent. Gives the message as they left it, or
/// their refusal.
///
/// # Errors
/// The message cannot be written or read.
pub(super) fn ask_about(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    message: &str,
) -> Result<std::result::Result<String, String>> {
    let Some(hooks) = frozen(site)?.filter(|_| job.intended.merge.is_none()) else { return Ok(Ok(message.to_owned())) };
    if !MESSAGE.iter().any(|name| hooks.has(name)) {
        return Ok(Ok(message.to_owned()));
    }
    let file = slot.admin.join("COMMIT_EDITMSG");
    std::fs::write(&file, message).map_err(|e| Error::failed("asking a hook about a message", e))?;
    for name in MESSAGE.into_iter().filter(|name| hooks.has(name)) {
        let mut args = vec!["--".to_owned(), file.display().to_string()];
        if name == MESSAGE[0] {
            args.push("message".to_owned());
        }
        if let HookAnswer::Refused(why) = run(site, job, slot, &hooks, name, &args, 1)? {
            return Ok(Err(why));
        }
    }
    let text = end_of_file(&file, LONGEST_MESSAGE);
    Ok(Ok(if text.trim().is_empty() { message.to_owned() } else { text }))
}

/// Bytes of a message at most.
const LONGEST_MESSAGE: u64 = 1 << 20;

fn run(
    site: &RunEnv,
    job: &AttemptJob,
    slot: &Slot,
    hooks: &FrozenHooks,
    name: &'static str,
    more: &[String],
    round: u32,
) -> Result<HookAnswer> {
    if site.hangs(name) {
        return Ok(HookAnswer::Fine);
    }
    let doing = || format!("running the hook `{name}`");
    let log = format!("{}/hook-{name}.{round}.log", RunPaths::attempt_logs(&job.attempt));
    let log = site.log(&log).map_err(|e| Error::failed(doing(), e))?;
    let tmp = site.slots.join(".tmp").join(&slot.name);
    let ready = Ready { slot: slot.clone(), port: super::ports::first_port(&site.marker.repo, &slot.name), tmp };
    let spec = command(site, job, &ready, hooks, name, more, &log);
    let spec = fence::around_agent(site, job, &ready, spec)?;
    let ended = Handle::current().block_on(process::run(&spec, &site.marker, job.stop.clone(), |_| {}));
    Ok(match fence::seen_through(site, ended.end) {
        End::Exited(0) => HookAnswer::Fine,
        End::Exited(code) => HookAnswer::Refused(format!(
            "the repository's `{name}` hook refuses it (exit {code}): {}",
            said(&end_of_file(&log, MOST_SAID))
        )),
        // The attempt is being ended: nothing of it may count.
        End::Stopped => HookAnswer::Refused(format!("the `{name}` hook was stopped before it finished")),
        end => {
            if site.gives_no_answer(name) {
                let what = format!(
                    "the repository's `{name}` hook gave no answer ({}): it does not check the agents' changes in this run; \
                     `hook-timeout` under [worktree] in orca.toml gives it more time",
                    end_words(&end)
                );
                site.tell(Event::Noticed { attempt: Some(job.attempt.clone()), what });
            }
            HookAnswer::Fine
        }
    })
}

/// Bytes of what a hook printed that an agent is told.
const MOST_SAID: u64 = 1_500;

/// What a hook printed, on one line.
fn said(output: &str) -> String {
    let lines: Vec<&str> = output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { "it says nothing".to_owned() } else { lines.join("; ") }
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
    let args = ["-c", &path, "hook", "run", "--ignore-missing", name].map(str::to_owned);
    let wall = Some(Duration::from_secs(site.info.options.worktree.hook_timeout));
    CommandSpec {
        program: "git".to_owned(),
        args: args.into_iter().chain(more.iter().cloned()).collect(),
        cwd: ready.slot.path.clone(),
        env,
        stdin: Stdin::None,
        log: log.to_owned(),
        limits: Limits { wall, ..Limits::default() },
    }
}

/// Lets the hooks for messages have their say in that of what was just committed for an agent. Gives why they refuse it.
///
/// # Errors
/// The commit cannot be given the message that they made of it.
pub(super) fn reworded(site: &RunEnv, job: &AttemptJob, slot: &Slot, message: &str) -> Result<Option<String>> {
    match ask_about(site, job, slot, message)? {
        Ok(same) if same == message => Ok(None),
        Ok(other) => git::reword_head(&site.repo, slot, &other, Timestamp::now()).map(|()| None),
        Err(why) => {
            let way =
                "commit it yourself, with a message that it takes, or set `message` under [worktree] in orca.toml";
            Ok(Some(format!("its uncommitted changes cannot be committed for it: {why}; {way}")))
        }
    }
}
