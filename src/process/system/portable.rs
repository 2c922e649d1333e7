//! Any system that sysinfo knows; what macOS gets.
//!
//! There is no subreaper here: a descendant whose parent has ended belongs to process 1, and is found again by its mark
//! only. A process that cleans its environment *and* leaves its group escapes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::{ProcessRow, holds_all};

/// Orphans go to process 1.
#[cfg(not(target_os = "linux"))]
pub(in crate::process) const ADOPTS_ORPHANS: bool = false;

/// There is neither adoption nor a signal for the death of a parent: the lifeline tells that it has gone.
#[cfg(not(target_os = "linux"))]
pub(in crate::process) fn become_reaper(_parent_died: nix::sys::signal::Signal) -> nix::Result<()> {
    Ok(())
}

/// All processes that can be seen, by pid, at one moment or nearly so.
pub(in crate::process) fn read_rows() -> Option<BTreeMap<i32, ProcessRow>> {
    let system = look(ProcessesToUpdate::All, ProcessRefreshKind::nothing())?;
    Some(tasks_left_out(&system).map(|(pid, process)| (pid, row_of(process))).collect())
}

/// The row of one process, or `None` when there is none (any more).
pub(in crate::process) fn read_row(pid: i32) -> Option<ProcessRow> {
    let pid = Pid::from_u32(pid.cast_unsigned());
    let system = look(ProcessesToUpdate::Some(&[pid]), ProcessRefreshKind::nothing())?;
    system.process(pid).map(row_of)
}

/// The processes whose environment this user may see and that holds all of `marks`.
pub(in crate::process) fn marked_processes(marks: &[String]) -> Option<BTreeSet<i32>> {
    let what = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always);
    let system = look(ProcessesToUpdate::All, what)?;
    let is_marked =
        |process: &Process| holds_all(|| process.environ().iter().map(|entry| entry.as_encoded_bytes()), marks);
    Some(tasks_left_out(&system).filter(|(_, process)| is_marked(process)).map(|(pid, _)| pid).collect())
}

/// The command line of a process; empty when it has ended.
pub(in crate::process) fn command_line(pid: i32) -> String {
    let pid = Pid::from_u32(pid.cast_unsigned());
    let what = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    let Some(system) = look(ProcessesToUpdate::Some(&[pid]), what) else { return String::new() };
    let words = system.process(pid).map(Process::cmd).unwrap_or_default();
    words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

/// The first process but this one whose working folder is `folder`, a canonical path, or lies below it.
pub(in crate::process) fn process_in_folder(folder: &Path) -> Option<u32> {
    let what = ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always);
    let system = look(ProcessesToUpdate::All, what)?;
    let me = std::process::id().cast_signed();
    let works_there = |process: &Process| process.cwd().is_some_and(|place| place.starts_with(folder));
    let found = tasks_left_out(&system).filter(|(pid, process)| *pid != me && works_there(process));
    found.map(|(pid, _)| pid.cast_unsigned()).min()
}

/// Resident memory of a process, bytes; all of what it shares with others.
pub(in crate::process) fn memory_of(pid: i32) -> Option<u64> {
    let pid = Pid::from_u32(pid.cast_unsigned());
    let what = ProcessRefreshKind::nothing().with_memory();
    look(ProcessesToUpdate::Some(&[pid]), what)?.process(pid).map(Process::memory)
}

/// Who shares what is not told here.
#[cfg(not(target_os = "linux"))]
pub(in crate::process) fn share_of(_pid: i32) -> Option<u64> {
    None
}

/// Which boot of the machine this is: when it was, in seconds.
pub(in crate::process) fn boot_id() -> Option<String> {
    System::boot_time().ok().map(|seconds| seconds.to_string())
}

/// The file of this program. Where the system cannot say who we are, PATH is the only place left.
pub fn program_file() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("git-orca"))
}

fn look(which: ProcessesToUpdate<'_>, what: ProcessRefreshKind) -> Option<System> {
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(which, true, what);
    Some(system)
}

/// On Linux sysinfo lists the threads of processes as well.
fn tasks_left_out(system: &System) -> impl Iterator<Item = (i32, &Process)> {
    let processes = system.processes().iter().filter(|(_, process)| process.thread_kind().is_none());
    processes.map(|(pid, process)| (pid.as_u32().cast_signed(), process))
}

fn row_of(process: &Process) -> ProcessRow {
    ProcessRow {
        parent: process.parent().map_or(0, |pid| pid.as_u32().cast_signed()),
        is_zombie: matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead),
        start: process.start_time(),
    }
}
