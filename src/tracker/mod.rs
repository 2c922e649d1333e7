//! Trackers: other programs that show what becomes of the tasks of a run (`orca.tracker`).
//!
//! A tracker only watches: it gets a run's entries after they are on disk, on a thread of its own, and nothing of a run waits
//! for it. What it should be told follows from the entries alone (`changes`, pure); how far it has been told stands in a
//! file of its own beside the journal (`outbox`). So one that is down, slow or wrong is caught up later: while the run goes
//! on, when it is resumed, or by the next run of the repository.
//!
//! To add a tracker: a file (or folder) here with `Tracker`, and a line in `TrackerPlace`.

mod archon;
mod changes;
mod delivery;
mod issues;
mod jsonl;
mod outbox;
mod place;
mod seam;

pub use delivery::{TrackerThread, start_telling};
pub use issues::IssuesPlace;
pub use place::TrackerPlace;
