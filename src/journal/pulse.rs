//! What agents say while they work: `logs/<task>/<attempt>/events.jsonl`. Not part of the journal: losing a line loses
//! nothing, and a sync each would cost.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunPaths;
use crate::model::{AttemptId, Say};

/// One line of an attempt's events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    /// When the line came.
    pub at: Timestamp,
    /// What it said.
    #[serde(flatten)]
    pub say: Say,
}

/// Bytes looked at from the end: a line's texts are cut to less than half of that when written.
const LOOKED_AT: u64 = 64 << 10;

impl RunPaths {
    /// The events of an attempt's agent, relative to [`RunPaths::root`].
    pub fn events(attempt: &AttemptId) -> String {
        format!("{}/events.jsonl", RunPaths::attempt_logs(attempt))
    }

    /// What an attempt's agent did last; none where its stream tells nothing.
    pub fn doing(&self, attempt: &AttemptId) -> Option<Pulse> {
        last_deed(&self.root().join(RunPaths::events(attempt)))
    }
}

/// The last line that says what an agent does: words, a tool, or that it waits.
fn last_deed(path: &Path) -> Option<Pulse> {
    let mut file = std::fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOOKED_AT))).ok()?;
    let mut bytes = Vec::new();
    file.take(LOOKED_AT).read_to_end(&mut bytes).ok()?;
    let pulses = bytes.rsplit(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Pulse>(line).ok());
    let mut deeds = pulses.filter(|pulse| {
        matches!(pulse.say, Say::Said { .. } | Say::Tool { .. } | Say::Waiting { .. } | Say::RateLimited { .. })
    });
    deeds.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_deed_is_found_behind_what_is_none_and_behind_half_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        assert_eq!(last_deed(&path), None);
        let line = |text: &str| format!("{{\"at\":\"2026-11-27T10:00:00Z\",{text}}}\n");
        let mut text = line(r#""say":"said","text":"first""#);
        text += &line(r#""say":"tool","name":"Edit","paths":["a.rs"]"#);
        text += &line(r#""say":"used","delta":{"input":1}"#);
        std::fs::write(&path, format!("{text}{{\"at\":\"2026")).unwrap();
        let Some(Pulse { say: Say::Tool { name, what, paths }, .. }) = last_deed(&path) else { panic!() };
        assert_eq!((name.as_str(), what.as_str(), paths), ("Edit", "", vec!["a.rs".to_owned()]));
        std::fs::write(&path, format!("{}{}", "x".repeat(LOOKED_AT as usize), text)).unwrap();
        assert!(last_deed(&path).is_some());
    }
}
