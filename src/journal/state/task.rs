//! The facts about one task.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::rework::GivenReview;
use super::super::waiver::Waived;
use super::attempt::Attempt;
use super::choice::AskedChoice;
use super::marking::Mark;
use super::word::SaidWord;
use crate::model::{Oid, Role, SessionId, Usage};

/// The facts about one task.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskState {
    /// Attempts, oldest first. Of several that were made at once only the one that was chosen.
    pub attempts: Vec<Attempt>,
    /// Those that were made at once with others and are not the task's: not yet, or no longer.
    pub rivals: Vec<Attempt>,
    /// The round of such attempts that is not decided.
    pub round: Option<u32>,
    /// What a reviewing agent was asked about rounds, oldest first.
    pub choices: Vec<AskedChoice>,
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
        self.all_attempts().filter(same).for_each(|attempt| used += attempt.usage);
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

    /// The attempt that runs, where one is made at a time.
    pub fn open(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.is_open())
    }

    /// All attempts, also those that lost against another, in no order.
    pub fn all_attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().chain(&self.rivals)
    }

    /// All attempts by their numbers, also those that lost against another.
    pub fn by_number(&self) -> Vec<&Attempt> {
        let mut all: Vec<&Attempt> = self.all_attempts().collect();
        all.sort_by_key(|attempt| attempt.n);
        all
    }

    /// All attempts that run.
    pub fn under_way(&self) -> impl Iterator<Item = &Attempt> {
        self.open().into_iter().chain(self.rivals.iter().filter(|rival| rival.is_open()))
    }

    /// The attempts of the round that is not decided.
    pub fn contenders(&self) -> impl Iterator<Item = &Attempt> {
        self.rivals.iter().filter(|it| it.rival.is_some_and(|rival| Some(rival.round) == self.round))
    }

    /// What a reviewing agent was asked about a round.
    pub fn choice(&self, round: u32) -> Option<&AskedChoice> {
        self.choices.iter().rev().find(|choice| choice.ask.round == round)
    }

    /// Whether anybody has tried it.
    pub fn has_attempts(&self) -> bool {
        !self.attempts.is_empty() || !self.rivals.is_empty()
    }

    /// An attempt, whether it is the task's or lost against another.
    pub fn attempt(&self, n: u32) -> Option<&Attempt> {
        // Where one was made at a time each stands at its number.
        let own = self.attempts.get(n.checked_sub(1)? as usize).filter(|it| it.n == n);
        own.or_else(|| self.all_attempts().find(|it| it.n == n))
    }

    /// The number of the next attempt.
    pub fn next_number(&self) -> u32 {
        self.all_attempts().map(|it| it.n).max().unwrap_or(0) + 1
    }

    pub(super) fn attempt_mut(&mut self, n: u32) -> Option<&mut Attempt> {
        self.attempts.iter_mut().chain(&mut self.rivals).find(|it| it.n == n)
    }

    /// One of several becomes the task's attempt, in the place of another one of them that was chosen before.
    pub(super) fn choose_rival(&mut self, n: u32, why: &str) {
        let Some(at) = self.rivals.iter().position(|it| it.n == n) else { return };
        let mut chosen = self.rivals.remove(at);
        chosen.chosen = Some(why.to_owned());
        let of_round = |it: &Attempt| it.rival.map(|rival| rival.round);
        let round = of_round(&chosen);
        self.round = self.round.filter(|open| Some(*open) != round);
        match self.attempts.last_mut().filter(|last| of_round(last) == round) {
            Some(before) => self.rivals.push(std::mem::replace(before, chosen)),
            None => self.attempts.push(chosen),
        }
        self.rivals.sort_by_key(|it| it.n);
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
