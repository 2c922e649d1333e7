//! Who watches a run that this process drives: the one who narrates, and the one who tells people elsewhere.

use std::thread::JoinHandle;

use super::here::Here;
use crate::report::live::notify::{Way, notifier};
use crate::report::live::progress::{ProgressMode, narrator};
use crate::run::Observer;
use crate::settings::Settings;

/// Threads that watch.
#[derive(Debug)]
pub struct Watchers {
    threads: Vec<JoinHandle<()>>,
}

impl Watchers {
    /// Starts them; entries up to number `after` are history. What the run sends them through comes with them.
    pub fn start(here: &Here, settings: &Settings, mode: ProgressMode, after: u64) -> (Vec<Observer>, Watchers) {
        let (observer, narrator) = narrator(mode, after, &here.store);
        let (mut observers, mut threads) = (vec![observer], vec![narrator]);
        if let Some(way) = settings.notify.as_deref().filter(|way| !way.trim().is_empty()) {
            let (observer, notifier) = notifier(Way::read(way), after);
            observers.push(observer);
            threads.push(notifier);
        }
        (observers, Watchers { threads })
    }

    /// Waits until everything is said. One that panicked has said what it could.
    pub fn join(self) {
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}
