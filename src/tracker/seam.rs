//! What a tracker is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::changes::TrackerChange;

/// A program that is told what becomes of tasks.
pub trait Tracker {
    /// Tells one change. Told twice it must be as if it were told once: after a crash it may be.
    ///
    /// # Errors
    /// It did not take it.
    fn tell(&mut self, change: &TrackerChange, known: &mut KnownThere) -> Result<(), TrackerTrouble>;
}

/// Names that the tracker gave to what it was told of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownThere {
    /// The run's.
    pub project: Option<String>,
    /// Those of tasks, and of the report.
    pub tasks: BTreeMap<String, String>,
}

/// Why a change was not taken; one line for people each, without an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackerTrouble {
    /// The tracker is not there: what comes after would not arrive, either.
    Away(String),
    /// It is there, and could not do this; later it may.
    Failed(String),
    /// It will never take this one.
    Refused(String),
}

impl TrackerTrouble {
    /// One line for people.
    pub fn words(&self) -> &str {
        match self {
            TrackerTrouble::Away(words) | TrackerTrouble::Failed(words) | TrackerTrouble::Refused(words) => words,
        }
    }
}
