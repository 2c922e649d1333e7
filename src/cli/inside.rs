//! What is for people only: control of a repository's runs, and trust. A command that descends from an attempt, a gate or
//! a set-up command is refused; other repositories stay usable there, since a project's own tests may run git orca.

use super::args::{Cli, Command};
use super::here::Here;
use crate::model::{Error, ErrorKind, Result};
use crate::process::is_launched;
use crate::run::is_inside;

/// MeantFor whom a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MeantFor {
    /// Everybody: it reads, or judges without keeping anything.
    Everybody,
    /// A person, about the runs of this repository.
    Control,
    /// A person, about every repository.
    Trust,
}

fn of(command: &Command) -> (&'static str, MeantFor) {
    match command {
        Command::Execute(args) if !args.dry_run => ("execute", MeantFor::Control),
        Command::Resume(_) => ("resume", MeantFor::Control),
        Command::Retry(_) => ("retry", MeantFor::Control),
        Command::Skip(_) => ("skip", MeantFor::Control),
        Command::Stop(_) => ("stop", MeantFor::Control),
        Command::Pause(_) => ("pause", MeantFor::Control),
        Command::Integrate(_) => ("integrate", MeantFor::Control),
        Command::Approve(_) => ("approve", MeantFor::Control),
        Command::Reject(_) => ("reject", MeantFor::Control),
        Command::Say(_) => ("say", MeantFor::Control),
        Command::Publish(_) => ("publish", MeantFor::Control),
        Command::Undo(_) => ("undo", MeantFor::Control),
        Command::Clean(_) => ("clean", MeantFor::Control),
        Command::Trust(args) if !args.list => ("trust", MeantFor::Trust),
        _ => ("", MeantFor::Everybody),
    }
}

/// Refuses what is for people where no person can have typed it.
///
/// # Errors
/// The command is for people, and this process descends from an attempt, a gate or a set-up command: of this
/// repository's runs, or, for `trust`, of any.
pub fn refuse(cli: &Cli) -> Result<()> {
    let Some((name, whose)) = cli.command.as_ref().map(of).filter(|(_, whose)| *whose != MeantFor::Everybody) else {
        return Ok(());
    };
    if !is_launched() {
        return Ok(());
    }
    let here = || Here::find().is_ok_and(|here| is_inside(here.repo.common_dir()));
    if whose == MeantFor::Control && !here() {
        return Ok(());
    }
    let cause = "this is for people; it was typed by an attempt, a gate or a set-up command of a run";
    Err(Error::new(ErrorKind::Declined, format!("running `git orca {name}`"), cause)
        .hint("commit your work and end: what follows is up to the person who started the run"))
}
