//! A run that is watched while it goes: what is said of each entry, the lines drawn at the bottom of a terminal, and
//! notices to people who do not look. `progress.rs` and `notify.rs` are the threads, `export.rs` sends the trace of a run
//! that is over; the others are pure.

pub mod export;
pub mod frame;
pub mod narration;
pub(in crate::report) mod notice;
pub mod notify;
pub mod progress;
