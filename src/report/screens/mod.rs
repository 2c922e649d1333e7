//! The text of each screen, one file a screen, and the report as Markdown and HTML. Pure.
//!
//! To add one: copy `welcome.rs`; see [`report`](super).

pub mod beginning;
pub mod config;
pub mod conflicts;
pub mod help;
pub mod html;
pub mod log;
pub mod plan_text;
pub mod publishing;
pub mod report_md;
pub mod show;
pub mod stats;
pub mod status;
pub mod summary;
pub mod take;
pub mod trust;
pub mod welcome;
