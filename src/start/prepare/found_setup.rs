//! A setup command that a lock file gives away (`npm ci`, `poetry install`): never run unasked, offered at the start, and
//! from then on used as if `orca.toml` named it.

use jiff::Timestamp;

use crate::model::Result;
use crate::project::Detected;
use crate::settings::Settings;
use crate::settings::trust::{self, Item};
use crate::start::agreed_to::records;
use crate::start::here::Here;

/// What is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSetup {
    /// The command, for each fresh worktree.
    pub command: String,
    /// What is not checked without it.
    pub unchecked: Vec<String>,
}

/// Its key is that of the setting, so that trust in one is trust in the other.
fn item(command: &str) -> Item {
    Item::new("worktree.setup", command)
}

/// The setup command that a person has agreed to in this repository, where `orca.toml` names none.
pub fn agreed(here: &Here, settings: &Settings, detected: &Detected) -> Option<String> {
    let command = detected.setup.as_ref().filter(|_| settings.worktree.setup.is_none())?;
    let (_, records) = records(here).ok()?;
    trust::compare(&[item(command)], &records).settled().then(|| command.clone())
}

/// The one that can be offered: it is needed, and nobody has set or agreed to one.
pub fn offered(settings: &Settings, detected: &Detected) -> Option<FoundSetup> {
    let command = detected.setup.clone().filter(|_| settings.worktree.setup.is_none())?;
    let waits = |how: &String| detected.left_out.iter().any(|out| out.how == *how && how.contains("fresh worktree"));
    let unchecked = detected.left_out.iter().filter(|out| waits(&out.how)).map(|out| out.what.clone()).collect();
    Some(FoundSetup { command, unchecked })
}

/// Remembers that a person agreed.
///
/// # Errors
/// The records cannot be read or written.
pub fn agree(here: &Here, found: &FoundSetup) -> Result<()> {
    let (file, mut records) = records(here)?;
    records.agree(&[item(&found.command)], Timestamp::now());
    trust::store::save(&file, &records)
}
