//! Several attempts of one task at once: where each stands, in words.

use super::picture::Picture;
use crate::journal::{Attempt, CheckState};

/// Where one of several attempts at once stands; none for an attempt that was made alone.
pub fn rival_word(picture: &Picture<'_>, i: usize, attempt: &Attempt) -> Option<&'static str> {
    attempt.rival?;
    let judged = |check: Option<&CheckState>| matches!(check, Some(CheckState::Judged(_)));
    let words = picture.words(i, attempt);
    let refuses = words.iter().any(|word| match word.check {
        Some(CheckState::Judged(judgement)) => !judgement.is_let_through(word.gate),
        _ => false,
    });
    Some(match () {
        () if picture.facts(i).attempts.iter().any(|it| it.n == attempt.n) => "chosen",
        () if attempt.is_open() => "running",
        () if attempt.failure().is_some() => "failed",
        () if refuses => "refused",
        () if words.iter().all(|word| judged(word.check)) => "passed",
        () => "gating",
    })
}

/// `3 candidates: 1 running, 1 gating, 1 passed`, while none is chosen.
pub fn contest_words(picture: &Picture<'_>, i: usize) -> Option<String> {
    let facts = picture.facts(i);
    facts.round?;
    let places = picture.course.contest(i).map_or(0, |contest| contest.agents.len());
    let stands: Vec<&str> = facts.contenders().filter_map(|attempt| rival_word(picture, i, attempt)).collect();
    let count = |word: &str| stands.iter().filter(|stand| **stand == word).count();
    let known = ["running", "gating", "passed", "refused", "failed"].map(|word| (count(word), word));
    let parts: Vec<String> = known.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    Some(format!("{places} candidates: {}", parts.join(", ")))
}

/// Why an attempt was chosen among several, or that it was not.
pub fn chosen_words(picture: &Picture<'_>, i: usize, attempt: &Attempt) -> Option<String> {
    match (rival_word(picture, i, attempt)?, &attempt.chosen) {
        ("chosen", Some(why)) => Some(format!("chosen: {why}")),
        (stand, Some(_)) => Some(format!("{stand}; chosen at first, another took its place")),
        (stand, None) if picture.facts(i).round.is_none() => Some(format!("{stand}; another was chosen")),
        (stand, None) => Some(stand.to_owned()),
    }
}
