//! Watching a run from a thread of its own: narration for people, entries for programs, or nothing.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::narration::Narration;
use super::out::{self, Reader};
use super::picture::Picture;
use super::{json_text, status_json};
use crate::journal::{Entry, RunState};

/// How a run is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Lines for people on stderr, at most this wide.
    Narrate {
        /// Columns.
        columns: usize,
    },
    /// Nothing.
    Quiet,
    /// One journal entry a line on stdout as it happens, the status object last (`--format json`).
    Json,
}

/// Entries of one step arrive within this time of each other; what follows later is another line.
const TOGETHER: Duration = Duration::from_millis(20);

/// Starts watching. Entries up to number `after` are history and not shown (a resumed run sends them again; 0 for a
/// new run). The thread ends when all senders are gone, and then has said everything.
///
/// A watcher that cannot print any more goes on listening: nothing that reads can end a run.
pub fn narrator(mode: Mode, after: u64) -> (Sender<Arc<Entry>>, JoinHandle<()>) {
    let (sender, entries) = channel();
    let watch = move || match mode {
        Mode::Narrate { columns } => narrate(&entries, Narration::new(columns, after), out::tell),
        Mode::Quiet => entries.iter().for_each(drop),
        Mode::Json => stream(&entries, after, |line| out::answer(line).unwrap_or(Reader::Gone)),
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

fn stream(entries: &Receiver<Arc<Entry>>, after: u64, mut print: impl FnMut(&str) -> Reader) {
    let mut state: Option<RunState> = None;
    let mut reader = Reader::There;
    for entry in entries {
        match &mut state {
            Some(state) => state.apply(&entry),
            None => state = RunState::begin(&entry).ok(),
        }
        if entry.seq > after && reader == Reader::There {
            reader = print(&json_text::line(&*entry));
        }
    }
    if let (Some(state), Reader::There) = (&state, reader) {
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
            Reader::There
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
            Reader::Gone
        });
        assert_eq!(printed, 1);
        let (sender, watcher) = narrator(Mode::Quiet, 0);
        sender.send(Arc::new(short().entries[0].clone())).unwrap();
        drop(sender);
        watcher.join().unwrap();
    }
}
