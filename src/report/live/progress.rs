//! Watching a run from a thread of its own: narration for people, entries for programs, or nothing.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::frame::frame;
use super::narration::Narration;
use crate::journal::{Entry, RunState, Store};
use crate::report::facts::doing::doings;
use crate::report::facts::picture::Picture;
use crate::report::machine::status_json;
use crate::report::print::out::{self, Canvas, ReaderState};
use crate::report::print::screen::Screen;
use crate::report::words::json_text;

/// How a run is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressMode {
    /// Lines for people on stderr, at most this wide.
    Narrate {
        /// Columns.
        columns: usize,
    },
    /// Lines for people on stderr, a terminal, with the run as it stands drawn below them.
    Live,
    /// Nothing.
    Quiet,
    /// One journal entry a line on stdout as it happens, the status object last (`--format json`); of a run that opens
    /// pull requests that object is left to whoever opens them.
    Json,
}

/// Entries of one step arrive within this time of each other; what follows later is another line.
const TOGETHER: Duration = Duration::from_millis(20);

/// Starts watching. Entries up to number `after` are history and not shown (a resumed run sends them again; 0 for a
/// new run). The thread ends when all senders are gone, and then has said everything.
///
/// A watcher that cannot print any more goes on listening: nothing that reads can end a run.
pub fn narrator(mode: ProgressMode, after: u64, store: &Store) -> (Sender<Arc<Entry>>, JoinHandle<()>) {
    let (sender, entries) = channel();
    let store = store.clone();
    let watch = move || match mode {
        ProgressMode::Live => live(&entries, after, &store),
        ProgressMode::Narrate { columns } => narrate(&entries, Narration::new(columns, after), out::tell),
        ProgressMode::Quiet => entries.iter().for_each(drop),
        ProgressMode::Json => stream(&entries, after, |line| out::answer(line).unwrap_or(ReaderState::Gone)),
    };
    (sender, std::thread::spawn(watch))
}

