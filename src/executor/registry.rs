//! The seam and its registry.

use std::path::PathBuf;
use std::time::Duration;

use super::Local;
use crate::model::{CommandSpec, Error, ErrorKind, Oid, Result};

/// What is to be run, and the code that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkOrder {
    /// The command, as it would be run here. Its log is here, wherever the command runs.
    pub spec: CommandSpec,
    /// The worktree here that it works in: its state has to be there before, and what it leaves has to be here after.
    pub worktree: PathBuf,
    /// The commit that the worktree stands at.
    pub commit: Option<Oid>,
}

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
    /// The place does not have it any more, or refused it: why.
    Gone(String),
}

/// A way to run commands. Every step is a command as data: what talks to a place is started by `process` like anything
/// else, so that it has limits, is stopped and leaves a log.
pub trait Executor: std::fmt::Debug + Sync {
    /// Its name in settings: lowercase, unique.
    fn name(&self) -> &'static str;

    /// Where or how it runs commands, in some words.
    fn about(&self) -> &'static str;

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
    fn read_handle(&self, printed: &str) -> Result<JobHandle>;

    /// The command that asks how far it is.
    fn probe(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec;

    /// How far it is, from the exit code of the probe and what it printed; none when that does not tell: it is asked again.
    fn read_state(&self, code: i32, printed: &str) -> Option<WorkState>;

    /// The command that ends it.
    fn cancel(&self, work: &WorkOrder, handle: &JobHandle) -> CommandSpec;

    /// Between two probes.
    fn interval(&self) -> Duration;
}

/// All of them. The first is the default.
pub const EXECUTORS: &[&dyn Executor] = &[
    &Local,
    #[cfg(any(test, feature = "crash"))]
    &super::dummy::Dummy,
];

/// The executor of this name.
///
/// # Errors
/// There is none.
pub fn named(name: &str) -> Result<&'static dyn Executor> {
    EXECUTORS.iter().copied().find(|executor| executor.name() == name).ok_or_else(|| {
        let names: Vec<_> = EXECUTORS.iter().map(|executor| format!("`{}`", executor.name())).collect();
        Error::new(ErrorKind::Usage, format!("choosing the executor `{name}`"), "there is none of this name")
            .hint(format!("there is: {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_executor_is_named_once_and_described() {
        for executor in EXECUTORS {
            let found: Vec<_> = EXECUTORS.iter().filter(|other| other.name() == executor.name()).collect();
            assert_eq!(found.len(), 1, "{}", executor.name());
            assert!(executor.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            assert!(!executor.about().is_empty());
            assert_eq!(named(executor.name()).unwrap().name(), executor.name());
        }
        let none = named("slurm").unwrap_err();
        assert_eq!(none.kind, ErrorKind::Usage);
        assert!(none.hints[0].contains("`local`"));
    }
}
