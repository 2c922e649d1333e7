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
mod span;
mod spans;

pub use span::{AttributeValue, SpanKind, SpanStatus, TraceSpan};
pub use spans::spans;
