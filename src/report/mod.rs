//! See the crate docs for where this module stands.

pub mod plan_json;
pub mod plan_text;
pub mod plan_view;
mod beginning;
mod interim;
pub use beginning::{Beginning, beginning};
pub use interim::*;
