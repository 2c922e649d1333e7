//! Messages that are put otherwise because the task asks for that ("Improve the error messages"): tests that expect them
//! word for word have to follow, and no task names each of them.

use super::super::Diff;
use super::allowed::is_named;
use super::change::Change;
use super::renames::follower;
use crate::gate::asked;
use crate::source::{ByteKind, Language, Masked, TestCode};

/// Whether the task's own text lets a test of the base change as it did: it names the test, or asks for other messages or
/// names, and the test expects nothing else otherwise.
pub(super) fn may_change(diff: &Diff, change: &Change, before: &TestCode) -> bool {
    if is_named(diff, before) || follower(diff, change, before).is_some() {
        return true;
    }
    let after = change.after.iter().find(|after| after.is_same(before));
    diff.task.as_ref().is_some_and(asked::for_messages) && after.is_some_and(|after| is_reworded(before, after))
}

/// Whether two versions of a test differ in nothing but sentences.
fn is_reworded(before: &TestCode, after: &TestCode) -> bool {
    let (was, now) = (parts(&before.body, before.language), parts(&after.body, after.language));
    let same = before.conditions == after.conditions && before.skipped == after.skipped;
    same && was.len() == now.len()
        && was.iter().zip(&now).all(|((is_text, was), (_, now))| was == now || *is_text && is_other_sentence(was, now))
}

/// Whether one sentence stands for another. What says much less may be found in anything.
fn is_other_sentence(was: &str, now: &str) -> bool {
    let words = |text: &str| {
        let parts = text.split(|c: char| !c.is_alphanumeric());
        parts.filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count()
    };
    words(was) >= 2 && words(now) >= 2 && 2 * now.len() >= was.len()
}

/// A text in its code and its strings, in turn. Quotes count as neither.
fn parts(text: &str, language: Language) -> Vec<(bool, String)> {
    let masked = Masked::new(text, language);
    let mut parts: Vec<(bool, String)> = Vec::new();
    for (at, c) in text.char_indices() {
        let is_text = masked.kind(at) == ByteKind::Text;
        match parts.last_mut() {
            Some((same, part)) if *same == is_text => part.push(c),
            _ => parts.push((is_text, c.to_string())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::find_tests;

    #[test]
    fn only_sentences_may_differ() {
        let go = |inside: &str| {
            let text = format!("package a\n\nfunc TestA(t *testing.T) {{\n\t{inside}\n}}\n");
            find_tests("a_test.go", &text).remove(0)
        };
        let was = "if err := f(1); err.Error() != \"1 is less than 2\" {\n\t\tt.Fatal(err)\n\t}";
        for (now, reworded) in [
            (was.replace("\"1 is less than 2\"", "`\"1\" is less than \"2\"`"), true),
            (was.replace("1 is less than 2", "1 is smaller than 2"), true),
            (was.replace("1 is less than 2", "than 2"), false),
            (was.replace("1 is less than 2", ""), false),
            (was.replace("1 is less than 2", "3"), false),
            (was.replace("f(1)", "f(2)"), false),
            (was.replace("!= \"", "== \""), false),
            (was.replace("err.Error() != \"1 is less than 2\"", "err == nil"), false),
            (was.replace("t.Fatal(err)", "t.Skip(\"not here, not now\")"), false),
        ] {
            assert_eq!(is_reworded(&go(was), &go(&now)), reworded, "{now}");
        }
    }
}
