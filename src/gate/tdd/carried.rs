//! Checks of a test that another word carries now, so that it says no less without them.

use crate::source::{Assertion, Language, TestCode};

/// Takes out Go's questions for an error that a `Must…` function answers now by panicking: `v, err := Parse(x)` with what
/// is asked about `err` has become `v := MustParse(x)`.
pub(super) fn without_carried(before: &TestCode, after: &TestCode, gone: &mut Vec<&Assertion>) {
    if before.language != Language::Go {
        return;
    }
    let more = |count: &dyn Fn(&str) -> usize, one: &TestCode, other: &TestCode| {
        count(&one.body).saturating_sub(count(&other.body))
    };
    // An error that is thrown away is asked about by nobody.
    let thrown_away = |body: &str| ["_:=", "_="].iter().map(|mark| body.matches(mark).count()).sum();
    if more(&thrown_away, after, before) > 0 {
        return;
    }
    let errors = |body: &str| body.matches("err:=").count() + body.matches("err=").count();
    let carried = more(&musts, after, before).min(more(&errors, before, after));
    let (mut questions, mut answers) = (carried, carried);
    gone.retain(|check| {
        let left = match check.text.as_str() {
            "if err != nil" => &mut questions,
            text if text.starts_with("t.") => &mut answers,
            _ => return true,
        };
        let is_carried = *left > 0;
        *left -= usize::from(is_carried);
        !is_carried
    });
}

/// Calls of functions that panic instead of giving an error back.
fn musts(body: &str) -> usize {
    let calls = body.match_indices("Must").filter(|(at, must)| {
        let starts = !body[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = body[at + must.len()..].trim_start_matches(|c: char| c.is_alphanumeric());
        starts && rest.starts_with('(')
    });
    calls.count()
}
