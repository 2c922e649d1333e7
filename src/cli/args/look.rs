//! Arguments of the commands that look.

use clap::{Args, ValueEnum};

use super::FormatArgs;

/// `status`.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// The same as the argument RUN
    #[arg(long = "run", value_name = "RUN")]
    pub named: Option<String>,
    /// Keep showing it until the run ends
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `watch`.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// The same as the argument RUN
    #[arg(long = "run", value_name = "RUN")]
    pub named: Option<String>,
}

/// `log`.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// Only this task
    pub task: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// The task
    pub task: String,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Print the prompt of the latest attempt
    #[arg(long)]
    pub prompt: bool,
    /// Print the output of the latest attempt's agent
    #[arg(long)]
    pub output: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// `conflicts`.
#[derive(Debug, Clone, Args)]
pub struct ConflictsArgs {
    /// Only this task
    pub task: Option<String>,
    /// The run; default: the active one, else the last
    #[arg(long)]
    pub run: Option<String>,
    /// Save what agents have at this moment, and compare that
    #[arg(long)]
    pub now: bool,
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ReportForm {
    /// Markdown.
    #[default]
    Md,
    /// A page that needs nothing else.
    Html,
    /// JSON.
    Json,
    /// For systems that show test results.
    Junit,
    /// A trace that ui.perfetto.dev opens.
    Perfetto,
    /// The same trace for collectors of OpenTelemetry.
    Otlp,
    /// Figures in Prometheus' text format.
    Prometheus,
}

/// `report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The run; default: the active one, else the last
    pub run: Option<String>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: ReportForm,
    /// The same as --format json
    #[arg(long)]
    pub json: bool,
}

/// `stats`.
#[derive(Debug, Clone, Args)]
pub struct StatsArgs {
    /// Only the last N runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub last: Option<u32>,
    #[command(flatten)]
    pub format: FormatArgs,
}
