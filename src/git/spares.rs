//! Spare names of loose objects, for as long as a run lasts.
//!
//! Whoever prunes (`git prune --expire=now`, `git gc --prune=now`) deletes what no ref named when he began to look: what an
//! agent has added and not committed, what is merged and not landed, and even what got its ref meanwhile. So every object that
//! is written during a run gets a second name (a hard link) where nobody prunes, and is put back at once when it is deleted.
//! What was there before the run is the user's to prune.
//!
//! One object that nothing needs tells whether somebody prunes at all.

use std::fs;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::Repo;
use super::object_watch::ObjectWatch;
use super::spare_places::SparePlaces;

/// The spare names of a run's objects; given up by [`Spares::end`], and when it goes.
#[derive(Debug)]
pub struct Spares {
    repo: Repo,
    places: Arc<SparePlaces>,
    watching: Mutex<Option<(UnixStream, JoinHandle<()>)>>,
}

impl Spares {
    /// Gives every loose object that is written from now on a second name. What an earlier run that was killed left is put
    /// back first. Where the system cannot do that (another than Linux, no watches left, objects on another disk), nothing
    /// is kept twice.
    pub fn begin(repo: &Repo) -> Spares {
        let places = Arc::new(SparePlaces::of(repo.common_dir()));
        places.put_all_back();
        let watching = fs::create_dir_all(&places.spares)
            .and_then(|()| places.write_canary())
            .and_then(|()| ObjectWatch::start(&places))
            .inspect_err(|error| tracing::warn!(%error, "what is pruned during this run is not put back"))
            .ok()
            .map(|(watch, end, thread)| {
                repo.watch_objects(Some(watch));
                (end, thread)
            });
        Spares { repo: repo.clone(), places, watching: Mutex::new(watching) }
    }

    /// How often objects of this run were put back: between two looks that differ somebody has pruned.
    pub fn put_back(&self) -> u64 {
        self.places.count()
    }

    /// Puts back what is gone of what was written during the run.
    pub fn mend(&self) {
        self.places.put_all_back();
    }

    /// Gives the second names up: refs name what is to stay.
    pub fn end(&self) {
        let watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((end, thread)) = watching {
            if let Err(error) = self.repo.sync_written() {
                tracing::warn!(%error, "not everything is known to be on the disk");
            }
            self.repo.watch_objects(None);
            drop(end);
            let _panicked = thread.join();
            // Nothing that a ref needs is missing when they go.
            self.places.put_all_back();
            let _gone = fs::remove_file(self.places.object(&self.places.canary));
            let _goes_later = fs::remove_dir_all(&self.places.spares);
        }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::testing::{Fixture, git};
    use super::*;

    fn until(what: &str, is: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_is_written_in_a_run_and_pruned_is_put_back_and_what_was_there_before_is_not() {
        let fixture = Fixture::new();
        fixture.commit("base", &[("a", "a")]);
        let (root, repo) = (fixture.root(), fixture.repo());
        let write = |text: &str| {
            fs::write(root.join("text"), text).unwrap();
            git(&root, &["hash-object", "-w", "text"])
        };
        let before = write("before");
        let spares = Spares::begin(&repo);
        let during = write("during");
        let file = |hash: &str| root.join(".git/objects").join(&hash[..2]).join(&hash[2..]);
        until("it has a second name", || spares.places.spares.join(&during).exists());
        let (seen, canary) = (spares.put_back(), file(&spares.places.canary));
        assert!(canary.exists(), "the canary is an object");
        git(&root, &["fsck", "--strict"]);
        git(&root, &["prune", "--expire=now"]);
        until("it is put back", || file(&during).exists() && canary.exists());
        assert!(spares.put_back() > seen);
        assert!(!file(&before).exists(), "the user's own is the user's to prune");
        assert_eq!(git(&root, &["cat-file", "blob", &during]), "during");
        spares.end();
        assert!(!canary.exists() && !spares.places.spares.exists());
        git(&root, &["prune", "--expire=now"]);
        assert!(!file(&during).exists(), "after the run it is pruned as anything else");
    }

    #[test]
    fn what_a_killed_run_left_is_put_back_by_the_next() {
        let fixture = Fixture::new();
        fixture.commit("base", &[("a", "a")]);
        let (root, repo) = (fixture.root(), fixture.repo());
        let killed = Spares::begin(&repo);
        fs::write(root.join("text"), "kept").unwrap();
        let hash = git(&root, &["hash-object", "-w", "text"]);
        until("it has a second name", || killed.places.spares.join(&hash).exists());
        // As its process ends nobody watches any more, and nothing is tidied up.
        let (wake, thread) = killed.watching.lock().unwrap().take().unwrap();
        drop(wake);
        thread.join().unwrap();
        git(&root, &["prune", "--expire=now"]);
        let file = root.join(".git/objects").join(&hash[..2]).join(&hash[2..]);
        assert!(!file.exists());
        let next = Spares::begin(&repo);
        assert!(file.exists());
        next.end();
    }
}
