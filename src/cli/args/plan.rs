//! Arguments of the commands that read a plan.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::Why;
use crate::plan::{self, Mode};
use crate::settings::{Flags, JobsWish, OrderReading};

/// How much order is read into a plan.
#[derive(Debug, Clone, Default, Args)]
pub struct ReadingArgs {
    /// The format's own order
    #[arg(long, conflicts_with = "loose")]
    pub strict: bool,
    /// Only phases and shared files order tasks
    #[arg(long)]
    pub loose: bool,
    /// Only edges of these kinds: explicit, order, phase, wave, files (data and tests included), data, tests
    #[arg(long, value_delimiter = ',', value_parser = why)]
    pub deps: Option<Vec<Why>>,
    /// Include optional tasks
    #[arg(long)]
    pub include_optional: bool,
    /// Include tasks marked as done
    #[arg(long)]
    pub include_done: bool,
}

impl ReadingArgs {
    fn mode(&self) -> Option<OrderReading> {
        match (self.strict, self.loose) {
            (true, _) => Some(OrderReading::Strict),
            (_, true) => Some(OrderReading::Loose),
            _ => None,
        }
    }

    /// As the plan's readers take it.
    pub fn reading(&self) -> plan::Reading {
        plan::Reading {
            mode: match (self.strict, self.loose) {
                (true, _) => Mode::Strict,
                (_, true) => Mode::Loose,
                _ => Mode::Default,
            },
            deps: self.deps.clone().map(|deps| deps.into_iter().collect()),
            include_optional: self.include_optional,
            include_done: self.include_done,
        }
    }

    /// As flags.
    pub fn flags(&self) -> Flags {
        Flags {
            reading: self.mode(),
            deps: self.deps.clone(),
            include_optional: self.include_optional,
            include_done: self.include_done,
            ..Flags::default()
        }
    }
}

/// Form of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PlanForm {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// A drawing.
    Svg,
}

/// `plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// The plan: a file, a folder or issues (github:OWNER/NAME#LABEL); several are read as one
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Agents at once: a number, or auto
    #[arg(short, long, value_parser = jobs)]
    pub jobs: Option<JobsWish>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: PlanForm,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

impl PlanArgs {
    /// The form that is wanted.
    pub fn form(&self) -> PlanForm {
        if self.json { PlanForm::Json } else { self.format }
    }
}

/// `generate`.
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// The plan: a file or folder; several are read as one
    #[arg(value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Folder for the task files; created if missing
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// Exit 3 if a task lacks anything that a fresh agent needs
    #[arg(long)]
    pub require_complete: bool,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// A number of agents, or `auto`.
pub(super) fn jobs(text: &str) -> Result<JobsWish, String> {
    JobsWish::read(text)
}

/// A word of a setting, as serde knows it.
pub(super) fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|e| e.to_string())
}

fn why(text: &str) -> Result<Why, String> {
    word(text)
}
