//! What `take` says.

use crate::model::{Oid, RunId, TaskId};
use crate::report::words::measure::plural;

/// The result is on the branch now.
pub fn taken(run: &RunId, branch: &str, after: &Oid, how: &str, commits: usize, files: usize) -> String {
    let onto = if branch.is_empty() { "HEAD" } else { branch };
    let after = after.short();
    let done = match how {
        "fast-forward" => format!("{onto} fast-forwarded to {after}"),
        "merge" => format!("merged into {onto}, which is now at {after}"),
        _ => format!("{} added to {onto}, which is now at {after}", plural(commits, "commit")),
    };
    format!("{done} ({} changed)\nto go back: git orca undo {run}", plural(files, "file"))
}

/// There is nothing to take.
pub fn already(run: &RunId, branch: Option<&str>, head: &Oid) -> String {
    format!("{} already has the result of run {run} ({})", branch.unwrap_or("HEAD"), head.short())
}

/// It clashes.
pub fn clash(onto: &str, result: &str, task: Option<&TaskId>, paths: &str) -> String {
    let what = task.map_or("the result".to_owned(), |task| format!("task {task}"));
    format!(
        "{what} conflicts with `{onto}` in {paths}; nothing was changed\n  git merge {result}   then resolve the conflicts and commit; git orca recognises the merge"
    )
}
