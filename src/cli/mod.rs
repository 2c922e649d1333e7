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
mod consent;
mod count;
mod demo;
mod doctor;
mod execute;
mod generate;
mod here;
mod hooks;
mod init;
mod learned;
mod located;
mod look;
mod man;
mod plan;
mod prepare;
mod publish;
mod reading;
mod resume;
mod roles;
mod salvage;
mod schema;
mod solved;
mod trust;
mod undo;
mod validate;
mod watchers;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
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
    match &cli.command {
        Some(Command::Execute(args)) => execute::main(args),
        Some(Command::Resume(args)) => resume::resume(args),
        Some(Command::Retry(args)) => resume::retry(args),
        Some(Command::Skip(args)) => resume::skip(args),
        Some(Command::Stop(args)) => resume::stop(args),
        Some(Command::Pause(args)) => resume::pause(args),
        Some(Command::Integrate(args)) => resume::integrate(args),
        Some(Command::Publish(args)) => publish::main(args),
        Some(Command::Approve(args)) => approve::approve(args),
        Some(Command::Reject(args)) => approve::reject(args),
        Some(Command::Say(args)) => approve::say(args),
        Some(Command::Plan(args)) => Ok(plan::main(args)?),
        Some(Command::Demo(args)) => demo::main(args),
        Some(Command::Init(args)) => init::main(args),
        Some(Command::Hooks(args)) => hooks::main(args),
        Some(Command::Trust(args)) => trust::main(args),
        Some(Command::Config(args)) => config::main(args),
        Some(Command::Generate(args)) => generate::main(args),
        Some(Command::Schema { name }) => schema::main(name.as_deref()),
        Some(Command::Completions { shell }) => Ok(completions::main(*shell)),
        Some(Command::Man { folder }) => man::main(folder),
        Some(Command::Status(args)) => look::status(args),
        Some(Command::Log(args)) => look::log(args),
        Some(Command::Show(args)) => look::show(args),
        Some(Command::Diff(args)) => look::diff(args),
        Some(Command::Path(args)) => look::path(args),
        Some(Command::Conflicts(args)) => look::conflicts(args),
        Some(Command::Report(args)) => look::report(args),
        None => look::welcome(),
        Some(Command::Validate(args)) => validate::main(args),
        Some(Command::Salvage(args)) => salvage::main(args),
        Some(Command::Undo(args)) => undo::main(args),
        Some(Command::Clean(args)) => clean::main(args),
        Some(Command::Doctor(args)) => doctor::main(args),
    }
}
