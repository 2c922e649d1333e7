//! `git orca hooks`: hooks that keep unchecked work inside, and what they do when git calls them.
//!
//! [`plan`](mod@plan) decides from what stands in the hooks' folder, without touching anything; `install` looks, performs
//! and says it. The scripts are the files of `hooks/` at the project's root. They call the hidden `git orca __hook NAME`.
//!
//! ## To add a hook
//!
//! A script in `hooks/`, an entry in [`HOOKS`], a file here with what it does, an arm in `called.rs`.

mod called;
mod commit_msg;
mod install;
mod plan;
mod pre_commit;
mod pre_push;

pub use called::{SUBCOMMAND, called};
pub use install::main;

/// One hook that can be installed.
pub struct Hook {
    /// Its name in git.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// The script.
    pub script: &'static str,
    /// Whether it is installed when none is named.
    pub default: bool,
}

/// All hooks.
pub const HOOKS: &[Hook] = &[
    Hook {
        name: "pre-push",
        about: "refuses orca branches whose tip lacks passing evidence",
        script: include_str!("../../../hooks/pre-push"),
        default: true,
    },
    Hook {
        name: "commit-msg",
        about: "names task and run in an agent's commits",
        script: include_str!("../../../hooks/commit-msg"),
        default: false,
    },
    Hook {
        name: "pre-commit",
        about: "keeps conflict markers out of commits",
        script: include_str!("../../../hooks/pre-commit"),
        default: false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_unique_and_described() {
        for (n, hook) in HOOKS.iter().enumerate() {
            assert!(HOOKS[n + 1..].iter().all(|other| other.name != hook.name));
            assert!(!hook.about.is_empty() && hook.script.starts_with("#!/bin/sh\n"));
            assert!(hook.script.contains(plan::MARK) && hook.script.contains(&format!("{}.before-orca", hook.name)));
        }
    }
}
