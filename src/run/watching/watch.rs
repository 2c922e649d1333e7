//! What the guard of a run has seen, and who runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::git::{Outside, Slot};
use crate::model::AttemptId;

/// What the guard of a run remembers between two looks.
#[derive(Debug, Default)]
pub struct Guard(Mutex<Watch>);

/// The last look, and the attempts that run.
#[derive(Debug, Default)]
pub struct Watch {
    /// What lay outside of all tasks at the last look.
    pub seen: Option<Outside>,
    /// Attempts whose agents run, with their slots.
    pub running: BTreeMap<AttemptId, Slot>,
    /// Places whose commands run later that were empty when the first of those that run began.
    pub empty: Vec<PathBuf>,
}

impl Guard {
    /// Nobody else looks meanwhile.
    pub fn watch(&self) -> MutexGuard<'_, Watch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
