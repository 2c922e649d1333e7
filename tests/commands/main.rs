//! Every other command: setting up, keeping tidy, hooks, screens, and the README.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed, and says what it tried")]

#[path = "../support/mod.rs"]
pub mod support;

mod completions;
mod figures;
mod hooks;
mod housekeeping;
mod mcp;
mod page;
mod publishing;
mod readme;
mod take;
mod terminal;
mod watching;
mod ways_in;
