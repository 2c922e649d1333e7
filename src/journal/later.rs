//! What a later program wrote. Within a format it may add kinds of events: those are kept as [`Event::Foreign`], the run is
//! shown as far as it is understood, and nobody here writes to it. Another format is not read at all.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::event::{Entry, Event, FORMAT};
use crate::model::{Error, ErrorKind, Result};

/// What every entry has, whatever its kind.
#[derive(Deserialize)]
struct AnyEntry {
    seq: u64,
    at: Timestamp,
    event: String,
}

/// What entries have that say of which format all that follows is.
#[derive(Deserialize)]
struct AnyFormat {
    format: u32,
    #[serde(default)]
    version: String,
}

/// Kinds of entries that say of which format all that follows is.
const OF_FORMAT: [&str; 2] = ["run_started", "format_raised"];

/// A whole line that a later program wrote, and that this one does not understand.
pub(super) fn foreign_entry(line: &[u8]) -> Option<Entry> {
    let AnyEntry { seq, at, event } = serde_json::from_slice(line).ok()?;
    Some(Entry { seq, at, event: Event::Foreign { kind: event } })
}

/// Refuses entries that mean something nobody here knows for what follows.
///
/// # Errors
/// There is one.
pub fn refuse_foreign(path: &Path, entries: &[Entry]) -> Result<()> {
    let foreign = entries.iter().find_map(|entry| match &entry.event {
        Event::Foreign { kind } => Some((entry.seq, kind)),
        _ => None,
    });
    let Some((seq, kind)) = foreign else { return Ok(()) };
    let cause = format!("entry {seq} (`{kind}`) was written by a later git orca, and this one does not know it");
    Err(Error::new(ErrorKind::Corrupt, format!("going on with the journal `{}`", path.display()), cause)
        .hint("go on with that version: git orca --version tells which one this is")
        .hint("git orca status   shows the run as far as this one understands it"))
}

/// Refuses an entry, the whole `line` of it, that says that what follows is of a newer format.
pub(super) fn refuse_newer(path: &Path, entry: &Entry, line: &[u8]) -> Result<()> {
    let (format, version) = match &entry.event {
        Event::RunStarted(info) => (info.format, info.version.clone()),
        Event::FormatRaised { format, version, .. } => (*format, version.clone()),
        Event::Foreign { kind } if OF_FORMAT.contains(&kind.as_str()) => match serde_json::from_slice(line) {
            Ok(AnyFormat { format, version }) => (format, version),
            Err(_) => return Ok(()),
        },
        _ => return Ok(()),
    };
    if format <= FORMAT {
        return Ok(());
    }
    let cause = format!("format {format} is newer than {FORMAT}, the newest this program knows");
    Err(Error::new(ErrorKind::Corrupt, format!("reading the journal `{}`", path.display()), cause)
        .hint(format!("it was written by git orca {version}; use that or a later version")))
}
