//! Which part of the repository a worktree of this run has, where the user works with part of it: what the settings or the
//! user's own checkout say, with what the task declares and what its work has touched outside of that. Merges have all.

use std::collections::BTreeSet;

use crate::gate::Diff;
use crate::git;
use crate::model::{GateDef, Oid, Result, SparsePatterns, Task};
use crate::run::run_env::RunEnv;

/// What the worktree of an attempt at `task` has that begins at `start` and is compared with `base`; none for everything.
///
/// # Errors
/// Git cannot compare where the attempt begins with what it is compared with.
pub fn of_attempt(site: &RunEnv, task: &Task, base: &Oid, start: &Oid) -> Result<Option<SparsePatterns>> {
    let Some(patterns) = &site.info.options.worktree.patterns else { return Ok(None) };
    let touched = if base == start { Vec::new() } else { site.repo.changed(base, start)? };
    let declared = task.files.iter().map(|file| file.path.as_str());
    let with_folders = |path: &str| format!("{path}{}", if site.repo.is_folder(start, path) { "/" } else { "" });
    let declared: Vec<String> = declared.map(with_folders).collect();
    let touched = touched.iter().map(|change| change.path.as_str());
    Ok(Some(widened(patterns, declared.iter().map(String::as_str).chain(touched))))
}

/// What a gate's place has; none for everything, which is the rule.
pub fn of_gate(site: &RunEnv, gate: &GateDef, diff: &Diff) -> Option<SparsePatterns> {
    let patterns = site.info.options.worktree.patterns.as_ref().filter(|_| gate.sparse)?;
    Some(widened(patterns, diff.files.iter().map(|file| file.path.as_str())))
}

fn widened<'a>(patterns: &SparsePatterns, paths: impl Iterator<Item = &'a str>) -> SparsePatterns {
    let outside: BTreeSet<&str> = git::left_out_of(patterns, paths).into_iter().collect();
    if outside.is_empty() { patterns.clone() } else { patterns.widened(&outside) }
}

/// What an agent is told of it.
pub fn told(site: &RunEnv) -> &'static str {
    match site.info.options.worktree.patterns {
        None => "",
        Some(_) => {
            "\nOnly part of the repository is checked out here (a sparse worktree). What is not there is not gone: read it \
             with `git show HEAD:path` and `git grep pattern HEAD`, and check it out, if you need it, with `git checkout \
             HEAD --ignore-skip-worktree-bits -- path`. New files may lie anywhere; stage those outside of that part \
             with `git add --sparse`.\n"
        }
    }
}
