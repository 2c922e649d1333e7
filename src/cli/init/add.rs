//! What is added to an `orca.toml` that is there already, after showing it.

use std::path::Path;

use super::super::args::InitArgs;
use super::super::terminal::{ask, can_ask};
use super::write::{replace, said};
use crate::model::{Error, Result};
use crate::project::{self, Detected};
use crate::report;
use crate::report::screens::trust::new_lines;
use crate::settings::Flags;
use crate::start::here::{Here, ORCA_TOML, Refusal};

/// Lines about what the file lacks, and whether that was added: a terminal is asked, `--yes` adds it.
///
/// # Errors
/// The file cannot be read or written.
pub fn missing(cwd: &Path, root: &Path, detected: &Detected, args: &InitArgs) -> Result<Vec<String>> {
    let left = |why: &str| Ok(vec![said("left alone", ORCA_TOML, Some(why))]);
    let settings = match Here::at(cwd).map_err(Refusal::from).and_then(|here| here.settings(&Flags::default())) {
        Ok(settings) => settings,
        Err(_) => return left("it already exists and cannot be read: git orca config says why"),
    };
    let file = root.join(ORCA_TOML);
    let text = std::fs::read_to_string(&file).map_err(|e| Error::failed(format!("reading `{ORCA_TOML}`"), e))?;
    let new = match settings.found_gates {
        true => project::added(&text, &settings.gates, settings.worktree.setup.is_some(), detected),
        // Somebody wants no other gates than their own.
        false => None,
    };
    let Some(new) = new else { return left("it already exists; git orca config shows the settings in effect") };
    if file.is_symlink() || !is_read(&new) {
        return left("what it lacks cannot be added to it; git orca init --dry-run in an empty clone shows it");
    }
    let difference = new_lines(&text, &new);
    report::say(&format!("{ORCA_TOML} lacks:\n{difference}"));
    if args.dry_run {
        return Ok(vec![said("would change", ORCA_TOML, Some("the lines above"))]);
    }
    if !args.yes && !can_ask() {
        return left("no terminal to ask on; git orca init --yes adds the lines above");
    }
    if !args.yes && ask("Add these lines? [y]es  [n]o: ") != 'y' {
        return left("cancelled; git orca config shows what is in force");
    }
    replace(&file, &new)?;
    Ok(vec![said("changed", ORCA_TOML, Some("look at it, then: git orca trust"))])
}

/// Whether it is TOML: a table that is written as a key elsewhere cannot be opened again.
fn is_read(text: &str) -> bool {
    toml::from_str::<toml::Table>(text).is_ok()
}
