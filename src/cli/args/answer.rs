//! The form of an answer.

use clap::{Args, ValueEnum};

/// Human text or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum AnswerFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

/// `--format`, `--json`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct FormatArgs {
    /// Form of the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: AnswerFormat,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
}

impl FormatArgs {
    /// Whether a program asks.
    pub fn is_json(&self) -> bool {
        self.json || self.format == AnswerFormat::Json
    }
}
