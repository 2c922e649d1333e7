//! Linux: `/proc` (proc(5)) and `prctl`.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::prctl;
use nix::sys::signal::Signal;

use super::{ProcessRow, holds_all};

/// A subreaper is above every descendant, also above those whose parent has ended.
pub(in crate::process) const ADOPTS_ORPHANS: bool = true;

/// Makes this process adopt what its descendants leave behind, and asks for `parent_died` when the thread that started
/// it ends.
pub(in crate::process) fn become_reaper(parent_died: Signal) -> nix::Result<()> {
    prctl::set_name(c"git-orca")?;
    prctl::set_child_subreaper(true)?;
    prctl::set_pdeathsig(parent_died)
}

/// All processes that can be seen, by pid, at one moment or nearly so.
pub(in crate::process) fn read_rows() -> Option<BTreeMap<i32, ProcessRow>> {
    Some(pids()?.filter_map(|pid| Some((pid, read_row(pid)?))).collect())
}

/// The row of one process, or `None` when there is none (any more).
pub(in crate::process) fn read_row(pid: i32) -> Option<ProcessRow> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The processes of this user whose environment holds all of `marks`. Others' environments are not ours to read, even
/// for root.
pub(in crate::process) fn marked_processes(marks: &[String]) -> Option<BTreeSet<i32>> {
    let user = nix::unistd::geteuid().as_raw();
    let is_marked = |pid: &i32| {
        let own = std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|data| data.uid() == user);
        let environ = own.then(|| std::fs::read(format!("/proc/{pid}/environ")).ok()).flatten();
        environ.is_some_and(|environ| holds_all(|| environ.split(|byte| *byte == 0), marks))
    };
    Some(pids()?.filter(is_marked).collect())
}

/// The command line of a process; empty when it has ended.
pub(in crate::process) fn command_line(pid: i32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    words.join(" ").trim_end().to_owned()
}

/// The first process but this one whose working folder is `folder`, a canonical path, or lies below it.
pub(in crate::process) fn process_in_folder(folder: &Path) -> Option<u32> {
    let me = std::process::id();
    pids()?.map(i32::cast_unsigned).find(|pid| {
        let place = std::fs::read_link(format!("/proc/{pid}/cwd"));
        *pid != me && place.is_ok_and(|place| place.starts_with(folder))
    })
}

/// Memory of a process that is resident or swapped out, bytes; all of what it shares with others.
pub(in crate::process) fn memory_of(pid: i32) -> Option<u64> {
    kilobytes(&format!("/proc/{pid}/status"), ["VmRSS:", "VmSwap:"])
}

/// The same, where of what several processes share each has its part.
pub(in crate::process) fn share_of(pid: i32) -> Option<u64> {
    kilobytes(&format!("/proc/{pid}/smaps_rollup"), ["Pss:", "SwapPss:"])
}

/// Bytes in some lines of a file of proc(5); none where it has none of them, as for what has ended.
fn kilobytes(file: &str, names: [&str; 2]) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let amount =
        |line: &str| names.iter().find_map(|name| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok();
    let found: Vec<u64> = text.lines().filter_map(amount).collect();
    (!found.is_empty()).then(|| found.iter().sum::<u64>() * 1024)
}

/// Which boot of the machine this is.
pub(in crate::process) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// This very program, also when its file was replaced meanwhile.
pub fn program_file() -> PathBuf {
    "/proc/self/exe".into()
}

fn pids() -> Option<impl Iterator<Item = i32>> {
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    Some(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()))
}

/// The second field of `/proc/PID/stat` is the program's name in parentheses, and may itself hold spaces and
/// parentheses; field 22 is the start in clock ticks after boot.
fn parse(stat: &str) -> Option<ProcessRow> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let is_zombie = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    let start = fields.nth(17)?.parse().ok()?;
    Some(ProcessRow { parent, is_zombie, start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything() {
        let stat = "42 (a) R (b) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 2";
        assert_eq!(parse(stat), Some(ProcessRow { parent: 7, is_zombie: false, start: 987_654 }));
        assert_eq!(parse("42 (torn"), None);
        assert_eq!(parse("42 (short) S 7"), None);
    }
}
