//! Who called a command: a person at a terminal, or a program through the server.

use std::ffi::OsString;

use super::terminal::TerminalFront;
use crate::report;
use crate::report::words::json_text;
use crate::serve::called::ServedCall;
use crate::start::detached::InBackground;
use crate::start::front::{Front, UnattendedFront};

/// Who called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandCaller {
    /// A person, or a script of theirs.
    Person,
    /// A program that the server serves.
    Program(ServedCall),
}

impl CommandCaller {
    /// Where questions are put.
    pub fn front(&self) -> &'static dyn Front {
        match self {
            CommandCaller::Person => &TerminalFront,
            CommandCaller::Program(_) => &UnattendedFront,
        }
    }

    /// The program, where it was one.
    pub fn client(&self) -> Option<&str> {
        match self {
            CommandCaller::Person => None,
            CommandCaller::Program(call) => Some(&call.client),
        }
    }

    /// Whether a run is driven by another process: a program never waits for one.
    pub fn is_detached(&self) -> bool {
        matches!(self, CommandCaller::Program(call) if !call.drives)
    }

    /// The words of this command for the process that drives in the background. What a person agreed to here is agreed
    /// to there; a program agrees to nothing.
    pub fn driving_words(&self) -> Vec<OsString> {
        let typed = std::env::args_os().skip(1);
        match self {
            CommandCaller::Person => typed.filter(|word| word != "--detach").chain(["--yes".into()]).collect(),
            CommandCaller::Program(call) => {
                let before = call.driving().words();
                let command = typed.skip(before.len()).filter(|word| word != "--json");
                before.into_iter().map(OsString::from).chain(command).collect()
            }
        }
    }

    /// Says what came of starting in the background; gives the exit code.
    pub fn tell_background(&self, came: InBackground, is_json: bool) -> u8 {
        match came {
            InBackground::Lives(run) => {
                if is_json || self.client().is_some() {
                    report::answer(&json_text::line(&serde_json::json!({"format": 1, "run": run})));
                }
                report::say(&format!("run {run} is in the background; watch it: git orca status --watch"));
                0
            }
            InBackground::Ended(code, last) => {
                report::say(&last);
                code
            }
        }
    }
}
