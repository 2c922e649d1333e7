//! Text and numbers as people read them: safe text, colors, columns, measures, errors, questions. Knows no run.
//!
//! To add a phrase: put it into the file of its subject here when two screens share it, and into the screen otherwise.

pub mod display;
pub mod error;
pub(in crate::report) mod gate_text;
pub mod install;
pub mod json_text;
pub mod measure;
pub mod publish_lines;
pub mod question;
mod state_word;
pub mod style;
pub mod table;
pub mod waived;
