//! Which process descends from which: by the kernel's table, which no process can change for itself. A launcher adopts
//! whatever its descendants leave behind, so that the line leads to it as long as it lives.

use super::launch::SUBCOMMAND;
use super::marker::{LAUNCH, REPO};
use super::system::{command_line, marked_processes, read_row};

/// Longer lines than any real one: a loop in the table cannot hold us up.
const LONGEST: usize = 4_096;

/// The parents of a process, nearest first; it is no part of them. Empty where the system does not tell.
fn parents(pid: i32) -> Vec<i32> {
    let parent = |pid: i32| read_row(pid).map(|row| row.parent).filter(|parent| *parent > 0);
    std::iter::successors(parent(pid), |pid| parent(*pid)).take(LONGEST).collect()
}

/// Whether `pid` is below `ancestor`; none where the process is gone or the system does not tell.
pub fn descends_from(pid: u32, ancestor: u32) -> Option<bool> {
    read_row(pid.cast_signed())?;
    Some(parents(pid.cast_signed()).contains(&ancestor.cast_signed()))
}

/// The launchers that this process descends from.
fn launchers() -> Vec<i32> {
    let word = format!(" {SUBCOMMAND}");
    let is_launcher = |pid: &i32| command_line(*pid).ends_with(&word);
    parents(std::process::id().cast_signed()).into_iter().filter(is_launcher).collect()
}

fn own_mark(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether this process is part of an attempt, a gate or a setup command of any run: by its parents, or by its own marks.
pub fn is_launched() -> bool {
    own_mark(LAUNCH).is_some() || !launchers().is_empty()
}

/// The same for runs of the repository with this digest. The marks of a launcher are its own: what it started cannot
/// change them.
pub fn is_launched_for(repo: &str) -> bool {
    if own_mark(LAUNCH).is_some() && own_mark(REPO).as_deref() == Some(repo) {
        return true;
    }
    let launchers = launchers();
    if launchers.is_empty() {
        return false;
    }
    // Who cannot look takes no chances.
    let marked = marked_processes(&[format!("{REPO}={repo}")]);
    marked.is_none_or(|marked| launchers.iter().any(|launcher| marked.contains(launcher)))
}

/// A process in some words, for people: its number and how it was started.
pub fn describe_process(pid: u32) -> String {
    let short: String = command_line(pid.cast_signed()).chars().filter(|c| !c.is_control()).take(80).collect();
    format!("process {pid} ({short})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_descend_and_parents_do_not() {
        let mut waiting = std::process::Command::new("cat");
        let mut child = waiting.stdin(std::process::Stdio::piped()).spawn().unwrap();
        let this = std::process::id();
        assert_eq!(descends_from(child.id(), this), Some(true));
        assert_eq!(descends_from(this, child.id()), Some(false));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(descends_from(child.id(), this), None, "who is gone descends from nobody");
    }
}
