//! Counts of tasks by state. They add up to the number of tasks.

use super::picture::Picture;
use crate::schedule::TaskStatus;

/// The order in which states are named: what is done first, what waits last.
const ORDER: [&str; 11] = [
    "landed",
    "passed",
    "gating",
    "running",
    "interrupted",
    "failed",
    "conflicted",
    "blocked",
    "skipped",
    "ready",
    "waiting",
];

/// Tasks by the word of their state, those that occur, in a fixed order.
pub fn tally(picture: &Picture<'_>) -> Vec<(&'static str, usize)> {
    counted(picture.standings.iter().map(TaskStatus::word).collect())
}

/// The same for people: what was under way when the run was cut off counts as that.
pub fn shown(picture: &Picture<'_>) -> Vec<(&'static str, usize)> {
    counted((0..picture.len()).map(|i| picture.state_word(i)).collect())
}

fn counted(states: Vec<&'static str>) -> Vec<(&'static str, usize)> {
    let of = |word: &'static str| states.iter().filter(|state| **state == word).count();
    ORDER.into_iter().map(|word| (word, of(word))).filter(|(_, n)| *n > 0).collect()
}

/// `5 landed, 1 gating, 3 running`.
pub fn words(tally: &[(&'static str, usize)]) -> String {
    tally.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::FailClass;
    use crate::model::Verdict;
    use crate::report::testing::Story;

    #[test]
    fn counts_add_up_to_the_number_of_tasks() {
        let tasks: &[(&str, &str, &[&str])] = &[
            ("A", "a", &[]),
            ("B", "b", &[]),
            ("C", "c", &["B"]),
            ("D", "d", &["C"]),
            ("E", "e", &[]),
            ("F", "f", &["A"]),
        ];
        let mut story = Story::new(tasks, &["test"]);
        story.done("A", 0.0, 2.0);
        story.starts(&["B", "E"]).fails("B", FailClass::Fatal, "no").commits("E", 1, 1, 0).gates("E", "test");
        let check = |story: &Story, expected: &str| {
            let state = story.state();
            let picture = Picture::new(&state, state.at, true);
            let counts = tally(&picture);
            assert_eq!(words(&counts), expected);
            assert_eq!(counts.iter().map(|(_, n)| n).sum::<usize>(), tasks.len());
        };
        check(&story, "1 landed, 1 gating, 1 failed, 2 blocked, 1 ready");
        story.says("E", "test", Verdict::Pass, "").starts(&["F"]);
        check(&story, "1 landed, 1 passed, 1 running, 1 failed, 2 blocked");
    }
}
