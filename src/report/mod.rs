//! Everything a person or a program reads. Pure functions from states, entries and errors to text or JSON; [`out`] is
//! the only file of the crate that prints.
//!
//! | file | gives |
//! |---|---|
//! | `picture.rs` | a run at one moment, with everything derived that screens share |
//! | `reason.rs`, `timing.rs`, `tally.rs`, `by_hand.rs` | why a task stands where it stands; times and bounds; counts; commands that solve a conflict |
//! | `display.rs`, `measure.rs`, `table.rs` | safe text, numbers as words, columns |
//! | one file a screen | the text of that screen; `*_json.rs` the same for programs (DESIGN 10) |
//!
//! Rules behind the screens (TRANSCRIPTS): the answer goes to stdout, narration to stderr; words carry the meaning, not
//! colours; what can be acted on ends in a command to paste; counts add up to the number of tasks; at most 100 columns,
//! but for commands, paths and names, which are never cut; nothing is called checked that was not.
//!
//! ## To add a screen
//!
//! Copy `welcome.rs`: a struct with the facts, one function that gives the text, a snapshot test that reads like the
//! screen and one with hostile titles. Text from plans, agents, gates and files goes through [`display::safe`] or
//! [`display::clip`] on its way into a line. Name it in the table of commands in `cli`.

mod alert;
pub mod beginning;
pub mod by_hand;
pub mod checked;
pub mod config;
pub mod conflicts;
pub mod display;
pub mod doing;
pub mod ending;
pub mod error;
pub mod eta;
mod gate_text;
pub mod html;
pub mod json_text;
pub mod live;
pub mod log;
pub mod measure;
pub mod narration;
mod notice;
pub mod notify;
pub mod out;
pub mod picture;
pub mod plan_json;
pub mod plan_text;
pub mod plan_view;
pub mod progress;
pub mod publishing;
pub mod question;
pub mod reason;
pub mod report_json;
pub mod report_junit;
pub mod report_md;
pub mod result;
mod screen;
pub mod show;
mod speak;
pub mod status;
pub mod status_json;
pub mod style;
pub mod summary;
pub mod table;
pub mod tally;
pub mod timing;
pub mod trust;
pub mod validation;
pub mod welcome;

#[cfg(test)]
pub(crate) mod testing;

pub use gate_text::gate_text;
pub use speak::{answer, nothing_to_do, problem_line, refuse, refuse_error, refuse_problems, say, shell_word};

/// Columns of a screen when nobody says otherwise, and at most (TRANSCRIPTS).
pub const WIDTH: usize = 100;
