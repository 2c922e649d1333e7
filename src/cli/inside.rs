//! What is for people only: control of a repository's runs, and trust. A command that descends from an attempt, a gate or
//! a set-up command is refused; other repositories stay usable there, since a project's own tests may run git orca.

use super::args::{Cli, Command};
use super::here::Here;
use crate::model::{Error, ErrorKind, Result};
use crate::process::launched_for;
use crate::run::repo_digest;

/// For whom a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Everybody: it reads, or judges without keeping anything.
    Everybody,
    /// A person, about the runs of this repository.
    Control,
    /// A person, about every repository.
    Trust,
}

fn of(command: &Command) -> (&'static str, For) {
    match command {
        Command::Execute(args) if !args.dry_run => ("execute", For::Control),
        Command::Resume(_) => ("resume", For::Control),
        Command::Retry(_) => ("retry", For::Control),
        Command::Skip(_) => ("skip", For::Control),
        Command::Stop(_) => ("stop", For::Control),
        Command::Pause(_) => ("pause", For::Control),
        Command::Integrate(_) => ("integrate", For::Control),
        Command::Approve(_) => ("approve", For::Control),
        Command::Reject(_) => ("reject", For::Control),
        Command::Say(_) => ("say", For::Control),
        Command::Undo(_) => ("undo", For::Control),
        Command::Clean(_) => ("clean", For::Control),
        Command::Trust(args) if !args.list => ("trust", For::Trust),
        _ => ("", For::Everybody),
    }
}

/// Refuses what is for people where no person can have typed it.
///
/// # Errors
/// The command is for people, and this process descends from an attempt, a gate or a set-up command: of this
/// repository's runs, or, for `trust`, of any.
pub fn refuse(cli: &Cli) -> Result<()> {
    let Some((name, whose)) = cli.command.as_ref().map(of).filter(|(_, whose)| *whose != For::Everybody) else {
        return Ok(());
    };
    let launched = launched_for();
    if launched.is_empty() {
        return Ok(());
    }
    let here = || Here::find().is_ok_and(|here| launched.contains(&repo_digest(here.repo.common_dir())));
    if whose == For::Control && !here() {
        return Ok(());
    }
    let cause = "this is for people; it was typed by an attempt, a gate or a set-up command of a run";
    Err(Error::new(ErrorKind::Declined, format!("running `git orca {name}`"), cause)
        .hint("commit your work and end: what follows is up to the person who started the run"))
}
