//! What git orca itself tells an agent that works (`[run] tell`).

use super::escape::{one_line, visible};
use super::prompt::bullets;
use crate::model::{Oid, TaskId};

/// What an agent is told of the run. A program that takes messages for commands (`/clear`) finds none.
pub fn word_of_run(text: &str) -> String {
    format!("News of the run that your task is part of:\n\n{}", visible(text))
}

/// News of conflicts that are foreseen with another task's work, by path and kind.
pub fn news_of_conflict<'a>(other: &TaskId, paths: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let paths = bullets(paths.map(|(path, kind)| format!("`{}`: {}", one_line(path), one_line(kind))));
    format!(
        "Your work so far conflicts with that of task `{other}`, which another agent is working on:\n\n{paths}\n\n\
         Whichever lands second has to fit the other. Keep out of its way where your task allows it; do not do its work."
    )
}

/// News of work that landed and that this task builds on.
pub fn news_of_prerequisite(other: &TaskId, commit: Option<&Oid>) -> String {
    format!("Task `{other}`, which yours builds on, has landed{}, as you have it.", at(commit))
}

/// News of work that landed and that this task's work was foreseen to conflict with.
pub fn news_of_rival(other: &TaskId, commit: Option<&Oid>) -> String {
    format!(
        "Task `{other}`, with which your work conflicts, has landed{}. Your work will be merged with it: make it fit.",
        at(commit)
    )
}

fn at(commit: Option<&Oid>) -> String {
    commit.map(|commit| format!(" as {}", commit.short())).unwrap_or_default()
}
