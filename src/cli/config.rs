//! `git orca config`: every setting with its value and where it comes from.

use super::args::FormatArgs;
use crate::model::{Error, Result};
use crate::report;
use crate::report::print::out;
use crate::report::screens::config::{config, config_json};
use crate::settings::Flags;
use crate::start::here::{Here, Refusal};

/// Runs it.
///
/// # Errors
/// There is no repository, or a setting is wrong.
pub fn main(args: &FormatArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let settings = here.settings(&Flags::default())?;
    settings.warnings.iter().for_each(|problem| report::say(&report::problem_line(problem)));
    let text = match args.is_json() {
        true => serde_json::to_string(&config_json(settings.shown()))
            .map_err(|e| Error::failed("writing the settings", e))?,
        false => config(settings.shown(), out::width()),
    };
    report::answer(&text);
    Ok(0)
}
