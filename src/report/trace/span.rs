//! What a span is.

use jiff::Timestamp;

/// One span. Its position in the list is its identity; a parent stands before its children.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSpan {
    /// What it is about.
    pub kind: SpanKind,
    /// For people.
    pub name: String,
    /// Position of the span that holds it.
    pub parent: Option<usize>,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; an open one ends with the journal.
    pub end: Timestamp,
    /// How.
    pub status: SpanStatus,
    /// What else is known, by OpenTelemetry's naming: dots between words.
    pub attributes: Vec<(&'static str, AttributeValue)>,
}

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