fn narrate(entries: &Receiver<Arc<Entry>>, mut narration: Narration, mut tell: impl FnMut(&str)) {
    let mut say = |text: String| {
        if !text.is_empty() {
            tell(&text);
        }
    };
    while let Ok(mut entry) = entries.recv() {
        loop {
            say(narration.entry(&entry));
            match entries.recv_timeout(TOGETHER) {
                Ok(next) => entry = next,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        say(narration.settle());
    }
}

/// Draws a run on a terminal: what is said scrolls by above, the run as it stands is below.
#[derive(Debug)]
pub struct Drawing {
    canvas: Canvas,
    screen: Screen,
    /// Until when nothing is drawn: a picture of a large plan takes its time, and must not take all of it.
    rest: Duration,
}

/// Between two looks at a run when nothing happens: what people see as moving.
const LOOK: Duration = Duration::from_millis(250);
/// At most this long, however large the plan.
const SLOWEST: Duration = Duration::from_secs(3);

impl Drawing {
    /// An empty one.
    pub fn on(canvas: Canvas) -> Drawing {
        Drawing { canvas, screen: Screen::default(), rest: LOOK }
    }

    /// How long to wait for the next look.
    pub fn rest(&self) -> Duration {
        self.rest
    }

    /// Says `said`, whole lines, and shows the run below it.
    pub fn show(&mut self, said: &str, picture: &Picture<'_>) -> ReaderState {
        let began = Instant::now();
        let room = self.canvas.room();
        let lines = frame(picture, room);
        let lines = lines.iter().map(|line| self.canvas.coloured(line)).collect();
        let reader = self.draw(said, lines, room.columns);
        // A twentieth of a processor for looking.
        self.rest = (began.elapsed() * 20).clamp(LOOK, SLOWEST);
        reader
    }

    /// Says `said` and shows nothing below it any more.
    pub fn end(&mut self, said: &str) -> ReaderState {
        let columns = self.canvas.room().columns;
        self.draw(said, Vec::new(), columns)
    }

    fn draw(&mut self, said: &str, lines: Vec<String>, columns: usize) -> ReaderState {
        let said = self.canvas.coloured(said);
        self.canvas.write(&self.screen.draw(&said, lines, columns))
    }
}

fn live(entries: &Receiver<Arc<Entry>>, after: u64, store: &Store) {
    let told = out::take_over();
    let mut narration = Narration::new(out::width(), after);
    let mut drawing = Drawing::on(Canvas::Stderr);
    let mut said = String::new();
    loop {
        let mut over = false;
        match entries.recv_timeout(drawing.rest()) {
            Ok(entry) => {
                said.push_str(&narration.entry(&entry));
                while let Ok(entry) = entries.recv_timeout(TOGETHER) {
                    said.push_str(&narration.entry(&entry));
                }
                said.push_str(&narration.settle());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => over = true,
        }
        said.extend(told.try_iter());
        if over {
            break;
        }
        if let Some(state) = narration.state() {
            let doings = doings(&store.run(&state.info.run), state);
            let picture = Picture::new(state, Timestamp::now(), true).with_doings(doings);
            drawing.show(&said, &picture);
            said.clear();
        }
    }
    out::give_back();
    said.extend(told.try_iter());
    drawing.end(&said);
}

fn stream(entries: &Receiver<Arc<Entry>>, after: u64, mut print: impl FnMut(&str) -> ReaderState) {
    let mut state: Option<RunState> = None;
    let mut reader = ReaderState::There;
    for entry in entries {
        match &mut state {
            Some(state) => state.apply(&entry),
            None => state = RunState::begin(&entry).ok(),
        }
        if entry.seq > after && reader == ReaderState::There {
            reader = print(&json_text::line(&*entry));
        }
    }
    // Whoever publishes what it has landed says the last word.
    let ended = state.as_ref().filter(|state| !state.info.options.opens_pulls);
    if let (Some(state), ReaderState::There) = (ended, reader) {
        // The run's process is this one, and nothing more comes from it.
        let picture = Picture::new(state, state.at, false);
        print(&json_text::line(&status_json::status(&picture)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::RunOutcome;
    use crate::report::testing::{Story, plain};

    fn sent(story: &Story) -> Receiver<Arc<Entry>> {
        let (sender, entries) = channel();
        story.entries.iter().for_each(|entry| sender.send(Arc::new(entry.clone())).unwrap());
        entries
    }

    fn short() -> Story {
        let mut story = Story::new(&[("A", "first", &[]), ("B", "second", &[])], &[]);
        story.at(0.1).starts(&["A", "B"]).at(1.0).commits("A", 1, 1, 0).commits("B", 1, 1, 0).lands(&["A", "B"]);
        story.finishes(RunOutcome::Done);
        story
    }

    #[test]
    fn people_get_lines() {
        let mut text = String::new();
        narrate(&sent(&short()), Narration::new(100, 1), |line| text.push_str(line));
        assert_eq!(
            plain(&text),
            "  0.1  A B  started\n  1.0  A  landed    1 file, +1 -0\n  1.0  B  landed    1 file, +1 -0\n"
        );
    }

    #[test]
    fn programs_get_every_entry_and_the_status_last() {
        let story = short();
        let mut lines = Vec::new();
        stream(&sent(&story), 0, |line| {
            lines.push(line.to_owned());
            ReaderState::There
        });
        let status = lines.pop().unwrap();
        let entries: Vec<Entry> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(entries, story.entries);
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        assert_eq!((&status["format"], &status["state"]), (&1.into(), &"finished".into()));
    }

    #[test]
    fn a_reader_that_is_gone_ends_the_output_and_not_the_listening() {
        let mut printed = 0;
        stream(&sent(&short()), 0, |_| {
            printed += 1;
            ReaderState::Gone
        });
        assert_eq!(printed, 1);
        let (sender, watcher) = narrator(ProgressMode::Quiet, 0, &Store::new(std::path::Path::new("nowhere")));
        sender.send(Arc::new(short().entries[0].clone())).unwrap();
        drop(sender);
        watcher.join().unwrap();
    }
}
