//! What goes over the two pipes between us and the launcher: JSON, one value a line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The first line to the launcher. Paths are `OsString`s, because folders need not be UTF-8, and absolute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LaunchOrder {
    /// The program's file.
    pub(super) program: OsString,
    /// What the program sees as its own name.
    pub(super) name: String,
    pub(super) args: Vec<String>,
    pub(super) cwd: OsString,
    /// The complete environment.
    pub(super) env: BTreeMap<String, String>,
    pub(super) stdin: LaunchStdin,
    pub(super) log: OsString,
    /// Values that must not get into the log, besides known shapes.
    #[serde(default)]
    pub(super) secrets: Vec<String>,
    /// Address space a process may take, bytes.
    pub(super) memory: Option<u64>,
    /// Memory that the whole tree may have, bytes.
    pub(super) resident: Option<u64>,
    /// From TERM to KILL.
    pub(super) grace: Duration,
    /// Who orders; see `launch` on the death of threads.
    pub(super) parent: u32,
}

/// What the command reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LaunchStdin {
    /// `/dev/null`.
    Nothing,
    File(OsString),
    /// What comes as [`LaunchRequest::Feed`].
    Fed,
}

/// Later lines to the launcher. The end of the pipe means [`Ask::Term`] too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LaunchRequest {
    /// TERM to the tree, KILL after the grace time.
    Term,
    /// More for the command to read.
    Feed(String),
    /// That was all.
    Fed,
}

/// Lines from the launcher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LaunchReport {
    /// The command runs.
    Started,
    /// It could not be started; nothing runs.
    Failed(String),
    /// It has ended, and everything below it.
    Ended(Account),
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) how: How,
    /// Until the command itself ended.
    pub(super) wall: Duration,
    /// User and system time of the whole tree.
    pub(super) cpu: Duration,
    /// Most memory that one process of the tree had resident, bytes.
    pub(super) max_rss: u64,
    /// Whether it was ended because its tree had more memory than it may.
    pub(super) over_memory: bool,
    /// Processes that did not even go after KILL.
    pub(super) survivors: u32,
}

/// How the command itself ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    Exited(i32),
    Signaled(i32),
    /// It could not be ended: KILL had no effect within the launcher's patience.
    Stuck,
}
