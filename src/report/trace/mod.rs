//! A run as spans, for the tools that draw them: read from its journal after the fact, so that tracing costs a run
//! nothing. A run holds tasks, a task its attempts, an attempt its phases and gates; merges stand below the run, since
//! they take several tasks at once, and hold the gates on the merged tree.
//!
//! | file | writes |
//! |---|---|
//! | [`otlp`] | OTLP/JSON, for any collector of OpenTelemetry |
//! | [`perfetto`] | trace events, for ui.perfetto.dev and chrome://tracing |

pub mod otlp;
pub mod perfetto;
mod spans;

pub use spans::{TraceSpan, spans};

/// What a span is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// The whole run.
    Run,
    /// One task, from its first attempt to its landing.
    Task,
    /// One attempt, with the gates on what it left.
    Attempt,
    /// What an attempt was doing: `prepare`, `agent`, `keep`.
    Phase,
    /// One gate on one subject.
    Gate,
    /// One batch of tasks on its way onto the heads.
    Merge,
}

impl SpanKind {
    /// The word in categories and attributes.
    pub fn word(self) -> &'static str {
        match self {
            SpanKind::Run => "run",
            SpanKind::Task => "task",
            SpanKind::Attempt => "attempt",
            SpanKind::Phase => "phase",
            SpanKind::Gate => "gate",
            SpanKind::Merge => "merge",
        }
    }
}

/// How a span ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SpanStatus {
    /// It had not ended when the journal was read.
    #[default]
    Open,
    /// As it should.
    Ok,
    /// Not; one line.
    Failed(String),
}

/// What is told of a span besides its times.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Words.
    Text(String),
    /// A count.
    Count(u64),
    /// A measure.
    Number(f64),
}
