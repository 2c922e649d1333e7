//! What is handed over.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::far_work::FarWork;
use crate::journal::{Event, Intended, Subject};
use crate::model::{AttemptId, Finding, GateDef, KnownRed, Measured, Oid, RedTest, RunId, Task, Usage, Verdict};

/// This program: both sides have the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One piece of work, as it lies in the hub: with the run's settings beside it, and signed with them. No secret is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FarJob {
    /// The program that made it.
    pub version: String,
    /// Who commits: name and mail address.
    pub identity: (String, String),
    /// The home folder here: paths in the settings that lie in it mean the home folder there.
    pub home: String,
    /// What is to be done.
    pub what: FarTask,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FarTask {
    /// An attempt, whole.
    Attempt(Box<FarAttempt>),
    /// A gate's commands on a commit.
    Check(Box<FarCheck>),
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FarAttempt {
    /// All that was announced of the attempt.
    pub intended: Intended,
    /// What the session used that it goes on in.
    pub session_used: Usage,
    /// What its own side was made on, for one that merges.
    pub side: Option<Oid>,
    /// What its agent is told.
    pub prompt: String,
    /// Its complete task.
    pub complete: String,
}

/// A gate on a commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FarCheck {
    /// What is judged.
    pub subject: Subject,
    /// The gate.
    pub gate: GateDef,
    /// The commit.
    pub commit: Oid,
    /// What its changes are counted from.
    pub base: Oid,
    /// The task whose work it is.
    pub task: Option<Task>,
    /// Tests that may fail.
    pub expected_red: BTreeSet<RedTest>,
    /// What fails on the base already.
    pub known_red: Option<KnownRed>,
    /// What merges broke, as was found here.
    pub clashes: Vec<Finding>,
}

/// What a gate's commands came to, as its place signs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FarVerdict {
    /// The commit that was judged.
    pub commit: Oid,
    /// The verdict.
    pub verdict: Verdict,
    /// One line.
    pub reason: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was counted.
    pub measured: Measured,
    /// Seconds its commands took.
    pub seconds: f64,
    /// Its output, relative to the run's folder.
    pub log: String,
}

impl FarJob {
    /// A commit that its workplace can stand on.
    pub fn base(&self) -> &Oid {
        match &self.what {
            FarTask::Attempt(attempt) => &attempt.intended.base,
            FarTask::Check(check) => &check.base,
        }
    }

    /// What it is handed over as.
    pub fn work(&self) -> FarWork {
        match &self.what {
            FarTask::Attempt(attempt) => FarWork::Attempt(attempt.intended.attempt.clone()),
            FarTask::Check(check) => FarWork::of_check(&check.subject, &check.gate.name),
        }
    }
}

/// What a host is sent, on its standard input and into a file that only its user can read and that is gone once the work
/// begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// The program that sends it.
    pub version: String,
    /// The run.
    pub run: RunId,
    /// What it is.
    pub work: FarWork,
    /// The hub.
    pub hub: String,
    /// Where it lies on the host itself; empty where its address holds there, too.
    #[serde(default)]
    pub hub_there: String,
    /// The commit with the job.
    pub claim: Oid,
    /// Which key the job is signed with.
    pub key: String,
    /// Variables that the work needs and that are nobody else's business.
    pub secrets: BTreeMap<String, String>,
    /// Ignored files that worktrees get: path and bytes, hexadecimal.
    pub copies: Vec<(String, String)>,
}

impl Errand {
    /// How the hub is reached from where the work is done.
    pub fn hub_from_there(&self) -> &str {
        if self.hub_there.is_empty() { &self.hub } else { &self.hub_there }
    }

    /// What the work is called at its place: another name for every claim.
    pub fn id(&self) -> String {
        format!("orca.{}.{}.{}", self.run, self.work.plain(), self.claim.short())
    }
}

/// What a beat tells, one a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FarWord {
    /// Something happened to the attempt.
    Happened(Box<Event>),
    /// The place cannot go on: nothing follows from it for the attempt.
    Broken(String),
    /// The place will not do it, now or later.
    Refused(String),
    /// What a gate's commands came to: a [`FarVerdict`] as text, and its signature.
    Judged(String, String),
}

/// Whether an event is one that a far side may tell of this attempt.
pub fn may_tell(event: &Event, of: &AttemptId) -> bool {
    match event {
        Event::AgentStarted { attempt, .. }
        | Event::SessionSeen { attempt, .. }
        | Event::SnapshotTaken { attempt, .. }
        | Event::UsageSeen { attempt, .. }
        | Event::AgentExited { attempt }
        | Event::SubmoduleMoved { attempt, .. }
        | Event::AttemptEnded { attempt, .. } => attempt == of,
        Event::Noticed { attempt, .. } => attempt.as_ref().is_none_or(|attempt| attempt == of),
        Event::ProviderPaused { .. } | Event::ProviderBroken { .. } => true,
        _ => false,
    }
}

/// Bytes as text.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that a text stands for; none where it is no such text.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks(2).map(pair).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_cross_as_text() {
        let bytes = [0, 1, 0xfe, b'a'];
        assert_eq!(from_hex(&to_hex(&bytes)).unwrap(), bytes);
        assert_eq!((from_hex("0"), from_hex("zz"), from_hex("é")), (None, None, None));
    }

    #[test]
    fn a_far_side_speaks_of_its_own_attempt_only() {
        let of = AttemptId { task: "T1".parse().unwrap(), n: 1 };
        let other = AttemptId { n: 2, ..of.clone() };
        assert!(may_tell(&Event::AgentExited { attempt: of.clone() }, &of));
        assert!(!may_tell(&Event::AgentExited { attempt: other.clone() }, &of));
        assert!(!may_tell(&Event::Noticed { attempt: Some(other), what: String::new() }, &of));
        assert!(!may_tell(&Event::Landed { batch: 1, held_back: Vec::new() }, &of));
        assert!(
            !may_tell(&Event::SlotSetAside { slot: "1".into(), why: String::new() }, &of),
            "slots here are not its own"
        );
    }
}
