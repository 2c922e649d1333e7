//! A command as data: agents and gates make it, executors wrap it, `process` starts it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What a command reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stdin {
    /// `/dev/null`.
    #[default]
    None,
    /// This file.
    File(PathBuf),
    /// A pipe that stays open while whoever runs the command has something to write, and ends with that.
    Piped,
}

/// When a command is ended: TERM to its whole tree, KILL after `grace`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Wall time.
    pub wall: Option<Duration>,
    /// Time without a byte on stdout or stderr.
    pub idle: Option<Duration>,
    /// Address space a process of it may take, bytes.
    pub memory: Option<u64>,
    /// Memory that it and all that it starts may have together, bytes: resident or swapped out. KILL without grace.
    pub resident: Option<u64>,
    /// From TERM to KILL.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { wall: None, idle: None, memory: None, resident: None, grace: Duration::from_secs(1) }
    }
}

/// One command: complete, so that whoever starts it needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSpec {
    /// Program: a name looked up in `env`'s `PATH`, or a path.
    pub program: String,
    /// Arguments, without the program.
    pub args: Vec<String>,
    /// Working folder.
    pub cwd: PathBuf,
    /// The complete environment; nothing else is inherited.
    pub env: BTreeMap<String, String>,
    /// Standard input.
    pub stdin: Stdin,
    /// File that gets stdout and stderr, interleaved as they come; created, its folder must exist.
    pub log: PathBuf,
    /// When it is ended.
    pub limits: Limits,
}
