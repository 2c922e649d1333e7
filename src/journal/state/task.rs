//! The facts about one task.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::rework::GivenReview;
use super::super::waiver::Waived;
use super::attempt::Attempt;
use super::marking::Mark;
use super::word::SaidWord;
use crate::model::{Oid, Role, SessionId, Usage};

/// The facts about one task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskState {
    /// Attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Attempts that a `retry` forgave: those before this index no longer count.
    pub forgiven: usize,
    /// Whether a `retry` waits for its attempt.
    pub retry_asked: bool,
    /// Everything that people said to its agent (`say`, `retry -m`, `reject -m`), oldest first: each of its later
    /// prompts has what the agent does not know from its session.
    pub words: Vec<SaidWord>,
    /// Left out by a person.
    pub skipped: bool,
    /// Left out because the plan has it no longer; it comes back with it.
    pub dropped: bool,
    /// Ended by a person.
    pub stopped: bool,
    /// Landed once, and taken out again by a person.
    pub reverted: bool,
    /// When it landed, with the batch.
    pub landed: Option<(Timestamp, u32)>,
    /// Merge commit on its layer's head.
    pub landed_commit: Option<Oid>,
    /// Reviews of its pull request that it was given, oldest first.
    pub reviews: Vec<GivenReview>,
    /// Gates that a person waived for its work, oldest first.
    pub waivers: Vec<Waived>,
    /// Rules that solved its merge.
    pub rules: Vec<String>,
    /// Merges of its latest result with the heads of later layers, made by a person, by layer.
    pub carried: BTreeMap<u32, Oid>,
    /// Whether it is marked in the plan, once its layer has closed.
    pub mark: Option<Mark>,
}

impl TaskState {
    /// The latest attempt.
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt whose work clashed, as long as that is not solved: see [`clashed`].
    pub fn clashed(&self) -> Option<&Attempt> {
        clashed(&self.attempts)
    }

    /// What all attempts in a session used: where the agent's own count goes on.
    pub fn session_used(&self, session: Option<&SessionId>) -> Usage {
        let mut used = Usage::default();
        let same = |attempt: &&Attempt| session.is_some() && attempt.session.as_ref() == session;
        self.attempts.iter().filter(same).for_each(|attempt| used += attempt.usage);
        used
    }

    /// The phase of an attempt, where the task is done in phases: those begin with a design.
    pub fn phase_of(&self, attempt: &Attempt) -> Option<Role> {
        let in_phases = self.attempts.iter().any(|it| it.role == Role::Design) && attempt.agent != "person";
        Some(attempt.role).filter(|_| in_phases)
    }

    /// Keeps what a person said, if it says anything. `message` brought it; empty where it came with a decision.
    pub(super) fn hear(&mut self, message: &str, words: &str) {
        if !words.trim().is_empty() {
            self.words.push(SaidWord { message: message.to_owned(), text: words.to_owned(), ..SaidWord::default() });
        }
    }

    /// The word that a message brought.
    pub fn word(&self, message: &str) -> Option<&SaidWord> {
        self.words.iter().find(|word| word.is(message))
    }

    /// Whether work of it is in the heads: it landed, or did before a review.
    pub fn is_in_heads(&self) -> bool {
        self.landed.is_some() || self.reviews.iter().any(|review| review.landed.is_some())
    }

    /// The merges by which its work came into the head of its layer, the newest first.
    pub fn landings(&self) -> impl Iterator<Item = &Oid> {
        self.landed_commit.iter().chain(self.reviews.iter().rev().filter_map(|review| review.commit.as_ref()))
    }

    /// The gates that a person waived for its latest work, each once.
    pub fn waived(&self) -> Vec<&Waived> {
        let mut found: Vec<&Waived> = Vec::new();
        for waived in self.waivers.iter().filter(|it| self.last().is_some_and(|last| last.n == it.attempt)) {
            if found.iter().all(|known| known.waiver.gate != waived.waiver.gate) {
                found.push(waived);
            }
        }
        found
    }

    /// The attempt that runs.
    pub fn open(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.is_open())
    }
}

/// The last of these whose work clashed, as long as nothing came after it but attempts to merge it, and others that left
/// no work.
pub fn clashed(attempts: &[Attempt]) -> Option<&Attempt> {
    let solves_nothing = |attempt: &&Attempt| {
        attempt.conflict.is_none() && (attempt.role == Role::Resolve || attempt.failure().is_some())
    };
    attempts.iter().rev().find(|attempt| !solves_nothing(attempt)).filter(|attempt| attempt.conflict.is_some())
}
