//! What is for people only: control of a repository's runs, and trust. A command that descends from an attempt, a gate or
//! a setup command is refused; other repositories stay usable there, since a project's own tests may run git orca.

use super::args::{Cli, CliCommand};
use crate::model::{Error, ErrorKind, Result};
use crate::process::is_launched;
use crate::run::is_inside;
use crate::start::here::Here;

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

fn of(command: &CliCommand) -> (&'static str, MeantFor) {
    match command {
        CliCommand::Execute(args) if !args.dry_run => ("execute", MeantFor::Control),
        CliCommand::Resume(_) => ("resume", MeantFor::Control),
        CliCommand::Retry(_) => ("retry", MeantFor::Control),
        CliCommand::Skip(_) => ("skip", MeantFor::Control),
        CliCommand::Stop(_) => ("stop", MeantFor::Control),
        CliCommand::Pause(_) => ("pause", MeantFor::Control),
        CliCommand::Integrate(_) => ("integrate", MeantFor::Control),
        CliCommand::Approve(_) => ("approve", MeantFor::Control),
        CliCommand::Reject(_) => ("reject", MeantFor::Control),
        CliCommand::Add(_) => ("add", MeantFor::Control),
        CliCommand::Serve(_) => ("serve", MeantFor::Control),
        CliCommand::Replan(args) if !args.dry_run => ("replan", MeantFor::Control),
        CliCommand::Say(_) => ("say", MeantFor::Control),
        CliCommand::Edit(_) => ("edit", MeantFor::Control),
        CliCommand::Publish(_) => ("publish", MeantFor::Control),
        CliCommand::Undo(_) => ("undo", MeantFor::Control),
        CliCommand::Clean(_) => ("clean", MeantFor::Control),
        CliCommand::Trust(args) if !args.list => ("trust", MeantFor::Trust),
        _ => ("", MeantFor::Everybody),
    }
}

/// Refuses what is for people where no person can have typed it.
///
/// # Errors
/// The command is for people, and this process descends from an attempt, a gate or a setup command: of this
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
    let cause = "this command is for people, but an attempt, a gate or a setup command of a run called it";
    Err(Error::new(ErrorKind::Declined, format!("running `git orca {name}`"), cause)
        .hint("commit your work and finish; the rest is up to the person who started the run"))
}
