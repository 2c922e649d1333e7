//! Which process descends from which: by the kernel's table, which no process can change for itself. A launcher adopts
//! whatever its descendants leave behind, so that the line leads to it as long as it lives.

use std::collections::BTreeSet;

use super::launch::SUBCOMMAND;
use super::marker::{LAUNCH, REPO};
use super::table::row;

/// Longer lines than any real one: a loop in the table cannot hold us up.
const LONGEST: usize = 4_096;

/// The parents of a process, nearest first; it is no part of them. Empty where the system does not tell.
fn parents(pid: u32) -> Vec<u32> {
    let parent = |pid: u32| {
        let parent = row(i32::try_from(pid).ok()?)?.parent;
        u32::try_from(parent).ok().filter(|parent| *parent > 0)
    };
    std::iter::successors(parent(pid), |pid| parent(*pid)).take(LONGEST).collect()
}

/// Whether `pid` is below `ancestor`; none where the process is gone or the system does not tell.
pub fn descends_from(pid: u32, ancestor: u32) -> Option<bool> {
    i32::try_from(pid).ok().and_then(row)?;
    Some(parents(pid).contains(&ancestor))
}

/// The repositories (their digests) whose attempts, gates or set-up commands this process descends from: by its parents,
/// whose environment is not its own to change, and by its own marks.
pub fn launched_for() -> BTreeSet<String> {
    let mut found: BTreeSet<String> = parents(std::process::id()).into_iter().filter_map(launcher_of).collect();
    if std::env::var_os(LAUNCH).is_some() {
        found.extend(std::env::var(REPO));
    }
    found
}

/// The repository for which a process is our launcher.
fn launcher_of(pid: u32) -> Option<String> {
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let line = read("cmdline");
    let mut words = line.split(|byte| *byte == 0);
    let is_launcher = words.nth(1) == Some(SUBCOMMAND.as_bytes()) && words.next().is_none_or(<[u8]>::is_empty);
    let environ = read("environ");
    let entries = || environ.split(|byte| *byte == 0).filter_map(|entry| std::str::from_utf8(entry).ok());
    let value = |name: &str| entries().find_map(|entry| entry.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
    value(REPO).filter(|_| is_launcher && value(LAUNCH).is_some())
}

/// A process in some words, for people: its number and how it was started.
pub fn describe_process(pid: u32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let words = words.join(" ");
    let short: String = words.trim_end().chars().filter(|c| !c.is_control()).take(80).collect();
    format!("process {pid} ({short})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_descend_and_parents_do_not() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read x"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let this = std::process::id();
        assert_eq!(descends_from(child.id(), this), Some(true));
        assert_eq!(descends_from(this, child.id()), Some(false));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(descends_from(child.id(), this), None, "who is gone descends from nobody");
    }

    #[test]
    fn only_launchers_count() {
        assert_eq!(launcher_of(std::process::id()), None);
        assert_eq!(launcher_of(u32::MAX), None);
    }
}
