//! A client of the Model Context Protocol: it asks a server which tools it has, and calls them. Nothing that a server offers
//! beyond tools is used, and nothing that it asks of its client is answered.
//!
//! `message.rs` (what travels) and `answer.rs` (what a tool's result means) are pure; `over_http.rs` and
//! `over_stdio.rs` carry messages.
//! To add another way to carry them: a type here with [`McpTransport`].

mod answer;
mod client;
mod message;
mod over_http;
mod over_stdio;

pub use answer::ToolAnswer;
pub use client::{McpClient, McpTransport, ServerTool};
pub use message::McpTrouble;
pub use over_http::McpOverHttp;
pub use over_stdio::{McpOverStdio, SILENT};
