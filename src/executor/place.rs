//! The seam: what a place must be able to do.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{CommandSpec, Oid, Result};

/// What is to be run, and the code that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrder {
    /// The command, as it would be run here. Its log is here, wherever the command runs.
    pub spec: CommandSpec,
    /// The worktree here that it works in: its state has to be there before, and what it leaves has to be here after.
    pub worktree: PathBuf,
    /// The commit that the worktree stands at.
    pub commit: Option<Oid>,
    /// Where it is handed over to, for places that are not here.
    pub node: Option<Node>,
    /// What it is called there, where it was handed over already.
    pub handed: Option<JobHandle>,
}

/// A host, or a queue before many, that work is handed over to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The host, as the user's ssh knows it; empty for a queue.
    pub host: String,
    /// How ssh is called: shell text, as git takes it from `GIT_SSH_COMMAND`.
    pub ssh: String,
    /// What the work is called there: letters, digits, dots and dashes.
    pub id: String,
    /// How long a place may give no answer before what it has counts as lost.
    pub patience: Duration,
    /// More arguments of the command that hands work over.
    pub args: Vec<String>,
    /// Names of the variables that go there with the work.
    pub variables: Vec<String>,
    /// The longest that the work may take there, where there is a limit.
    pub longest: Option<Duration>,
    /// What several of its kind are called that are handed over in one call; none: each goes by itself.
    pub array: Option<String>,
}

/// How long a place may tell nothing, where nobody said.
const SILENCE: Duration = Duration::from_secs(1);

/// How a place is handed work.
#[derive(Debug)]
pub enum Submission {
    /// A command whose life is the work's: when it ends the work has ended, when it is ended the work is.
    Attached(CommandSpec),
    /// A command that hands the work over and prints what it is called there.
    Queued(CommandSpec, &'static dyn JobQueue),
}

/// What work is called at a place, as [`JobQueue::read_handle`] found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHandle(pub String);

/// How far handed over work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkState {
    /// It waits for its turn.
    Waiting,
    /// It runs.
    Running,
    /// It exited with this code.
    Exited(i32),
    /// A signal ended it.
    Signaled(i32),
    /// The place does not have it any more: why.
    Gone(String),
    /// The place will not do it, now or later: why.
    Refused(String),
}

/// What a place is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Each command of a slot by itself: the slot is here.
    Commands,
    /// An attempt as a whole: slot, set-up and fence are there, and only git goes between.
    Attempts,
}

/// A way to run commands. Every step is a command as data: what talks to a place is started by `process` like anything
/// else, so that it has limits, is stopped and leaves a log.
pub trait Executor: std::fmt::Debug + Sync {
    /// Its name in settings: lowercase, unique.
    fn name(&self) -> &'static str;

    /// Where or how it runs commands, in some words.
    fn about(&self) -> &'static str;

    /// What it is given.
    fn carries(&self) -> Carries {
        Carries::Commands
    }

    /// The commands that bring the code there; none where it is there. Fails when what was asked for cannot be had;
    /// it never gives less instead.
    ///
    /// # Errors
    /// The work cannot be run there.
    fn prepare(&self, work: &WorkOrder) -> Result<Vec<CommandSpec>>;

    /// The command that begins the work. Log, limits and marker of the result hold for the whole of it.
    ///
    /// # Errors
    /// As [`Executor::prepare`].
    fn submit(&self, work: &WorkOrder) -> Result<Submission>;

    /// The command that begins several pieces of work at once, which differ in their arguments and names alone; none where
    /// each is begun by itself.
    ///
    /// # Errors
    /// As [`Executor::prepare`].
    fn submit_together(&self, _works: &[WorkOrder]) -> Result<Option<Submission>> {
        Ok(None)
    }

    /// Whether a command there can be given more to read while it runs.
    fn feeds(&self) -> bool {
        false
    }

    /// The commands that bring back what the work left; none where it is here.
    ///
    /// # Errors
    /// As [`Executor::prepare`].
    fn collect(&self, work: &WorkOrder) -> Result<Vec<CommandSpec>>;
}

/// A place that takes work and runs it later: commands about it, and the readers of what they print.
pub trait JobQueue: std::fmt::Debug + Sync {
    /// What handed over work is called, from what the handing over printed.
    ///
    /// # Errors
    /// Nothing in it names the work.
    fn read_handle(&self, work: &WorkOrder, printed: &str) -> Result<JobHandle>;

    /// The same of several pieces of work that were handed over in one call, in their order.
    ///
    /// # Errors
    /// As [`JobQueue::read_handle`].
    fn read_handles(&self, works: &[WorkOrder], printed: &str) -> Result<Vec<JobHandle>> {
        works.iter().map(|work| self.read_handle(work, printed)).collect()
    }

    /// The command that asks how far it is.
    fn probe(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec;

    /// How far it is, from the exit code of the probe and what it printed; none when that does not tell: it is asked again.
    fn read_state(&self, code: i32, printed: &str) -> Option<WorkState>;

    /// The command that ends it.
    fn cancel(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec;

    /// Before the next probe, after so many.
    fn interval(&self, probes: u32) -> Duration;

    /// How long probes may tell nothing before the work counts as gone.
    fn patience(&self, work: &WorkOrder) -> Duration {
        work.node.as_ref().map_or(SILENCE, |node| node.patience)
    }

    /// How long work that was asked to end is waited for: it saves what it has first.
    fn farewell(&self) -> Duration {
        Duration::ZERO
    }
}
