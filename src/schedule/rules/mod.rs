//! One rule a file: a question about one task, subject or provider, answered by an enum of its own. No rule makes a
//! status or starts anything; `choosing` does.
//!
//! To add a rule: a file here with its question as a function of the facts, and a line in `choosing::derive` or in
//! whichever choice asks it.

pub mod approvals;
pub mod base_red;
pub mod bases;
pub mod budget;
pub mod candidates;
pub mod deadline;
pub mod expected;
pub mod failed;
pub mod ladder;
pub mod late;
pub mod mending;
pub mod pace;
pub mod pools;
pub mod preferred;
pub mod providers;
pub mod red;
pub mod review;
pub mod rounds;
pub mod speculation;
pub mod staged;
pub mod surroundings;
pub mod suspects;
pub mod unanswered;
pub mod words;
