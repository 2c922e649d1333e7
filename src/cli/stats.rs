//! `git orca stats`: all runs of this repository, counted.

use jiff::Timestamp;

use super::args::StatsArgs;
use crate::journal::RunState;
use crate::model::{Error, ErrorKind, RunOptions};
use crate::report;
use crate::report::facts::history::{RunHistory, RunRecord};
use crate::report::facts::picture::Picture;
use crate::report::print::out;
use crate::report::screens::stats::{UnreadRun, stats, stats_json};
use crate::report::words::json_text;
use crate::start::here::{Here, Refusal};

/// Runs it.
///
/// # Errors
/// There is no repository, or no run in it.
pub fn main(args: &StatsArgs) -> Result<u8, Refusal> {
    let here = Here::find()?;
    let mut runs = here.store.runs();
    if let Some(last) = args.last {
        runs.drain(..runs.len().saturating_sub(last as usize));
    }
    let (mut records, mut unread) = (Vec::new(), Vec::new());
    let mut least = RunOptions::default().success_alert;
    for run in runs {
        match here.store.run(&run).state() {
            Ok(state) => {
                least = state.info.options.success_alert;
                records.push(record(&here, &state));
            }
            Err(error) => unread.push(UnreadRun { run: run.to_string(), why: error.to_string() }),
        }
    }
    if records.is_empty() && unread.is_empty() && !args.format.is_json() {
        return Err(Error::new(ErrorKind::NotFound, "counting runs", "there is no run in this repository yet")
            .hint("git orca execute [PLAN]")
            .into());
    }
    let history = RunHistory::of(records);
    let text = match args.format.is_json() {
        true => json_text::pretty(&stats_json(&history, least, &unread)),
        false => stats(&history, least, &unread, out::width()),
    };
    report::answer(&text);
    Ok(0)
}

fn record(here: &Here, state: &RunState) -> RunRecord {
    RunRecord::of(&Picture::new(state, Timestamp::now(), here.drives(state)))
}
