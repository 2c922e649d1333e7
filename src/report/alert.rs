//! The alert about agents that fail too often (DESIGN 13: a success rate below 99 %).

use std::collections::BTreeMap;

use super::measure::plural;
use super::picture::{Picture, counts};
use super::result::outcome;

/// Share of the attempts that has to leave a result.
const LEAST: f64 = 0.99;

/// Attempts below which one failure says nothing of the rest.
const ENOUGH: usize = 5;

/// That too many attempts failed, with how; none while there is nothing to say.
pub fn of_agents(picture: &Picture<'_>) -> Option<String> {
    let attempts = picture.state.tasks.iter().flat_map(|task| &task.attempts);
    let ended: Vec<_> = attempts.filter(|attempt| !attempt.is_open() && counts(attempt)).collect();
    let failed: Vec<_> = ended.iter().filter(|attempt| attempt.result().is_none()).collect();
    let good = ended.len() - failed.len();
    let share = good as f64 / ended.len().max(1) as f64;
    if ended.len() < ENOUGH || share >= LEAST {
        return None;
    }
    let mut how: BTreeMap<String, usize> = BTreeMap::new();
    for attempt in failed {
        *how.entry(outcome(attempt).replace('_', " ")).or_default() += 1;
    }
    let mut how: Vec<(String, usize)> = how.into_iter().collect();
    how.sort_by_key(|(word, n)| (std::cmp::Reverse(*n), word.clone()));
    let how: Vec<String> = how.into_iter().map(|(word, n)| format!("{n} {word}")).collect();
    let of = plural(ended.len(), "attempt");
    Some(format!(
        "agents: {good} of {of} left a result ({:.0} %, expected 99 %); the others: {}",
        (share * 100.0).floor(),
        how.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::report::testing::Story;

    #[test]
    fn only_enough_attempts_make_an_alert() {
        let ids = ["A", "B", "C", "D", "E"];
        let story = |n: usize| {
            let lines: Vec<(&str, &str, &[&str])> = ids.iter().map(|id| (*id, "t", &[][..])).collect();
            let mut story = Story::new(&lines, &[]);
            for id in &ids[..n] {
                story.starts(&[id]).commits(id, 1, 1, 0);
            }
            story
        };
        let said = |story: &Story| {
            let state = story.state();
            of_agents(&Picture::new(&state, state.at, false))
        };
        assert_eq!(said(&story(5)), None);
        let mut few = story(2);
        few.starts(&["C"]).fails("C", FailClass::Fatal, "no");
        assert_eq!(said(&few), None);
        let mut many = story(3);
        many.starts(&["D"]).fails("D", FailClass::NoWork, "nothing").starts(&["D"]).fails(
            "D",
            FailClass::NoWork,
            "nothing",
        );
        many.starts(&["E"]).fails("E", FailClass::Fatal, "no");
        assert_eq!(
            said(&many).unwrap(),
            "agents: 3 of 6 attempts left a result (50 %, expected 99 %); the others: 2 no work, 1 fatal"
        );
    }
}
