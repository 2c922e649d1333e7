//! The thread that tells a tracker: what comes is put into the outbox, what waits is told in order, and tried again with
//! growing pauses while the tracker is away. Whatever happens here, a run neither waits for it nor fails by it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::changes::{TrackerChange, TrackerChanges, TrackerNews};
use super::outbox::Outbox;
use super::place::TrackerPlace;
use super::seam::{Tracker, TrackerTrouble};
use crate::journal::{Entry, RunPaths, Store, read_entries};
use crate::model::{RunId, secrets};

/// First pause after a tracker was away; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often one change is tried that the tracker answers with a failure: then it is left out, so that the rest arrives.
const MOST_TRIES: u32 = 4;
/// How long the end of a run is held up at most for what is not told yet.
const AT_THE_END: Duration = Duration::from_secs(3);

/// The thread of a tracker.
#[derive(Debug)]
pub struct TrackerThread {
    done: Receiver<()>,
    name: String,
}

/// What the thread is given.
struct TrackerGround {
    place: TrackerPlace,
    store: Store,
    say: fn(&str),
}

/// Starts telling what a run's entries change; `say` gets one line for people now and then.
pub fn start_telling(place: TrackerPlace, store: &Store, say: fn(&str)) -> (Sender<Arc<Entry>>, TrackerThread) {
    let (sender, entries) = channel();
    let (finished, done) = channel();
    let name = place.name();
    let ground = TrackerGround { place, store: store.clone(), say };
    std::thread::spawn(move || {
        ground.tell_all(&entries);
        let _ = finished.send(());
    });
    (sender, TrackerThread { done, name })
}

impl TrackerThread {
    /// Waits until everything is told, not for long; a line for people where it is not.
    pub fn finish(self) -> Option<String> {
        // Somewhat longer than the thread tries: it has words of its own, unless one call takes all the time.
        match self.done.recv_timeout(AT_THE_END + Duration::from_secs(1)) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => Some(left(&self.name, "it takes long to answer")),
        }
    }
}

fn left(name: &str, why: &str) -> String {
    format!("the tracker at {name} was not told everything: {why}; the next run here tells it the rest")
}

