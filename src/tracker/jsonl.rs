//! A file that gets a line per change: `{"run", "seq", "n", "at", "change", …}`. Each line is on disk before the next.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::Deserialize;

use super::changes::TrackerChange;
use super::seam::{KnownThere, Tracker, TrackerTrouble};
use crate::model::RunId;

/// The file.
#[derive(Debug)]
pub struct JsonlTracker {
    path: PathBuf,
}

/// Where a line stands among the changes of its run.
#[derive(Debug, Deserialize)]
struct LinePlace {
    run: RunId,
    seq: u64,
    n: u32,
}

/// Bytes at the end of the file that are looked at: a line that a crash left before it was noted is among the last.
const TAIL: u64 = 256 << 10;

impl JsonlTracker {
    /// The file at `path`; it is made with the first line.
    pub fn new(path: PathBuf) -> JsonlTracker {
        JsonlTracker { path }
    }

    fn append(&self, change: &TrackerChange) -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&self.path)?;
        let tail = tail(&mut file)?;
        let mut places = tail.lines().filter_map(|line| serde_json::from_str::<LinePlace>(line).ok());
        let last = places.rfind(|place| place.run == change.run);
        if last.is_some_and(|last| (last.seq, last.n) >= (change.seq, change.n)) {
            return Ok(());
        }
        let torn = if tail.is_empty() || tail.ends_with('\n') { "" } else { "\n" };
        let line = serde_json::to_string(change)?;
        file.write_all(format!("{torn}{line}\n").as_bytes())?;
        file.sync_data()
    }
}

fn tail(file: &mut File) -> std::io::Result<String> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Tracker for JsonlTracker {
    fn tell(&mut self, change: &TrackerChange, _: &mut KnownThere) -> Result<(), TrackerTrouble> {
        self.append(change).map_err(|error| TrackerTrouble::Away(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::changes::TrackerNews;

    fn change(run: &str, seq: u64, n: u32) -> TrackerChange {
        let what = TrackerNews::Report { title: "t".into(), description: "d".into() };
        TrackerChange { run: run.parse().unwrap(), seq, n, at: jiff::Timestamp::UNIX_EPOCH, what }
    }

    #[test]
    fn a_line_each_once_also_after_a_crash_between_line_and_note() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told.jsonl");
        let mut tracker = JsonlTracker::new(path.clone());
        let mut known = KnownThere::default();
        for (run, seq, n) in [("r1", 1, 1), ("r1", 1, 2), ("r2", 1, 1), ("r1", 1, 2), ("r1", 3, 1), ("r2", 1, 1)] {
            tracker.tell(&change(run, seq, n), &mut known).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let places: Vec<_> = text.lines().map(|line| serde_json::from_str::<LinePlace>(line).unwrap()).collect();
        let places: Vec<_> = places.iter().map(|place| (place.run.as_str(), place.seq, place.n)).collect();
        assert_eq!(places, [("r1", 1, 1), ("r1", 1, 2), ("r2", 1, 1), ("r1", 3, 1)]);
        assert!(text.contains(r#""change":"report","title":"t""#), "{text}");
    }

    #[test]
    fn half_a_line_stays_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told.jsonl");
        std::fs::write(&path, "{\"run\": \"r1\", \"se").unwrap();
        JsonlTracker::new(path.clone()).tell(&change("r1", 1, 1), &mut KnownThere::default()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        let gone = JsonlTracker::new(folder.path().join("no/such/folder.jsonl"))
            .tell(&change("r1", 1, 1), &mut KnownThere::default());
        assert!(matches!(gone, Err(TrackerTrouble::Away(_))));
    }
}
