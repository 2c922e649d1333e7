//! See the crate docs for where this module stands.

mod tool;

pub use tool::{Tool, ToolOutput};
