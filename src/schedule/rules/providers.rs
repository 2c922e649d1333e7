//! When an agent of a provider may start.
//!
//! A pause holds all its agents back. After it the first one goes alone, until it has shown that it is served; then one
//! starts every 250 ms, so that the limit is not met again by all at once (DESIGN 5, Errors).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::journal::{Attempt, FailClass, RunState, TaskState};
use crate::model::Usage;
use crate::schedule::facts::View;

/// Least time between two starts after a pause.
const STEP: SignedDuration = SignedDuration::from_millis(250);
/// How long the first one after a pause may stay silent before the others follow all the same: agents that tell nothing
/// of what they use must not hold a run back.
const ALONE: SignedDuration = SignedDuration::from_secs(10);

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// An agent may start.
    Now,
    /// Not before then.
    At(Timestamp),
}

/// The providers within one decision: after a pause it starts one agent of a provider at most, and the next decision
/// sees that one in the state.
#[derive(Debug, Default)]
pub struct Queue<'a> {
    started: BTreeSet<&'a str>,
    earliest: BTreeMap<&'a str, Option<Timestamp>>,
}

impl<'a> Queue<'a> {
    /// When an agent of `provider` may start.
    pub fn turn(&mut self, view: &View<'a>, provider: &'a str) -> Turn {
        let earliest = *self.earliest.entry(provider).or_insert_with(|| earliest(view.state, provider));
        let at = if self.started.contains(provider) { earliest.map(|_| view.now + STEP) } else { earliest };
        at.filter(|at| *at > view.now).map_or(Turn::Now, Turn::At)
    }

    /// One of `provider` starts.
    pub fn started(&mut self, provider: &'a str) {
        self.started.insert(provider);
    }
}

/// The earliest time at which another agent of `provider` may start, by what is known now.
fn earliest(state: &RunState, provider: &str) -> Option<Timestamp> {
    let pause = state.providers.get(provider)?.pause.as_ref()?;
    let since = since(state, provider, pause.until);
    let Some(first) = since.iter().min_by_key(|attempt| attempt.started) else { return Some(pause.until) };
    let last = since.iter().map(|attempt| attempt.started).max().unwrap_or(first.started);
    let proven = since.iter().any(|attempt| is_served(attempt));
    Some(if proven { last + STEP } else { (last + STEP).max(first.started + ALONE) })
}

/// Attempts that started after the pause, in no order.
fn since<'a>(state: &'a RunState, provider: &str, until: Timestamp) -> Vec<&'a Attempt> {
    let attempts = state.tasks.iter().flat_map(TaskState::all_attempts);
    attempts.filter(|attempt| attempt.provider == provider && attempt.started >= until).collect()
}

/// Whether the provider answered: it counted something, or the attempt came to an end that is not the provider's.
fn is_served(attempt: &Attempt) -> bool {
    let turned_away = matches!(attempt.failure(), Some((FailClass::RateLimited | FailClass::Unavailable, _)));
    attempt.usage != Usage::default() || attempt.ended.is_some() && !turned_away
}
