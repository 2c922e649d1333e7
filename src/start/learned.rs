//! What earlier runs of this repository teach about times.

use super::here::Here;
use crate::journal::{History, RunState, samples};
use crate::model::Result;
use crate::schedule::Learned;
use crate::settings::Flags;

/// What they teach.
pub fn learned(here: &Here) -> Learned {
    Learned::of(&History::read(&here.store.history()))
}

/// The agent that tasks without `run` text would have: the one of the settings, else the one of the last run.
pub fn agent(here: &Here) -> String {
    let set = here.settings(&Flags::default()).ok().and_then(|settings| settings.agent);
    let last = || {
        let history = History::read(&here.store.history());
        history.samples.into_iter().rev().map(|sample| sample.agent).find(|agent| agent != "script")
    };
    set.filter(|name| !name.is_empty()).or_else(last).unwrap_or_default()
}

/// Remembers what a run took.
///
/// # Errors
/// The disk refuses.
pub fn remember(here: &Here, state: &RunState) -> Result<()> {
    let samples = samples(state);
    if samples.is_empty() {
        return Ok(());
    }
    let file = here.store.history();
    let mut history = History::read(&file);
    history.remember(&state.info.run, samples);
    history.write(&file)
}
