//! Which process, beyond its number.

use serde::{Deserialize, Serialize};

use super::system::{boot_id, read_row};

/// A process on this machine. Numbers come around again; number, start and boot together do not (FACTS 0).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProcessId {
    /// The kernel's number.
    pub pid: u32,
    /// When it started: clock ticks after boot on Linux, seconds since 1970 elsewhere.
    pub start: u64,
    /// Which boot: the kernel's random id on Linux, the boot time in seconds elsewhere.
    pub boot_id: String,
}

impl ProcessId {
    /// The process with this number now, or `None` when there is none.
    pub fn of(pid: u32) -> Option<ProcessId> {
        Some(ProcessId { pid, start: started(pid)?, boot_id: boot_id()? })
    }

    /// This program.
    ///
    /// # Panics
    /// Never on Linux with `/proc`; where the system does not tell about ourselves nothing of this module can work.
    pub fn this() -> ProcessId {
        ProcessId::of(std::process::id()).expect("the system knows the process that asks")
    }

    /// Name of this machine.
    pub fn host_name(&self) -> String {
        nix::sys::utsname::uname().map(|name| name.nodename().to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Whether this very process still runs. A zombie does not: it has ended and waits to be reaped.
    pub fn is_alive(&self) -> bool {
        boot_id().is_some_and(|boot| boot == self.boot_id) && started(self.pid) == Some(self.start)
    }
}

fn started(pid: u32) -> Option<u64> {
    let row = read_row(i32::try_from(pid).ok()?)?;
    (!row.is_zombie).then_some(row.start)
}

/// The namespace that process ids are numbers of, as the kernel names it; empty where there are none. Inside a fence or
/// a container it is another one, and the processes outside cannot be seen.
pub fn pid_space() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid");
    link.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether this program runs as root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_not_the_process() {
        let me = ProcessId::this();
        assert!(me.is_alive());
        assert!(!ProcessId { start: me.start + 1, ..me.clone() }.is_alive());
        assert!(!ProcessId { boot_id: "another boot".to_owned(), ..me.clone() }.is_alive());
        let json = serde_json::to_string(&me).unwrap();
        assert_eq!(serde_json::from_str::<ProcessId>(&json).unwrap(), me);
    }

    #[test]
    fn ended_is_not_alive_before_it_is_reaped() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = ProcessId::of(child.id());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while ProcessId::of(child.id()).is_some() {
            assert!(std::time::Instant::now() < deadline, "`true` did not end");
            std::thread::yield_now();
        }
        assert!(id.is_none_or(|id| !id.is_alive()));
        child.wait().unwrap();
    }
}
