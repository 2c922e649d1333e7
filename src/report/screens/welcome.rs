//! `git orca` alone: six lines that say what to type.

use crate::report::words::display::{clip, safe};
use crate::report::words::measure::plural;

/// A plan that was found in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPlan {
    /// Its path, as the user would type it.
    pub path: String,
    /// Its format.
    pub kind: String,
    /// How many tasks it has.
    pub tasks: usize,
    /// How many of them are done.
    pub done: usize,
}

/// The six lines.
pub fn welcome(plans: &[FoundPlan], columns: usize) -> String {
    let found = match plans {
        [] => "no plan was found here: name one, or read: git orca help plans".to_owned(),
        [only] => format!("found here: {}", plan(only)),
        [first, rest @ ..] => format!("found here: {} and {}", plan(first), plural(rest.len(), "other plan")),
    };
    format!(
        "git orca runs an implementation plan with coding agents, one worktree and branch per task.
  git orca demo               see it work, offline
  git orca plan [PLAN]        what would run, in which order, how fast
  git orca execute [PLAN]     run it;  git orca status, from any terminal
{}
all commands: git orca -h
",
        clip(&found, columns)
    )
}

/// `specs/001-cart/tasks.md (spec-kit, 14 tasks, none done)`.
pub fn plan(plan: &FoundPlan) -> String {
    let done = match plan.done {
        0 => "none done".to_owned(),
        n if n == plan.tasks => "all done".to_owned(),
        n => format!("{n} done"),
    };
    format!("{} ({}, {}, {done})", safe(&plan.path), safe(&plan.kind), plural(plan.tasks, "task"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::WIDTH;
    use crate::report::testing::{HOSTILE, inert, screen};

    fn found(path: &str, done: usize) -> FoundPlan {
        FoundPlan { path: path.into(), kind: "spec-kit".into(), tasks: 14, done }
    }

    #[test]
    fn six_lines() {
        let one = welcome(&[found("specs/001-cart/tasks.md", 0)], WIDTH);
        insta::assert_snapshot!(screen(&one), @r"
        git orca runs an implementation plan with coding agents, one worktree and branch per task.
          git orca demo               see it work, offline
          git orca plan [PLAN]        what would run, in which order, how fast
          git orca execute [PLAN]     run it;  git orca status, from any terminal
        found here: specs/001-cart/tasks.md (spec-kit, 14 tasks, none done)
        all commands: git orca -h
        ");
        let several = [found("specs/001-cart/tasks.md", 3), found("plan.md", 14)];
        for text in [one, welcome(&[], WIDTH), welcome(&several, WIDTH)] {
            assert_eq!(screen(&text).lines().count(), 6);
        }
    }

    #[test]
    fn hostile_paths_stay_text() {
        for path in HOSTILE {
            let text = welcome(&[found(path, 1)], WIDTH);
            inert(&text);
            screen(&text);
        }
    }
}
