//! What only the operating system can tell about processes, and what it must be asked for, behind one seam: Linux answers
//! from `/proc` and by `prctl`, other systems through sysinfo. Nothing outside this folder knows the difference.
//!
//! Both halves have the same functions. The portable one is built for the tests on Linux as well: it must find what
//! Linux' own finds. What a system lacks is a constant here ([`ADOPTS_ORPHANS`]), so that callers say what they do
//! instead.
//!
//! To add a system: a file with the functions of `portable.rs`, and a line below.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;

#[cfg(target_os = "linux")]
use linux as here;
#[cfg(not(target_os = "linux"))]
use portable as here;

pub use here::program_file;
pub(super) use here::{
    ADOPTS_ORPHANS, become_reaper, boot_id, command_line, marked_processes, memory_of, process_in_folder, read_row,
    read_rows, share_of,
};

/// One process in the kernel's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProcessRow {
    /// Who started it, or has adopted it since.
    pub(super) parent: i32,
    /// Whether it has ended and only waits to be reaped.
    pub(super) is_zombie: bool,
    /// When it started: clock ticks since boot on Linux, seconds since 1970 elsewhere.
    pub(super) start: u64,
}

/// Whether the entries of an environment hold all of `marks`, each as a whole entry.
fn holds_all<'e, E: Iterator<Item = &'e [u8]>>(entries: impl Fn() -> E, marks: &[String]) -> bool {
    marks.iter().all(|mark| entries().any(|entry| entry == mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    #[test]
    fn marks_are_whole_entries() {
        let environ = b"PATH=/bin\0ORCA_REPO=ab\0ORCA_RUN=r1\0";
        let holds = |environ: &'static [u8], marks: &[&str]| {
            let marks: Vec<String> = marks.iter().map(|mark| (*mark).to_owned()).collect();
            holds_all(|| environ.split(|byte| *byte == 0), &marks)
        };
        assert!(holds(environ, &["ORCA_REPO=ab", "ORCA_RUN=r1"]));
        assert!(!holds(environ, &["ORCA_REPO=ab", "ORCA_RUN=r2"]));
        assert!(!holds(environ, &["ORCA_RUN=r"]), "not a prefix");
        assert!(!holds(b"", &["ORCA_RUN=r1"]));
    }

    /// A marked process in a folder of its own, which waits for the end of its input.
    fn waiting(mark: &str, folder: &std::path::Path) -> Child {
        let mut command = Command::new("cat");
        command.env("ORCA_TEST_MARK", mark).current_dir(folder).stdin(std::process::Stdio::piped());
        command.spawn().unwrap()
    }

    /// The same questions to both halves: they must agree about a child of ours, while it lives and afterwards.
    #[test]
    fn every_half_sees_a_child_its_mark_and_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().canonicalize().unwrap();
        let value = format!("{}-{}", std::process::id(), place.display());
        let mut child = waiting(&value, &place);
        let (pid, me) = (child.id().cast_signed(), std::process::id().cast_signed());
        let marks = [format!("ORCA_TEST_MARK={value}")];
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        // Before `exec` the child is still a copy of this program.
        while linux_or_portable(&marks) != [true, true] {
            assert!(
                std::time::Instant::now() < until,
                "the marked child was not found: {:?}",
                linux_or_portable(&marks)
            );
            std::thread::yield_now();
        }
        for (rows, row) in [(read_rows(), read_row(pid)), (portable::read_rows(), portable::read_row(pid))] {
            let row = row.unwrap();
            assert_eq!((row.parent, row.is_zombie), (me, false));
            assert_eq!(rows.unwrap()[&pid], row);
        }
        for bytes in [memory_of(pid), portable::memory_of(pid), share_of(pid)] {
            assert!(bytes.is_some_and(|bytes| (10_000..1 << 30).contains(&bytes)), "{bytes:?}");
        }
        assert_eq!(portable::process_in_folder(&place), Some(child.id()));
        assert_eq!(process_in_folder(&place), Some(child.id()));
        assert_eq!(portable::command_line(pid), command_line(pid));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!((read_row(pid), portable::read_row(pid)), (None, None));
        assert_eq!((memory_of(pid), portable::memory_of(pid), share_of(pid)), (None, None, None));
        assert_eq!(linux_or_portable(&marks), [false, false]);
    }

    fn linux_or_portable(marks: &[String]) -> [bool; 2] {
        [marked_processes(marks), portable::marked_processes(marks)].map(|found| !found.unwrap().is_empty())
    }

    #[test]
    fn a_zombie_is_one_for_both() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = child.id().cast_signed();
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !read_row(pid).is_none_or(|row| row.is_zombie) {
            assert!(std::time::Instant::now() < until, "`true` did not end");
            std::thread::yield_now();
        }
        assert!(portable::read_row(pid).is_none_or(|row| row.is_zombie));
        child.wait().unwrap();
    }

    #[test]
    fn the_boot_and_this_program_are_known() {
        assert!(boot_id().is_some() && portable::boot_id().is_some());
        assert!(program_file().exists() && portable::program_file().exists());
    }
}
