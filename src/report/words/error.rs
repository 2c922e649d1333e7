//! Errors and problems of documents in words, and errors for programs.
//!
//! An error is kept as facts ("reading `x`", "no such file") and said as people say it: what cannot be done, why, and
//! what to type. Where the cause is a whole sentence about what the user asked for, it stands alone.

use serde::Serialize;

use super::display::{hang, lines, safe, width};
use super::style::{self, paint};
use crate::model::{Error, ErrorKind, Problem, Severity};
pub use crate::model::{cannot, infinitive};

/// An error: what cannot be done and why, where, and what to type next.
///
/// Hints and places are never cut or wrapped: they are there to be pasted.
pub fn error(error: &Error, columns: usize) -> String {
    let mut said = error.what_cannot().map(|what| lines(&what)).unwrap_or_default();
    let causes = lines(&error.cause);
    match (said.last_mut(), causes.first()) {
        (Some(last), Some(first)) => {
            last.push_str(": ");
            last.push_str(first);
            said.extend(causes.into_iter().skip(1));
        }
        _ => said = causes,
    }
    let mut text = String::new();
    for (n, line) in said.iter().enumerate() {
        let head = if n == 0 { "error: " } else { "       " };
        let line = hang(head, line, columns);
        let line = if n == 0 { line.replacen("error:", &paint(style::BAD, "error:"), 1) } else { line };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if let Some(place) = &error.at {
        text.push_str(&format!("  at {}\n", safe(&place.to_string())));
    }
    for hint in &error.hints {
        lines(hint).iter().for_each(|line| text.push_str(format!("  {line}").trim_end()));
        text.push('\n');
    }
    text
}

/// An error for programs.
#[derive(Debug, Serialize)]
pub struct ErrorDocument<'a> {
    format: u32,
    error: ErrorFacts<'a>,
    exit: u8,
}

#[derive(Debug, Serialize)]
struct ErrorFacts<'a> {
    kind: &'static str,
    doing: &'a str,
    cause: &'a str,
    at: Option<String>,
    hints: &'a [String],
}

/// An error as a document, with the exit code that goes with it.
pub fn error_json(error: &Error) -> ErrorDocument<'_> {
    let Error { kind, doing, cause, at, hints } = error;
    let at = at.as_ref().map(ToString::to_string);
    ErrorDocument {
        format: 1,
        error: ErrorFacts { kind: word(*kind), doing, cause, at, hints },
        exit: kind.exit_code(),
    }
}

/// The word of an error's kind.
fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Failed => "failed",
        ErrorKind::Environment => "environment",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Busy => "busy",
        ErrorKind::Untrusted => "untrusted",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::Usage => "usage",
        ErrorKind::Plan => "plan",
        ErrorKind::Publish => "publish",
        ErrorKind::Declined => "declined",
    }
}

/// Problems of documents, the worst first, each with its place and what to do.
pub fn problems(problems: &[Problem], columns: usize) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    sorted.into_iter().map(|problem| one(problem, columns)).collect()
}

fn one(problem: &Problem, columns: usize) -> String {
    let (word, style) = match problem.severity {
        Severity::Error => ("error", style::BAD),
        Severity::Warning => ("warning", style::WARN),
        Severity::Info => ("note", style::PLAIN),
    };
    let place = if problem.at.file.is_empty() { String::new() } else { format!("{}  ", safe(&problem.at.to_string())) };
    let head = format!("{word:<9}{place}");
    let mut text = hang(&head, &safe(&problem.what), columns).replacen(word, &paint(style, word), 1);
    text.push('\n');
    if !problem.hint.is_empty() {
        let under = " ".repeat(width(&head).min(columns / 2));
        text.push_str(&hang(&under, &safe(&problem.hint), columns));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, screen};
    use crate::report::words::json_text;

    #[test]
    fn an_error_says_what_where_and_what_to_type() {
        let unknown = Error::new(ErrorKind::Usage, "reading `orca.toml`", "unknown key `job`")
            .at(Place::new("orca.toml", 4))
            .hint("did you mean `jobs`?")
            .hint("git orca config");
        insta::assert_snapshot!(screen(&error(&unknown, WIDTH)), @r"
        error: cannot read `orca.toml`: unknown key `job`
          at orca.toml:4
          did you mean `jobs`?
          git orca config
        ");
        let git = Error::failed("adding a worktree", "git said:\nfatal: '../shop.orca/a1' already exists and is neither empty nor a worktree of this repository, which is odd\n\nhint: try again")
            .hint("git orca doctor");
        insta::assert_snapshot!(screen(&error(&git, WIDTH)), @r"
        error: cannot add a worktree: git said:
               fatal: '../shop.orca/a1' already exists and is neither empty nor a worktree of this
               repository, which is odd

               hint: try again
          git orca doctor
        ");
        let one_word = Error::failed("reading", "x".repeat(500));
        assert!(error(&one_word, WIDTH).contains(&"x".repeat(500)), "paths are not cut");
    }

    #[test]
    fn programs_get_the_same_facts() {
        let error =
            Error::new(ErrorKind::Plan, "reading `tasks.md`", "a cycle").at(Place::new("tasks.md", 7)).hint("drop one");
        insta::assert_snapshot!(json_text::line(&error_json(&error)), @r#"
        {"format":1,"error":{"kind":"plan","doing":"reading `tasks.md`","cause":"a cycle","at":"tasks.md:7","hints":["drop one"]},"exit":3}
        "#);
    }

    #[test]
    fn problems_stand_with_their_places_the_worst_first() {
        let at = |line| Place::new("tasks.md", line);
        let found = [
            Problem::new(
                Severity::Warning,
                at(61),
                "T011 depends on T099, which is not in the plan; ignored",
                "write T009?  or drop it under [deps] in orca.toml",
            ),
            Problem::new(
                Severity::Error,
                at(12),
                "T001 and T002 wait for each other, which nobody can solve by waiting, so that nothing at all could start here",
                "",
            ),
            Problem::new(Severity::Info, Place::default(), "no estimates: each task counts 1", ""),
        ];
        insta::assert_snapshot!(screen(&problems(&found, WIDTH)), @r"
        error    tasks.md:12  T001 and T002 wait for each other, which nobody can solve by waiting, so that
                              nothing at all could start here
        warning  tasks.md:61  T011 depends on T099, which is not in the plan; ignored
                              write T009?  or drop it under [deps] in orca.toml
        note     no estimates: each task counts 1
        ");
    }

    #[test]
    fn hostile_text_stays_text() {
        for title in &HOSTILE[..3] {
            let bad = Error::failed(*title, *title).at(Place::new(*title, 1)).hint(*title);
            inert(&error(&bad, WIDTH));
            inert(&problems(&[Problem::new(Severity::Error, Place::new(*title, 1), *title, *title)], WIDTH));
        }
    }
}
