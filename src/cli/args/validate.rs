//! Arguments of `validate`.

use clap::{Args, ValueEnum};

use crate::start::validate::ValidateWish;

/// Form of what gates found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ValidateForm {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

/// `validate`.
#[derive(Debug, Clone, Default, Args)]
pub struct ValidateArgs {
    /// Tasks, branches, commits, or ranges `A..B`; default: the commit checked out here
    #[arg(value_name = "TASK|REV")]
    pub what: Vec<String>,
    /// Base of the changes; default: a task's own base, else where it left the main worktree's branch
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Only these gates; then no evidence is recorded
    #[arg(long = "gate", value_name = "NAME")]
    pub gates: Vec<String>,
    /// Run every gate again, ignoring remembered results
    #[arg(long)]
    pub no_cache: bool,
    /// The run that the tasks belong to; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Trust the repository's commands this once
    #[arg(long)]
    pub yes: bool,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: ValidateForm,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
}

impl ValidateArgs {
    /// What is to be judged.
    pub fn wish(&self) -> ValidateWish {
        ValidateWish {
            what: self.what.clone(),
            base: self.base.clone(),
            gates: self.gates.clone(),
            no_cache: self.no_cache,
            run: self.run.clone(),
            yes: self.yes,
        }
    }

    /// The form that is wanted.
    pub fn form(&self) -> ValidateForm {
        if self.json { ValidateForm::Json } else { self.format }
    }
}
