//! Asking a command, or all of a run's commands, to end.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// A request to end that can be made once or more, by anybody who holds a clone, and only ever gets more urgent.
///
/// "Let them finish within 30 s" is a deadline, "now" is a deadline that has passed. What is asked of a signal is asked
/// of all made [`below`](StopSignal::below) it, not of those above.
#[derive(Debug, Clone)]
pub struct StopSignal(Arc<StopState>);

#[derive(Debug)]
struct StopState {
    due: watch::Sender<Option<Instant>>,
    below: Mutex<Vec<Weak<StopState>>>,
}

impl Default for StopSignal {
    fn default() -> Self {
        StopSignal::new()
    }
}

impl StopSignal {
    /// Nothing asked yet.
    pub fn new() -> StopSignal {
        StopSignal::due_at(None)
    }

    fn due_at(due: Option<Instant>) -> StopSignal {
        StopSignal(Arc::new(StopState { due: watch::Sender::new(due), below: Mutex::default() }))
    }

    /// A signal of its own that also gets what is asked of this one: a run's, and each attempt's below it.
    #[must_use]
    pub fn below(&self) -> StopSignal {
        let mut below = self.0.below.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that no request can fall between reading it and being listed.
        let signal = StopSignal::due_at(*self.0.due.borrow());
        below.retain(|old| old.strong_count() > 0);
        below.push(Arc::downgrade(&signal.0));
        signal
    }

    /// Soft: may finish by itself within `time`, then is ended.
    pub fn within(&self, time: Duration) {
        self.0.ask(Instant::now() + time);
    }

    /// Hard: is ended now (TERM, grace, KILL).
    pub fn now(&self) {
        self.0.ask(Instant::now());
    }

    /// Whether anything was asked, soft or hard: nothing new should start.
    pub fn is_asked(&self) -> bool {
        self.0.due.borrow().is_some()
    }

    /// Returns once the time to end has come: at once after [`now`](Self::now), at the deadline after
    /// [`within`](Self::within), never when nothing is asked.
    pub async fn due(&self) {
        let mut seen = self.0.due.subscribe();
        loop {
            let due = *seen.borrow_and_update();
            match due {
                Some(at) if at <= Instant::now() => return,
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => return,
                    _ = seen.changed() => {}
                },
                // The sender lives in `self`, so this cannot fail.
                None => drop(seen.changed().await),
            }
        }
    }
}

impl StopState {
    fn ask(&self, at: Instant) {
        let below = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        self.due.send_if_modified(|due| {
            let sooner = due.is_none_or(|old| at < old);
            if sooner {
                *due = Some(at);
            }
            sooner
        });
        for signal in below.iter().filter_map(Weak::upgrade) {
            signal.ask(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn waits(signal: &StopSignal) -> Duration {
        let start = Instant::now();
        tokio::time::timeout(Duration::from_secs(3600), signal.due()).await.map_or(Duration::MAX, |()| start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn only_gets_more_urgent() {
        let stop = StopSignal::new();
        assert_eq!(waits(&stop).await, Duration::MAX);
        stop.within(Duration::from_secs(30));
        stop.within(Duration::from_secs(60));
        assert!(stop.is_asked());
        assert_eq!(waits(&stop).await.as_secs(), 30);
        stop.now();
        assert_eq!(waits(&stop).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn reaches_down_and_not_up() {
        let run = StopSignal::new();
        let (one, two) = (run.below(), run.below());
        one.now();
        assert_eq!(waits(&one).await, Duration::ZERO);
        assert_eq!(waits(&two).await, Duration::MAX);
        assert!(!run.is_asked());
        run.within(Duration::from_secs(5));
        assert_eq!(waits(&two.below()).await.as_secs(), 5);
        assert!(two.is_asked());
        assert!(run.below().is_asked(), "made after the request");
    }

    #[tokio::test(start_paused = true)]
    async fn wakes_who_waits() {
        let stop = StopSignal::new();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { waits(&stop).await }
        });
        tokio::task::yield_now().await;
        stop.within(Duration::from_secs(10));
        tokio::task::yield_now().await;
        stop.within(Duration::from_secs(1));
        assert_eq!(waiting.await.unwrap().as_secs(), 1);
    }
}
