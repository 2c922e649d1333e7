//! A run that its base has stopped: the terminal is asked whether it goes on all the same.

use super::args::{FormatArgs, ResumeArgs};
use super::consent::{ask, can_ask};
use super::here::Refusal;
use super::resume;
use crate::journal::{Question, RunState};
use crate::model::BaseRed;
use crate::report;
use crate::report::facts::picture::Picture;
use crate::report::facts::reason;

/// Asks about a run that has just ended, and goes on with it: the exit code then. None where nothing is to be asked, nobody
/// can be, or the answer is no.
///
/// # Errors
/// The run could not go on.
pub fn goes_on(state: &RunState, args: HowBegun) -> Result<Option<u8>, Refusal> {
    let waits = |it: &crate::journal::Approval| matches!(it.question, Question::BaseRed { .. });
    if !state.unanswered().any(waits) || !can_ask() {
        return Ok(None);
    }
    for line in reason::on_base(&Picture::new(state, state.at, false)) {
        report::say(&line);
    }
    let question = "Go on all the same, and accept no new failures? [y]es  [n]o: ";
    if ask(question) != 'y' {
        return Ok(None);
    }
    let HowBegun { yes, quiet, format } = args;
    let args = ResumeArgs {
        run: Some(state.info.run.to_string()),
        yes,
        quiet,
        format,
        budget_tokens: None,
        budget_usd: None,
        base_red: Some(BaseRed::Ok),
    };
    resume::resume(&args).map(Some)
}

/// How the run was begun.
#[derive(Debug, Clone, Copy)]
pub struct HowBegun {
    /// The repository's commands are allowed.
    pub yes: bool,
    /// No narration.
    pub quiet: bool,
    /// For whom it speaks.
    pub format: FormatArgs,
}
