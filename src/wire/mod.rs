//! Talking to other programs: documents posted over HTTP, and servers of the Model Context Protocol as their client.
//!
//! - [`http`]: one request and its answer, by the stack that GitHub's interface uses.
//! - [`mcp`]: tools of a server, over HTTP or as a program of ours; what travels is [`serde_json::Value`].
//!
//! Words of errors hold neither an address nor a header: both may hold secrets.

pub mod http;
pub mod mcp;
