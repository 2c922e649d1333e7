//! One attempt of a task.

use jiff::Timestamp;

use super::super::attempt::{AttemptOutcome, FailClass, Intended, Merging, Rival};
use super::super::event_parts::{Conflict, MovedPointer, Subject};
use crate::model::{Allowance, AttemptId, Oid, Role, SessionId, TaskId, Usage};

/// One attempt of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its number, from 1.
    pub n: u32,
    /// The agent's name; `person` for work that a person committed.
    pub agent: String,
    /// The slot it works in.
    pub slot: String,
    /// What its result is compared with.
    pub base: Oid,
    /// Where its worktree began.
    pub start: Oid,
    /// Whom its agent asks; empty for agents that ask nobody.
    pub provider: String,
    /// The model, where it was said.
    pub model: Option<String>,
    /// What its agent was asked to do.
    pub role: Role,
    /// The session it went on in.
    pub resume: Option<SessionId>,
    /// What it may use.
    pub reserved: Allowance,
    /// What it merges with, where it solves a clash.
    pub merge: Option<Merging>,
    /// The session that its agent named.
    pub session: Option<SessionId>,
    /// Whether its agent can be told something while it works.
    pub hears: bool,
    /// When it was intended.
    pub started: Timestamp,
    /// Since when its agent is through: only looking at what it left is to be done.
    pub exited_at: Option<Timestamp>,
    /// When it ended and how.
    pub ended: Option<(Timestamp, AttemptOutcome)>,
    /// Whether its end was asked for.
    pub end_asked: bool,
    /// What an asked end means, and why it was asked.
    pub end: Option<(FailClass, String)>,
    /// The host that it was handed over to, if it was; empty for a queue.
    pub host: Option<String>,
    /// Launcher's pid and start time, once it runs.
    pub process: Option<(u32, u64)>,
    /// Latest saved state of its worktree.
    pub snapshot: Option<Oid>,
    /// Saved work that is not part of its result.
    pub salvage: Option<Oid>,
    /// What it used.
    pub usage: Usage,
    /// Largest resident set, bytes.
    pub max_rss: u64,
    /// Processor time, seconds.
    pub cpu: f64,
    /// Set when the merged tree with its work was red: the subject that was.
    pub refused: Option<Refusal>,
    /// Set when a person did not want its work to land: the person's words.
    pub rejected: Option<String>,
    /// Set when its work could not be merged.
    pub conflict: Option<Conflict>,
    /// Pointers of submodules in its result that others may not be able to follow.
    pub pointers: Vec<MovedPointer>,
    /// What its base is, where that was a candidate at first.
    pub footing: Footing,
    /// Which of several that are made at once it is.
    pub rival: Option<Rival>,
    /// Why it was chosen among them, once it was.
    pub chosen: Option<String>,
    /// The head that its work is being carried onto.
    pub replaying: Option<Oid>,
    /// Whether an older program ran the tests of this test phase before it told of its end.
    pub proved: bool,
}

impl Attempt {
    /// The attempt of a task that `intended` announces.
    pub fn new(intended: &Intended, started: Timestamp) -> Attempt {
        let it = intended.clone();
        Attempt {
            n: it.attempt.n,
            agent: it.agent,
            slot: it.slot,
            base: it.base,
            start: it.start,
            provider: it.provider,
            model: it.model,
            role: it.role,
            resume: it.resume,
            reserved: it.reserved,
            merge: it.merge,
            session: None,
            hears: false,
            started,
            exited_at: None,
            ended: None,
            end_asked: false,
            end: None,
            host: None,
            process: None,
            snapshot: None,
            salvage: None,
            usage: Usage::default(),
            max_rss: 0,
            cpu: 0.0,
            refused: None,
            rejected: None,
            conflict: None,
            pointers: Vec::new(),
            footing: it.candidate.map_or(Footing::Landed, Footing::Candidate),
            rival: it.rival,
            chosen: None,
            replaying: None,
            proved: false,
        }
    }

    /// What announced it, to perform it or to look for it once more.
    pub fn intended(&self, task: &TaskId) -> Intended {
        Intended {
            attempt: AttemptId { task: task.clone(), n: self.n },
            agent: self.agent.clone(),
            provider: self.provider.clone(),
            model: self.model.clone(),
            role: self.role,
            slot: self.slot.clone(),
            base: self.base.clone(),
            start: self.start.clone(),
            resume: self.resume.clone(),
            reserved: self.reserved,
            merge: self.merge.clone(),
            candidate: match self.footing {
                Footing::Candidate(batch) | Footing::Refused(batch) => Some(batch),
                Footing::Landed | Footing::Gone => None,
            },
            rival: self.rival,
        }
    }

    /// Whether it was made on what did not land: its result is worth nothing as it is.
    pub fn is_unfounded(&self) -> bool {
        matches!(self.footing, Footing::Refused(_) | Footing::Gone)
    }

    /// Whether its agent runs, or will at once.
    pub fn is_working(&self) -> bool {
        self.is_open() && self.exited_at.is_none()
    }

    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it merges with the head of a later layer than its task's.
    pub fn carries(&self) -> bool {
        self.merge.as_ref().is_some_and(|merge| merge.carries)
    }

    /// The commit to judge and land. A merge with a later layer is none: that is taken in where heads are carried
    /// forward, and the task's own work is what it was.
    pub fn result(&self) -> Option<&Oid> {
        match &self.ended {
            Some((_, AttemptOutcome::Committed { .. })) if self.carries() => Some(&self.start),
            Some((_, AttemptOutcome::Committed { commit, .. } | AttemptOutcome::NoChange { commit, .. })) => {
                Some(commit)
            }
            _ => None,
        }
    }

    /// Why nothing needs changing, where its agent says so of a task that was to change something.
    pub fn claim(&self) -> Option<&str> {
        match &self.ended {
            Some((_, AttemptOutcome::NoChange { claim, .. })) if !claim.is_empty() => Some(claim),
            _ => None,
        }
    }

    /// The class of its failure. What was ended on request failed for the reason of the request.
    pub fn failure(&self) -> Option<(FailClass, &str)> {
        match (&self.ended, &self.end) {
            (Some((_, AttemptOutcome::Failed { class: FailClass::Stopped, .. })), Some((class, why))) => {
                Some((*class, why))
            }
            (Some((_, AttemptOutcome::Failed { class, reason })), _) => Some((*class, reason)),
            _ => None,
        }
    }
}

/// What an attempt's base is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Footing {
    /// Landed: a head, or what was made of landed work.
    Landed,
    /// The candidate of this batch, which is not judged yet.
    Candidate(u32),
    /// The candidate of this batch, which was given up.
    Refused(u32),
    /// Such a candidate, and its work cannot be carried onto what landed.
    Gone,
}

/// A merged tree that was red because of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The batch.
    pub batch: u32,
    /// Which tree of it.
    pub subject: Subject,
}
