//! The fence of a run, put around one command in one slot.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::job::AttemptJob;
use super::ready::Ready;
use crate::executor::{self, FencePaths, FenceView};
use crate::git::{self, GitView, PackedStamp};
use crate::integrate::names;
use crate::model::{CommandSpec, FenceKind, FenceScope, Result};
use crate::process::{self, End, find_program};
use crate::run::engine::control::folders as control_folders;
use crate::run::run_env::RunEnv;
use crate::run::sealing::state_of;
use crate::settings::trust::store::state_folder;

/// Who is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// An agent: it commits, and its program keeps a state of its own.
    Agent,
    /// A gate or a setup command.
    Tool,
    /// A reviewing agent: its program keeps a state of its own, and it writes to its temporary folder only.
    Reviewer,
}

/// Where agents' programs keep sessions and credentials, below the home folder.
const STATE: [&str; 12] = [
    ".claude",
    ".claude.json",
    ".codex",
    ".gemini",
    ".aider",
    ".aider.chat.history.md",
    ".config/opencode",
    ".local/share/opencode",
    ".local/state/opencode",
    ".config/claude",
    ".config/goose",
    ".local/share/goose",
];

/// Variables that move them.
const STATE_VARIABLES: [&str; 4] = ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "OPENCODE_CONFIG_DIR"];

/// `spec`, to be run inside the fence of the run by whoever commits for an attempt.
///
/// # Errors
/// As [`around`].
pub fn around_agent(site: &RunEnv, job: &AttemptJob, ready: &Ready, spec: CommandSpec) -> Result<CommandSpec> {
    let branch = names::full(&job.branch(&site.info.run));
    let folder = branch.rsplit_once('/').map(|(folder, _)| folder);
    enclosed(site, ready, spec, Inside::Agent, folder)
}

/// `spec`, to be run inside the fence of the run.
///
/// # Errors
/// What the fence needs in the repository cannot be made.
pub fn around(site: &RunEnv, ready: &Ready, spec: CommandSpec, inside: Inside) -> Result<CommandSpec> {
    enclosed(site, ready, spec, inside, None)
}

/// `branches` is the folder of refs that is written to.
fn enclosed(
    site: &RunEnv,
    ready: &Ready,
    spec: CommandSpec,
    inside: Inside,
    branches: Option<&str>,
) -> Result<CommandSpec> {
    let fence = &site.info.options.sandbox;
    // A program that is not there is said by whoever starts it.
    let Ok(program) = find_program(&spec.program, spec.env.get("PATH").map(String::as_str), &spec.cwd) else {
        return Ok(spec);
    };
    if !fence.is_on() {
        return Ok(spec);
    }
    let repository = git::slot_grounds(&site.repo, &site.slots, &ready.slot, branches, fence.kind)?;
    let mut grounds = FencePaths {
        protected: repository.protected,
        untouchable: executor::untouchable(&site.env),
        view: repository.view.map(|GitView { at, own, shown, shut }| FenceView { at, own, shown, shut }),
        open: repository.open,
        frozen: repository.frozen,
        hidden: Vec::new(),
        tmp: ready.tmp.clone(),
        root: process::is_root(),
    };
    grounds.untouchable.extend(executor::system());
    grounds.protected.push(site.gate_slots.clone());
    if inside == Inside::Reviewer {
        grounds.open.clear();
    }
    grounds.open.push(ready.tmp.clone());
    if inside != Inside::Tool && fence.scope == FenceScope::Disk {
        grounds.open.extend(state(&spec));
    }
    grounds.hidden = hidden(site, &grounds);
    Ok(executor::fenced(spec, fence, &grounds, &program, &site.tools))
}

/// Between two looks at whether somebody packed refs, or the agent's branch moved.
const LOOK: Duration = Duration::from_millis(40);

/// Lets the agent in a slot see refs that somebody packs while it works.
pub async fn keep_refs_in_view(site: &RunEnv, ready: &Ready) -> Infallible {
    let mut seen = PackedStamp::of(&site.repo, &ready.slot);
    loop {
        tokio::time::sleep(LOOK).await;
        let now = PackedStamp::of(&site.repo, &ready.slot);
        if now != seen {
            match git::copy_packed(&site.repo, &site.slots, &ready.slot) {
                Ok(()) => seen = now,
                Err(error) => {
                    tracing::warn!(slot = ready.slot.name, %error, "packed refs are not in the agent's view yet")
                }
            }
        }
    }
}

/// How a fenced command really ended: bubblewrap makes `128 + n` of the signal `n`, as a shell does.
pub fn seen_through(site: &RunEnv, end: End) -> End {
    match end {
        End::Exited(code @ 129..=159) if site.info.options.sandbox.kind == FenceKind::Bwrap => {
            End::Signaled(code - 128)
        }
        other => other,
    }
}

/// What nobody inside sees: where this program keeps keys and what the user agreed to, its sockets and inbox, sockets of
/// services. A folder that holds what is needed inside cannot be hidden as a whole.
fn hidden(site: &RunEnv, grounds: &FencePaths) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = state_of(&site.env).into_iter().collect();
    // Where the same user keeps it without XDG_STATE_HOME.
    let home = site.env.get("HOME").map(Path::new);
    all.extend(state_folder(None, home).ok().filter(|path| !all.contains(path)));
    all.extend(control_folders(&site.env));
    all.push(site.paths.inbox());
    all.extend(executor::unseen(&site.env));
    let needed = |path: &PathBuf| grounds.open.iter().chain(&grounds.protected).any(|place| place.starts_with(path));
    all.retain(|path| path.exists() && !needed(path));
    all
}

fn state(spec: &CommandSpec) -> Vec<PathBuf> {
    let home = spec.env.get("HOME").map(PathBuf::from);
    let known = home.iter().flat_map(|home| STATE.iter().map(|name| home.join(name)));
    let moved = STATE_VARIABLES.iter().filter_map(|name| spec.env.get(*name).map(PathBuf::from));
    known.chain(moved.filter(|path| path.is_absolute())).filter(|path| path.exists()).collect()
}
