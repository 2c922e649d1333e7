//! What the screens of a run have in common: the run at one moment and everything derived from it. Pure.
//!
//! To add a fact: a file here with a function of a [`picture::Picture`]; screens and documents for programs both take it from
//! here, so that they cannot disagree.

pub(in crate::report) mod alert;
pub mod attempts;
pub mod by_hand;
pub mod candidates;
pub mod checked;
pub mod doing;
pub mod ending;
pub mod eta;
pub mod figures;
pub mod history;
pub mod next_step;
pub mod picture;
pub mod plan_view;
pub mod pools;
pub mod reason;
pub mod submodules;
pub mod tally;
pub mod timing;
pub mod waits;
