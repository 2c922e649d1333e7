//! Whole runs of the real program: what a person controls, what happens around it, how work comes together, and that a kill at any instant loses nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and says what it tried"
)]

#[path = "../support/mod.rs"]
pub mod support;

mod adding;
mod after_the_end;
mod approvals;
mod base;
mod blame;
mod by_hand;
mod candidates;
mod collector;
mod control;
mod crash;
mod demo;
mod far;
mod forecast;
mod formats;
mod fronts;
mod hooks;
mod intruders;
mod ladder;
mod many_files;
mod merging;
mod nested;
mod odd_things;
mod oracle;
mod phases;
mod picture;
mod places;
mod pruning;
mod reflinks;
mod replanning;
mod replay;
mod room;
mod scenarios;
mod services;
mod set_up_tools;
mod sharing;
mod speculation;
mod strays;
mod submodules;
mod surroundings;
mod symbols;
mod trackers;
mod unsolved;
mod users_git;
mod verdicts;
mod where_one_stands;
mod worktrees;
