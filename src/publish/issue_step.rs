//! What an issue hears while its task is worked on (`orca.tracker = issues`): by one comment, rewritten with each step. It is
//! the comment that publishing rewrites later, which then says where the work is; from then on it is left alone.

use super::escape::{code, inline};
use super::forge::Forge;
use super::issue_echo::IssueWord;
use crate::integrate::names;
use crate::model::{Error, Result, RunId, TaskId};

/// Marks a comment as one about steps.
const STEP: &str = "<!-- git-orca:step -->";

/// What the issue of a task is told: `stands` is where the task does, `note` what else is to be known.
pub fn issue_step(number: u64, run: &RunId, (task, title): (&TaskId, &str), stands: &str, note: &str) -> IssueWord {
    let marker = format!("<!-- git-orca:issue run={run} -->");
    let note = if note.is_empty() { String::new() } else { format!(" {}", inline(note)) };
    let body = format!(
        "{marker}\n{STEP}\n{} {}: {stands}.{note} Worked on by git orca, run {}; what lands is on {}.",
        inline(task.as_str()),
        inline(title),
        code(run.as_str()),
        code(&names::integration_branch(run))
    );
    IssueWord { number, marker, body }
}

/// Tells an issue, unless publishing has told it more. Whether it was told something new.
///
/// # Errors
/// The server refuses or cannot be reached.
pub fn tell_step(forge: &dyn Forge, word: &IssueWord) -> Result<bool> {
    let there = forge.comments(word.number)?.into_iter().find(|it| it.is_ours && it.body.contains(&word.marker));
    let is_told = |body: &str| !body.contains(STEP) || body.trim_end() == word.body.trim_end();
    if there.is_some_and(|comment| is_told(&comment.body)) {
        return Ok(false);
    }
    forge.put_comment(word.number, &word.marker, &word.body).map(|()| true)
}

/// Whether a server has answered, and will not answer otherwise: the issue is gone, locked or hidden. What stands between
/// brackets in the cause is its status (`ServerDialect::refused`).
pub fn is_final(error: &Error) -> bool {
    ["(403)", "(404)", "(422)", "answered 410"].iter().any(|status| error.cause.contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorKind;

    #[test]
    fn a_step_is_text_whatever_stands_in_titles_and_notes() {
        let run: RunId = "20261120-1812-k3".parse().unwrap();
        let word = issue_step(7, &run, (&"A".parse().unwrap(), "Dig the @pond"), "in work", "Failed: <b>no</b>.");
        assert!(word.body.starts_with(&format!("{}\n{STEP}\n", word.marker)), "{}", word.body);
        assert!(!word.body.contains("@pond") && !word.body.contains("<b>"), "{}", word.body);
        assert!(word.body.contains("orca/20261120-1812-k3/integration"), "{}", word.body);
    }

    #[test]
    fn what_will_not_be_answered_otherwise_is_final() {
        let error = |cause: &str| Error::new(ErrorKind::Publish, "publishing", cause);
        for (cause, expected) in [
            ("GitHub finds nothing at `/x`, or hides it from this token (404)", true),
            ("GitHub refuses the request (422): no", true),
            ("GitHub answered 410: This issue was deleted", true),
            ("GitHub answered with server errors (503), several times", false),
            ("the connection to GitHub was cut, several times", false),
            ("GitHub does not accept the token (401)", false),
        ] {
            assert_eq!(is_final(&error(cause)), expected, "{cause}");
        }
    }
}