impl TrackerGround {
    fn tell_all(&self, entries: &Receiver<Arc<Entry>>) {
        let mut tracker = self.place.tracker();
        let Ok(first) = entries.recv() else { return };
        let crate::journal::Event::RunStarted(info) = &first.event else { return };
        let current = info.run.clone();
        let mut run = RunTelling::open(self, &current);
        run.take(&first);
        let mut caught_up = false;
        loop {
            run.flush(tracker.as_mut(), None);
            if run.outbox.len() == 0 && !std::mem::replace(&mut caught_up, true) {
                self.catch_up(tracker.as_mut(), &current);
            }
            let next = match run.pause() {
                Some(pause) => entries.recv_timeout(pause),
                None => entries.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(entry) => {
                    run.take(&entry);
                    entries.try_iter().for_each(|entry| run.take(&entry));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        run.finish(tracker.as_mut());
    }

    /// Runs of before whose changes this tracker was not told.
    fn catch_up(&self, tracker: &mut dyn Tracker, current: &RunId) {
        let key = self.place.key();
        for id in self.store.runs().into_iter().filter(|id| id != current) {
            let paths = self.store.run(&id);
            if !Outbox::is_behind(paths.root(), &key) {
                continue;
            }
            let Ok(entries) = read_entries(&paths.journal()) else { continue };
            let mut run = RunTelling::open(self, &id);
            entries.iter().for_each(|entry| run.take(entry));
            run.flush(tracker, None);
            if run.away.is_some() {
                return;
            }
        }
    }
}

/// What is told of one run.
struct RunTelling {
    changes: TrackerChanges,
    outbox: Outbox,
    away: Option<(Instant, Duration)>,
    tries: u32,
    complained: bool,
    name: String,
    say: fn(&str),
}

impl RunTelling {
    fn open(ground: &TrackerGround, run: &RunId) -> RunTelling {
        let paths: RunPaths = ground.store.run(run);
        let mut outbox = Outbox::open(paths.root(), &ground.place.key());
        // There from the beginning: that a run was never told of must be seen later.
        let saved = outbox.save(false);
        let (name, say) = (ground.place.name(), ground.say);
        let changes = TrackerChanges::default();
        let mut run = RunTelling { changes, outbox, away: None, tries: 0, complained: false, name, say };
        if let Err(error) = saved {
            run.complain(&format!("how far the tracker was told cannot be noted: {error}"));
        }
        run
    }

    fn take(&mut self, entry: &Entry) {
        let changes = self.changes.of(entry);
        self.outbox.put(changes.into_iter().map(without_secrets).collect());
    }

    /// How long to wait before trying again; none: nothing waits.
    fn pause(&self) -> Option<Duration> {
        let (since, pause) = self.away.filter(|_| self.outbox.len() > 0)?;
        Some(pause.saturating_sub(since.elapsed()))
    }

    /// Tells what waits, until the tracker is away. Not before a pause is over, but where `until` says that there is no time.
    fn flush(&mut self, tracker: &mut dyn Tracker, until: Option<Instant>) {
        if until.is_none() && self.pause().is_some_and(|pause| !pause.is_zero()) {
            return;
        }
        while let Some((change, known)) = self.outbox.next() {
            let told = tracker.tell(change, known);
            match told {
                Ok(()) => self.next(),
                Err(TrackerTrouble::Refused(why)) => self.leave_out(&why),
                Err(TrackerTrouble::Failed(why)) if self.tries + 1 >= MOST_TRIES => self.leave_out(&why),
                Err(trouble) => {
                    self.tries += u32::from(matches!(trouble, TrackerTrouble::Failed(_)));
                    let pause = self.away.map_or(FIRST_PAUSE, |(_, pause)| (pause * 2).min(LONGEST_PAUSE));
                    self.away = Some((Instant::now(), pause));
                    let words = format!("{}; it is told later, and the run goes on", trouble.words());
                    self.complain(&format!("the tracker at {} does not answer: {words}", self.name));
                    // What it has named so far must not be forgotten.
                    self.note();
                    return;
                }
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return;
            }
        }
    }

    fn next(&mut self) {
        self.outbox.drop_next();
        (self.away, self.tries) = (None, 0);
        self.note();
    }

    fn leave_out(&mut self, why: &str) {
        let about = self.outbox.next().map(|(change, _)| about(&change.what)).unwrap_or_default();
        (self.say)(&format!("the tracker at {} refused {about}: {why}", self.name));
        self.next();
    }

    fn note(&mut self) {
        if let Err(error) = self.outbox.save(self.changes.is_over()) {
            self.complain(&format!("how far the tracker was told cannot be noted: {error}"));
        }
    }

    fn complain(&mut self, words: &str) {
        if !std::mem::replace(&mut self.complained, true) {
            (self.say)(words);
        }
    }

    /// The run is over: what waits is tried for a while.
    fn finish(&mut self, tracker: &mut dyn Tracker) {
        let until = Instant::now() + AT_THE_END;
        loop {
            self.flush(tracker, Some(until));
            let left_over = until.saturating_duration_since(Instant::now());
            let Some(pause) = self.pause().filter(|pause| *pause < left_over) else { break };
            std::thread::sleep(pause);
        }
        if self.outbox.len() > 0 {
            (self.say)(&left(&self.name, "it does not answer"));
        }
    }
}

fn about(what: &TrackerNews) -> String {
    match what {
        TrackerNews::Run { .. } => "the run".to_owned(),
        TrackerNews::Task { task, .. } => format!("task {task}"),
        TrackerNews::Moved { task, state, .. } => format!("that {task} is in {}", state.word()),
        TrackerNews::Report { .. } => "the report".to_owned(),
    }
}

/// Titles and details come from plans, notes from agents.
fn without_secrets(mut change: TrackerChange) -> TrackerChange {
    let secrets = secrets::current();
    let clean = |text: &mut String| *text = secrets.redact(text).into_owned();
    match &mut change.what {
        TrackerNews::Run { title, description }
        | TrackerNews::Task { title, description, .. }
        | TrackerNews::Report { title, description } => [title, description].into_iter().for_each(clean),
        TrackerNews::Moved { title, description, note, .. } => [title, description, note].into_iter().for_each(clean),
    }
    change
}
