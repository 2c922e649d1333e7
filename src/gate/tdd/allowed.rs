//! Which tests of the base a task may change: those that its own text names. A person wrote that, not the agent.

use super::super::Diff;
use crate::source::TestCode;

/// Whether the task's text names a test, as a word of its own.
pub(in crate::gate) fn is_named(diff: &Diff, case: &TestCode) -> bool {
    let Some(task) = &diff.task else { return false };
    let texts = [&task.title, &task.details].into_iter().chain(&task.acceptance);
    texts.into_iter().any(|text| has_word(text, case.name()))
}

/// The same for a test that is known by a report alone: what stands last in its name.
pub(super) fn is_named_as_reported(diff: &Diff, reported: &str) -> bool {
    let Some(task) = &diff.task else { return false };
    let name = reported.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let texts = [&task.title, &task.details].into_iter().chain(&task.acceptance);
    texts.into_iter().any(|text| has_word(text, name))
}

/// Whether the task's text has a word as it is: the name of a file, of a setting.
pub(super) fn names(diff: &Diff, word: &str) -> bool {
    let Some(task) = &diff.task else { return false };
    let texts = [&task.title, &task.details].into_iter().chain(&task.acceptance);
    texts.into_iter().any(|text| stands_in(text, word))
}

fn has_word(text: &str, word: &str) -> bool {
    // A short or everyday name (`adds`, `works`) says nothing when it occurs in a sentence.
    let telling =
        word.len() >= 6 && (word.contains('_') || word.contains(|c: char| c.is_uppercase()) || word.contains(' '));
    telling && stands_in(text, word)
}

fn stands_in(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut all = text.match_indices(word);
    all.any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        assert!(has_word("update `test_sum` to the new rounding", "test_sum"));
        assert!(!has_word("update test_summary", "test_sum"));
        assert!(!has_word("it adds numbers", "adds"));
    }
}
