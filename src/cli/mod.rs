//! The command line: one file a command, thin: read what was typed, look around (`here.rs`), let the modules upstream do
//! it, say what came of it through `report`.
//!
//! Exit codes are DESIGN 3's: an error's kind decides, a run's outcome otherwise.
//!
//! ## To add a command
//!
//! Declare it in `args/` with its help, write its file with one `main`, add its arm below and its row in the README (a
//! test compares them).

mod agents;
mod approve;
mod args;
mod before;
mod clean;
mod completions;
mod config;
mod conflicts;
mod consent;
mod count;
mod demo;
mod doctor;
mod driving;
mod execute;
mod generate;
mod here;
mod hooks;
mod init;
mod inside;
mod installed;
mod learned;
mod located;
mod look;
mod man;
mod messages;
mod plan;
mod prepare;
mod publish;
mod reading;
mod resume;
mod revert;
mod roles;
mod salvage;
mod schema;
mod solved;
mod take;
mod trust;
mod undo;
mod validate;
mod watchers;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, CliCommand};
use here::Refusal;

use crate::process::launch;
use crate::report;

/// Runs the program.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == launch::SUBCOMMAND) {
        return launch::main(words);
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == crate::run::tokens::SUBCOMMAND) {
        return count::main();
    }
    report::print::out::log_to_stderr();
    let mut words = std::env::args_os().skip(1);
    let called = match words.next().is_some_and(|word| word == hooks::SUBCOMMAND) {
        true => hooks::called(words),
        false => run(&Cli::parse()),
    };
    let code = match called {
        Ok(code) => code,
        Err(Refusal::Error(error)) => {
            report::refuse_error(&error);
            error.kind.exit_code()
        }
        Err(Refusal::Problems(problems, code)) => {
            report::refuse_problems(&problems);
            code
        }
    };
    ExitCode::from(code)
}

fn run(cli: &Cli) -> Result<u8, Refusal> {
    inside::refuse(cli)?;
    match &cli.command {
        Some(CliCommand::Execute(args)) => execute::main(args),
        Some(CliCommand::Resume(args)) => resume::resume(args),
        Some(CliCommand::Retry(args)) => resume::retry(args),
        Some(CliCommand::Skip(args)) => resume::skip(args),
        Some(CliCommand::Stop(args)) => resume::stop(args),
        Some(CliCommand::Pause(args)) => resume::pause(args),
        Some(CliCommand::Integrate(args)) => resume::integrate(args),
        Some(CliCommand::Publish(args)) => publish::main(args),
        Some(CliCommand::Approve(args)) => approve::approve(args),
        Some(CliCommand::Reject(args)) => approve::reject(args),
        Some(CliCommand::Say(args)) => approve::say(args),
        Some(CliCommand::Plan(args)) => Ok(plan::main(args)?),
        Some(CliCommand::Demo(args)) => demo::main(args),
        Some(CliCommand::Init(args)) => init::main(args),
        Some(CliCommand::Hooks(args)) => hooks::main(args),
        Some(CliCommand::Trust(args)) => trust::main(args),
        Some(CliCommand::Config(args)) => config::main(args),
        Some(CliCommand::Generate(args)) => generate::main(args),
        Some(CliCommand::Schema { name }) => schema::main(name.as_deref()),
        Some(CliCommand::Completions { shell }) => Ok(completions::main(*shell)),
        Some(CliCommand::Man { folder }) => man::main(folder),
        Some(CliCommand::Status(args)) => look::status(args),
        Some(CliCommand::Log(args)) => look::log(args),
        Some(CliCommand::Show(args)) => look::show(args),
        Some(CliCommand::Diff(args)) => look::diff(args),
        Some(CliCommand::Path(args)) => look::path(args),
        Some(CliCommand::Conflicts(args)) => conflicts::conflicts(args),
        Some(CliCommand::Report(args)) => look::report(args),
        None => look::welcome(),
        Some(CliCommand::Validate(args)) => validate::main(args),
        Some(CliCommand::Salvage(args)) => salvage::main(args),
        Some(CliCommand::Take(args)) => take::main(args),
        Some(CliCommand::Revert(args)) => revert::main(args),
        Some(CliCommand::Undo(args)) => undo::main(args),
        Some(CliCommand::Clean(args)) => clean::main(args),
        Some(CliCommand::Doctor(args)) => doctor::main(args),
    }
}
