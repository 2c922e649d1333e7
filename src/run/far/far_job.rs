//! What is handed over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::journal::{Event, Intended};
use crate::model::{AttemptId, Oid, RunId, Usage};

/// This program: both sides have the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One attempt, as it lies in the hub: with the run's settings beside it, and signed with them. No secret is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FarJob {
    /// The program that made it.
    pub version: String,
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
    /// Who commits: name and mail address.
    pub identity: (String, String),
    /// The home folder here: paths in the settings that lie in it mean the home folder there.
    pub home: String,
}

/// What a host is sent, on its standard input and into a file that only its user can read and that is gone once the work
/// begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// The program that sends it.
    pub version: String,
    /// The run.
    pub run: RunId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The hub.
    pub hub: String,
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
    /// What the work is called at its place: another name for every claim.
    pub fn id(&self) -> String {
        work_id(&self.run, &self.attempt, &self.claim)
    }
}

/// What work is called at its place.
pub fn work_id(run: &RunId, attempt: &AttemptId, claim: &Oid) -> String {
    format!("orca.{run}.{}.{}.{}", attempt.task, attempt.n, claim.short())
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
}

/// Whether an event is one that a far side may tell of this attempt.
pub fn may_tell(event: &Event, of: &AttemptId) -> bool {
    match event {
        Event::AgentStarted { attempt, .. }
        | Event::SessionSeen { attempt, .. }
        | Event::SnapshotTaken { attempt, .. }
        | Event::UsageSeen { attempt, .. }
        | Event::AgentExited { attempt }
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
