//! Evidence that several gates of a run ask for: the same command on the same tree runs once.
//!
//! Only probes that say so are shared ([`Probe::share`]): a repetition and a measurement are about a run of their own. Only
//! what ended with 0 is kept; a failure is shared by those who wait for it, and found out anew by whoever asks later, since
//! it may be flaky.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::gate::{Evidence, Probe};
use crate::model::{Oid, Result, SparsePatterns, WorktreeOptions};
use crate::process::{End, StopSignal};

/// Evidence that is kept: each has up to 256 kB of output and a report.
const MOST: usize = 32;

type Kept = Arc<OnceCell<Evidence>>;

/// The evidence of a run's gates, in memory.
#[derive(Debug, Default)]
pub struct Shared(Mutex<VecDeque<(String, Kept)>>);

impl Shared {
    /// What a command on a tree leaves: found out by `run`, unless another gate finds it out now or did.
    ///
    /// # Errors
    /// As `run`.
    pub async fn get<F: Future<Output = Result<Evidence>>>(
        &self,
        key: &str,
        stop: &StopSignal,
        run: impl Fn() -> F,
    ) -> Result<Evidence> {
        loop {
            let cell = self.cell(key);
            let found = cell.get_or_try_init(&run).await?.clone();
            if found.end != End::Exited(0) || found.disturbed.is_some() {
                self.forget(key, &cell);
            }
            // Somebody else's was stopped: that says nothing of ours.
            if found.end != End::Stopped || stop.is_asked() {
                return Ok(found);
            }
        }
    }

    fn cell(&self, key: &str) -> Kept {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = all.iter().find(|(known, _)| known == key) {
            return Arc::clone(cell);
        }
        if all.len() >= MOST {
            all.pop_front();
        }
        let cell = Kept::default();
        all.push_back((key.to_owned(), Arc::clone(&cell)));
        cell
    }

    fn forget(&self, key: &str, cell: &Kept) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(known, it)| known != key || !Arc::ptr_eq(it, cell));
    }
}

/// What a probe's evidence hangs on: the tree, the command with its reports, its time and what its gate says of memory, and what the worktree gets.
pub fn key(
    tree: &Oid,
    probe: &Probe,
    (worktree, sparse, memory): (&WorktreeOptions, Option<&SparsePatterns>, Option<u64>),
    changed: &[String],
) -> String {
    let text = serde_json::to_vec(&(
        tree,
        &probe.tree.overlay,
        (&probe.prepare, &probe.run),
        (&probe.report, &probe.coverage, probe.timeout),
        (&worktree.setup, &worktree.keep, sparse, memory),
        // Coverage is read of these only.
        changed,
    ));
    Sha256::digest(text.unwrap_or_default()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn left(end: End) -> Evidence {
        Evidence {
            end,
            output: String::new(),
            log: String::new(),
            seconds: 0.0,
            preparing: 0.0,
            cpu: 0.0,
            max_rss: 0,
            report: None,
            coverage: None,
            disturbed: None,
            prepared: true,
        }
    }

    async fn asked(shared: &Shared, runs: &AtomicUsize, end: End, key: &str) -> End {
        let run = || async {
            runs.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(left(end.clone()))
        };
        shared.get(key, &StopSignal::new(), run).await.unwrap().end
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_is_found_out_once_at_a_time_and_kept_when_it_is_good() {
        let (shared, runs) = (Shared::default(), AtomicUsize::new(0));
        let count = || runs.swap(0, Ordering::SeqCst);
        let both = tokio::join!(asked(&shared, &runs, End::Exited(0), "a"), asked(&shared, &runs, End::Exited(0), "a"));
        assert_eq!((both, count()), ((End::Exited(0), End::Exited(0)), 1));
        asked(&shared, &runs, End::Exited(0), "a").await;
        assert_eq!(count(), 0);
        let bad = End::Exited(1);
        let both = tokio::join!(asked(&shared, &runs, bad.clone(), "b"), asked(&shared, &runs, bad.clone(), "b"));
        assert_eq!((both, count()), ((bad.clone(), bad.clone()), 1));
        asked(&shared, &runs, bad, "b").await;
        assert_eq!(count(), 1);
        for n in 0..2 * MOST {
            asked(&shared, &runs, End::Exited(0), &n.to_string()).await;
        }
        assert!(shared.0.lock().unwrap().len() <= MOST);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_stopped_for_another_runs_again() {
        let (shared, runs) = (Shared::default(), AtomicUsize::new(0));
        let run = || async {
            let n = runs.fetch_add(1, Ordering::SeqCst);
            Ok(left(if n == 0 { End::Stopped } else { End::Exited(0) }))
        };
        let found = shared.get("a", &StopSignal::new(), run).await.unwrap();
        assert_eq!((found.end, runs.load(Ordering::SeqCst)), (End::Exited(0), 2));
    }
}
