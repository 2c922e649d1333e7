//! Journals as older programs left them.

use std::path::Path;

use crate::journal::{Event, Journal, RunLock, Subject, read_entries};

/// Makes of a run that format 1 began what a program of that time would have left: it did not record what checks ask.
pub(super) fn as_format_1_left_it(path: &Path, lock: &RunLock) {
    let mut entries = read_entries(path).unwrap();
    let raised = entries.iter().any(|entry| matches!(entry.event, Event::FormatRaised { .. }));
    if raised || !matches!(&entries[0].event, Event::RunStarted(info) if info.format == 1) {
        return;
    }
    for entry in &mut entries {
        match &mut entry.event {
            Event::CheckIntended { subject, ask, .. } => {
                assert!(!matches!(subject, Subject::Phase(_)), "format 1 knows no such subject");
                *ask = None;
            }
            Event::CheckPutOff { .. } => panic!("format 1 puts nothing off"),
            _ => {}
        }
    }
    std::fs::remove_file(path).unwrap();
    Journal::create(path, lock).unwrap().append(&entries).unwrap();
}
