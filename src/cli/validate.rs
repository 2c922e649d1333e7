//! `git orca validate`: the gates alone.

use super::args::{ValidateArgs, ValidateForm};
use super::terminal::TerminalFront;
use crate::report;
use crate::report::print::out;
use crate::report::validation::{Validation, human, json, junit, sarif};
use crate::start::here::{Here, Refusal};
use crate::start::validate::judge_all;

/// Exit code when a required gate refuses something (DESIGN 3).
const REFUSED: u8 = 5;

/// Runs it.
///
/// # Errors
/// There is no such thing to judge, the repository's commands are not trusted, or git refuses.
pub fn main(args: &ValidateArgs) -> Result<u8, Refusal> {
    let found = judge_all(&Here::find()?, &TerminalFront, &args.wish())?;
    report::answer(&match args.form() {
        ValidateForm::Human => human(&found, args.wish().gates.is_empty(), out::width()),
        ValidateForm::Json => json(&found),
        ValidateForm::Junit => junit(&found),
        ValidateForm::Sarif => sarif(&found),
    });
    Ok(if found.iter().all(Validation::passes) { 0 } else { REFUSED })
}
