//! How a person solves a conflict: the exact commands.

use super::picture::Picture;
use crate::integrate::names;
use crate::journal::{Conflict, ConflictPath};

/// How bad a clash is (DESIGN 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictSeverity {
    /// Both sides changed one file, in places apart.
    Info,
    /// Both sides changed one function or type, in lines apart.
    Warning,
    /// A rule, a driver or what was remembered solved it.
    Low,
    /// Both sides changed the same lines.
    Medium,
    /// One side removed, renamed or replaced what the other changed; or lines cannot be compared.
    High,
    /// It merges, and the merged tree is red.
    Critical,
}

impl ConflictSeverity {
    /// The word shown to people and programs.
    pub fn word(self) -> &'static str {
        match self {
            ConflictSeverity::Info => "info",
            ConflictSeverity::Warning => "warning",
            ConflictSeverity::Low => "low",
            ConflictSeverity::Medium => "medium",
            ConflictSeverity::High => "high",
            ConflictSeverity::Critical => "critical",
        }
    }
}

/// The severity of one path's clash, by git's word for it.
pub fn of_path(path: &ConflictPath) -> ConflictSeverity {
    match path.kind.as_str() {
        "contents" | "content" | "add/add" | "" => ConflictSeverity::Medium,
        _ => ConflictSeverity::High,
    }
}

/// The severity of a conflict: that of its worst path.
pub fn severity(conflict: &Conflict) -> ConflictSeverity {
    conflict.paths.iter().map(of_path).max().unwrap_or(ConflictSeverity::Medium)
}

/// What a task is merged with to meet its conflict: the branch of the layer whose head it clashed with, or of the
/// highest one below that has a branch, or the commit that the run began at.
pub fn other_side(picture: &Picture<'_>, conflict: &Conflict) -> String {
    let run = &picture.state.info.run;
    match picture.state.heads.range(..=conflict.layer).next_back() {
        Some((layer, _)) => names::layer_branch(run, *layer),
        None => picture.state.info.base.to_string(),
    }
}

/// Commands to type, in order, up to the one that takes the solution in. Between the merge and `git add` the named
/// files are edited.
pub fn commands(picture: &Picture<'_>, conflict: &Conflict) -> Commands {
    let info = &picture.state.info;
    let folder = quoted(&format!("{}/solve-{}", info.slots.trim_end_matches('/'), conflict.task));
    let branch = names::task_branch(&info.run, &conflict.task);
    // What was tried since may have left the branch elsewhere.
    let facts = picture.state.task(&conflict.task);
    let moved = facts.and_then(|facts| facts.clashed().filter(|from| facts.last().is_some_and(|last| last.n > from.n)));
    let add = match moved.and_then(|from| from.result()) {
        Some(own) => format!("git worktree add -B {branch} {folder} {own}"),
        None => format!("git worktree add {folder} {branch}"),
    };
    Commands {
        before: vec![add, format!("cd {folder}"), format!("git merge {}", other_side(picture, conflict))],
        after: vec!["git add -A".to_owned(), "git commit --no-edit".to_owned(), "git orca integrate".to_owned()],
    }
}

/// Commands before and after the files are edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// Up to the merge, which says that it conflicts.
    pub before: Vec<String>,
    /// From the edited files on.
    pub after: Vec<String>,
}

/// A word for the shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{Story, id};

    #[test]
    fn the_other_side_is_the_branch_that_exists() {
        let mut story = Story::new(&[("A", "a", &[]), ("B", "b", &["A"]), ("C", "c", &[])], &[]);
        story.starts(&["C"]).commits("C", 1, 1, 1).conflicts("C", &[], &[("x", "")]);
        let conflict = |layer| Conflict { task: id("C"), layer, with: vec![], paths: vec![], tried: vec![] };
        let state = story.state();
        let picture = Picture::new(&state, state.at, false);
        assert_eq!(other_side(&picture, &conflict(1)), state.info.base.as_str());
        story.done("A", 1.0, 2.0);
        let state = story.state();
        let picture = Picture::new(&state, state.at, false);
        assert_eq!(other_side(&picture, &conflict(2)), "orca/20261120-1812-k3/layer/1");
    }

    #[test]
    fn a_conflict_is_as_bad_as_its_worst_path() {
        let path = |kind: &str| ConflictPath { path: "x".into(), kind: kind.into(), lines: String::new() };
        let conflict = |kinds: &[&str]| Conflict {
            task: id("C"),
            layer: 1,
            with: Vec::new(),
            paths: kinds.iter().map(|k| path(k)).collect(),
            tried: Vec::new(),
        };
        assert_eq!(severity(&conflict(&["contents"])), ConflictSeverity::Medium);
        assert_eq!(severity(&conflict(&["contents", "modify/delete"])), ConflictSeverity::High);
    }

    #[test]
    fn folders_with_spaces_are_quoted() {
        assert_eq!([quoted("../a.orca/x"), quoted("/a b/it's")], ["../a.orca/x", r"'/a b/it'\''s'"]);
    }
}
