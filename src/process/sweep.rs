//! The second line: finding processes of a run by the marker in their environment, and ending them.
//!
//! The launcher ends its tree in every case but its own SIGKILL. What is left then, or after a crash of everything, is
//! found here. A process that overwrote its environment is still found below one that did not.

use std::collections::BTreeSet;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::Instant;

use super::ProcessId;
use super::marker::{LAUNCH, Marker, REPO};
use super::system::{command_line, marked_processes};
use super::table::ProcessTable;

/// A process found by its marker, or below one that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub id: ProcessId,
    /// Its command line, for people.
    pub command: String,
    /// Whether it is below this very process, not left by another.
    pub is_ours: bool,
}

/// What looking gave. "Cannot look" is not "nothing there".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// All that there is of this user's that can be seen, ascending by pid.
    Found(Vec<Found>),
    /// This system does not show other processes' environments; the sentence says so.
    CannotLook(String),
}

/// What ending gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swept {
    /// Everything found is in one of the two.
    Ended {
        /// Gone.
        ended: Vec<Found>,
        /// Still there, not even KILL helped.
        left: Vec<Found>,
    },
    /// As [`Looked::CannotLook`].
    CannotLook(String),
}

/// KILL is given up after this long, as the launcher does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks whether they have gone. There is nothing to wait on: they are not our children.
const LOOK: Duration = Duration::from_millis(10);

/// The processes of one run.
pub fn find(marker: &Marker) -> Looked {
    look(&marker.env().map(|(name, value)| format!("{name}={value}")), None)
}

/// The processes of any run of the repository with this digest.
pub fn find_all(repo: &str) -> Looked {
    look(&[format!("{REPO}={repo}")], None)
}

/// Ends the processes of one run: TERM, after `grace` KILL, and waits until they are gone. Never this process, nor one
/// above it.
pub async fn end(marker: &Marker, grace: Duration) -> Swept {
    sweep(&marker.env().map(|(name, value)| format!("{name}={value}")), None, grace).await
}

/// As [`end`], for every run of the repository with this digest.
pub async fn end_all(repo: &str, grace: Duration) -> Swept {
    sweep(&[format!("{REPO}={repo}")], None, grace).await
}

/// As [`end`], for the tree of one command: what has its mark, and what is in the session of its launcher, since gates are
/// not marked.
pub(super) async fn end_launch(launch: &str, launcher: Option<&ProcessId>, grace: Duration) -> Swept {
    // A number is given again only when its session is gone: who is in it now was in it then.
    let session = launcher.map(|launcher| launcher.pid.cast_signed());
    sweep(&[format!("{LAUNCH}={launch}")], session, grace).await
}

async fn sweep(marks: &[String], session: Option<i32>, grace: Duration) -> Swept {
    let (mut seen, mut kill_at, give_up) = (Vec::<Found>::new(), None, Instant::now() + grace + PATIENCE);
    loop {
        let found = match look(marks, session) {
            Looked::Found(found) => found,
            Looked::CannotLook(why) => return Swept::CannotLook(why),
        };
        let now = Instant::now();
        if found.is_empty() || now >= give_up {
            seen.retain(|old| !found.iter().any(|still| still.id == old.id));
            return Swept::Ended { ended: seen, left: found };
        }
        let kill_at = *kill_at.get_or_insert(now + grace);
        for process in found {
            let new = !seen.iter().any(|old| old.id == process.id);
            if now >= kill_at {
                signal(&process.id, Signal::SIGKILL);
            } else if new {
                signal(&process.id, Signal::SIGTERM);
                signal(&process.id, Signal::SIGCONT);
            }
            if new {
                seen.push(process);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A process that has gone meanwhile, or may not be signaled, shows in the next look.
fn signal(id: &ProcessId, signal: Signal) {
    if id.is_alive() {
        let sent = kill(Pid::from_raw(id.pid.cast_signed()), signal);
        if let Err(why) = sent
            && why != Errno::ESRCH
        {
            tracing::warn!(pid = id.pid, %why, "a process of an earlier run could not be signaled");
        }
    }
}

/// Processes whose environment holds all of `marks`, and those below them.
fn look(marks: &[String], session: Option<i32>) -> Looked {
    let (Some(table), Some(mut marked)) = (ProcessTable::read(), marked_processes(marks)) else {
        return Looked::CannotLook("this system does not show the environment of processes".to_owned());
    };
    marked.extend(session.iter().flat_map(|session| table.in_session(*session)));
    let spared = table.line_of(Pid::this().as_raw());
    // What is below ourselves but not marked must not be found because an agent started us.
    let roots: Vec<i32> = marked.difference(&spared).copied().collect();
    let below = table.below(roots.iter().copied());
    let all: BTreeSet<i32> = roots.into_iter().chain(below).filter(|pid| !spared.contains(pid)).collect();
    let ours: BTreeSet<i32> = table.below([Pid::this().as_raw()]).into_iter().collect();
    Looked::Found(all.into_iter().filter_map(|pid| describe(pid, ours.contains(&pid))).collect())
}

/// `None` when it has ended meanwhile.
fn describe(pid: i32, is_ours: bool) -> Option<Found> {
    let id = ProcessId::of(pid.cast_unsigned())?;
    Some(Found { id, command: command_line(pid), is_ours })
}
