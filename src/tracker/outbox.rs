//! How far a tracker has been told of a run: a small file in the run's folder, written anew after each change that was taken.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::changes::TrackerChange;
use super::seam::KnownThere;
use crate::model::{Error, Result};

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct OutboxFile {
    /// The entry of the last change that is done with.
    seq: u64,
    /// Its number among those of the entry.
    n: u32,
    /// Whether everything was told, and the run is over.
    settled: bool,
    /// Names that the tracker gave.
    known: KnownThere,
}

/// What a tracker has still to be told of one run.
#[derive(Debug)]
pub struct Outbox {
    path: PathBuf,
    file: OutboxFile,
    waiting: VecDeque<TrackerChange>,
}

impl Outbox {
    /// The outbox of a tracker for the run in this folder; `key` tells trackers apart.
    pub fn open(folder: &Path, key: &str) -> Outbox {
        let path = folder.join(format!("tracker-{key}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // Without a file that can be read everything is told again: to be told twice does no harm.
        Outbox { file: serde_json::from_str(&text).unwrap_or_default(), path, waiting: VecDeque::new() }
    }

    /// Whether a run that is over has changes that its tracker was not told.
    pub fn is_behind(folder: &Path, key: &str) -> bool {
        let outbox = Outbox::open(folder, key);
        outbox.path.exists() && !outbox.file.settled
    }

    /// Takes changes in, but for those that are done with.
    pub fn put(&mut self, changes: Vec<TrackerChange>) {
        let done = (self.file.seq, self.file.n);
        self.waiting.extend(changes.into_iter().filter(|change| (change.seq, change.n) > done));
    }

    /// The next change, with what the tracker calls things.
    pub fn next(&mut self) -> Option<(&TrackerChange, &mut KnownThere)> {
        self.waiting.front().map(|change| (change, &mut self.file.known))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next change is done with.
    pub fn drop_next(&mut self) {
        if let Some(change) = self.waiting.pop_front() {
            (self.file.seq, self.file.n) = (change.seq, change.n);
        }
    }

    /// Writes down how far it got. `over`: the run is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self, over: bool) -> Result<()> {
        self.file.settled = over && self.waiting.is_empty();
        let failed = |e: std::io::Error| Error::failed(format!("writing `{}`", self.path.display()), e);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        fresh.write_all(serde_json::to_string(&self.file).unwrap_or_default().as_bytes()).map_err(failed)?;
        fresh.persist(&self.path).map(drop).map_err(|e| failed(e.error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::changes::TrackerNews;

    fn change(seq: u64, n: u32) -> TrackerChange {
        let what = TrackerNews::Report { title: String::new(), description: String::new() };
        TrackerChange { run: "r1".parse().unwrap(), seq, n, at: jiff::Timestamp::UNIX_EPOCH, what }
    }

    #[test]
    fn what_was_told_is_not_told_again_and_the_rest_is() {
        let folder = tempfile::tempdir().unwrap();
        let all = || vec![change(1, 1), change(1, 2), change(4, 1)];
        assert!(!Outbox::is_behind(folder.path(), "k"), "nothing was ever told");
        let mut outbox = Outbox::open(folder.path(), "k");
        outbox.put(all());
        outbox.next().unwrap().1.project = Some("p".into());
        outbox.drop_next();
        outbox.save(true).unwrap();
        assert!(Outbox::is_behind(folder.path(), "k") && !Outbox::is_behind(folder.path(), "other"));
        let mut outbox = Outbox::open(folder.path(), "k");
        outbox.put(all());
        assert_eq!(outbox.len(), 2);
        let (next, known) = outbox.next().unwrap();
        assert_eq!(((next.seq, next.n), known.project.as_deref()), ((1, 2), Some("p")));
        outbox.drop_next();
        outbox.drop_next();
        outbox.save(true).unwrap();
        assert!(!Outbox::is_behind(folder.path(), "k"));
    }

    #[test]
    fn a_file_that_cannot_be_read_tells_everything_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tracker-k.json"), "{\"seq\": 9, ").unwrap();
        let mut outbox = Outbox::open(folder.path(), "k");
        outbox.put(vec![change(1, 1)]);
        assert_eq!(outbox.len(), 1);
    }
}
