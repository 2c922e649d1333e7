//! Everything a person or a program reads. Pure functions from states, entries and errors to text or JSON;
//! [`print`](mod@print) is the only folder of the crate that prints.
//!
//! | folder | holds |
//! |---|---|
//! | [`words`] | safe text, colors, columns, numbers, errors and questions in words; knows no run |
//! | [`facts`] | a run or a plan at one moment, with everything derived that screens share |
//! | [`machine`] | the documents for programs (DESIGN 10) |
//! | [`screens`] | one file a screen, for people |
//! | [`trace`] | a run as spans, in the forms of tools that draw them |
//! | [`live`] | what is said and drawn while a run goes; notices |
//! | [`watch`] | the watch view: a run on the whole terminal, and keys that control it |
//! | [`validation`] | what `validate` found, for people and in the forms of CI systems |
//! | [`print`](mod@print) | streams, pagers, the terminal |
//!
//! Rules behind the screens (TRANSCRIPTS): the answer goes to stdout, narration to stderr; words carry the meaning, not
//! colors; what can be acted on ends in a command to paste; counts add up to the number of tasks; at most 100 columns,
//! but for commands, paths and names, which are never cut; nothing is called checked that was not.
//!
//! ## To add a screen
//!
//! Copy `screens/welcome.rs`: a struct with the facts, one function that gives the text, a snapshot test that reads like
//! the screen and one with hostile titles. Text from plans, agents, gates and files goes through
//! [`safe`](words::display::safe) or [`clip`](words::display::clip) on its way into a line. Name it in the table of
//! commands in `cli`.

pub mod facts;
pub mod live;
pub mod machine;
pub mod print;
pub mod screens;
pub mod trace;
pub mod validation;
pub mod watch;
pub mod words;

#[cfg(test)]
pub(crate) mod testing;

pub use print::speak::{answer, nothing_to_do, problem_line, refuse, refuse_error, refuse_problems, say, shell_word};
pub use words::gate_text::gate_text;

/// Columns of a screen when nobody says otherwise, and at most (TRANSCRIPTS).
pub const WIDTH: usize = 100;
