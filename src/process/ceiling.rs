//! How much memory a command may have together with all that it started, and when to look again.
//!
//! A limit of address space would stop runtimes that only reserve it (Node, Go, Java) and let a crowd of small processes
//! pass. What counts here is what is there: resident or swapped out, each page once, however many processes share it.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::system::{memory_of, share_of};

/// No tree is taken to fill memory faster than this, bytes a second: it decides how soon to look again.
const FASTEST: u64 = 4 << 30;

/// Between two looks, at least and at most.
const SOONEST: Duration = Duration::from_millis(20);
const LATEST: Duration = Duration::from_millis(500);

/// The pause after a look is at least so many times what the look took: a machine with thousands of processes is not kept
/// busy by looking at them.
const PAUSE: u32 = 20;

/// Watches over the memory of one tree.
#[derive(Debug)]
pub(super) struct MemoryCeiling {
    bytes: u64,
    next: Instant,
    over: bool,
}

impl MemoryCeiling {
    pub(super) fn new(bytes: u64) -> MemoryCeiling {
        MemoryCeiling { bytes, next: Instant::now() + pause(bytes, 0), over: false }
    }

    /// When to look next.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    /// Whether the tree was found above it.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Looks at the processes of the tree, if it is time to. Whether they were just found above it.
    pub(super) fn look(&mut self, processes: impl FnOnce() -> Option<BTreeSet<i32>>) -> bool {
        let begun = Instant::now();
        if self.over || begun < self.next {
            return false;
        }
        let found = processes().unwrap_or_default();
        let used = used(&found, self.bytes);
        self.over = used > self.bytes;
        self.next = Instant::now() + pause(self.bytes, used).max(begun.elapsed() * PAUSE);
        self.over
    }
}

/// Memory of these processes, bytes. What several share is taken apart only where that decides: it costs more to ask.
fn used(processes: &BTreeSet<i32>, ceiling: u64) -> u64 {
    let each = |pid: &i32| Some((*pid, memory_of(*pid)?));
    let known: Vec<(i32, u64)> = processes.iter().filter_map(each).collect();
    let all: u64 = known.iter().map(|(_, bytes)| bytes).sum();
    if all <= ceiling {
        return all;
    }
    known.iter().map(|(pid, bytes)| share_of(*pid).unwrap_or(*bytes)).sum()
}

/// How long a tree that uses so much cannot reach the ceiling.
fn pause(ceiling: u64, used: u64) -> Duration {
    let left = ceiling.saturating_sub(used);
    Duration::from_secs_f64(left as f64 / FASTEST as f64).clamp(SOONEST, LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_sooner_the_nearer_the_ceiling_is() {
        assert_eq!(pause(64 << 30, 0), LATEST);
        assert_eq!(pause(2 << 30, 1 << 30), Duration::from_millis(250));
        assert_eq!(pause(2 << 30, 2 << 30), SOONEST);
        assert_eq!(pause(1 << 30, 2 << 30), SOONEST);
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_only_when_it_is_time_and_ends_with_the_first_find() {
        let me = || Some(BTreeSet::from([std::process::id().cast_signed()]));
        let mut small = MemoryCeiling::new(1);
        assert!(!small.look(|| panic!("not yet")));
        tokio::time::advance(SOONEST).await;
        assert!(small.look(me) && small.is_over());
        tokio::time::advance(LATEST).await;
        assert!(!small.look(|| panic!("found already")));
        let mut large = MemoryCeiling::new(u64::MAX);
        tokio::time::advance(LATEST).await;
        assert!(!large.look(me) && !large.is_over());
        assert!(large.due() > Instant::now());
        tokio::time::advance(LATEST).await;
        assert!(!large.look(|| None), "what cannot be seen is not above it");
    }

    /// Six copies of a shell that keeps 24 MB: written before they were made, it lies in memory once.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_processes_share_counts_once() {
        use std::io::Read;
        use std::process::{Command, Stdio};

        let copies = "( read line <&3 ) & ".repeat(6);
        let text = format!("kept=$(head -c 24000000 /dev/zero | tr '\\0' x); exec 3<&0; {copies} echo made; wait");
        let mut command = Command::new("sh");
        let mut shell = command.args(["-c", &text]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut made = [0; 5];
        shell.stdout.take().unwrap().read_exact(&mut made).unwrap();
        let pid = shell.id().cast_signed();
        let tree = super::super::table::ProcessTable::read().unwrap().below([pid]).into_iter().chain([pid]).collect();
        let (each, once) = (used(&tree, u64::MAX), used(&tree, 0));
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert!(tree.len() == 7 && each > 150_000_000, "{each} in {tree:?}");
        assert!((24_000_000..100_000_000).contains(&once), "{once}");
    }
}
