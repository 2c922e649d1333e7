//! The command line: one file a command, thin: read what was typed, look around (`start::here`), let the modules upstream do
//! it, say what came of it through `report`.
//!
//! Exit codes are DESIGN 3's: an error's kind decides, a run's outcome otherwise.
//!
//! ## To add a command
//!
//! Declare it in `args/` with its help, write its file with one `main`, add its arm below and its row in
//! `help/commands.md` (a test compares them).

mod add;
mod approve;
mod args;
mod bell;
mod caller;
mod clean;
mod completions;
mod config;
mod conflicts;
mod count;
mod demo;
mod doctor;
mod driving;
mod edit;
mod execute;
mod from_review;
mod generate;
pub mod help;
mod hooks;
mod init;
mod inside;
mod issue_pages;
mod lonely;
mod look;
mod man;
mod mcp;
mod plan;
mod publish;
mod publisher;
mod pulls_at_end;
mod pulls_watched;
mod replan;
mod reporting;
mod resume;
mod revert;
mod reviewed;
mod salvage;
mod say;
mod schema;
mod serve;
mod solved;
mod stats;
mod take;
mod terminal;
mod trust;
mod undo;
mod validate;
mod waiving;
mod watch;
mod watch_facts;
mod work;
mod work_manifest;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::start::here::Refusal;
use args::{Cli, CliCommand};
use caller::CommandCaller;

use crate::model::{Error, ErrorKind};
use crate::process::launch;
use crate::report;
use crate::serve::called::{self, ServedCall};

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
    let first = words.next();
    let is_first = |name: &str| first.as_ref().is_some_and(|word| word == name);
    let called = if is_first(hooks::SUBCOMMAND) {
        hooks::called(words)
    } else if is_first(called::SUBCOMMAND) {
        served(words)
    } else {
        run(&Cli::parse(), &CommandCaller::Person)
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

/// A command that the server calls for a program.
fn served(mut words: impl Iterator<Item = OsString>) -> Result<u8, Refusal> {
    let mut word = || words.next().unwrap_or_default().to_string_lossy().into_owned();
    let Some(call) = ServedCall::read(&word(), &word()) else {
        return Err(Error::new(ErrorKind::Usage, "serving a call", "this is for `git orca mcp` alone").into());
    };
    let cli = Cli::parse_from(std::iter::once("git-orca".into()).chain(words));
    run(&cli, &CommandCaller::Program(call))
}

fn run(cli: &Cli, caller: &CommandCaller) -> Result<u8, Refusal> {
    inside::refuse(cli)?;
    match &cli.command {
        Some(CliCommand::Execute(args)) => execute::main(args, caller),
        Some(CliCommand::Resume(args)) => resume::resume(args, caller),
        Some(CliCommand::Retry(args)) => resume::retry(args, caller),
        Some(CliCommand::Skip(args)) => resume::skip(args),
        Some(CliCommand::Stop(args)) => resume::stop(args),
        Some(CliCommand::Pause(args)) => resume::pause(args),
        Some(CliCommand::Integrate(args)) => resume::integrate(args),
        Some(CliCommand::Publish(args)) => publish::main(args),
        Some(CliCommand::Approve(args)) => approve::approve(args, caller),
        Some(CliCommand::Reject(args)) => approve::reject(args, caller),
        Some(CliCommand::Say(args)) => say::say(args),
        Some(CliCommand::Edit(args)) => edit::main(args),
        Some(CliCommand::Add(args)) => add::main(args),
        Some(CliCommand::Replan(args)) => replan::main(args),
        Some(CliCommand::Mcp(args)) => Ok(mcp::main(args)?),
        Some(CliCommand::Serve(args)) => Ok(serve::main(args)?),
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
        Some(CliCommand::Help { words }) => help::main(words),
        Some(CliCommand::Status(args)) => look::status(args),
        Some(CliCommand::Watch(args)) => watch::main(args),
        Some(CliCommand::Log(args)) => look::log(args),
        Some(CliCommand::Show(args)) => look::show(args),
        Some(CliCommand::Diff(args)) => look::diff(args),
        Some(CliCommand::Path(args)) => look::path(args),
        Some(CliCommand::Conflicts(args)) => conflicts::conflicts(args),
        Some(CliCommand::Report(args)) => reporting::report(args),
        Some(CliCommand::Stats(args)) => stats::main(args),
        None => look::welcome(),
        Some(CliCommand::Validate(args)) => validate::main(args),
        Some(CliCommand::Salvage(args)) => salvage::main(args),
        Some(CliCommand::Take(args)) => take::main(args),
        Some(CliCommand::Revert(args)) => revert::main(args),
        Some(CliCommand::Undo(args)) => undo::main(args),
        Some(CliCommand::Clean(args)) => clean::main(args),
        Some(CliCommand::Doctor(args)) => doctor::main(args),
        Some(CliCommand::Work(args)) => work::main(args),
    }
}
