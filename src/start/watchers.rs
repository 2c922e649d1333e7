//! Who watches a run that this process drives: the one who narrates, the one who tells people elsewhere, and the one who tells
//! a tracker.

use std::thread::JoinHandle;
use std::time::Duration;

use super::here::Here;
use crate::report::live::notify::{Way, notifier};
use crate::report::live::progress::{ProgressMode, narrator};
use crate::report::print::out;
use crate::run::Observer;
use crate::settings::Settings;
use crate::tracker::{IssuesPlace, TrackerPlace, TrackerThread, start_telling};

/// Threads that watch.
#[derive(Debug)]
pub struct Watchers {
    threads: Vec<JoinHandle<()>>,
    tracker: Option<TrackerThread>,
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
        let issues = || IssuesPlace {
            lists: here.store.issues(),
            api: settings.forge.github.api.clone(),
            silence: Duration::from_secs(settings.publish_silence),
            env: here.env.clone(),
        };
        let root = here.repo.work_tree();
        let place = settings.tracker.as_deref().and_then(|text| TrackerPlace::read(text, root, issues));
        let tracker = place.map(|place| {
            let (observer, tracker) = start_telling(place, &here.store, |words| out::tell(&format!("{words}\n")));
            observers.push(observer);
            tracker
        });
        (observers, Watchers { threads, tracker })
    }

    /// Waits until everything is said: for a tracker not long. One that panicked has said what it could.
    pub fn join(self) {
        for thread in self.threads {
            let _ = thread.join();
        }
        if let Some(words) = self.tracker.and_then(TrackerThread::finish) {
            out::tell(&format!("{words}\n"));
        }
    }
}
